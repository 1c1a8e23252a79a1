/**
 * What a run takes of the machine: processor time and memory.
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";

/** What a run has taken; `undefined` where the system or the runtime does not tell. */
export interface Taken {
  readonly cpuSeconds: number | undefined;
  readonly peakBytes: number | undefined;
}

/** Begins to watch. @returns What ends the watch. */
export function watchResources(): () => Taken {
  const residentBefore = resetPeak();
  const cpuBefore = cpuMicroseconds();
  return () => {
    const cpuAfter = cpuMicroseconds();
    const peak = memoryField("VmHWM");
    return {
      cpuSeconds: cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : (cpuAfter - cpuBefore) / 1e6,
      peakBytes: residentBefore === undefined || peak === undefined
        ? undefined
        : Math.max(0, peak - residentBefore),
    };
  };
}

/** Processor time of all threads of this process. */
function cpuMicroseconds(): number | undefined {
  try {
    // deno-lint-ignore no-process-global -- an import would be a cost at start
    const { user, system } = process.cpuUsage();
    return user + system;
  } catch {
    return undefined;
  }
}

/**
 * Lets the kernel forget the largest size that this process had, and count anew from now on.
 *
 * @returns Resident bytes now; `undefined` where there is no such counter.
 */
function resetPeak(): number | undefined {
  try {
    const { writeFileSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
    // "5" resets the peak: proc(5).
    writeFileSync("/proc/self/clear_refs", "5");
    return memoryField("VmRSS");
  } catch {
    return undefined;
  }
}

function memoryField(name: "VmRSS" | "VmHWM"): number | undefined {
  try {
    const { readFileSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
    const status = readFileSync("/proc/self/status", "utf8");
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status);
    return kibibytes === null ? undefined : Number(kibibytes[1]) * 1024;
  } catch {
    return undefined;
  }
}
