/**
 * The accessors of numbers that are aligned in every record and in the machine's byte order: they go through
 * typed arrays.
 *
 * Why so many short functions, one of each for each type:
 *
 * - V8 inlines what has up to 27 bytes of bytecode, and what an accessor calls too, in every loop. Longer
 *   accessors it inlines only if nothing else in the loop's function is left to inline, as it does not count their
 *   calls (Node 20.20: 5 ns a record rather than 2).
 * - JavaScriptCore inlines what calls one function, not what calls several in turn, so types do not share
 *   accessors (Bun 1.4: 0.6 ns rather than 1.4).
 * - Bundlers make variables of the constants of modules, which engines have to look up. So the functions come
 *   as arguments.
 *
 * Measured on a 2-core Xeon, 2026-11-21.
 *
 * @module
 */
import { fromHalfBits, toHalfBits } from "../half_float.ts";
import type { NumberProperty } from "./number_property.ts";
import { type ArrayKind, nowhere, type Place, type Placed } from "./place.ts";
import type { Check, ScalarName, ScalarValues } from "./scalars.ts";

/** The element at a field of the current record; `undefined` if there is none. */
type Load<Element> = (place: Place, at: number) => Element | undefined;

/** @throws {RangeError} If there is no current record. */
type Store<Element> = (place: Place, at: number, element: Element) => void;

/** @throws {RangeError} If there is no element. */
type Found<Element> = (element: Element | undefined) => Element;

/** Loads, stores and accessors of a type, whose values are elements of an array or made from them. */
interface TypedNumber<Element, Value> {
  readonly kind: ArrayKind;
  readonly load: Load<Element>;
  readonly store: Store<Element>;
  /**
   * Takes no object, because V8 checks in each use whether a variable taken from one is set already.
   *
   * @param at Offset of the field.
   */
  make(
    at: number,
    load: Load<Element>,
    found: Found<Element>,
    store: Store<Element>,
    check: Check<Value>,
  ): NumberProperty;
}

/** Makes the accessors of a type, and tells the array that they go through. */
export interface TypedProperty<Value> {
  readonly kind: ArrayKind;
  /** @param at Offset of the field. */
  make(at: number, check: Check<Value>): NumberProperty;
}

function typed<Element extends number | bigint, Value>(
  { kind, load, store, make }: TypedNumber<Element, Value>,
): TypedProperty<Value> {
  const found = (element: Element | undefined) =>
    element === undefined ? nowhere() : element;
  return {
    kind,
    make: (at, check) => make(at, load, found, store, check),
  };
}

// SAFETY: the one element of `position` is there. The field is aligned in every record, so that the index
// is that of an element: the shift drops the bytes in front of the array's first, which are less than an
// element. If there is no current record, the index is outside of the array.

/** By the type of the field. */
export const TYPED: {
  readonly [Name in ScalarName]: TypedProperty<ScalarValues[Name]>;
} = {
  u8: typed<number, number>({
    kind: "u8",
    load: (place, at) => place.u8[(place.position[0]! + at) >>> 0],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 0;
      if (index >= place.u8.length) nowhere();
      place.u8[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  i8: typed<number, number>({
    kind: "i8",
    load: (place, at) => place.i8[(place.position[0]! + at) >>> 0],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 0;
      if (index >= place.i8.length) nowhere();
      place.i8[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  bool: typed<number, boolean>({
    kind: "u8",
    load: (place, at) => place.u8[(place.position[0]! + at) >>> 0],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 0;
      if (index >= place.u8.length) nowhere();
      place.u8[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at)) !== 0;
      },
      set(this: Placed, value) {
        store(this._place, at, check(value) ? 1 : 0);
      },
    }),
  }),
  u16: typed<number, number>({
    kind: "u16",
    load: (place, at) => place.u16[(place.position[0]! + at) >>> 1],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 1;
      if (index >= place.u16.length) nowhere();
      place.u16[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  i16: typed<number, number>({
    kind: "i16",
    load: (place, at) => place.i16[(place.position[0]! + at) >>> 1],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 1;
      if (index >= place.i16.length) nowhere();
      place.i16[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  f16: typed<number, number>({
    kind: "u16",
    load: (place, at) => place.u16[(place.position[0]! + at) >>> 1],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 1;
      if (index >= place.u16.length) nowhere();
      place.u16[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return fromHalfBits(found(load(this._place, at)));
      },
      set(this: Placed, value) {
        store(this._place, at, toHalfBits(check(value)));
      },
    }),
  }),
  u32: typed<number, number>({
    kind: "u32",
    load: (place, at) => place.u32[(place.position[0]! + at) >>> 2],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 2;
      if (index >= place.u32.length) nowhere();
      place.u32[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  i32: typed<number, number>({
    kind: "i32",
    load: (place, at) => place.i32[(place.position[0]! + at) >>> 2],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 2;
      if (index >= place.i32.length) nowhere();
      place.i32[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  f32: typed<number, number>({
    kind: "f32",
    load: (place, at) => place.f32[(place.position[0]! + at) >>> 2],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 2;
      if (index >= place.f32.length) nowhere();
      place.f32[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  u64: typed<bigint, bigint>({
    kind: "u64",
    load: (place, at) => place.u64[(place.position[0]! + at) >>> 3],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 3;
      if (index >= place.u64.length) nowhere();
      place.u64[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  i64: typed<bigint, bigint>({
    kind: "i64",
    load: (place, at) => place.i64[(place.position[0]! + at) >>> 3],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 3;
      if (index >= place.i64.length) nowhere();
      place.i64[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
  f64: typed<number, number>({
    kind: "f64",
    load: (place, at) => place.f64[(place.position[0]! + at) >>> 3],
    store: (place, at, element) => {
      const index = (place.position[0]! + at) >>> 3;
      if (index >= place.f64.length) nowhere();
      place.f64[index] = element;
    },
    make: (at, load, found, store, check) => ({
      get(this: Placed) {
        return found(load(this._place, at));
      },
      set(this: Placed, value) {
        store(this._place, at, check(value));
      },
    }),
  }),
};
