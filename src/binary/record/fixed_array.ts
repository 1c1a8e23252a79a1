/**
 * Arrays of fixed length in records: `"u16[4]"`.
 *
 * @module
 */
import type { CheckedElement } from "../element.ts";
import { received } from "../../received.ts";
import type { NumberField } from "./number_property.ts";
import { here, type Place } from "./place.ts";
import { CHECKS, type Scalar, scalarElement } from "./scalars.ts";

/** The elements of an array in the current record, where they lie. Follows its cursor. */
export interface ReadonlyFixedArray<Value> extends Iterable<Value> {
  /** How many elements there are. */
  readonly length: number;
  /**
   * An element.
   *
   * @param index From 0; a negative one counts from the end.
   * @throws {RangeError} If there is no such element.
   */
  at(index: number): Value;
  /** A copy of the elements. */
  toArray(): Value[];
}

/** The elements of an array in the current record, to load and to store. Follows its cursor. */
export interface FixedArray<Value> extends ReadonlyFixedArray<Value> {
  /**
   * Stores an element.
   *
   * @param index From 0; a negative one counts from the end.
   * @throws {RangeError} If there is no such element, or the value does not fit.
   * @throws {TypeError} If the value is of the wrong kind, or the cursor is read-only.
   */
  set(index: number, value: Value): void;
  /**
   * Stores all elements, or none if one cannot be stored.
   *
   * @param values As many as there are elements.
   * @throws {TypeError | RangeError} As {@link set}.
   */
  assign(values: ArrayLike<Value>): void;
}

/** What is the same for all records. */
export interface ArrayPlan extends NumberField {
  readonly name: string;
  readonly count: number;
  readonly readonly: boolean;
}

/**
 * The array of one cursor.
 *
 * Its elements go through the DataView, aligned or not: whichever of them is meant is known too late for
 * accessors of their own, and it takes no longer (Bun 1.4, Deno 2.9) or little (Node 20.20).
 */
export class ArrayPart implements FixedArray<Scalar> {
  readonly #place: Place;
  readonly #plan: ArrayPlan;
  readonly #element: CheckedElement;

  constructor(place: Place, plan: ArrayPlan) {
    this.#place = place;
    this.#plan = plan;
    this.#element = scalarElement(plan.scalar);
  }

  get length(): number {
    return this.#plan.count;
  }

  at(index: number): Scalar {
    const offset = this.#offsetOf(index);
    const { littleEndian } = this.#plan;
    // No code of a number stands for bytes.
    return this.#element.get(this.#place.view, offset, littleEndian) as Scalar;
  }

  set(index: number, value: Scalar): void {
    const { scalar, littleEndian } = requireWritable(this.#plan);
    const checked = CHECKS[scalar](value);
    const offset = this.#offsetOf(index);
    this.#element.put(this.#place.view, offset, checked, littleEndian);
  }

  assign(values: ArrayLike<Scalar>): void {
    checkElements(requireWritable(this.#plan), values);
    for (let i = 0; i < values.length; i++) this.set(i, values[i]!);
  }

  toArray(): Scalar[] {
    return [...this];
  }

  *[Symbol.iterator](): Generator<Scalar> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /** Offset in the range of an element of the current record. */
  #offsetOf(index: number): number {
    const { name, count, offset } = this.#plan;
    const position = index < 0 ? index + count : index;
    if (!Number.isInteger(position) || position < 0 || position >= count) {
      throw new RangeError(
        `Cannot find an element of "${name}" as its index must be from ${-count} to ${
          count - 1
        }: received ${received(index)}`,
      );
    }
    const at = offset + position * this.#element.byteLength;
    return (here(this.#place) + at) >>> 0;
  }
}

/** Refuses values that are not exactly the elements of an array. */
export function checkElements(
  plan: ArrayPlan,
  values: unknown,
): asserts values is ArrayLike<Scalar> {
  const { name, count, scalar } = plan;
  if (!isArrayLike(values)) {
    throw new TypeError(
      `Cannot store into "${name}" as it takes an array: received ${
        received(values)
      }`,
    );
  }
  if (values.length !== count) {
    throw new RangeError(
      `Cannot store into "${name}" as it takes ${count} values: received ${values.length}`,
    );
  }
  for (let i = 0; i < count; i++) CHECKS[scalar](values[i]);
}

function isArrayLike(values: unknown): values is ArrayLike<unknown> {
  return typeof values === "object" && values !== null && "length" in values;
}

function requireWritable(plan: ArrayPlan): ArrayPlan {
  if (plan.readonly) throw readonlyError(plan.name);
  return plan;
}

/** Why a field of a read-only cursor takes no value. */
export function readonlyError(name: string): TypeError {
  return new TypeError(
    `Cannot store into "${name}" as its cursor is read-only`,
  );
}
