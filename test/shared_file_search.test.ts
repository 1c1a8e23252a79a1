import * as fs from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { Control } from "../src/memory/shared_file/control.ts";
import { NEEDLE_BYTES_MAX } from "../src/memory/shared_file/search.ts";
import { SEARCH_SLOTS } from "../src/memory/shared_file/window.ts";
import { findAll } from "./reference.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

/** The first block that is searched, and what the blocks add up to after one and two more. */
const BLOCKS = [65_536, 5 * 65_536, 21 * 65_536];

const files = temporaryFiles();

/** Memory with some content. */
function memoryOf(content: Uint8Array | string): SharedFile<"write"> {
  const bytes = typeof content === "string"
    ? new TextEncoder().encode(content)
    : content;
  const file = SharedFile.anonymous(bytes.byteLength);
  file.bytes.set(bytes);
  return file;
}

/** Bytes of few values, so that needles occur, also across what has been matched. */
function fewValues(byteLength: number, seed: number): Uint8Array {
  return seededBytes(byteLength, seed).map((byte) => 0x61 + byte % 2);
}

test("SharedFile.find() takes text, a byte and bytes of any kind", () => {
  using file = memoryOf("naïve 中文\0end");
  const at = new TextEncoder().encode("naïve ").length;
  expect(file.find("中")).toBe(at);
  expect(file.find("中文\0")).toBe(at);
  expect(file.find(0xe4)).toBe(at);
  expect(file.find(0)).toBe(at + 6);
  expect(file.find(Uint8Array.of(0, 0x65))).toBe(at + 6);
  expect(file.find(new Uint16Array([0x6500]))).toBe(at + 6);
  expect(file.find(new DataView(Uint8Array.of(1, 0x6e, 0x64, 2).buffer, 1, 2)))
    .toBe(at + 8);
  expect(file.find(Uint8Array.of(0x65).buffer)).toBe(5);
  expect(file.find(file.bytes.subarray(2, 5))).toBe(2);
  expect(file.find("文中")).toBe(-1);
  expect(file.find(255)).toBe(-1);
});

test("SharedFile.find() refuses needles that are none", () => {
  using file = memoryOf("abc");
  for (const needle of [null, undefined, {}, [0x61], 1n, true]) {
    // The types forbid them.
    expect(() => file.find(needle as unknown as string)).toThrow(TypeError);
    expect(() => file.rfind(needle as unknown as string)).toThrow(TypeError);
    expect(() => file.findAll(needle as unknown as string)).toThrow(TypeError);
  }
  for (const byte of [-1, 256, 0.5, NaN]) {
    expect(() => file.find(byte)).toThrow(RangeError);
  }
  expect(() => file.find("\ud800")).toThrow(TypeError);
  for (const bound of [0.5, NaN]) {
    expect(() => file.find("a", bound)).toThrow(RangeError);
    expect(() => file.rfind("a", 0, bound)).toThrow(RangeError);
    expect(() => file.findAll("a", bound)).toThrow(RangeError);
  }
});

test("bounds are those of slice(): from the end where negative, cut off where beyond", () => {
  const bytes = fewValues(12, 1);
  using file = memoryOf(bytes);
  const bounds = [
    ...[undefined, -Infinity, -13, -12, -11, -3],
    ...[0, 1, 5, 11, 12, 13, Infinity],
  ];
  for (const start of bounds) {
    for (const end of bounds) {
      for (const text of ["a", "ab", "ba", "abba"]) {
        const from = bytes.length - bytes.slice(start).length;
        const part = bytes.slice(start, end);
        const all = findAll(part, new TextEncoder().encode(text), true)
          .map((at) => at + from);
        const what = `"${text}" in [${start}, ${end})`;
        expect(file.find(text, start, end), what).toBe(all[0] ?? -1);
        expect(file.rfind(text, start, end), what).toBe(all.at(-1) ?? -1);
        expect([...file.findAll(text, start, end, { overlapping: true })], what)
          .toEqual(all);
      }
    }
  }
});

test("an empty needle is at the bounds, if they are in order", () => {
  using file = memoryOf("abc");
  expect([file.find(""), file.rfind("")]).toEqual([0, 3]);
  expect([file.find("", 2), file.rfind("", 0, 2)]).toEqual([2, 2]);
  expect([file.find("", 3), file.rfind("", 3)]).toEqual([3, 3]);
  expect([file.find("", 9), file.rfind("", 9)]).toEqual([3, 3]);
  expect([file.find("", 2, 1), file.rfind("", 2, 1)]).toEqual([-1, -1]);
  expect([...file.findAll("", 1)]).toEqual([1, 2, 3]);
  expect([...file.findAll("", 2, 1)]).toEqual([]);
  using empty = memoryOf("");
  expect([empty.find(""), empty.rfind(""), empty.find("a"), empty.rfind("a")])
    .toEqual([0, 0, -1, -1]);
  expect([...empty.findAll("")]).toEqual([0]);
});

test("SharedFile.findAll() leaves out what overlaps, unless asked", () => {
  using file = memoryOf("aaaa bbaaab");
  expect([...file.findAll("aa")]).toEqual([0, 2, 7]);
  expect([...file.findAll("aa", 1)]).toEqual([1, 7]);
  expect([...file.findAll("aa", 0, undefined, { overlapping: true })])
    .toEqual([0, 1, 2, 7, 8]);
  expect([...file.findAll("aa", -4, -1, { overlapping: true })]).toEqual([
    7,
    8,
  ]);
});

test("searches agree with naive ones around every end of a block", () => {
  const bytes = new Uint8Array(22 * 65_536);
  using file = memoryOf(bytes);
  const needle = Uint8Array.of(1, 2, 3, 4, 5, 6, 7);
  for (const end of [0, ...BLOCKS]) {
    for (let shift = -9; shift <= 9; shift++) {
      for (const at of [end + shift, bytes.length - end + shift]) {
        if (at < 0 || at + needle.length > bytes.length) continue;
        file.bytes.set(needle, at);
        const what = `at ${at}`;
        expect(file.find(needle), what).toBe(at);
        expect(file.rfind(needle), what).toBe(at);
        expect([...file.findAll(needle)], what).toEqual([at]);
        // One byte less on either side, and it is no longer there.
        expect(file.find(needle, at + 1), what).toBe(-1);
        expect(file.rfind(needle, 0, at + needle.length - 1), what).toBe(-1);
        file.bytes.fill(0, at, at + needle.length);
      }
    }
  }
});

test("SharedFile.findAll() agrees with the naive search where there are many, across blocks and batches", () => {
  for (let seed = 1; seed <= 12; seed++) {
    const bytes = fewValues(70_000 + seed * 911, seed);
    using file = memoryOf(bytes);
    for (const text of ["a", "ab", "aba", "bbbb", "ababab"]) {
      for (const overlapping of [false, true]) {
        const start = seed * 7;
        const expected = findAll(
          bytes.subarray(start),
          new TextEncoder().encode(text),
          overlapping,
        ).map((at) => at + start);
        const found = [
          ...file.findAll(text, start, undefined, { overlapping }),
        ];
        expect(found, `seed ${seed}, "${text}"`).toEqual(expected);
      }
    }
  }
});

test("SharedFile.findAll() goes on from where it is asked, and may be left", () => {
  using file = memoryOf("x".repeat(5000));
  const seen: number[] = [];
  for (const at of file.findAll("x")) {
    if (at === 1500) break;
    seen.push(at);
  }
  expect(seen).toHaveLength(1500);
  // What was found may be replaced on the way.
  for (const at of file.findAll("xxx")) file.bytes.set([1, 2, 3], at);
  expect([...file.findAll("\x01\x02\x03")]).toHaveLength(1666);
  expect(file.find("x")).toBe(4998);
});

test("SharedFile.findAll() keeps the needle that it was given", () => {
  using file = memoryOf("x".repeat(3000) + "y");
  const needle = Uint8Array.of(0x78);
  let count = 0;
  for (const _ of file.findAll(needle)) {
    needle[0] = 0x79;
    count++;
  }
  expect(count).toBe(3000);
});

test("needles longer than a slot are found as a whole", () => {
  const lengths = [-1, 0, 1, 5000].map((more) => NEEDLE_BYTES_MAX + more);
  for (const length of lengths) {
    const needle = seededBytes(length, length);
    // Twice, and three times all of it but for one byte.
    const wrong = needle.slice();
    wrong[length - 1]! ^= 1;
    const parts = [wrong, needle, wrong, needle, wrong];
    const bytes = new Uint8Array(7 + 5 * length);
    parts.forEach((part, i) => bytes.set(part, 7 + i * length));
    using file = memoryOf(bytes);
    const what = `${length} bytes`;
    expect(file.find(needle), what).toBe(7 + length);
    expect(file.rfind(needle), what).toBe(7 + 3 * length);
    expect([...file.findAll(needle)], what).toEqual([
      7 + length,
      7 + 3 * length,
    ]);
    expect(file.find(needle, 8 + length), what).toBe(7 + 3 * length);
    expect(file.find(needle, 0, 6 + 2 * length), what).toBe(-1);
    expect(file.rfind(needle, 0, 6 + 4 * length), what).toBe(7 + length);
    expect(file.rfind(wrong, 0, 6 + 5 * length), what).toBe(7 + 2 * length);
    expect(file.rfind(wrong, 0, 7 + 5 * length), what).toBe(7 + 4 * length);
  }
});

test("needles longer than a slot are found behind and before what is like them", () => {
  const zeros = new Uint8Array(NEEDLE_BYTES_MAX);
  // Fits at 1 only; all but its end fits at 0 and at 2.
  const needle = Uint8Array.of(...zeros, 0, 1);
  using file = memoryOf(Uint8Array.of(...zeros, 0, 0, 1, 1, 1));
  expect(file.find(needle)).toBe(1);
  expect(file.rfind(needle)).toBe(1);
  expect([...file.findAll(needle)]).toEqual([1]);
});

test("SharedFile.findAll() leaves out what overlaps at the end of a block too", () => {
  using file = memoryOf(new Uint8Array(3 * BLOCKS[1]!));
  const length = 5000;
  const expected = Array.from(
    { length: Math.floor(file.byteLength / length) },
    (_, i) => i * length,
  );
  expect([...file.findAll(new Uint8Array(length))]).toEqual(expected);
});

test("overlapping needles longer than a slot are all found", () => {
  using file = memoryOf(new Uint8Array(NEEDLE_BYTES_MAX + 10));
  const needle = new Uint8Array(NEEDLE_BYTES_MAX + 3);
  const overlapping = true;
  expect([...file.findAll(needle, 0, undefined, { overlapping })])
    .toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...file.findAll(needle)]).toEqual([0]);
});

test("a search gives its slot back, also where it fails", async () => {
  const path = join(files.folder, "slots");
  fs.writeFileSync(path, seededBytes(200_000, 3));
  using file = await SharedFile.open(path, { io: "map" });
  const control = new Control(file.share().memory);
  fs.truncateSync(path, 0);
  for (let turn = 0; turn <= SEARCH_SLOTS; turn++) {
    expect(() => file.find("nothing like this"))
      .toThrow(expect.objectContaining({ code: "ERR_FILE_SHRANK" }));
  }
  const slots = Array.from({ length: SEARCH_SLOTS }, () => control.claimSlot());
  expect(new Set(slots).size).toBe(SEARCH_SLOTS);
});

test("SharedFile.find() says so where all slots are taken, and uses the one that is left", () => {
  using file = memoryOf("abc");
  const control = new Control(file.share().memory);
  const slots = Array.from({ length: SEARCH_SLOTS }, () => control.claimSlot());
  expect(() => file.find("c"))
    .toThrow(expect.objectContaining({ code: "EAGAIN" }));
  control.releaseSlot(slots.at(-1)!);
  expect(file.find("c")).toBe(2);
  expect(file.find("c")).toBe(2);
});
