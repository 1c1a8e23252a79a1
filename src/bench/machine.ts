/**
 * Where it is measured.
 *
 * @module
 */
import { isGranted, loadBuiltin } from "../platform/builtin.ts";
import { cpuCount, platform } from "../platform/platform.ts";
import type { BenchMachine } from "./types.ts";

/** Describes this machine. */
export function describeMachine(): BenchMachine {
  const os = loadBuiltin<typeof import("node:os")>("node:os");
  const processor = mayTell("cpus") ? os.cpus()[0]?.model.trim() : undefined;
  const release = mayTell("osRelease") ? ` ${os.release()}` : "";
  return {
    runtime: `${platform.name} ${runtimeVersion()}`,
    processor: processor || "unknown processor",
    cores: cpuCount(),
    memoryBytes: mayTell("systemMemoryInfo") ? os.totalmem() : undefined,
    system: `${os.type()}${release} ${os.arch()}`,
  };
}

/** Whether the runtime tells something of the machine: Deno does with `--allow-sys` only. */
export function mayTell(
  kind: "cpus" | "osRelease" | "systemMemoryInfo",
): boolean {
  return isGranted({ name: "sys", kind });
}

function runtimeVersion(): string {
  // deno-lint-ignore no-process-global -- an import would be a cost at start
  const versions: Readonly<Record<string, string | undefined>> = process
    .versions;
  return versions[platform.name] ?? "";
}
