/**
 * Chooses how a number is loaded and stored, in all records of a range.
 *
 * @module
 */
import { NATIVE_LITTLE_ENDIAN } from "../element.ts";
import type { ArrayKind, Placed } from "./place.ts";
import {
  CHECKS,
  isMultibyte,
  type Scalar,
  SCALAR_BYTES,
  type ScalarName,
} from "./scalars.ts";
import { TYPED } from "./typed_properties.ts";
import { VIEWED } from "./viewed_properties.ts";

/** The accessors of a number. */
export interface NumberProperty {
  get(this: Placed): Scalar;
  /** @throws {TypeError | RangeError} If the value cannot be stored; nothing is written then. */
  set(this: Placed, value: unknown): void;
}

/** A number in a record. */
export interface NumberField {
  readonly scalar: ScalarName;
  readonly littleEndian: boolean;
  /** In the record that the range is cut into. */
  readonly offset: number;
}

/** Where the records of a range lie. */
export interface Stride {
  /** Offset in its buffer of the first record, or what it leaves when divided by an alignment. */
  readonly byteOffset: number;
  /** Bytes of a record. */
  readonly size: number;
}

/**
 * Makes the accessors of a number.
 *
 * @param kinds Where the array is noted that they go through, if they go through one.
 */
export function numberProperty(
  field: NumberField,
  stride: Stride,
  kinds: Set<ArrayKind>,
): NumberProperty {
  const { scalar, littleEndian, offset } = field;
  // The accessors of a type are made with the check of that type.
  const check = CHECKS[scalar] as never;
  if (isMultibyte(scalar) && !isTyped(field, stride)) {
    return VIEWED[scalar](offset, check, littleEndian);
  }
  const { kind, make } = TYPED[scalar];
  kinds.add(kind);
  return make(offset, check);
}

function isTyped(
  { scalar, littleEndian, offset }: NumberField,
  { byteOffset, size }: Stride,
): boolean {
  const bytes = SCALAR_BYTES[scalar];
  return littleEndian === NATIVE_LITTLE_ENDIAN && size % bytes === 0 &&
    (byteOffset + offset) % bytes === 0;
}
