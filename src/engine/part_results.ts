/**
 * Puts together what the threads of a run have found out of the parts of a file.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { Plan } from "../plan.ts";
import type { PartShape } from "../plan/parts.ts";
import type { PartResults, PartRunner } from "./part_runner.ts";

/** Under which name a thread hands in what it has of a part lane, among the results of its lanes. */
function nameInThread(part: string, thread: number): string {
  return `${part}, thread ${thread}`;
}

/** What a thread hands in. */
export function endRunners(
  runners: readonly PartRunner[],
  thread: number,
): Record<string, PartResults> {
  return Object.fromEntries(
    runners.map((
      runner,
    ) => [nameInThread(runner.lane.name, thread), runner.finish()]),
  );
}

/**
 * Joins what the threads have handed in.
 *
 * @param lanes Results of lanes of all threads.
 * @param plan Where part of a file was scanned, it starts where a part does.
 * @returns The same, with one entry for each part lane: its results in file order.
 */
export function joinPartResults(
  lanes: Readonly<Record<string, unknown>>,
  { parts, threads, origin = 0, end }:
    & Pick<Plan, "parts" | "threads">
    & Partial<Pick<Plan, "origin" | "end">>,
  byteLength: number,
): Record<string, unknown> {
  const joined: Record<string, unknown> = { ...lanes };
  for (const shape of parts) {
    const results: PartResults[] = [];
    for (let thread = 0; thread < threads; thread++) {
      const name = nameInThread(shape.name, thread);
      // The one cast: `endRunners` has put it there, or nothing.
      const result = lanes[name] as PartResults | undefined;
      if (result !== undefined) results.push(result);
      delete joined[name];
    }
    const range = { start: origin, end: end ?? byteLength };
    joined[shape.name] = inFileOrder(shape, results, range);
  }
  return joined;
}

function inFileOrder(
  { name, partBytes, resultBytes }: PartShape,
  results: readonly PartResults[],
  { start, end }: ByteRange,
): Uint8Array {
  const first = Math.floor(start / partBytes);
  const count = Math.ceil(end / partBytes) - first;
  const found = results.reduce((sum, { parts }) => sum + parts.length, 0);
  if (found !== count) {
    throw new Error(`Bug: ${found} of ${count} parts of "${name}" were done`);
  }
  const joined = new Uint8Array(count * resultBytes);
  for (const { parts, bytes } of results) {
    parts.forEach((part, i) => {
      const result = bytes.subarray(i * resultBytes, (i + 1) * resultBytes);
      joined.set(result, (part - first) * resultBytes);
    });
  }
  return joined;
}
