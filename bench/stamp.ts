/**
 * What figures hold for: commit, runtime, processor, state of the cache, day.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import process from "node:process";

/** What has to be known to read a figure. */
export interface Stamp {
  readonly commit: string;
  readonly runtime: string;
  readonly processor: string;
  readonly cores: number;
  readonly cache: string;
  readonly date: string;
}

/** Name of the runtime that this process runs on. */
export const runtimeName: "bun" | "deno" | "node" = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** @param cache Where the input is when a run starts. */
export function makeStamp(cache: string): Stamp {
  const versions: Readonly<Record<string, string | undefined>> =
    process.versions;
  return {
    commit: commit(),
    runtime: `${runtimeName} ${versions[runtimeName]}`,
    processor: cpus()[0]?.model ?? "unknown processor",
    cores: availableParallelism(),
    cache,
    date: new Date().toISOString().slice(0, 10),
  };
}

function commit(): string {
  try {
    const args = ["describe", "--always", "--dirty"];
    return execFileSync("git", args, { encoding: "utf8", stdio: "pipe" })
      .trim();
  } catch {
    return "unknown";
  }
}
