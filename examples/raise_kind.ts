// Changes a field of fixed records in place: adds to the kind of each record that `process generate records` makes.
//
//     process generate records trades.bin --size 64MiB --seed 1
//     process run examples/raise_kind.ts trades.bin --opt by=1 --dry-run
//     process run examples/raise_kind.ts trades.bin --opt by=1
import { defineJob, fixed, record } from "sabmap";

const Trade = record({
  id: "u32",
  kind: "u32",
  value: "f64",
  time: "u64",
  unused: "bytes[8]",
});

interface Options {
  /** What is added to the kind; 1 if nothing is said. */
  readonly by?: string;
}

export default defineJob({
  name: "raise kind",
  access: "update",
  framing: () => fixed(Trade.size),
  start: ({ by = "1" }: Options = {}) => Number(by),
  scan: (range, by) => {
    const { count, current: trade } = range.writableRecords(Trade);
    while (trade.advance()) trade.kind += by;
    return count;
  },
  merge: (left: number, right: number) => left + right,
  finish: (records) => ({ records: records ?? 0 }),
});
