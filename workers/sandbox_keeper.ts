/**
 * The keeper of a thread in the sandbox, on Deno: see src/platform/sandbox.ts. It listens to the
 * coordinator only.
 *
 * @module
 */
import { loadBuiltin } from "../src/platform/builtin.ts";
import type { KeeperReport, KeeperRequest } from "../src/platform/sandbox.ts";
import { describeCrash } from "../src/platform/worker_threads.ts";

/** The Web Worker's scope that this module runs in. */
interface KeeperScope {
  postMessage(report: KeeperReport): void;
  addEventListener(
    type: "message",
    listener: (event: MessageEvent<KeeperRequest>) => void,
  ): void;
}

const scope = globalThis as unknown as KeeperScope;
const { Worker } = loadBuiltin<typeof import("node:worker_threads")>(
  "node:worker_threads",
);

scope.addEventListener("message", ({ data }) => {
  const { entry, heapMebibytes, seesEnvironment, port } = data;
  // The ports of both libraries are the same ones, but their types do not know it. As a message, the
  // port would reach the thread half a second later (Deno 2.9).
  const thread = new Worker(new URL(entry), {
    workerData: port,
    transferList: [port as never],
    ...(seesEnvironment ? {} : { env: {} }),
    resourceLimits: heapMebibytes === undefined
      ? {}
      : { maxOldGenerationSizeMb: heapMebibytes },
  });
  const crash = (crashed: string) => scope.postMessage({ crashed });
  thread.on("error", (error: unknown) => crash(describeCrash(error)));
  thread.on("exit", (code) => crash(`it ended by itself with code ${code}`));
});
