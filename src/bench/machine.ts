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

/** What Deno tells of a machine with `--allow-sys` only. */
export type MachineFact = "cpus" | "osRelease" | "systemMemoryInfo";

/** The part of Deno's namespace that asks for a permission without asking the user. */
interface DenoPermissions {
  readonly permissions: {
    querySync(
      query: { name: "sys"; kind: MachineFact },
    ): { readonly state: string };
  };
}

/** Whether the runtime tells something of the machine. */
export function mayTell(kind: MachineFact): boolean {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "sys", kind } as const;
  return Deno === undefined ||
    Deno.permissions.querySync(query).state === "granted";
}

function runtimeVersion(): string {
  // deno-lint-ignore no-process-global -- an import would be a cost at start
  const versions: Readonly<Record<string, string | undefined>> = process
    .versions;
  return versions[platform.name] ?? "";
}
