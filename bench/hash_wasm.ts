/**
 * BLAKE3 of a file by hash-wasm; as a program it prints the digest: `bun bench/hash_wasm.ts FILE`.
 *
 * @module
 */
import * as fs from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { createBLAKE3 } from "hash-wasm";

const BLOCK_BYTES = 1024 ** 2;

/** Reads a file 1 MiB at a time into one buffer and hashes it. */
export async function blake3OfFile(path: string): Promise<string> {
  const hasher = await createBLAKE3();
  const block = Buffer.alloc(BLOCK_BYTES);
  const fd = fs.openSync(path, "r");
  try {
    for (let count = 1; count > 0;) {
      count = fs.readSync(fd, block);
      hasher.update(block.subarray(0, count));
    }
    return hasher.digest("hex");
  } finally {
    fs.closeSync(fd);
  }
}

const [, script = "", path] = process.argv;
if (import.meta.url === pathToFileURL(script).href && path !== undefined) {
  console.log(await blake3OfFile(path));
}
