/**
 * Deno: FFI by `Deno.dlopen` (needs `--allow-ffi`), Web Workers.
 *
 * @module
 */
import type { Platform } from "./platform.ts";
import { startWebWorker } from "./worker_handle.ts";
import { startThread } from "./worker_threads.ts";

export const denoPlatform: Platform = {
  name: "deno",
  bindLibc: async () => (await import("./deno_libc.ts")).bindLibc(),
  bindCopyLibc: async () => (await import("./deno_libc.ts")).bindCopyLibc(),
  // A Web Worker of Deno that exhausts its heap takes the process along (exit 133); a thread with
  // resourceLimits does not.
  startWorker: (options) =>
    options.heapMebibytes === undefined
      ? startWebWorker(options)
      : startThread(options),
  openSandbox: async (settings) => {
    const { openSandbox } = await import("./sandbox.ts");
    return openSandbox(settings);
  },
};
