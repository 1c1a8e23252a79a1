import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { NumberKind, NumberReader } from "../src/records/parse_number.ts";
import { rounds } from "./effort.ts";

const PREFIX = "9.";

/** Reads a text that has other digits on both sides. */
function read(text: string): NumberReader {
  const bytes = new TextEncoder().encode(`${PREFIX}${text}7e5`);
  const reader = new NumberReader(bytes);
  reader.read(PREFIX.length, bytes.length - 3);
  return reader;
}

const GRAMMAR = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|infinity|nan)$/i;

/** What the grammar and the runtime say. */
function naive(text: string): number {
  if (!GRAMMAR.test(text)) return NaN;
  const special = /^([+-]?)(inf|nan)/i.exec(text);
  if (special === null) return Number(text);
  const size = special[2]?.toLowerCase() === "inf" ? Infinity : NaN;
  return special[1] === "-" ? -size : size;
}

const digits = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength });

describe("read()", () => {
  test.each([
    ["0", NumberKind.Small, 0, 0],
    ["-0.0", NumberKind.Small, 0, 1],
    ["+12.50", NumberKind.Small, 1250, 2],
    ["-.5", NumberKind.Small, -5, 1],
    ["5.", NumberKind.Small, 5, 0],
    ["000000000000000000000000012.3", NumberKind.Small, 123, 1],
    ["9007199254740991", NumberKind.Small, 9007199254740991, 0],
    ["90071992547409.91", NumberKind.Small, 9007199254740991, 2],
  ])("%s is exact", (text, kind, mantissa, scale) => {
    const reader = read(text);
    expect(reader).toMatchObject({ kind, mantissa, scale });
    expect(Object.is(reader.mantissa, -0)).toBe(false);
    expect(reader.negative).toBe(text.startsWith("-"));
  });

  test.each([
    ["9007199254740992", 9007199254740992n, 0],
    ["-18446744073709551615", -18446744073709551615n, 0],
    ["+123456789012345678901234567890.5", 1234567890123456789012345678905n, 1],
  ])("%s is exact as a bigint", (text, mantissa, scale) => {
    const reader = read(text);
    expect(reader).toMatchObject({ kind: NumberKind.Large, scale });
    expect(reader.bigMantissa()).toBe(mantissa);
  });

  test.each([
    ["", " 1", "1 ", "+", "-", ".", "+.", "e5", ".e5", "1e", "1e+", "1e5.0"],
    ["1.2.3", "1,5", "1_000", "0x10", "--1", "+-1", "1e--5", "infinite", "in"],
    ["nano", "١", "1\u0000", "1\r", "in\u0046"],
  ])("refuses what is no number: %j", (...texts) => {
    for (const text of texts.filter((text) => text !== "in\u0046")) {
      expect(read(text).kind, JSON.stringify(text)).toBe(NumberKind.Invalid);
      expect(read(text).toNumber()).toBeNaN();
    }
  });

  test("knows what is no digits, in letters of either case", () => {
    for (const text of ["inf", "-Infinity", "+INF", "NaN", "-nan"]) {
      expect(read(text).kind).toBe(NumberKind.Special);
      expect(read(text).toNumber()).toBe(naive(text));
    }
  });

  test("agrees with the grammar on texts of its letters", () => {
    const letters = fc.string({
      unit: fc.constantFrom(..."0159.+-eEinfatyNIF "),
      maxLength: 8,
    });
    fc.assert(
      fc.property(letters, (text) => {
        const reader = read(text);
        expect(reader.kind !== NumberKind.Invalid).toBe(GRAMMAR.test(text));
        expect(reader.toNumber()).toBe(naive(text));
      }),
      { numRuns: rounds(3000) },
    );
  });
});

describe("toNumber()", () => {
  test("gives the nearest double, whatever the digits and exponent", () => {
    const exponent = fc.option(fc.integer({ min: -400, max: 400 }));
    fc.assert(
      fc.property(
        digits(25),
        digits(25),
        exponent,
        fc.constantFrom("", "-", "+"),
        (whole, fraction, power, sign) => {
          const end = power === null ? "" : `e${power}`;
          const text = `${sign}${whole}.${fraction}${end}`;
          expect(read(text).toNumber(), text).toBe(naive(text));
        },
      ),
      { numRuns: rounds(3000) },
    );
  });

  test("gives back every double that was written out", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (value) => {
        const text = Object.is(value, -0) ? "-0" : String(value);
        expect(read(text).toNumber()).toBe(value);
      }),
      { numRuns: rounds(3000) },
    );
  });

  test.each([
    // Halfway between two doubles, and next to it.
    "9007199254740993",
    "9007199254740993.0000000000000000000000000000001",
    "1.00000000000000011102230246251565404236316680908203125",
    "1.00000000000000011102230246251565404236316680908203124",
    "2.2250738585072011e-308",
    "4.9406564584124654e-324",
    "2.4703282292062327208299149e-324",
    "1.7976931348623158e308",
    "1.7976931348623159e308",
    "8.5e22",
    "123456789012345e22",
    "1e23",
    "1e99999999999999999999",
    "1e-99999999999999999999",
    "-0",
    "-0.000e5",
  ])("rounds %s as the runtime does", (text) => {
    expect(read(text).toNumber()).toBe(Number(text));
  });
});
