/**
 * Elements of an extent of one dimension that equal a value.
 *
 * @module
 */
import type { ElementValue } from "../../binary/element.ts";
import { isEqual } from "./compare.ts";
import type { Extent } from "./extent.ts";
import { load } from "./rows.ts";
import { asTypedArray } from "./typed_array.ts";

/** Finds the first element from `start` on that equals a value; gives -1 if there is none. */
export type Finder = (start: number) => number;

/** Makes a search for a value among the elements of an extent, up to the one at `end`. */
export function finder(
  extent: Extent,
  value: ElementValue,
  end: number,
): Finder {
  if (!isElement(value)) return () => -1;
  const array = asTypedArray(extent)?.subarray(0, end);
  if (array === undefined) return slowFinder(extent, value, end);
  const own = array instanceof BigInt64Array
    ? fitting(BigInt.asIntN, value)
    : array instanceof BigUint64Array
    ? fitting(BigInt.asUintN, value)
    : toNumber(value);
  if (own === undefined) return () => -1;
  // SAFETY: `own` is a bigint or a number as the array's elements are.
  return (start) => (array as Uint8Array).indexOf(own as number, start);
}

/** Whether a value could be that of an element; `"1" == 1` in this language, as `[1] == 1`. */
function isElement(value: unknown): boolean {
  return ["number", "bigint", "boolean"].includes(typeof value) ||
    value instanceof Uint8Array;
}

function slowFinder(extent: Extent, value: ElementValue, end: number): Finder {
  const { byteOffset, strides } = extent;
  const stride = strides[0] ?? 0;
  return (start) => {
    for (let i = start; i < end; i++) {
      if (isEqual(load(extent, byteOffset + i * stride), value)) return i;
    }
    return -1;
  };
}

/**
 * The bigint of 64 bits that equals a value, if there is one.
 *
 * Bun 1.4 cuts others to 64 bits, and then finds them.
 */
function fitting(
  cut: typeof BigInt.asIntN,
  value: ElementValue,
): bigint | undefined {
  if (value instanceof Uint8Array) return undefined;
  if (typeof value === "number" && !Number.isInteger(value)) return undefined;
  const whole = BigInt(value);
  return cut(64, whole) === whole ? whole : undefined;
}

/** The number that equals a value, if there is one. */
function toNumber(value: ElementValue): number | undefined {
  if (value instanceof Uint8Array) return undefined;
  const number = Number(value);
  return isEqual(number, value) ? number : undefined;
}
