import { expect, test } from "vitest";
import { NATIVE_LITTLE_ENDIAN } from "../src/binary/element.ts";
import { parseFormat, valuesOf } from "../src/binary/format.ts";

test("parseFormat() reads byte order and nativeness", () => {
  const of = (text: string) => {
    const { native, littleEndian } = parseFormat(text);
    return [native, littleEndian];
  };
  expect(of("<i")).toEqual([false, true]);
  expect(of(">i")).toEqual([false, false]);
  expect(of("!i")).toEqual([false, false]);
  expect(of("=i")).toEqual([false, NATIVE_LITTLE_ENDIAN]);
  expect(of("@i")).toEqual([true, NATIVE_LITTLE_ENDIAN]);
  expect(of("i")).toEqual([true, NATIVE_LITTLE_ENDIAN]);
  expect(of("")).toEqual([true, NATIVE_LITTLE_ENDIAN]);
});

test("parseFormat() gives fields with counts and offsets", () => {
  const { text, size, fields } = parseFormat("<2H 3x\n010s0Ip");
  expect([text, size]).toEqual(["<2H 3x\n010s0Ip", 18]);
  expect(fields).toEqual([
    { code: "H", count: 2, offset: 0, byteLength: 4 },
    { code: "x", count: 3, offset: 4, byteLength: 3 },
    { code: "s", count: 10, offset: 7, byteLength: 10 },
    { code: "I", count: 0, offset: 17, byteLength: 0 },
    { code: "p", count: 1, offset: 17, byteLength: 1 },
  ]);
  expect(fields.map(valuesOf)).toEqual([2, 0, 1, 0, 1]);
});

test("parseFormat() aligns native fields only, and not behind the last", () => {
  const offsets = (text: string) => {
    const { size, fields } = parseFormat(text);
    return [...fields.map(({ offset }) => offset), size];
  };
  expect(offsets("bhbib2x?dc")).toEqual([0, 2, 4, 8, 12, 13, 15, 16, 24, 25]);
  expect(offsets("=bhbib2x?dc")).toEqual([0, 1, 3, 4, 8, 9, 11, 12, 20, 21]);
  expect(offsets("qb")).toEqual([0, 8, 9]);
  // A count of 0 aligns, as C's compilers would the end of a structure.
  expect(offsets("qb0q")).toEqual([0, 8, 16, 16]);
  expect(offsets("<b0q")).toEqual([0, 1, 1]);
  expect(offsets("b3s3p")).toEqual([0, 1, 4, 7]);
});

test("parseFormat() takes no time by the counts", () => {
  const { size, fields } = parseFormat("<9007199254740990Bx");
  expect([size, fields.length]).toEqual([2 ** 53 - 1, 2]);
});

const STANDARD = "x s p c b B ? h H i I q Q e d l L f";
const refused: [string, number, string][] = [
  ["<iZ", 3, '"Z"'],
  ["<n", 2, '"n", which is for native formats only'],
  ["<3", 3, "its end"],
  ["<3 i", 3, '" "'],
  ["<i<", 3, '"<"'],
  ["<é", 2, '"é"'],
  ["<\0", 2, '"\\u0000"'],
];
test.each(refused)("parseFormat() refuses %j", (text, column, what) => {
  expect(() => parseFormat(text)).toThrow(
    new TypeError(
      `Cannot read format ${
        JSON.stringify(text)
      } as column ${column} must be one of ${STANDARD}: received ${what}`,
    ),
  );
});

test("parseFormat() refuses a space before the byte order", () => {
  expect(() => parseFormat(" <i")).toThrow(/column 2 .* received "<"$/);
});

test("parseFormat() refuses what is no string", () => {
  expect(() => parseFormat(4 as never)).toThrow(
    new TypeError(
      "Cannot read a format as it must be a string: received 4",
    ),
  );
});

test.each([
  "<9007199254740991Bx",
  "<9007199254740992x",
  `<${"9".repeat(400)}s`,
])(
  "parseFormat() refuses a size of 2**53: %s",
  (text) => expect(() => parseFormat(text)).toThrow(RangeError),
);
