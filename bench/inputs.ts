/**
 * Input files, made once and kept in a folder of the system's temporary folder.
 *
 * @module
 */
import { createCipheriv } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { generateFile } from "../src/generate/generate.ts";
import type { GenerateKind } from "../src/generate/kinds.ts";
import { lineBlocks } from "../src/generate/line_blocks.ts";

const BLOCK_BYTES = 1024 ** 2;

/** The folder; may be removed at any time. */
export function cacheFolder(): string {
  const folder = join(tmpdir(), "sabmap-bench");
  fs.mkdirSync(folder, { recursive: true });
  return folder;
}

/** A file of bytes that look random and are the same on every machine; one in 256 is a newline. */
export function randomFile(byteLength: number): string {
  return cached(`random-${byteLength}`, byteLength, (fd) => {
    // AES in counter mode over zeros: seeded, and as fast as the disk.
    const stream = createCipheriv(
      "aes-128-ctr",
      Buffer.alloc(16, "sabmap"),
      Buffer.alloc(16),
    );
    const zeros = Buffer.alloc(BLOCK_BYTES);
    for (let done = 0; done < byteLength; done += BLOCK_BYTES) {
      const part = zeros.subarray(0, Math.min(BLOCK_BYTES, byteLength - done));
      writeWhole(fd, stream.update(part));
    }
  });
}

/** A file of lines of English words, the same on every machine. */
export function linesFile(byteLength: number): string {
  return cached(`lines-${byteLength}`, byteLength, (fd) => {
    for (const block of lineBlocks(byteLength, 1)) writeWhole(fd, block);
  });
}

/** A file of one letter. */
export function letterFile(byteLength: number, letter: string): string {
  return cached(`letter-${letter}-${byteLength}`, byteLength, (fd) => {
    const block = Buffer.alloc(BLOCK_BYTES, letter);
    for (let done = 0; done < byteLength; done += BLOCK_BYTES) {
      writeWhole(fd, block.subarray(0, byteLength - done));
    }
  });
}

/** A file of zeros that takes no space on the disk. */
export function sparseFile(byteLength: number): string {
  const make = (fd: number) => fs.ftruncateSync(fd, byteLength);
  return cached(`sparse-${byteLength}`, byteLength, make);
}

/** A file of `process generate`, of about so many bytes. */
export async function generatedFile(
  kind: GenerateKind,
  byteLength: number,
): Promise<string> {
  const path = join(cacheFolder(), `${kind}-${byteLength}`);
  if (!fs.existsSync(path)) await generateFile(path, kind, { byteLength });
  return path;
}

/** Reads a file once from end to end, so that all of it is in the page cache. */
export function readThrough(path: string): void {
  const fd = fs.openSync(path, "r");
  const block = Buffer.alloc(BLOCK_BYTES);
  while (fs.readSync(fd, block) > 0);
  fs.closeSync(fd);
}

/** Makes a file unless it is there; others never see a part of it. */
function cached(
  name: string,
  byteLength: number,
  fill: (fd: number) => void,
): string {
  const path = join(cacheFolder(), name);
  if (fs.statSync(path, { throwIfNoEntry: false })?.size === byteLength) {
    return path;
  }
  const part = `${path}.${process.pid}`;
  const fd = fs.openSync(part, "w");
  fill(fd);
  // Or the kernel would write it to the disk while the first runs are timed.
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  fs.renameSync(part, path);
  return path;
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    done += fs.writeSync(fd, bytes, done);
  }
}
