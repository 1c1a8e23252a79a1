/**
 * Typed records over bytes: cursors that load and store fields where they lie.
 *
 * @module
 */
import { layOutStruct } from "./record/from_struct.ts";
import type { Layout } from "./record/layout.ts";
import { layOut } from "./record/place_fields.ts";
import type { StructFields } from "./record/struct_types.ts";
import type {
  LayoutOptions,
  RecordFields,
  RecordLayout,
} from "./record/types.ts";

export { LayoutRecords } from "./record/records.ts";
export type { FixedArray, ReadonlyFixedArray } from "./record/fixed_array.ts";
export type { ScalarName } from "./record/scalars.ts";
export type * from "./record/struct_types.ts";
export type * from "./record/types.ts";

/**
 * Lays out a record: which fields it has, and where.
 *
 * Fields follow each other in the order in which they are written, without gaps and little-endian, as
 * in a file: `<` of Python's struct. `align: true` leaves the gaps that C leaves, behind the last field too.
 *
 * The result is a constant to be kept: its cursors are compiled once for each alignment of the bytes that
 * they are used on, and without `eval`.
 *
 * @param fields The type of each field by its name, see {@link FieldType}: a text such as `"u32"`, another
 * layout for a record in the record, or `{ type, offset }`. A name is not that of a member of
 * {@link Cursor}, and no number.
 * @throws {TypeError} If there are no fields, or a name or type is not allowed.
 * @throws {RangeError} If an offset or the size is out of bounds; a record has at most 1 GiB.
 *
 * @example
 * ```ts
 * import { record } from "sabmap";
 *
 * const trade = record({
 *   id: "u32",
 *   kind: "u32",
 *   value: "f64",
 *   time: "u64",
 *   name: "char[8]",
 * });
 *
 * const bytes = new Uint8Array(2 * trade.size);
 * const first = trade.cursor(bytes);
 * first.value = 1.5;
 * first.name = "gold";
 *
 * let sum = 0;
 * for (const { value } of trade.over(bytes)) sum += value;
 * console.log(sum, first.toObject());
 * ```
 */
export function record<const Fields extends RecordFields>(
  fields: Fields,
  options: LayoutOptions = {},
): RecordLayout<Fields> {
  return withTypes(layOut(fields, options));
}

/** What `Record.fromStruct` is. */
export interface LayoutsFromElsewhere {
  /**
   * Lays out the record of a struct format, and names its values.
   *
   * A count makes an array; `c` and `s` are bytes, `p` bytes behind their length. As in Python, `@` and no
   * letter mean C's alignment, but no gap behind the last field.
   *
   * @param format In Python's format language, see {@link Struct}.
   * @param names One for each code that is no pad byte, counts included: `"<I3h4x8s"` takes three.
   * @throws {TypeError} If the format is none, or the names are too few, too many or not allowed.
   *
   * @example
   * ```ts
   * import { Record } from "sabmap";
   *
   * const trade = Record.fromStruct("<IIdQ8x", ["id", "kind", "value", "time"]);
   * const { value } = trade.cursor(new Uint8Array(32));
   * ```
   */
  fromStruct<
    const Format extends string,
    const Names extends readonly string[],
  >(
    format: Format,
    names: Names,
  ): RecordLayout<StructFields<Format, Names>>;
}

function fromStruct<
  const Format extends string,
  const Names extends readonly string[],
>(
  format: Format,
  names: Names,
): RecordLayout<StructFields<Format, Names>> {
  return withTypes(layOutStruct(format, names));
}

/** Layouts from elsewhere. A value only: the type `Record` stays TypeScript's. */
export const Record: LayoutsFromElsewhere = { fromStruct };

/** Tells the types what the fields of a layout are. */
function withTypes<Fields>(layout: Layout): RecordLayout<Fields> {
  // The accessors of its cursors are made from the same literal at run time.
  return layout as unknown as RecordLayout<Fields>;
}
