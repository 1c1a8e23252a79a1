/**
 * Bun: FFI by `bun:ffi`, Web Workers.
 *
 * @module
 */
import type { Platform } from "./platform.ts";
import { startWebWorker } from "./worker_handle.ts";

export const bunPlatform: Platform = {
  name: "bun",
  bindLibc: async () => (await import("./bun_libc.ts")).bindLibc(),
  bindCopyLibc: async () => (await import("./bun_libc.ts")).bindCopyLibc(),
  startWorker: startWebWorker,
};
