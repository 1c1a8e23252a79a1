/** Temporary folders and files of the tests. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Makes an empty folder that the operating system's temporary folder holds. */
export function temporaryFolder(): string {
  return fs.mkdtempSync(join(tmpdir(), "sabmap-test-"));
}

/** Removes a folder of {@link temporaryFolder}. */
export function removeFolder(path: string): void {
  fs.rmSync(path, { recursive: true, force: true });
}

/** `byteLength` bytes that depend on `seed` alone; about one in 64 is a newline. */
export function seededBytes(byteLength: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  for (let at = 0; at < byteLength; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = (state >>> 8) % 64 === 0 ? 0x0a : state >>> 16;
  }
  return bytes;
}

/** Name of the runtime that the tests run on. */
export const runtime: "deno" | "bun" | "node" = "Deno" in globalThis
  ? "deno"
  : "Bun" in globalThis
  ? "bun"
  : "node";

/** Path of a file below `test/`. */
export function fixture(name: string): URL {
  return new URL(name, import.meta.url);
}
