import fc from "fast-check";
import { expect, test } from "vitest";
import { Emitter } from "../src/engine/emitter.ts";
import { OrderedMerge } from "../src/engine/ordered_merge.ts";
import { defineJob } from "../src/job.ts";
import type { SegmentPartial } from "../src/protocol.ts";

// Concatenation is associative and not commutative: any wrong order shows.
const JOB = defineJob({
  name: "concatenate",
  start: () => 0,
  scan: () => "",
  merge: (left: string, right: string) => left + right,
  finish: (partial) => partial ?? "",
});

function partial(first: number, count: number): SegmentPartial {
  const text = Array.from({ length: count }, (_, index) => `${first + index},`)
    .join("");
  return { first, count, partial: text };
}

test("OrderedMerge.accept() joins in file order whatever order partials come in", () => {
  const runs = fc.array(fc.integer({ min: 1, max: 5 }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(fc.property(runs, fc.infiniteStream(fc.nat()), (counts, random) => {
    let total = 0;
    const partials = counts.map((count) =>
      partial((total += count) - count, count)
    );
    const shuffled = partials
      .map((value) => ({ value, key: random.next().value as number }))
      .sort((a, b) => a.key - b.key).map(({ value }) => value);
    const merge = new OrderedMerge(JOB);
    let merged = 0;
    for (const value of shuffled) merged = merge.accept(value);
    expect(merged).toBe(total);
    expect(merge.finish(total)).toBe(partial(0, total).partial);
  }));
});

test("OrderedMerge.finish() gives nothing for no segments and throws when some are missing", () => {
  expect(new OrderedMerge(JOB).finish(0)).toBe(undefined);
  const merge = new OrderedMerge(JOB);
  merge.accept(partial(1, 1));
  expect(() => merge.finish(2)).toThrow("Bug: 0 of 2 segments were merged");
});

test("Emitter.add() merges neighbours and sends the rest apart", () => {
  const sent: SegmentPartial[] = [];
  const join = (left: unknown, right: unknown) => `${left}${right}`;
  const emitter = new Emitter((partials) => sent.push(...partials));
  for (
    const [first, count] of [[0, 2], [2, 1], [5, 1], [6, 2], [3, 1]] as const
  ) {
    emitter.add(partial(first, count), join);
  }
  emitter.flush();
  emitter.flush();
  expect(sent).toEqual([partial(0, 3), partial(5, 3), partial(3, 1)]);
});

test("OrderedMerge.finish() throws what merge threw, also if more came behind it", () => {
  const failing = {
    ...JOB,
    merge: () => {
      throw new RangeError("no");
    },
  };
  const merge = new OrderedMerge(failing);
  merge.accept(partial(0, 1));
  expect(() => merge.accept(partial(1, 1))).toThrow(RangeError);
  merge.accept(partial(2, 1));
  expect(() => merge.finish(3)).toThrow(RangeError);
});
