import { describe, expect, test } from "vitest";
import {
  backends,
  bytes,
  expectWritesOnly,
  memory,
  MEMORY_BYTES,
  module,
  OUTPUT,
  place,
  randomBytes,
} from "./kernels_arena.ts";
import * as reference from "./reference.ts";

test("compileKernels() compiles on this runtime, so that simd is tested", () => {
  expect(backends.map(([name]) => name)).toEqual(["scalar", "simd"]);
});

test("compileKernels() gives a module without state", () => {
  expect(WebAssembly.Module.imports(module!)).toMatchObject([{
    name: "memory",
    kind: "memory",
  }]);
  expect(new Set(WebAssembly.Module.exports(module!).map(({ kind }) => kind)))
    .toEqual(
      new Set(["function"]),
    );
});

describe.each(backends)("%s: countByte()", (_name, kernels) => {
  test("agrees with the reference at every length and offset", () => {
    const seed = 1;
    const random = randomBytes(600, seed).map((byte) => byte & 3);
    for (let length = 0; length <= 530; length++) {
      const content = random.subarray(0, length);
      const expected = reference.countByte(content, 2);
      for (let shift = 0; shift < 20; shift++) {
        // Pads that would be counted if they were read.
        const at = place(content, shift, 2);
        const count = kernels.countByte(at, length, 2);
        if (count !== expected) {
          expect.fail(`length ${length}, shift ${shift}: ${count}`);
        }
      }
    }
  });

  test.each([0, 1, 127, 128, 255])(
    "counts all bytes where all are %i",
    (byte) => {
      const turn = 64 * 255;
      for (
        const length of [turn - 1, turn, turn + 1, 2 * turn + 63, 1024 * 1024]
      ) {
        for (const shift of [0, 3]) {
          const at = place(new Uint8Array(length).fill(byte), shift, byte);
          expect(kernels.countByte(at, length, byte)).toBe(length);
          expect(kernels.countByte(at, length, byte ^ 1)).toBe(0);
          expect(kernels.countByte(at, length, byte ^ 128)).toBe(0);
        }
      }
    },
  );

  test("reads up to the last byte of the memory", () => {
    for (let length = 0; length < 200; length++) {
      bytes.fill(7, MEMORY_BYTES - length);
      expect(kernels.countByte(MEMORY_BYTES - length, length, 7)).toBe(length);
    }
  });

  test("writes nothing", () => {
    const at = place(randomBytes(70_001, 2), 5, 0);
    expectWritesOnly(undefined, () => kernels.countByte(at, 70_001, 10));
  });
});

describe.each(backends)("%s: histogram()", (_name, kernels) => {
  const counts = new Uint32Array(memory.buffer, OUTPUT, 256);

  function histogramOf(at: number, length: number): number[] {
    counts.fill(0);
    kernels.histogram(at, length, OUTPUT);
    return [...counts];
  }

  test("agrees with the reference at every length and offset", () => {
    const random = randomBytes(400, 3);
    for (let length = 0; length <= 300; length++) {
      const content = random.subarray(0, length);
      const expected = reference.histogram(content);
      for (let shift = 0; shift < 17; shift++) {
        const result = histogramOf(
          place(content, shift, random[length]!),
          length,
        );
        if (result.some((count, value) => count !== expected[value])) {
          expect.fail(`length ${length}, shift ${shift}: ${result}`);
        }
      }
    }
  });

  test("agrees with the reference on runs of every length", () => {
    const content = new Uint8Array(64 * 512);
    for (let run = 1, at = 0; at < content.length; run++) {
      content.fill((run * 37) & 255, at, at + run);
      at += run;
    }
    for (let shift = 0; shift < 17; shift++) {
      const at = place(content, shift, 9);
      expect(histogramOf(at, content.length)).toEqual(
        reference.histogram(content),
      );
    }
  });

  test("tells a run from equal bytes of which one differs", () => {
    for (let position = 0; position < 192; position++) {
      const content = new Uint8Array(192).fill(3);
      content[position] = 4;
      const at = place(content, position & 7, 3);
      expect(histogramOf(at, 192), `position ${position}`).toEqual(
        reference.histogram(content),
      );
    }
  });

  test("agrees with the reference on words that repeat", () => {
    for (
      const word of [[1, 2, 3, 4], [1, 1, 1, 2], [2, 1, 1, 1], [0, 0, 0, 0], [
        255,
        255,
        255,
        255,
      ]]
    ) {
      const content = Uint8Array.from({ length: 1000 }, (_, i) => word[i % 4]!);
      const at = place(content, 1, 9);
      expect(histogramOf(at, content.length)).toEqual(
        reference.histogram(content),
      );
    }
  });

  test("agrees with the reference on 1 MiB of random bytes", () => {
    const seed = 4;
    const content = randomBytes(1024 * 1024, seed);
    expect(histogramOf(place(content, 0, 0), content.length)).toEqual(
      reference.histogram(content),
    );
  });

  test("adds to what was counted before, modulo 2^32", () => {
    const at = place(Uint8Array.of(5, 6, 6), 0, 0);
    counts.fill(10);
    counts[6] = 0xffffffff;
    kernels.histogram(at, 3, OUTPUT);
    expect([counts[4], counts[5], counts[6]]).toEqual([10, 11, 1]);
  });

  test("reads up to the last byte of the memory", () => {
    for (let length = 0; length < 40; length++) {
      bytes.fill(7, MEMORY_BYTES - length);
      expect(histogramOf(MEMORY_BYTES - length, length)[7]).toBe(length);
    }
  });

  test("writes nothing but the counts", () => {
    const at = place(randomBytes(70_001, 5), 5, 0);
    const output = { byteOffset: OUTPUT, byteLength: 1024 };
    expectWritesOnly(output, () => kernels.histogram(at, 70_001, OUTPUT));
  });
});
