/**
 * How much memory a program takes.
 *
 * @module
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import type { Program } from "./program.ts";

const ASK_EVERY_MS = 10;

/** What a program said and took. */
export interface Peak {
  readonly megabytes: number;
  readonly seconds: number;
  readonly output: string;
}

/**
 * Runs a program to its end and watches how large it gets.
 *
 * The kernel keeps the largest resident size that a process ever had (`VmHWM`), so asking it now and
 * then until the end misses nothing but what is added in the last moment.
 */
export function peakOf(
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
