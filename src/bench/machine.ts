/**
 * Where it is measured.
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";
import { cpuCount, platform } from "../platform/platform.ts";
import type { BenchMachine } from "./types.ts";

/** Describes this machine. */
export function describeMachine(): BenchMachine {
  const os = loadBuiltin<typeof import("node:os")>("node:os");
  return {
    runtime: `${platform.name} ${runtimeVersion()}`,
    processor: os.cpus()[0]?.model.trim() || "unknown processor",
    cores: cpuCount(),
    memoryBytes: os.totalmem(),
    system: `${os.type()} ${os.release()} ${os.arch()}`,
  };
}

function runtimeVersion(): string {
  // deno-lint-ignore no-process-global -- an import would be a cost at start
  const versions: Readonly<Record<string, string | undefined>> = process
    .versions;
  return versions[platform.name] ?? "";
}
