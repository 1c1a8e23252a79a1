/**
 * The job of `bench/record.ts`: rounds one field of all records and adds it up.
 *
 * @module
 */
import { record } from "../src/binary/record.ts";
import { defineJob, type Job } from "../src/job.ts";

const Trade = record({ id: "u32", kind: "u32", value: "f64", time: "u64" }, {
  size: 32,
});

const job: Job<undefined, undefined, number, number> = defineJob({
  name: "sum records",
  start: () => undefined,
  scan: ({ bytes }) => {
    const { current } = Trade.over(bytes);
    let sum = 0;
    // Integers, as their sum does not depend on the order of segments.
    while (current.advance()) sum += Math.round(current.value * 100);
    return sum;
  },
  merge: (left: number, right: number) => left + right,
  finish: (sum) => sum ?? 0,
});
export default job;
