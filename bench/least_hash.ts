/**
 * The least program of this runtime that gives BLAKE3 of a file with two threads: `bun bench/least_hash.ts FILE`.
 *
 * It starts one thread beside its own; each reads a half and hashes it with our kernels. It takes no options, plans
 * nothing, watches nothing, and only files of 2, 4, 8 ... 32,768 MiB: `process hash` cannot be quicker.
 *
 * @module
 */
import { toHex } from "../src/digest/hex.ts";
import { loadBuiltin } from "../src/platform/builtin.ts";
import { BLOCK_BYTES, type Half, LeastHasher } from "./least_hash_half.ts";

/** The arguments of a program, where the runtime has them soonest. */
interface ArgumentGlobals {
  readonly Deno?: {
    readonly args: readonly string[];
    statSync(path: string): { readonly size: number };
  };
  readonly process: { readonly argv: readonly string[] };
}

const globals = globalThis as unknown as ArgumentGlobals;
const path = globals.Deno?.args[0] ?? globals.process.argv[2] ?? "";
const count = sizeOf(path) / BLOCK_BYTES / 2;
const right = hashInThread({ path, first: count, count });
const hasher = new LeastHasher();
const left = hasher.hash({ path, first: 0, count });
console.log(toHex(hasher.root(left, await right)));

function sizeOf(path: string): number {
  if (globals.Deno !== undefined) return globals.Deno.statSync(path).size;
  return loadBuiltin<typeof import("node:fs")>("node:fs").statSync(path).size;
}

async function hashInThread(half: Half): Promise<Uint8Array> {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./least_hash_worker.${ending}`, import.meta.url);
  return "Worker" in globalThis
    ? await inWebWorker(url, half)
    : await inNodeThread(url, half);
}

function inWebWorker(url: URL, half: Half): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: "module" });
    worker.onerror = (event) => reject(event);
    worker.onmessage = ({ data }) => {
      worker.terminate();
      resolve(data as Uint8Array);
    };
    worker.postMessage(half);
  });
}

function inNodeThread(url: URL, half: Half): Promise<Uint8Array> {
  const { Worker } = loadBuiltin<typeof import("node:worker_threads")>(
    "node:worker_threads",
  );
  return new Promise((resolve, reject) => {
    const worker = new Worker(url);
    worker.once("error", reject);
    worker.once("message", (value: Uint8Array) => {
      void worker.terminate();
      resolve(value);
    });
    worker.postMessage(half);
  });
}
