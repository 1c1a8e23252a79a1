import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Kernels } from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";

const PAGE = 65536;
const SCRATCH = { byteOffset: 1024, byteLength: 16 * 1024 };

function arena(pages: number): { bytes: Uint8Array; backends: Kernels[] } {
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const backends = [compileKernels(), undefined].map((module) =>
    createKernels(memory, module, SCRATCH)
  );
  return { bytes: new Uint8Array(memory.buffer), backends };
}

/** The first place in `[start, end)` where one of the bytes is. */
function naive(
  bytes: Uint8Array,
  start: number,
  end: number,
  ...wanted: number[]
): number {
  for (let at = start; at < end; at++) {
    if (wanted.includes(bytes[at]!)) return at;
  }
  return end;
}

describe("findByte() and findEither()", () => {
  const { bytes, backends } = arena(2);

  test("find what a look at each byte finds, at every alignment and length", () => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: 0, maxLength: 70, max: 5 }),
      fc.integer({ min: PAGE, max: PAGE + 40 }),
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 0, max: 5 }),
      (text, start, a, b) => {
        // What is wanted lies on both sides of the range too.
        bytes.fill(a, start - 20, start + 100);
        bytes.set(text, start);
        const end = start + text.length;
        for (const kernels of backends) {
          expect(kernels.findByte(start, end, a)).toBe(
            naive(bytes, start, end, a),
          );
          expect(kernels.findEither(start, end, a, b)).toBe(
            naive(bytes, start, end, a, b),
          );
        }
      },
    ));
  });

  test("know bytes from 128 to 255", () => {
    bytes.fill(0x7f, PAGE, PAGE + 64);
    for (const at of [0, 15, 16, 33, 63]) {
      bytes[PAGE + at] = 0xff;
      for (const kernels of backends) {
        expect(kernels.findByte(PAGE, PAGE + 64, 0xff)).toBe(PAGE + at);
        expect(kernels.findEither(PAGE, PAGE + 64, 0x80, 0xff)).toBe(PAGE + at);
      }
      bytes[PAGE + at] = 0x7f;
    }
  });

  test("stop at the end of the memory", () => {
    const end = bytes.length;
    bytes.fill(1, end - 40);
    for (const kernels of backends) {
      for (let start = end - 40; start <= end; start++) {
        expect(kernels.findByte(start, end, 2)).toBe(end);
        expect(kernels.findEither(start, end, 2, 3)).toBe(end);
      }
    }
  });

  test("stop at 4 GiB", () => {
    const whole = arena(65536);
    const end = 2 ** 32;
    for (const kernels of whole.backends) {
      expect(kernels.findByte(end - 100, end, 7)).toBe(end);
      whole.bytes[end - 1] = 7;
      expect(kernels.findByte(end - 100, end, 7)).toBe(end - 1);
      expect(kernels.findEither(end - 100, end, 8, 7)).toBe(end - 1);
      whole.bytes[end - 1] = 0;
    }
  });
});
