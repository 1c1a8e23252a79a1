import { expect, test } from "vitest";
import { JOB_SCRATCH_BYTES } from "../src/job.ts";
import { runJob } from "../src/mod.ts";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const JOB = { module: fixture("fixtures/jobs/scratch.mjs").href };
const KIB = 1024;
const files = temporaryFiles();
const bytes = seededBytes(10 * 64 * KIB + 5, 1);
const sum = bytes.reduce((sum, byte) => sum + byte, 0);

function run(scratchBytes: unknown) {
  const options = { workers: 3, segmentBytes: 64 * KIB };
  return runJob(files.make(bytes), JOB, { scratchBytes }, options);
}

test.each([0, 1, 256 * KIB, 1024 * KIB, 1024 * KIB + 1, 20 * 1024 * KIB])(
  "Job.scratchBytes() gets each worker %i bytes of its own, or more",
  async (wanted) => {
    const { result } = await run(wanted);
    const { least } = result as { least: number };
    expect(result).toEqual({ least, aligned: true, kept: true, sum });
    expect(least).toBeGreaterThanOrEqual(Math.max(wanted, JOB_SCRATCH_BYTES));
  },
);

test.each([-1, 1.5, NaN, Infinity, "1024", 5n, 2 ** 53])(
  "Job.scratchBytes() refuses %o",
  async (wanted) => {
    await expect(run(wanted)).rejects.toThrow("count of bytes");
  },
);

test("Job.scratchBytes() refuses what no arena holds", async () => {
  await expect(run(4 * 1024 ** 3)).rejects.toThrow("must not exceed 4 GiB");
});
