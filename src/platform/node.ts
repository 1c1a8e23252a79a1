/**
 * Node: FFI by koffi, an optional peer dependency; `node:worker_threads`.
 *
 * @module
 */
import type { Platform } from "./platform.ts";
import { startThread } from "./worker_threads.ts";

export const nodePlatform: Platform = {
  name: "node",
  bindLibc: async () => (await import("./node_libc.ts")).bindLibc(),
  bindCopyLibc: async () => (await import("./node_libc.ts")).bindCopyLibc(),
  startWorker: startThread,
};
