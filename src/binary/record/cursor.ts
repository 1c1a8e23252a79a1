/**
 * The cursor of a layout, but for the accessors of its fields, which `compile.ts` adds.
 *
 * @module
 */
import { received } from "../../received.ts";
import { bytesAt } from "./bytes_properties.ts";
import { readonlyError } from "./fixed_array.ts";
import { printAs } from "./inspect.ts";
import { advance, isNowhere, type Place, type Placed } from "./place.ts";

/** What a cursor's class knows of a field. */
export interface PlannedField {
  readonly name: string;
  /** Offset in the record that the whole range is cut into. */
  readonly offset: number;
  readonly byteLength: number;
  /** The accessor. */
  readonly property: PropertyDescriptor & ThisType<RecordCursor>;
  /** A value that no later store changes. */
  copy(cursor: RecordCursor): unknown;
  /** @throws {TypeError | RangeError} If a value cannot be stored. */
  check(value: unknown): void;
  /** Stores what {@link check} has passed. */
  put(cursor: RecordCursor, value: unknown): void;
}

/** What a cursor's class knows. */
export interface CursorPlan {
  readonly fields: ReadonlyMap<string, PlannedField>;
  /** Makes the arrays and nested records of a cursor. */
  readonly parts: readonly ((place: Place) => object)[];
  /** Offset and length of this record in the one that the range is cut into. */
  readonly offset: number;
  readonly byteLength: number;
  readonly readonly: boolean;
}

/**
 * One record of a range at a time.
 *
 * Members that are no fields have names with `_` in front rather than `#`, because engines find such a
 * member fast in the cursors of many layouts too: V8 and JavaScriptCore know its place by the accessor
 * that was called, and forget it for a `#name` that they have met in more than four classes (3 to 20 times as
 * long, Node 20.20 and Bun 1.4, 2026-11-21).
 */
export class RecordCursor {
  /** Where the record is. */
  declare readonly _place: Place;
  declare readonly _parts: readonly object[];
  /** Of the class, not of the cursor. */
  declare readonly _plan: CursorPlan;
  declare readonly advance: (this: Placed) => boolean;

  constructor(place: Place) {
    const parts = this._plan.parts.map((create) => create(place));
    // Not listed, so that printing or cloning a cursor leaves the whole range out.
    Object.defineProperty(this, "_place", { value: place });
    Object.defineProperty(this, "_parts", { value: parts });
  }

  toObject(): Record<string, unknown> {
    const fields = [...this._plan.fields.values()];
    return Object.fromEntries(
      fields.map((field) => [field.name, field.copy(this)]),
    );
  }

  toJSON(): Record<string, unknown> {
    return this.toObject();
  }

  assign(values: unknown): void {
    checkValues(this._plan, values);
    putValues(this, values);
  }

  bytesOf(name?: string): Uint8Array {
    const part = name === undefined ? this._plan : findField(this._plan, name);
    return bytesAt(this._place, part);
  }
}

Object.defineProperty(RecordCursor.prototype, "advance", { value: advance });

printAs(
  RecordCursor.prototype,
  (cursor) => isNowhere(cursor._place) ? {} : cursor.toObject(),
);

/** Refuses values that cannot be stored. */
export function checkValues(
  plan: CursorPlan,
  values: unknown,
): asserts values is Readonly<Record<string, unknown>> {
  if (typeof values !== "object" || values === null) {
    throw new TypeError(
      `Cannot store a record as it must be an object: received ${
        received(values)
      }`,
    );
  }
  for (const [name, value] of Object.entries(values)) {
    const field = findField(plan, name);
    if (plan.readonly) throw readonlyError(name);
    field.check(value);
  }
}

/** Stores values that {@link checkValues} has passed. */
export function putValues(
  cursor: RecordCursor,
  values: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    findField(cursor._plan, name).put(cursor, value);
  }
}

function findField(plan: CursorPlan, name: string): PlannedField {
  const field = plan.fields.get(name);
  if (field !== undefined) return field;
  throw new TypeError(
    `Cannot find a field as its name must be one of ${
      [...plan.fields.keys()].join(" ")
    }: received ${received(name)}`,
  );
}
