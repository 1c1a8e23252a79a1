import { expect, test } from "vitest";
import { byteSearch } from "../src/binary/framing/byte_search.ts";
import { seededRandom } from "./job_driver.ts";

const LENGTH = 40;

test.each([0, 1, 2, 3])(
  "byteSearch() finds a byte at every place in every range, %d bytes off",
  (shift) => {
    const all = new Uint8Array(new SharedArrayBuffer(8 + LENGTH + 8));
    const window = all.subarray(4 + shift, 4 + shift + LENGTH);
    const search = byteSearch(window);
    for (const byte of [0x00, 0x0a, 0x7f, 0x80, 0x81, 0xff]) {
      for (
        const [other, second] of [[1, 2], [byte ^ 0x80, byte ^ 1]] as const
      ) {
        for (let at = 0; at < LENGTH; at++) {
          // What is around the window is not looked at, or at least not taken.
          all.fill(byte);
          window.fill(other);
          window[at] = byte;
          for (let from = 0; from <= LENGTH; from++) {
            for (let to = from; to <= LENGTH; to++) {
              const expected = at >= from && at < to ? at : to;
              const found = [
                search.findByte(from, to, byte),
                search.findEither(from, to, byte, second),
                search.findEither(from, to, second, byte),
              ];
              if (found.some((each) => each !== expected)) {
                expect(found, `${byte} at ${at} in [${from}, ${to})`).toEqual([
                  expected,
                  expected,
                  expected,
                ]);
              }
            }
          }
        }
      }
    }
  },
);

test("byteSearch() finds the first of several, and nothing in windows that end within a word", () => {
  for (let length = 0; length < 12; length++) {
    const buffer = new SharedArrayBuffer(length);
    const window = new Uint8Array(buffer);
    const search = byteSearch(window);
    expect(search.findByte(0, length, 7)).toBe(length);
    for (let first = 0; first < length; first++) {
      window.fill(0);
      window.fill(7, first);
      window[length - 1] = 9;
      const byte = first === length - 1 ? 9 : 7;
      expect(search.findByte(0, length, byte)).toBe(first);
      expect(search.findEither(0, length, 9, 7)).toBe(first);
    }
  }
});

test.each([true, false])(
  "byteSearch() is not confused by bytes that differ in a bit, where little-endian is %s",
  (littleEndian) => {
    // A borrow of the word's arithmetic goes from a byte that fits to one that is the byte ^ 1.
    const letters = [10, 11, 10 ^ 0x80, 11 ^ 0x80, 34, 35, 0, 0xff];
    const random = seededRandom(1);
    for (let round = 0; round < 60; round++) {
      const all = new Uint8Array(new SharedArrayBuffer(32));
      all.forEach((_, i) =>
        all[i] = letters[Math.floor(random() * letters.length)]!
      );
      const shift = round % 4;
      const window = all.subarray(shift, shift + 24);
      const search = byteSearch(window, undefined, undefined, littleEndian);
      for (let from = 0; from <= 24; from++) {
        for (let to = from; to <= 24; to++) {
          const place = (fits: (byte: number) => boolean) => {
            const found = window.subarray(from, to).findIndex(fits);
            return found < 0 ? to : from + found;
          };
          const found = [
            search.findByte(from, to, 10),
            search.findEither(from, to, 10, 34),
          ];
          const expected = [
            place((byte) => byte === 10),
            place((byte) => byte === 10 || byte === 34),
          ];
          if (found.join() !== expected.join()) {
            expect(found, `[${from}, ${to}) of ${window}`).toEqual(expected);
          }
        }
      }
    }
  },
);

test("byteSearch() passes addresses to kernels and takes positions from them", () => {
  const window = new Uint8Array(new SharedArrayBuffer(64));
  const calls: number[][] = [];
  const search = byteSearch(window, 2 ** 31 + 8, {
    findByte: (...args) => (calls.push(args), args[0] + 3),
    findEither: (...args) => (calls.push(args), args[1]),
  });
  expect(search.findByte(1, 9, 10)).toBe(4);
  expect(search.findEither(2, 7, 10, 34)).toBe(7);
  const base = 2 ** 31 + 8;
  expect(calls).toEqual([[base + 1, base + 9, 10], [
    base + 2,
    base + 7,
    10,
    34,
  ]]);
});
