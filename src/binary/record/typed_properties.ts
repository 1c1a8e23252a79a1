/**
 * The accessors of numbers that are aligned in every record and in the machine's byte order: they go through
 * typed arrays.
 *
 * One pair of functions for each type, as short as can be, which engines inline and in which they find one
 * kind of array. An accessor that calls another function, as it serves several types, takes JavaScriptCore twice
 * as long (Bun 1.4: 1.4 ns a record rather than 0.6; 2-core Xeon, 2026-11-21). No constants of modules are used
 * where nothing is thrown, as bundlers make variables of them.
 *
 * @module
 */
import { fromHalfBits, toHalfBits } from "../half_float.ts";
import type { NumberProperty } from "./number_property.ts";
import { type ArrayKind, nowhere, type Placed } from "./place.ts";
import type { Check, ScalarName, ScalarValues } from "./scalars.ts";

/** Makes the accessors of a type, and tells the array that they go through. */
export interface TypedProperty<Value> {
  readonly kind: ArrayKind;
  /** @param at Offset of the field. */
  make(at: number, check: Check<Value>): NumberProperty;
}

// SAFETY: the field is aligned in every record, so that the index is that of an element: the shift drops the
// bytes in front of the array's first, which are less than an element. If there is no current record, the
// index is outside of the array.

/** By the type of the field. */
export const TYPED: {
  readonly [Name in ScalarName]: TypedProperty<ScalarValues[Name]>;
} = {
  u8: {
    kind: "u8",
    make: (at, check) => ({
      get(this: Placed) {
        const { u8, at: here } = this._place;
        const value = u8[(here + at) >>> 0];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u8, at: here } = this._place;
        const index = (here + at) >>> 0;
        if (index >= u8.length) throw nowhere();
        u8[index] = checked;
      },
    }),
  },
  i8: {
    kind: "i8",
    make: (at, check) => ({
      get(this: Placed) {
        const { i8, at: here } = this._place;
        const value = i8[(here + at) >>> 0];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { i8, at: here } = this._place;
        const index = (here + at) >>> 0;
        if (index >= i8.length) throw nowhere();
        i8[index] = checked;
      },
    }),
  },
  bool: {
    kind: "u8",
    make: (at, check) => ({
      get(this: Placed) {
        const { u8, at: here } = this._place;
        const value = u8[(here + at) >>> 0];
        if (value === undefined) throw nowhere();
        return value !== 0;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u8, at: here } = this._place;
        const index = (here + at) >>> 0;
        if (index >= u8.length) throw nowhere();
        u8[index] = checked ? 1 : 0;
      },
    }),
  },
  u16: {
    kind: "u16",
    make: (at, check) => ({
      get(this: Placed) {
        const { u16, at: here } = this._place;
        const value = u16[(here + at) >>> 1];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u16, at: here } = this._place;
        const index = (here + at) >>> 1;
        if (index >= u16.length) throw nowhere();
        u16[index] = checked;
      },
    }),
  },
  i16: {
    kind: "i16",
    make: (at, check) => ({
      get(this: Placed) {
        const { i16, at: here } = this._place;
        const value = i16[(here + at) >>> 1];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { i16, at: here } = this._place;
        const index = (here + at) >>> 1;
        if (index >= i16.length) throw nowhere();
        i16[index] = checked;
      },
    }),
  },
  f16: {
    kind: "u16",
    make: (at, check) => ({
      get(this: Placed) {
        const { u16, at: here } = this._place;
        const value = u16[(here + at) >>> 1];
        if (value === undefined) throw nowhere();
        return fromHalfBits(value);
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u16, at: here } = this._place;
        const index = (here + at) >>> 1;
        if (index >= u16.length) throw nowhere();
        u16[index] = toHalfBits(checked);
      },
    }),
  },
  u32: {
    kind: "u32",
    make: (at, check) => ({
      get(this: Placed) {
        const { u32, at: here } = this._place;
        const value = u32[(here + at) >>> 2];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u32, at: here } = this._place;
        const index = (here + at) >>> 2;
        if (index >= u32.length) throw nowhere();
        u32[index] = checked;
      },
    }),
  },
  i32: {
    kind: "i32",
    make: (at, check) => ({
      get(this: Placed) {
        const { i32, at: here } = this._place;
        const value = i32[(here + at) >>> 2];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { i32, at: here } = this._place;
        const index = (here + at) >>> 2;
        if (index >= i32.length) throw nowhere();
        i32[index] = checked;
      },
    }),
  },
  f32: {
    kind: "f32",
    make: (at, check) => ({
      get(this: Placed) {
        const { f32, at: here } = this._place;
        const value = f32[(here + at) >>> 2];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { f32, at: here } = this._place;
        const index = (here + at) >>> 2;
        if (index >= f32.length) throw nowhere();
        f32[index] = checked;
      },
    }),
  },
  u64: {
    kind: "u64",
    make: (at, check) => ({
      get(this: Placed) {
        const { u64, at: here } = this._place;
        const value = u64[(here + at) >>> 3];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { u64, at: here } = this._place;
        const index = (here + at) >>> 3;
        if (index >= u64.length) throw nowhere();
        u64[index] = checked;
      },
    }),
  },
  i64: {
    kind: "i64",
    make: (at, check) => ({
      get(this: Placed) {
        const { i64, at: here } = this._place;
        const value = i64[(here + at) >>> 3];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { i64, at: here } = this._place;
        const index = (here + at) >>> 3;
        if (index >= i64.length) throw nowhere();
        i64[index] = checked;
      },
    }),
  },
  f64: {
    kind: "f64",
    make: (at, check) => ({
      get(this: Placed) {
        const { f64, at: here } = this._place;
        const value = f64[(here + at) >>> 3];
        if (value === undefined) throw nowhere();
        return value;
      },
      set(this: Placed, value) {
        const checked = check(value);
        const { f64, at: here } = this._place;
        const index = (here + at) >>> 3;
        if (index >= f64.length) throw nowhere();
        f64[index] = checked;
      },
    }),
  },
};
