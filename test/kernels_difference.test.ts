/** The kernels that find what a job has changed: both backends, and a naive look at each byte. */
import { describe, expect, test } from "vitest";
import { bindDifference } from "../src/kernels/difference.ts";
import { sharedBuffer } from "../src/memory/arena.ts";
import { rounds } from "./effort.ts";

const memory = new WebAssembly.Memory({
  initial: 8,
  maximum: 8,
  shared: true,
});
const bytes = new Uint8Array(sharedBuffer(memory));
const END = bytes.byteLength;

/** What the kernels should say of two blocks. */
function naive(left: number, right: number, byteLength: number) {
  const places: number[] = [];
  for (let i = 0; i < byteLength; i++) {
    if (bytes[left + i] !== bytes[right + i]) places.push(i);
  }
  let place = 0;
  for (const at of places) if (at - place < 16) place = at + 1;
  return {
    first: places[0] ?? byteLength,
    end: (places.at(-1) ?? -1) + 1,
    place,
    count: places.length,
  };
}

describe.each(["simd", "scalar"] as const)("%s", (backend) => {
  const kernels = bindDifference(memory, backend);
  const look = (left: number, right: number, byteLength: number) => ({
    first: kernels.firstDifference(left, right, byteLength),
    end: kernels.differenceEnd(left, right, byteLength),
    place: kernels.placeEnd(left, right, byteLength),
    count: kernels.countDifferences(left, right, byteLength),
  });

  test("agrees with a naive look at every length and place of one difference", () => {
    for (let byteLength = 0; byteLength <= 150; byteLength++) {
      for (let at = 0; at < byteLength; at += at > 70 ? 7 : 1) {
        const left = 1000 + byteLength % 17, right = 3001;
        bytes.fill(7, 0, 5000);
        bytes[right + at] = 8;
        // Bytes around the blocks are none of theirs.
        bytes[right - 1] = bytes[right + byteLength] = 9;
        expect(look(left, right, byteLength), `${byteLength} at ${at}`)
          .toEqual(naive(left, right, byteLength));
      }
    }
  });

  test("agrees with a naive look at random blocks, up to the end of the memory", () => {
    const seed = Math.floor(2 ** 31 * Math.random());
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor(below * (state / 2 ** 32));
    };
    for (let round = 0; round < rounds(300); round++) {
      const byteLength = random(9000), rare = 1 + random(random(2) * 500);
      const left = random(100), right = END - byteLength;
      for (let i = 0; i < byteLength; i++) {
        bytes[left + i] = random(256);
        bytes[right + i] = bytes[left + i]! + (random(rare) === 0 ? 1 : 0);
      }
      expect(look(left, right, byteLength), `seed ${seed}, round ${round}`)
        .toEqual(naive(left, right, byteLength));
    }
  });

  test("finds the end of the pages that all have differences", () => {
    const left = 3, right = 100_000;
    for (const firstBytes of [1, 100, 4095, 4096]) {
      const starts = [0, firstBytes, firstBytes + 4096, firstBytes + 8192];
      for (let changed = 0; changed < 16; changed++) {
        bytes.copyWithin(right, left, left + 20_000);
        const isChanged = starts.map((_, i) => (changed >> i & 1) === 1);
        // The last byte of a page here, its first there.
        starts.forEach((start, i) => {
          if (!isChanged[i]) return;
          const at = i % 2 === 0 ? start : (starts[i + 1] ?? start + 51) - 1;
          bytes[right + at]! ^= 1;
        });
        for (const last of [0, 1, 50, 51]) {
          const byteLength = firstBytes + 8192 + last;
          // A page of which the block ends before the byte that differs has none.
          const seen = isChanged.map((is, i) => is && (i < 3 || last > 50));
          const whole = seen.indexOf(false);
          const expected = Math.min(byteLength, starts[whole] ?? Infinity);
          expect(
            kernels.changedPagesEnd(left, right, byteLength, firstBytes),
            `${firstBytes}, ${changed.toString(2)}, ${last}`,
          ).toBe(expected);
        }
      }
    }
  });

  test("counts more differences than a byte holds", () => {
    bytes.fill(0, 0, 200_000);
    bytes.fill(1, 100_000, 200_000);
    expect(kernels.countDifferences(0, 100_000, 100_000)).toBe(100_000);
  });

  test("copies", () => {
    bytes.fill(0, 0, 300);
    bytes.set([1, 2, 3], 100);
    kernels.copyBytes(200, 99, 5);
    expect([...bytes.subarray(198, 208)])
      .toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0, 0]);
  });
});
