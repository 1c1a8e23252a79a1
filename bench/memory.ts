/**
 * How much memory does `process hash` take for a file that is larger than memory?
 *
 *     npm run bench -- memory            # on all three runtimes
 *     bun bench/memory.ts
 *
 * 20 GiB of zeros in a sparse file, `--io stream`. The kernel keeps the largest resident size that
 * a process ever had (`VmHWM`), so asking it now and then until the end misses nothing but what is
 * added in the last moment.
 *
 * @module
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { sparseFile } from "./inputs.ts";
import { requireSame } from "./pairs.ts";
import { processProgram, type Program } from "./program.ts";
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

const ASK_EVERY_MS = 10;

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

/** What a program said and took. */
interface Peak {
  readonly megabytes: number;
  readonly seconds: number;
  readonly output: string;
}

/** Runs a program to its end and watches how large it gets. */
function peakOf(
  program: Program,
  args: readonly string[],
): Promise<Peak> {
  return new Promise((resolve, reject) => {
    const child = spawn(program.command, [...program.args, ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const started = performance.now();
    let megabytes = 0;
    let output = "";
    const ask = () => megabytes = Math.max(megabytes, residentPeak(child.pid));
    const timer = setInterval(ask, ASK_EVERY_MS);
    child.stdout.setEncoding("utf8").on(
      "data",
      (text: string) => output += text,
    );
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      const seconds = (performance.now() - started) / 1000;
      if (code === 0) resolve({ megabytes, seconds, output });
      else reject(new Error(`${program.command} ended with ${code}`));
    });
    ask();
  });
}

/** @returns The largest resident size of a process so far, in MB; 0 when it has ended. */
function residentPeak(pid: number | undefined): number {
  try {
    const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? "0";
    return Number(kibibytes) * 1024 / 1e6;
  } catch {
    return 0;
  }
}
