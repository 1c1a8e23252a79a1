/**
 * BLAKE3 of a file by two bare JavaScript threads, each with a half of it: what `least_hash.ts` is a program of.
 *
 * Loads no module of the runtime's that it can do without. Only files of 2, 4, 8 ... 32,768 MiB.
 *
 * @module
 */
import { toHex } from "../src/digest/hex.ts";
import { loadBuiltin } from "../src/platform/builtin.ts";
import { BLOCK_BYTES, type Half, LeastHasher } from "./least_hash_half.ts";

/** Hashes one half in this thread, the other in one that is started. @returns The digest, in hexadecimal. */
export async function hashInBoth(path: string): Promise<string> {
  const count = sizeOf(path) / BLOCK_BYTES / 2;
  const right = hashInThread({ path, first: count, count });
  const hasher = new LeastHasher();
  const left = hasher.hash({ path, first: 0, count });
  return toHex(hasher.root(left, await right));
}

/** Hashes both halves in this thread. @returns The digest, in hexadecimal. */
export function hashHere(path: string): string {
  const count = sizeOf(path) / BLOCK_BYTES / 2;
  const hasher = new LeastHasher();
  const left = hasher.hash({ path, first: 0, count });
  const right = hasher.hash({ path, first: count, count });
  return toHex(hasher.root(left, right));
}

/** The part of Deno's namespace that is used. */
interface DenoStatus {
  readonly Deno?: { statSync(path: string): { readonly size: number } };
}

function sizeOf(path: string): number {
  const { Deno: deno } = globalThis as DenoStatus;
  if (deno !== undefined) return deno.statSync(path).size;
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
