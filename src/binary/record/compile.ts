/**
 * Makes the class of a layout's cursors, whose accessors know where the fields lie.
 *
 * @module
 */
import {
  checkValues,
  type CursorPlan,
  type PlannedField,
  putValues,
  RecordCursor,
} from "./cursor.ts";
import type { NestedType, PlacedField } from "./field_type.ts";
import type { ArrayKind, Place } from "./place.ts";
import {
  type FieldContext,
  planArray,
  planBytes,
  planNumber,
  planPart,
} from "./plan_field.ts";

/** What a layout is compiled for. */
export type CompileOptions = Pick<FieldContext, "stride" | "readonly">;

/** A layout for ranges that start at one alignment. */
export interface CompiledLayout {
  readonly createCursor: (place: Place) => RecordCursor;
  /** The arrays that a place has to have. */
  readonly kinds: ReadonlySet<ArrayKind>;
}

/** Compiles a layout. */
export function compileLayout(
  fields: readonly PlacedField[],
  options: CompileOptions,
): CompiledLayout {
  const kinds = new Set<ArrayKind>();
  const record = { fields, offset: 0, byteLength: options.stride.size };
  const { createCursor } = compileCursor(record, { ...options, kinds });
  return { createCursor, kinds };
}

/** A record, or one nested in it. */
interface CompileRecord {
  readonly fields: readonly PlacedField[];
  /** Offset in the outermost record. */
  readonly offset: number;
  readonly byteLength: number;
}

/** Makes a class for one record, with an accessor for each field on its prototype. */
function compileCursor(
  { fields, offset, byteLength }: CompileRecord,
  outer: Omit<FieldContext, "parts">,
): {
  readonly createCursor: (place: Place) => RecordCursor;
  readonly plan: CursorPlan;
} {
  const { readonly } = outer;
  const context = { ...outer, parts: [] };
  const planned = fields.map((field) =>
    planField({ ...field, offset: offset + field.offset }, context)
  );
  const plan: CursorPlan = {
    fields: new Map(planned.map((field) => [field.name, field])),
    parts: context.parts,
    offset,
    byteLength,
    readonly,
  };
  class Cursor extends RecordCursor {}
  // A property that no other prototype has, because JavaScriptCore gives prototypes with the same names one
  // shape and takes none of their accessors for a constant then (Bun 1.4: 5.2 ns a record rather than 0.5;
  // 2-core Xeon, 2026-11-21).
  Object.defineProperty(Cursor.prototype, Symbol("shape"), { value: true });
  Object.defineProperty(Cursor.prototype, "_plan", { value: plan });
  for (const { name, property } of planned) {
    Object.defineProperty(Cursor.prototype, name, property);
  }
  return { createCursor: (place) => new Cursor(place), plan };
}

/** Plans a field. Its offset is that in the outermost record. */
function planField(field: PlacedField, context: FieldContext): PlannedField {
  const { type } = field;
  switch (type.kind) {
    case "scalar":
      return planNumber(field, type, context);
    case "array":
      return planArray(field, type, context);
    case "record":
      return planRecord(field, type, context);
    default:
      return planBytes(field, type, context);
  }
}

function planRecord(
  field: PlacedField,
  { layout }: NestedType,
  context: FieldContext,
): PlannedField {
  const { placed: fields, size: byteLength } = layout;
  const record = { fields, offset: field.offset, byteLength };
  const { createCursor, plan } = compileCursor(record, context);
  return planPart(field, context, {
    create: createCursor,
    copy: (nested) => nested.toObject(),
    check: (values) => checkValues(plan, values),
    put: (nested, values) => {
      // `check` has passed them.
      putValues(nested, values as Readonly<Record<string, unknown>>);
    },
  });
}
