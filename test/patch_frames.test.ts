/** The digest of a journal's frames: small journals have one of their own. */
import { expect, test } from "vitest";
import { FrameMemory } from "../src/patch/frame_memory.ts";
import { kernelFrameMemory } from "../src/patch/kernel_frames.ts";
import { seededBytes } from "./temporary.ts";

/** Hashes frames of so many blocks of 4,096 bytes each. */
function digestOf(memory: FrameMemory, blocks: readonly number[]): string {
  const digest = memory.startDigest();
  for (const [index, count] of blocks.entries()) {
    const byteLength = 4096 * count;
    memory.bytes.set(seededBytes(byteLength, 1 + index));
    digest.add(byteLength);
  }
  return digest.finish();
}

const CASES: readonly (readonly number[])[] = [
  ...Array.from({ length: 18 }, (_, i) => [i + 1]),
  [1, 1],
  [1, 2, 3, 4, 5],
  [16, 1],
  [255, 1, 3],
  [256, 256, 1],
];

test("small and large journals have the digest of BLAKE3", () => {
  const small = new FrameMemory();
  const large = kernelFrameMemory();
  for (const blocks of CASES) {
    const expected = digestOf(large, blocks);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect([blocks, digestOf(small, blocks)]).toEqual([blocks, expected]);
  }
});

test("no frame has no digest", () => {
  expect(new FrameMemory().startDigest().finish()).toBe("");
  expect(kernelFrameMemory().startDigest().finish()).toBe("");
});
