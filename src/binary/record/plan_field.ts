/**
 * What a cursor does with one field: its accessors, and how it is copied and stored with others.
 *
 * @module
 */
import {
  bytesProperty,
  pascalProperty,
  textProperty,
} from "./bytes_properties.ts";
import type { PlannedField, RecordCursor } from "./cursor.ts";
import {
  bytesOfType,
  type BytesType,
  type NumberType,
  type PlacedField,
  typeText,
} from "./field_type.ts";
import { ArrayPart, checkElements, readonlyError } from "./fixed_array.ts";
import { numberProperty, type Stride } from "./number_property.ts";
import type { ArrayKind, Place, Placed } from "./place.ts";
import { CHECKS, type Scalar } from "./scalars.ts";

/** The class of cursors that a field is planned for. */
export interface FieldContext {
  readonly stride: Stride;
  /** Whether its cursors refuse stores. */
  readonly readonly: boolean;
  /** Where the array is noted that the field goes through. */
  readonly kinds: Set<ArrayKind>;
  /** Where is noted what makes the field's part of a cursor, if it has one. */
  readonly parts: ((place: Place) => object)[];
}

/** Plans a number. */
export function planNumber(
  field: PlacedField,
  { scalar, littleEndian }: NumberType,
  context: FieldContext,
): PlannedField {
  const number = { scalar, littleEndian, offset: field.offset };
  const property = numberProperty(number, context.stride, context.kinds);
  const copy = (value: unknown) => value;
  const check = CHECKS[scalar];
  return planValue(field, context, { ...property, check, copy });
}

/** Plans a string of bytes. */
export function planBytes(
  field: PlacedField,
  type: BytesType,
  context: FieldContext,
): PlannedField {
  const { offset } = field;
  const { byteLength } = type;
  const bytes = { type: typeText(type), offset, byteLength };
  switch (type.kind) {
    case "char":
      context.kinds.add("u8");
      return planValue(field, context, textProperty(bytes));
    case "bytes":
      return planValue(field, context, bytesProperty(bytes));
    case "pascal":
      return planValue(field, context, pascalProperty(bytes));
  }
}

/** A field whose value is loaded and stored as a whole. */
interface ValueFunctions<Value> {
  get(this: Placed): Value;
  set(this: Placed, value: unknown): void;
  check(value: unknown): unknown;
  copy(value: Value): unknown;
}

function planValue<Value>(
  { name, type, offset }: PlacedField,
  { readonly }: FieldContext,
  { get, set, check, copy }: ValueFunctions<Value>,
): PlannedField {
  function refuse(): void {
    throw readonlyError(name);
  }
  return {
    name,
    offset,
    byteLength: bytesOfType(type),
    property: { enumerable: true, get, set: readonly ? refuse : set },
    check,
    copy: (cursor) => copy(get.call(cursor)),
    put: (cursor, value) => set.call(cursor, value),
  };
}

/** Plans an array. */
export function planArray(
  field: PlacedField,
  { scalar, littleEndian, count }: NumberType,
  context: FieldContext,
): PlannedField {
  const { name, offset } = field;
  const { readonly } = context;
  const plan = { name, scalar, littleEndian, offset, count, readonly };
  return planPart(field, context, {
    create: (place) => new ArrayPart(place, plan),
    copy: (array) => array.toArray(),
    check: (values) => checkElements(plan, values),
    // `check` has passed them.
    put: (array, values) => array.assign(values as ArrayLike<Scalar>),
  });
}

/** How an array or a nested record is made and used. */
export interface PartFunctions<Part extends object> {
  create(place: Place): Part;
  copy(part: Part): unknown;
  /** @throws {TypeError | RangeError} If the values cannot be stored. */
  check(values: unknown): void;
  /** Stores what `check` has passed. */
  put(part: Part, values: unknown): void;
}

/** Plans a field that is an object, one for each cursor. */
export function planPart<Part extends object>(
  { name, type, offset }: PlacedField,
  { parts }: FieldContext,
  { create, copy, check, put }: PartFunctions<Part>,
): PlannedField {
  const index = parts.push(create) - 1;
  // `create` has made it.
  const partOf = (cursor: RecordCursor) => cursor._parts[index] as Part;
  function get(this: RecordCursor): Part {
    return partOf(this);
  }
  function refuse(): void {
    throw new TypeError(
      `Cannot store into "${name}" by "=" as it holds several values: use its "assign"`,
    );
  }
  return {
    name,
    offset,
    byteLength: bytesOfType(type),
    property: { enumerable: true, get, set: refuse },
    check,
    copy: (cursor) => copy(partOf(cursor)),
    put: (cursor, values) => put(partOf(cursor), values),
  };
}
