/**
 * The accessors of numbers that are not aligned in every record, or in another byte order than the machine's:
 * they go through the DataView.
 *
 * One pair of functions for each type, for the reasons in `typed_properties.ts`.
 *
 * @module
 */
import { fromHalfBits, toHalfBits } from "../half_float.ts";
import type { NumberProperty } from "./number_property.ts";
import { here, type Placed } from "./place.ts";
import type { Check, MultibyteName, ScalarValues } from "./scalars.ts";

/** Makes the accessors of a type. @param at Offset of the field. */
export type MakeViewed<Value> = (
  at: number,
  check: Check<Value>,
  littleEndian: boolean,
) => NumberProperty;

/** By the type of the field. Numbers of one byte are always aligned and have no byte order. */
export const VIEWED: {
  readonly [Name in MultibyteName]: MakeViewed<ScalarValues[Name]>;
} = {
  u16: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getUint16(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setUint16(offset, checked, littleEndian);
    },
  }),
  i16: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getInt16(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setInt16(offset, checked, littleEndian);
    },
  }),
  f16: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return fromHalfBits(view.getUint16(offset, littleEndian));
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setUint16(offset, toHalfBits(checked), littleEndian);
    },
  }),
  u32: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getUint32(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setUint32(offset, checked, littleEndian);
    },
  }),
  i32: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getInt32(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setInt32(offset, checked, littleEndian);
    },
  }),
  f32: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getFloat32(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setFloat32(offset, checked, littleEndian);
    },
  }),
  u64: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getBigUint64(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setBigUint64(offset, checked, littleEndian);
    },
  }),
  i64: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getBigInt64(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setBigInt64(offset, checked, littleEndian);
    },
  }),
  f64: (at, check, littleEndian) => ({
    get(this: Placed) {
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      return view.getFloat64(offset, littleEndian);
    },
    set(this: Placed, value) {
      const checked = check(value);
      const { view } = this._place;
      const offset = (here(this._place) + at) >>> 0;
      view.setFloat64(offset, checked, littleEndian);
    },
  }),
};
