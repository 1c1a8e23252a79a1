import * as fc from "fast-check";
import { expect, test } from "vitest";
import { endRunners, joinPartResults } from "../src/engine/part_results.ts";
import { PartRunner } from "../src/engine/part_runner.ts";
import type { PartLane } from "../src/job.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import { cut } from "./parts_oracle.ts";

const driver = new JobDriver();
const bytes = seededBytes(5000, 20261121);

/** The sum of the bytes of a part, and how many there are. */
function lane(partBytes: number): PartLane<number[]> {
  return {
    name: "sums",
    partBytes,
    resultBytes: 2,
    start: () => [],
    update: (piece, state) => void state.push(...piece.bytes),
    end: (state) => summary(state.splice(0)),
  };
}

function summary(part: readonly number[]): Uint8Array {
  return Uint8Array.of(part.reduce((a, b) => a + b, 0), part.length);
}

/** Shows parts to threads, part `i` to thread `i % threads`, cut at the places given. */
function run(partBytes: number, threads: number, cuts: readonly number[]) {
  const runners = Array.from(
    { length: threads },
    () => new PartRunner(lane(partBytes), driver.context(0, bytes.length)),
  );
  for (let start = 0; start < bytes.length; start += partBytes) {
    const end = Math.min(start + partBytes, bytes.length);
    const runner = runners[(start / partBytes) % threads]!;
    const places = [...cuts.filter((at) => at > start && at < end), end];
    let at = start;
    for (const next of places.sort((a, b) => a - b)) {
      const view = driver.place(bytes.subarray(at, next), at);
      runner.take(view, at, next);
      at = next;
    }
  }
  const lanes = Object.assign(
    { serial: "as it was" },
    ...runners.map((runner, thread) => endRunners([runner], thread)),
  );
  const parts = [{ name: "sums", partBytes, resultBytes: 2 }];
  return joinPartResults(lanes, { parts, threads }, bytes.length);
}

test("PartRunner.take() shows parts in order, however they are cut and shared", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 6000 }),
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.nat(5000), { maxLength: 20 }),
    (partBytes, threads, cuts) => {
      const expected = cut(bytes, partBytes).map((part) => summary([...part]));
      expect(run(partBytes, threads, cuts)).toEqual({
        serial: "as it was",
        sums: new Uint8Array(Buffer.concat(expected)),
      });
    },
  ));
});

test("PartRunner.take() notices a gap in a part", () => {
  const runner = new PartRunner(lane(100), driver.context(0, 1000));
  const view = driver.place(bytes.subarray(0, 1000), 0);
  runner.take(view, 0, 50);
  expect(() => runner.take(view, 60, 100)).toThrow(/^Bug: "sums" goes on/);
});

test("PartRunner.finish() notices a part without its end, but for a stream's last one", () => {
  const view = driver.place(bytes.subarray(0, 1000), 0);
  const file = new PartRunner(lane(100), driver.context(0, 1000));
  file.take(view, 0, 150);
  expect(() => file.finish()).toThrow(/^Bug: a part of "sums"/);
  const stream = new PartRunner(lane(100), driver.context(0, undefined));
  stream.take(view, 0, 150);
  const { parts, bytes: results } = stream.finish();
  expect([...parts]).toEqual([0, 1]);
  expect(results).toEqual(
    new Uint8Array(Buffer.concat(
      [[...bytes.subarray(0, 100)], [...bytes.subarray(100, 150)]].map(summary),
    )),
  );
});

test("joinPartResults() notices parts that nobody had", () => {
  const parts = [{ name: "sums", partBytes: 100, resultBytes: 2 }];
  expect(() => joinPartResults({}, { parts, threads: 2 }, 101))
    .toThrow(/^Bug: 0 of 2 parts/);
  expect(joinPartResults({}, { parts, threads: 2 }, 0)).toEqual({
    sums: new Uint8Array(0),
  });
});
