/** The arithmetic behind aggregates: exact fractions, their rounding, and the order of values. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addBillionths,
  addExtremes,
  type InputCells,
} from "../src/records/cells.ts";
import { productError } from "../src/records/exact_product.ts";
import {
  addRationals,
  type Rational,
  sumOf,
  toDouble,
  toScaled,
} from "../src/records/exact_rational.ts";
import type { ExactCells } from "../src/records/exact_sum.ts";
import { fromScaled } from "../src/records/finish_number.ts";
import {
  compareTexts,
  compareValues,
  FirstRows,
} from "../src/records/order.ts";
import { rounds } from "./effort.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

function ratio(numerator: bigint, denominator = 1n): Rational {
  return { numerator, denominator };
}

describe("toDouble()", () => {
  test.each([
    [2n ** 53n + 1n, 1n, 2 ** 53],
    [2n ** 53n + 3n, 1n, 2 ** 53 + 4],
    [2n ** 54n + 2n, 1n, 2 ** 54],
    [2n ** 54n + 3n, 1n, 2 ** 54 + 4],
    [-(2n ** 53n) - 1n, 1n, -(2 ** 53)],
    [1n, 3n, 1 / 3],
    [0n, 7n, 0],
    [1n, 2n ** 1074n, 5e-324],
    [1n, 2n ** 1075n, 0],
    [3n, 2n ** 1075n, 1e-323],
    [2n ** 53n - 1n, 2n ** 1075n, 2 ** -1022],
    [2n ** 1024n, 1n, Infinity],
    [-(2n ** 2000n), 1n, -Infinity],
    [2n ** 1024n - 2n ** 970n - 1n, 1n, Number.MAX_VALUE],
    [2n ** 1024n - 2n ** 970n, 1n, Infinity],
  ])("of %d / %d", (numerator, denominator, expected) => {
    expect(toDouble(ratio(numerator, denominator))).toBe(expected);
  });

  test("gives each double back, and integers as the language rounds them", () => {
    fc.assert(fc.property(finite, (double) => {
      expect(toDouble(sumOf([double]))).toBe(double + 0);
    }));
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 90n), max: 2n ** 90n }),
        (integer) => {
          expect(toDouble(ratio(integer))).toBe(Number(integer));
          expect(toDouble(ratio(integer * 10n, 10n))).toBe(Number(integer));
        },
      ),
    );
  });

  test("rounds the sum of two doubles as their addition does", () => {
    fc.assert(fc.property(finite, finite, (a, b) => {
      if (!Number.isFinite(a + b)) return;
      expect(toDouble(sumOf([a, b]))).toBe(a + b + 0);
      expect(toDouble(addRationals(sumOf([a]), sumOf([b])))).toBe(a + b + 0);
    }));
  });
});

describe("toScaled()", () => {
  test.each([
    [5n, 100n, 1, 1n],
    [-5n, 100n, 1, 0n],
    [-15n, 100n, 1, -1n],
    [-16n, 100n, 1, -2n],
    [49n, 1000n, 1, 0n],
    [1n, 3n, 3, 333n],
    [-1n, 3n, 3, -333n],
    [7n, 1n, 0, 7n],
  ])("of %d / %d to %d places", (numerator, denominator, places, expected) => {
    expect(toScaled(ratio(numerator, denominator), places)).toBe(expected);
  });

  test("is text where a double has too few digits", () => {
    expect(fromScaled(-1_234_567_890_123_456n, 1)).toBe("-123456789012345.6");
    expect(fromScaled(123n, 1)).toBe(12.3);
    expect(fromScaled(2n ** 60n, 0)).toBe(2n ** 60n);
  });
});

test("productError() is what a product loses", () => {
  const factor = fc.double({ noNaN: true, min: -1e140, max: 1e140 })
    .filter((value) => value === 0 || Math.abs(value) > 1e-130);
  fc.assert(fc.property(factor, factor, (a, b) => {
    const product = a * b;
    const error = productError(a, b, product);
    const x = sumOf([a]), y = sumOf([b]), sum = sumOf([product, error]);
    expect(sum.numerator * x.denominator * y.denominator)
      .toBe(x.numerator * y.numerator * sum.denominator);
  }));
});

describe("cells", () => {
  const place: InputCells = {
    sum: 0,
    billionths: 1,
    doubles: 0,
    squares: -1,
    largeSquares: -1,
    smallSquares: -1,
    min: 2,
    max: 4,
    wide: true,
  };

  test("carry billionths over before they are no integers any more", () => {
    const cells = new Float64Array(2);
    const sums = {
      add: (cell: number, value: number) => {
        cells[cell] = cells[cell]! + value;
      },
    } as ExactCells;
    const count = 20;
    for (let i = 0; i < count; i++) {
      addBillionths(place, cells, 0, sums, 2 ** 52 - 1);
      addBillionths(place, cells, 0, sums, 999_999_999);
    }
    const total = BigInt(cells[0]!) * 10n ** 9n + BigInt(cells[1]!);
    expect(total).toBe(BigInt(count) * (2n ** 52n - 1n + 999_999_999n));
    expect(Math.abs(cells[1]!)).toBeLessThan(2 ** 52);
  });

  test("keep extremes whatever the order, and NaN once it is there", () => {
    const extremes = (values: readonly (readonly [number, number])[]) => {
      const cells = Float64Array.of(0, 0, Infinity, 0, -Infinity, 0);
      for (const [value, rest] of values) {
        addExtremes(place, cells, 0, value, rest);
      }
      return [...cells.subarray(2)];
    };
    const values = [[2 ** 60, 3], [2 ** 60, -3], [1, 0], [2 ** 60, 0]] as const;
    expect(extremes(values)).toEqual([1, 0, 2 ** 60, 3]);
    expect(extremes([...values].reverse())).toEqual([1, 0, 2 ** 60, 3]);
    expect(extremes([[-0, 0], [0, 0]])).toEqual([0, 0, 0, 0]);
    expect(extremes([[1, 0], [NaN, 0], [0, 0]])).toEqual([NaN, 0, NaN, 0]);
  });
});

describe("order", () => {
  test("compareTexts() is the order of bytes in UTF-8", () => {
    const text = fc.string({ unit: "grapheme" });
    fc.assert(fc.property(text, text, (a, b) => {
      const expected = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(compareTexts(a, b))).toBe(expected);
    }));
    expect(compareTexts("\uff5e", "🙂")).toBeLessThan(0);
  });

  test("compareValues() is total", () => {
    const sorted = [
      -Infinity,
      -1,
      0,
      2n ** 64n,
      1e300,
      "",
      "a",
      false,
      true,
      NaN,
      null,
    ];
    sorted.forEach((a, i) =>
      sorted.forEach((b, j) =>
        expect(Math.sign(compareValues(a, b, false)), `${a} ${b}`)
          .toBe(Math.sign(i - j))
      )
    );
    expect(compareValues("10", "9", true)).toBe(1);
    expect(compareValues("10", "9", false)).toBeLessThan(0);
    expect(compareValues("9007199254740993", "9007199254740992", true)).toBe(1);
    expect(compareValues("10", "x", true)).toBeLessThan(0);
  });

  test("FirstRows keeps what sorting all and cutting would", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(50), { maxLength: 3000 }),
        fc.nat(20),
        (all, count) => {
          const first = new FirstRows<number>((a, b) => a - b, count);
          for (const one of all) first.add(one);
          const expected = [...all].sort((a, b) => a - b).slice(0, count);
          expect(first.finish()).toEqual(expected);
        },
      ),
      { numRuns: rounds(30) },
    );
  });
});
