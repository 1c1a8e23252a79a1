import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toDouble } from "../src/records/exact_rational.ts";
import { ExactCells } from "../src/records/exact_sum.ts";
import { GroupTable } from "../src/records/group_table.ts";
import { rounds } from "./effort.ts";

const REGION = { byteOffset: 65536, byteLength: 1024 * 1024 };
const KEY = 1024;

/** A table with one group of one sum. */
function makeSum(): { sums: ExactCells; cell: number } {
  const memory = new WebAssembly.Memory({
    initial: 32,
    maximum: 32,
    shared: true,
  });
  const initialCells = new Uint8Array(5 * 8);
  const table = new GroupTable(
    { memory, region: REGION, backend: "scalar" },
    { initialCells, seed: [1, 2] },
  );
  // Not at the group's first cell, so that places are not taken for indices.
  const cell = table.upsert(KEY, 1) / 8 + 1;
  return { sums: new ExactCells(table, memory), cell };
}

function sumOf(values: readonly number[]): number {
  const { sums, cell } = makeSum();
  for (const value of values) sums.add(cell, value);
  return told(sums, cell);
}

function told(sums: ExactCells, cell: number): number {
  const { special, sum } = sums.value(cell);
  return special ?? toDouble(sum);
}

/** Units of 2**-1074, in which all doubles are integers. */
function naiveSum(values: readonly number[]): number {
  const view = new DataView(new ArrayBuffer(8));
  let units = 0n;
  for (const value of values) {
    view.setFloat64(0, value);
    const bits = view.getBigUint64(0);
    const exponent = (bits >> 52n) & 0x7ffn;
    const fraction = bits & 0xf_ffff_ffff_ffffn;
    const size = exponent === 0n
      ? fraction
      : (fraction | (1n << 52n)) << (exponent - 1n);
    units += bits >> 63n === 0n ? size : -size;
  }
  return roundUnits(units);
}

/** The nearest double, ties to even, digit by digit. */
function roundUnits(units: bigint): number {
  const size = units < 0n ? -units : units;
  const cut = BigInt(Math.max(0, size.toString(2).length - 53));
  let kept = size >> cut;
  const rest = size - (kept << cut);
  const half = cut === 0n ? 1n : 1n << (cut - 1n);
  if (cut > 0n && (rest > half || (rest === half && kept % 2n === 1n))) kept++;
  const exponent = Number(cut) - 1074;
  // In two steps, as neither 2**-1074 * 2**53 nor 2**1023 * 2 may be lost on the way.
  const double = Number(kept) * 2 ** Math.trunc(exponent / 2) *
    2 ** (exponent - Math.trunc(exponent / 2));
  return units < 0n ? -double : double;
}

const anyDouble = fc.double({ noNaN: true, noDefaultInfinity: true });
const nearDouble = fc.double({ min: -1e6, max: 1e6, noNaN: true });

describe("add()", () => {
  test.each([
    [[], 0],
    [[-0], 0],
    [[0.1, 0.2, 0.3, -0.6], 2.7755575615628914e-17],
    [[1e100, 1, -1e100], 1],
    [[1, 1e100, 1, -1e100], 2],
    [[1e308, 1e308, -1e308, -1e308, 3], 3],
    [[1.7e308, 1.7e308], Infinity],
    [[1.7e308, 1.7e308, -1.7e308], 1.7e308],
    [[5e-324, 5e-324, 1e-320], 1e-320 + 1e-323],
    [[Infinity, 1], Infinity],
    [[1, -Infinity], -Infinity],
    [[Infinity, -Infinity], NaN],
    [[1, NaN, Infinity], NaN],
  ])("%j is exact", (values, expected) => {
    expect(sumOf(values)).toBe(expected);
  });

  test("is exact whatever the doubles", () => {
    fc.assert(
      fc.property(
        fc.array(anyDouble, { maxLength: 40 }),
        (values) => {
          expect(sumOf(values)).toBe(naiveSum(values));
        },
      ),
      { numRuns: rounds(1000) },
    );
  });

  test("is exact for doubles of like size", () => {
    fc.assert(fc.property(
      fc.array(nearDouble, { minLength: 100, maxLength: 400 }),
      (values) => {
        expect(sumOf(values)).toBe(naiveSum(values));
      },
    ));
  });

  test("holds one bit of each place", () => {
    const values = Array.from({ length: 2040 }, (_, i) => 2 ** (i - 1070));
    const spread = values.filter((_, i) => i % 3 === 0);
    expect(sumOf(spread)).toBe(naiveSum(spread));
    const signs = spread.map((value, i) => i % 2 === 0 ? value : -value);
    expect(sumOf(signs)).toBe(naiveSum(signs));
    const twice = [...signs, ...signs.toReversed().map((value) => -value)];
    expect(sumOf([...twice, 1e-300])).toBe(1e-300);
  });
});

describe("addAll()", () => {
  test("gives the sum of all, however values are shared out", () => {
    fc.assert(fc.property(
      fc.array(fc.oneof(anyDouble, nearDouble), { maxLength: 60 }),
      fc.nat(60),
      (values, cut) => {
        const left = makeSum(), right = makeSum();
        values.slice(0, cut).forEach((value) =>
          left.sums.add(left.cell, value)
        );
        values.slice(cut).forEach((value) => right.sums.add(right.cell, value));
        left.sums.addAll(left.cell, right.sums, right.cell);
        expect(told(left.sums, left.cell)).toBe(naiveSum(values));
      },
    ));
  });

  test("keeps infinities and NaN", () => {
    for (const value of [Infinity, -Infinity, NaN]) {
      const left = makeSum(), right = makeSum();
      left.sums.add(left.cell, 1);
      right.sums.add(right.cell, value);
      left.sums.addAll(left.cell, right.sums, right.cell);
      expect(told(left.sums, left.cell)).toBe(value);
    }
  });
});
