import { describe, expect, test } from "vitest";
import { KERNEL_SCRATCH_BYTES, type Kernels } from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import { chooseRarest, chooseSecond } from "../src/kernels/rare_bytes.ts";
import {
  backends,
  bytes,
  expectWritesOnly,
  KEY,
  memory,
  MEMORY_BYTES,
  OUTPUT,
  place,
  randomBytes,
} from "./kernels_arena.ts";
import * as reference from "./reference.ts";

test.each([
  ["the zebra", 4, 6],
  ["aaaa", 0, 3],
  ["a", 0, 0],
  ["ab", 1, 0],
  [" ".repeat(200) + "z", 0, 200],
])(
  "chooseRarest() and chooseSecond() choose bytes of %j that files seldom hold",
  (text, first, second) => {
    const bytes = textOf(`zz${text}zz`);
    expect(chooseRarest(bytes, 2, text.length)).toBe(first);
    expect(chooseSecond(bytes, 2, text.length, first)).toBe(second);
  },
);

/** Room for offsets in the memory. */
const CAPACITY = 32 * 1024;
const output = new Uint32Array(memory.buffer, OUTPUT, CAPACITY);

/** Puts a needle where neither text nor output lies. */
function placeNeedle(needle: Uint8Array, shift = 0): number {
  bytes.fill(0x5a, KEY - 16, KEY + needle.length + 32);
  bytes.set(needle, KEY + shift);
  return KEY + shift;
}

function findAll(
  kernels: Kernels,
  at: number,
  byteLength: number,
  needleAt: number,
  needleBytes: number,
  overlapping: boolean,
  capacity = CAPACITY,
): number[] {
  output.fill(0xdeadbeef);
  const count = kernels.findAll(
    at,
    byteLength,
    needleAt,
    needleBytes,
    OUTPUT,
    capacity,
    overlapping,
  );
  return [...output.subarray(0, count)];
}

/** All that the kernels say about a needle in a text. */
function answers(
  kernels: Kernels,
  at: number,
  byteLength: number,
  needleAt: number,
  needleBytes: number,
): string {
  return JSON.stringify([
    kernels.findFirst(at, byteLength, needleAt, needleBytes),
    kernels.findLast(at, byteLength, needleAt, needleBytes),
    findAll(kernels, at, byteLength, needleAt, needleBytes, true),
    findAll(kernels, at, byteLength, needleAt, needleBytes, false),
  ]);
}

/** The same by the oracle. */
function expectedAnswers(text: Uint8Array, needle: Uint8Array): string {
  const all = reference.findAll(text, needle, true);
  return JSON.stringify([
    all[0] ?? -1,
    all.at(-1) ?? -1,
    all,
    reference.findAll(text, needle, false),
  ]);
}

function expectAgreement(
  kernels: Kernels,
  text: Uint8Array,
  needle: Uint8Array,
  shift: number,
  about: string,
): void {
  // Pads that continue the needle would be found if they were read.
  const at = place(text, shift, needle[0] ?? 0);
  bytes.set(needle.subarray(1), at + text.length);
  bytes.set(needle.subarray(0, -1), at - Math.max(needle.length - 1, 0));
  const needleAt = placeNeedle(needle, shift % 7);
  const received = answers(kernels, at, text.length, needleAt, needle.length);
  const expected = expectedAnswers(text, needle);
  if (received !== expected) {
    expect.fail(
      `${about}: needle [${needle}] in ${text.length} bytes at shift ${shift}: ${received} instead of ${expected}`,
    );
  }
}

function textOf(characters: string): Uint8Array {
  return new TextEncoder().encode(characters);
}

describe.each(backends)("%s:", (_name, kernels) => {
  test("findFirst() and findLast() agree with the reference wherever one needle lies, at every length", () => {
    const needle = textOf("xyz");
    for (let length = 0; length <= 150; length++) {
      for (let place = -1; place + 3 <= length; place++) {
        const text = new Uint8Array(length).fill(0x61);
        if (place >= 0) text.set(needle, place);
        expectAgreement(kernels, text, needle, length % 20, `at ${place}`);
      }
    }
  });

  test("findFirst(), findLast() and findAll() agree with the reference on needles of 1 to 40 bytes at every alignment", () => {
    for (let needleBytes = 1; needleBytes <= 40; needleBytes++) {
      const text = randomBytes(330, needleBytes).map((byte) => byte & 1);
      for (let shift = 0; shift < 20; shift++) {
        for (const from of [0, 5, 16, 31, 100, 290]) {
          const needle = text.slice(from, from + needleBytes);
          expectAgreement(kernels, text, needle, shift, `from ${from}`);
        }
      }
    }
  });

  test("findFirst(), findLast() and findAll() agree with the reference around every block's end", () => {
    const needles = ["a", "ab", "abc", "abcdefghijklmnop", "abcdefghijklmnopq"];
    for (const needle of needles.map(textOf)) {
      for (let starts = 0; starts <= 210; starts++) {
        const text = new Uint8Array(starts + needle.length).fill(0x2e);
        for (const at of [0, starts >> 1, starts]) {
          text.fill(0x2e);
          text.set(needle, at);
          expectAgreement(kernels, text, needle, 3, `at ${at}`);
        }
      }
    }
  });

  test.each([
    ["aaaa", "a".repeat(300)],
    ["aaaab", "a".repeat(300)],
    ["baaaa", "a".repeat(300) + "b" + "a".repeat(30)],
    ["abab", "ab".repeat(150)],
    ["abaababaab", "abaab".repeat(60)],
    ["aabaabaab", "aab".repeat(40) + "aaab".repeat(40)],
    ["abcabcabd", "abc".repeat(99) + "abd"],
    ["abaabaa", "abaabaaabaabaaba".repeat(12)],
  ])(
    "findFirst(), findLast() and findAll() agree with the reference on %s in a text of its letters",
    (needle, text) => {
      for (let shift = 0; shift < 17; shift++) {
        expectAgreement(
          kernels,
          textOf(text),
          textOf(needle),
          shift,
          "periodic",
        );
      }
    },
  );

  test("findFirst(), findLast() and findAll() agree with the reference on random texts of few letters", () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const [length = 0, letters = 0, needleBytes = 0, from = 0, kind = 0] =
        randomBytes(5, seed);
      const text = randomBytes(length * 2, seed + 7).map((byte) =>
        byte % (1 + letters % 4)
      );
      const size = 1 + needleBytes % 60;
      const needle = kind < 200
        ? text.slice(from, from + size)
        : randomBytes(size, seed + 9).map((byte) => byte % (1 + letters % 4));
      if (needle.length === 0) continue;
      expectAgreement(kernels, text, needle, seed % 33, `seed ${seed}`);
    }
  });

  test("findFirst() and findLast() tell a needle of 1 to 80 bytes from a text with one byte that differs", () => {
    for (let needleBytes = 1; needleBytes <= 80; needleBytes++) {
      const needle = new Uint8Array(needleBytes).fill(0x61);
      const needleAt = placeNeedle(needle);
      for (let differs = 0; differs < needleBytes; differs++) {
        const text = needle.slice();
        text[differs] = 0x62;
        const at = place(text, differs % 16, 0x61);
        const about = `byte ${differs} of ${needleBytes}`;
        const received = [
          kernels.findFirst(at, needleBytes, needleAt, needleBytes),
          kernels.findLast(at, needleBytes, needleAt, needleBytes),
        ];
        expect(received, about).toEqual([-1, -1]);
      }
    }
  });

  test("findFirst() gives 0 and findLast() the length for an empty needle", () => {
    expect(kernels.findFirst(5000, 77, 1024, 0)).toBe(0);
    expect(kernels.findLast(5000, 77, 1024, 0)).toBe(77);
    expect(kernels.findFirst(5000, 0, 1024, 0)).toBe(0);
    expect(kernels.findLast(5000, 0, 1024, 0)).toBe(0);
  });

  test("findAll() stops where there is no more room, and writes nothing behind it", () => {
    const at = place(textOf("abcabcabcabc"), 1, 0);
    const needleAt = placeNeedle(textOf("abc"));
    expect(findAll(kernels, at, 12, needleAt, 3, true, 3)).toEqual([0, 3, 6]);
    expect(output[3]).toBe(0xdeadbeef);
    expect(findAll(kernels, at + 7, 5, needleAt, 3, true, 3)).toEqual([2]);
  });

  test("findFirst() and findLast() read up to both ends of the memory", () => {
    const needle = textOf("wxyz");
    const needleAt = placeNeedle(needle);
    for (let length = 4; length < 200; length++) {
      bytes.fill(0x77, MEMORY_BYTES - length);
      bytes.set(needle, MEMORY_BYTES - 4);
      const at = MEMORY_BYTES - length;
      expect(kernels.findFirst(at, length, needleAt, 4)).toBe(length - 4);
      bytes.fill(0x7a, 0, length);
      bytes.set(needle, 0);
      expect(kernels.findLast(0, length, needleAt, 4)).toBe(0);
    }
    bytes.fill(0, 0, 300);
  });

  test("findFirst() writes nothing but scratch, findAll() nothing but its output", () => {
    const at = place(randomBytes(70_001, 2).map((byte) => byte & 1), 5, 0);
    const needleAt = placeNeedle(new Uint8Array(40));
    const room = { byteOffset: OUTPUT, byteLength: 4 * CAPACITY };
    expectWritesOnly(undefined, () => {
      kernels.findFirst(at, 70_001, needleAt, 40);
      kernels.findLast(at, 70_001, needleAt, 40);
    });
    expectWritesOnly(
      room,
      () =>
        void kernels.findAll(at, 70_001, needleAt, 3, OUTPUT, CAPACITY, true),
    );
  });
});

/** A memory of its own for long texts; the needle comes first, then the offsets, then the text. */
function longMemory(mebibytes: number): {
  bytes: Uint8Array;
  bind: (simd: boolean) => Kernels;
} {
  const pages = mebibytes * 16;
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const scratch = { byteOffset: 0, byteLength: KERNEL_SCRATCH_BYTES };
  return {
    bytes: new Uint8Array(memory.buffer),
    bind: (simd) =>
      createKernels(memory, simd ? compileKernels() : undefined, scratch),
  };
}

const MIB = 1024 * 1024;

// Where searching takes time that grows with text times needle, these take hours.
test.each([["scalar", false], ["simd", true]] as const)(
  "%s: findFirst() and findLast() take time that grows with the text only, whatever it holds",
  (_name, simd) => {
    const { bytes, bind } = longMemory(16);
    const kernels = bind(simd);
    const needleBytes = 4 * MIB, text = 6 * MIB, textBytes = 10 * MIB;
    for (const odd of [0, needleBytes / 2, needleBytes - 1]) {
      bytes.fill(0x61, MIB);
      bytes[MIB + odd] = 0x62;
      expect(kernels.findFirst(text, textBytes, MIB, needleBytes)).toBe(-1);
      expect(kernels.findLast(text, textBytes, MIB, needleBytes)).toBe(-1);
      bytes[text + 5 * MIB + odd] = 0x62;
      expect(kernels.findFirst(text, textBytes, MIB, needleBytes)).toBe(
        5 * MIB,
      );
      expect(kernels.findLast(text, textBytes, MIB, needleBytes)).toBe(5 * MIB);
    }
  },
);

test.each([["scalar", false], ["simd", true]] as const)(
  "%s: findAll() takes time that grows with the text only where occurrences overlap",
  (_name, simd) => {
    const { bytes, bind } = longMemory(48);
    const kernels = bind(simd);
    const needleBytes = 8 * MIB, textBytes = 8.5 * MIB;
    bytes.fill(0x61, MIB, MIB + needleBytes);
    bytes.fill(0x61, 16 * MIB, 16 * MIB + textBytes);
    const count = kernels.findAll(
      16 * MIB,
      textBytes,
      MIB,
      needleBytes,
      32 * MIB,
      MIB,
      true,
    );
    expect(count).toBe(MIB / 2 + 1);
    const offsets = new Uint32Array(bytes.buffer, 32 * MIB, count);
    expect(offsets.every((offset, i) => offset === i)).toBe(true);
  },
);

test.each([["scalar", false], ["simd", true]] as const)(
  "%s: findFirst() and findLast() look at nothing outside of a text in which much resembles the needle",
  (_name, simd) => {
    const { bytes, bind } = longMemory(4);
    const kernels = bind(simd);
    const needleBytes = 200, text = 2 * MIB;
    bytes.fill(0x61, MIB);
    for (const textBytes of [199, 200, 3000, 65_536, 100_000]) {
      for (let at = 100; at < textBytes; at += 150) bytes[text + at] = 0x62;
      // Behind the text and before it, the letters go on.
      bytes.fill(0x61, text + textBytes);
      expect(kernels.findFirst(text, textBytes, MIB, needleBytes)).toBe(-1);
      expect(kernels.findLast(text, textBytes, MIB, needleBytes)).toBe(-1);
    }
  },
);

test("simd: findAll() and findLast() agree with scalar where Two-Way comes and goes", () => {
  const { bytes, bind } = longMemory(12);
  const text = 4 * MIB, textBytes = 2 * MIB, offsets = 8 * MIB;
  const [scalar, simd] = [bind(false), bind(true)];
  for (let seed = 1; seed <= 20; seed++) {
    const random = randomBytes(64, seed);
    // Stretches of the needle's only byte, of two bytes in turn, and of random ones.
    for (
      let at = 0, i = 0;
      at < textBytes;
      at += 65_537 * (1 + random[i]! % 4), i++
    ) {
      const stretch = bytes.subarray(text + at, text + textBytes);
      const kind = random[i]! >> 6;
      if (kind === 0) {
        stretch.set(randomBytes(70_000, seed).subarray(0, stretch.length));
      } else if (kind === 1) stretch.fill(0x61);
      else {stretch.forEach((_byte, j) =>
          stretch[j] = j % (kind + 1) === 0 ? 0x62 : 0x61
        );}
    }
    const needleBytes = 1 + random[40]! % 90;
    const period = 1 + random[41]! % 4;
    for (let j = 0; j < needleBytes; j++) {
      bytes[MIB + j] = j % period === 0 ? 0x62 : 0x61;
    }
    if (random[42]! & 1) bytes.fill(0x61, MIB, MIB + needleBytes);
    for (const overlapping of [true, false]) {
      const results = [scalar, simd].map((kernels) => {
        const count = kernels.findAll(
          text,
          textBytes,
          MIB,
          needleBytes,
          offsets,
          MIB,
          overlapping,
        );
        return {
          count,
          last: kernels.findLast(text, textBytes, MIB, needleBytes),
          sum: sumOf(new Uint32Array(bytes.buffer, offsets, count)),
        };
      });
      expect(results[1], `seed ${seed}`).toEqual(results[0]);
    }
  }
});

/** Differs where the offsets do, in all likelihood. */
function sumOf(offsets: Uint32Array): number {
  let sum = 0;
  for (const offset of offsets) sum = (Math.imul(sum, 31) + offset) | 0;
  return sum;
}

test.each([["scalar", false], ["simd", true]] as const)(
  "%s: findFirst() and findLast() search up to the last byte of a memory of 4 GiB",
  (_name, simd) => {
    const { bytes, bind } = longMemory(4096);
    const kernels = bind(simd);
    const needle = textOf("needle");
    bytes.set(needle, MIB);
    for (const length of [6, 7, 21, 70, 5000, 70_000]) {
      const at = 2 ** 32 - length;
      bytes.fill(0x65, at);
      bytes.set(needle, 2 ** 32 - 6);
      expect(kernels.findFirst(at, length, MIB, 6)).toBe(length - 6);
      expect(kernels.findLast(at, length, MIB, 6)).toBe(length - 6);
      expect(kernels.findFirst(at, length - 1, MIB, 6)).toBe(-1);
      expect(kernels.findLast(at, length - 1, MIB, 6)).toBe(-1);
    }
  },
);

test("simd: findFirst() and findLast() give offsets beyond 2^31", () => {
  const { bytes, bind } = longMemory(4096);
  const kernels = bind(true);
  bytes.set(textOf("needle"), MIB);
  // Pages that were never written cost no memory.
  bytes.set(textOf("needle"), 2 * MIB + 2 ** 31 + 77);
  expect(kernels.findFirst(2 * MIB, 2 ** 32 - 2 * MIB, MIB, 6)).toBe(
    2 ** 31 + 77,
  );
  expect(kernels.findLast(2 * MIB, 2 ** 32 - 2 * MIB, MIB, 6)).toBe(
    2 ** 31 + 77,
  );
});
