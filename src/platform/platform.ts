/**
 * The one interface behind which the runtimes differ, and the one place that chooses among them.
 *
 * Abilities are probed, not assumed: {@link Platform.loadLibc} rejects with the reason where there
 * is no FFI, and everything but mapping works without it.
 *
 * @module
 */
import { bunPlatform } from "./bun.ts";
import { denoPlatform } from "./deno.ts";
import type { CopyLibc, CopySymbols } from "./copy_libc.ts";
import type { Libc, LibcSymbols } from "./libc.ts";
import { nodePlatform } from "./node.ts";
import type { SandboxSettings } from "./sandbox.ts";
import { stubPlatform } from "./stub.ts";
import type { StartWorker } from "./worker_handle.ts";

export { cpuCount } from "./cpu_count.ts";

/** What each runtime's file provides. */
export interface Platform {
  readonly name: "deno" | "bun" | "node" | "stub";
  /** Binds the C library. Rejects with `ERR_MAP_REFUSED` and the reason where that is not possible. */
  bindLibc(): Promise<LibcSymbols>;
  /** As `bindLibc`, what copies of files need. */
  bindCopyLibc(): Promise<CopySymbols>;
  readonly startWorker: StartWorker;
  /**
   * Makes a place for threads without the permissions of the process; absent where there are none to take.
   *
   * Rejects with `ERR_SANDBOX_REFUSED` where the runtime was not started for it.
   */
  openSandbox?(settings: SandboxSettings): Promise<StartWorker>;
}

/** The platform that this process runs on. */
export const platform: Platform = detect();

function detect(): Platform {
  if ("Deno" in globalThis) return denoPlatform;
  if ("Bun" in globalThis) return bunPlatform;
  if (typeof process === "object" && process.versions?.node !== undefined) {
    return nodePlatform;
  }
  return stubPlatform;
}

let libc: Promise<Libc> | undefined;

/**
 * Loads the C library, once per thread.
 *
 * @throws {SabmapError} `ERR_MAP_REFUSED` with the reason if there is no FFI here.
 */
export function loadLibc(): Promise<Libc> {
  return libc ??= bindLibc();
}

async function bindLibc(): Promise<Libc> {
  // Most runs map nothing.
  const [{ Libc }, symbols] = await Promise.all([
    import("./libc.ts"),
    platform.bindLibc(),
  ]);
  return new Libc(symbols);
}

/**
 * Loads what copies of files need of the C library.
 *
 * @throws {SabmapError} `ERR_MAP_REFUSED` with the reason if there is no FFI here.
 */
export async function loadCopyLibc(): Promise<CopyLibc> {
  const symbols = await platform.bindCopyLibc();
  const { CopyLibc } = await import("./copy_libc.ts");
  return new CopyLibc(symbols);
}
