// Sums a field of fixed records, grouped by another: records as `process generate records` makes them.
//
//     process generate records trades.bin --size 64MiB --seed 1
//     process run examples/sum_by_kind.ts trades.bin
import { defineJob, fixed, record } from "sabmap";

const Trade = record({
  id: "u32",
  kind: "u32",
  value: "f64",
  time: "u64",
  unused: "bytes[8]",
});

/** Count and sum of each kind. The sum is in cents, because sums of integers do not depend on their order. */
type Sums = Map<number, { count: number; cents: number }>;

export default defineJob({
  name: "sum by kind",
  framing: () => fixed(Trade.size),
  start: () => undefined,
  scan: (range) => {
    const sums: Sums = new Map();
    for (const trade of range.records(Trade)) {
      add(sums, trade.kind, 1, Math.round(trade.value * 100));
    }
    return sums;
  },
  merge: (left: Sums, right: Sums) => {
    for (const [kind, { count, cents }] of right) add(left, kind, count, cents);
    return left;
  },
  finish: (sums) =>
    [...sums ?? []]
      .sort(([left], [right]) => left - right)
      .map(([kind, { count, cents }]) => ({ kind, count, sum: cents / 100 })),
});

function add(sums: Sums, kind: number, count: number, cents: number): void {
  const known = sums.get(kind) ?? { count: 0, cents: 0 };
  sums.set(kind, { count: known.count + count, cents: known.cents + cents });
}
