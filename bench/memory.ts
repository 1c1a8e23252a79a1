/**
 * How much memory does `process hash` take for a file that is larger than memory?
 *
 *     npm run bench -- memory            # on all three runtimes
 *     bun bench/memory.ts
 *
 * 20 GiB of zeros in a sparse file, `--io stream`.
 *
 * @module
 */
import * as fs from "node:fs";
import { sparseFile } from "./inputs.ts";
import { requireSame } from "./pairs.ts";
import { peakOf } from "./peak.ts";
import { processProgram } from "./program.ts";
import { atMost, type Figure } from "./report.ts";
import { runSuite } from "./suite.ts";

const FILE_BYTES = 20 * 1024 ** 3;
const CHECK_BYTES = 8 * 1024 ** 2;

/** Digests of so many zeros, by b3sum. */
const DIGESTS: Readonly<Record<number, string>> = {
  [FILE_BYTES]:
    "5d3f54e3e19c7c93fdb315497dfdb7ae5ef9e0671959e608350099b3fbf6f757",
  [CHECK_BYTES]:
    "27ddc0a1d824fa6befe0596ddc0136fc4a1dc060d526800851f87498768b755c",
};

await runSuite({
  name: "memory",
  cache: "20 GiB sparse file, as much in page cache as fits",
  questions: () => [{
    name: "hash/stream",
    target: atMost(300),
    twoThreads: false,
    missing: fs.existsSync("/proc/self/status")
      ? undefined
      : "there is no /proc",
    answer: measurePeak,
  }],
});

async function measurePeak(check: boolean): Promise<Figure | undefined> {
  const byteLength = check ? CHECK_BYTES : FILE_BYTES;
  const args = ["hash", "--io", "stream", sparseFile(byteLength)];
  const peak = await peakOf(processProgram(), args);
  const digest = peak.output.split(" ")[0];
  requireSame("process hash", digest, "b3sum", DIGESTS[byteLength]);
  if (check) return undefined;
  return {
    value: peak.megabytes,
    unit: "MB",
    spread: [peak.megabytes, peak.megabytes],
    runs: 1,
    detail: `process hash --io stream, ${peak.seconds.toFixed(1)} s`,
  };
}
