/**
 * A memory to test kernels in, bound to both backends.
 *
 * @module
 */
import { expect } from "vitest";
import {
  KERNEL_SCRATCH_BYTES,
  type Kernels,
  type Region,
} from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";

export const MEMORY_BYTES: number = 2 * 1024 * 1024;
/** Places in the memory: a key or chaining value, what comes out, scratch, and what goes in. */
export const KEY: number = 1024;
export const OUTPUT: number = 64 * 1024;
export const SCRATCH: Region = {
  byteOffset: 256 * 1024,
  byteLength: KERNEL_SCRATCH_BYTES,
};
const INPUT = 512 * 1024;

const pages = MEMORY_BYTES / 65536;
export const memory: WebAssembly.Memory = new WebAssembly.Memory({
  initial: pages,
  maximum: pages,
  shared: true,
});
export const bytes: Uint8Array = new Uint8Array(memory.buffer);
export const backends: [string, Kernels][] = [[
  "scalar",
  createKernels(memory, undefined, SCRATCH),
]];
export const module: WebAssembly.Module | undefined = compileKernels();
if (module !== undefined) {
  backends.push(["simd", createKernels(memory, module, SCRATCH)]);
}

/** Bytes from a seed (Mulberry32), the same on every runtime. */
export function randomBytes(
  byteLength: number,
  seed: number,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(byteLength);
  let state = seed;
  for (let i = 0; i < byteLength; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    result[i] = (mixed ^ (mixed >>> 14)) >>> 24;
  }
  return result;
}

/** Runs `action`, and fails if a byte outside of the scratch and `output` changed. */
export function expectWritesOnly(
  output: Region | undefined,
  action: () => void,
): void {
  const before = bytes.slice();
  action();
  const after = bytes.slice();
  for (const region of [SCRATCH, output]) {
    if (region !== undefined) blank(before, region), blank(after, region);
  }
  const changed = before.findIndex((byte, at) => byte !== after[at]);
  expect(changed, "first byte that was written and should not have been").toBe(
    -1,
  );
}

function blank(target: Uint8Array, { byteOffset, byteLength }: Region): void {
  target.fill(0, byteOffset, byteOffset + byteLength);
}

/** Puts `content` at `INPUT + shift`, between 64 bytes of `pad` on either side. */
export function place(content: Uint8Array, shift: number, pad: number): number {
  const at = INPUT + shift;
  bytes.fill(pad, at - 64, at + content.length + 64);
  bytes.set(content, at);
  return at;
}

/** A copy of a part of the memory that is not shared. */
export function copyOf(byteOffset: number, byteLength: number): Uint8Array {
  return bytes.slice(byteOffset, byteOffset + byteLength);
}
