/**
 * BLAKE3 of a file by two bare JavaScript threads, each with a half of it: what `least_hash.ts` is a program of.
 *
 * Loads no module of the runtime's that it can do without. Only files of 2, 4, 8 ... 32,768 MiB.
 *
 * @module
 */
import { toHex } from "../src/digest/hex.ts";
import { sizeOf, startBareThread } from "./bare_thread.ts";
import { BLOCK_BYTES, type Half, LeastHasher } from "./least_hash_half.ts";

/** Hashes one half in this thread, the other in one that is started. @returns The digest, in hexadecimal. */
export async function hashInBoth(path: string): Promise<string> {
  const count = sizeOf(path) / BLOCK_BYTES / 2;
  const thread = startBareThread<Half, Uint8Array>("least_hash_worker");
  const right = thread.ask({ path, first: count, count });
  const hasher = new LeastHasher();
  const left = hasher.hash({ path, first: 0, count });
  const digest = toHex(hasher.root(left, await right));
  // It takes Node some milliseconds to be gone, which nobody has to wait for.
  void thread.stop();
  return digest;
}

/** Hashes both halves in this thread. @returns The digest, in hexadecimal. */
export function hashHere(path: string): string {
  const count = sizeOf(path) / BLOCK_BYTES / 2;
  const hasher = new LeastHasher();
  const left = hasher.hash({ path, first: 0, count });
  const right = hasher.hash({ path, first: count, count });
  return toHex(hasher.root(left, right));
}
