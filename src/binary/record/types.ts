/**
 * What callers of `record()` give and get: a record's fields as TypeScript sees them follow from the
 * literals that lay it out.
 *
 * @module
 */
import type { BytesSource, ByteView } from "../bytes.ts";
import type { FixedArray, ReadonlyFixedArray } from "./fixed_array.ts";
import type { LayoutRecords } from "./records.ts";
import type { ScalarName } from "./scalars.ts";

/** A number with or without a byte order of its own: `u32`, `u32le`, `u32be`. */
export type ElementName =
  | ScalarName
  | `${Exclude<ScalarName, "u8" | "i8" | "bool">}${"le" | "be"}`;

/**
 * What a field is, as text.
 *
 * | text | in JavaScript | bytes |
 * |---|---|---|
 * | `u8` `i8` `u16` `i16` `u32` `i32` | number | 1, 2, 4 |
 * | `u64` `i64` | bigint | 8 |
 * | `f16` `f32` `f64` | number | 2, 4, 8 |
 * | `bool` | boolean: true for all but 0 | 1 |
 * | `u16[4]` and so on | {@link FixedArray} | 4 times 2 |
 * | `char[8]` | string: UTF-8 up to the first NUL | 8 |
 * | `bytes[8]` | `Uint8Array`, seen where it lies | 8 |
 *
 * `le` or `be` behind a number of more than a byte is its byte order: `u32be`, `f64le[3]`.
 */
export type FieldType =
  | ElementName
  | `${ElementName}[${number}]`
  | `char[${number}]`
  | `bytes[${number}]`;

/** What a field is and where, if it does not follow the field before it. */
export interface PlacedFieldType {
  /** A text, or a layout for a record in the record. */
  readonly type: FieldType | AnyRecordLayout;
  /** Offset in the record, in bytes. Fields may lie over each other, as in a union of C. */
  readonly offset?: number | undefined;
}

/** What a field is: a text, a layout for a record in the record, or one of these with its offset. */
export type FieldSpec = FieldType | AnyRecordLayout | PlacedFieldType;

/** Names that cursors need themselves. */
export type ReservedName =
  | "advance"
  | "toObject"
  | "toJSON"
  | "assign"
  | "bytesOf"
  | "_place"
  | "_parts"
  | "_plan"
  | "__proto__";

/** The fields of a record in their order. No name is a number or a {@link ReservedName}. */
export type RecordFields =
  & { readonly [name: string]: FieldSpec }
  & { readonly [name in ReservedName]?: never };

/** How fields are laid out. */
export interface LayoutOptions {
  /** Byte order of numbers whose type names none. Defaults to `"little"`. */
  readonly endian?: "little" | "big" | undefined;
  /**
   * Whether numbers are aligned as in C: each at a multiple of its size, and the record as long as a
   * multiple of its largest. Defaults to false: each field follows the one before it.
   */
  readonly align?: boolean | undefined;
  /** Bytes of a record, where more follow the last field. */
  readonly size?: number | undefined;
}

/** Which records to go through, and how. */
export interface RecordsOptions<Readonly extends boolean = boolean> {
  /** How many. Defaults to all that there are bytes for, which must be whole. */
  readonly count?: number | undefined;
  /** Whether cursors refuse stores. Defaults to what the bytes say: true for a read-only View. */
  readonly readonly?: Readonly | undefined;
}

/** Where a field lies. */
export interface RecordField {
  /** Its name in the literal. */
  readonly name: string;
  /** With the byte order of numbers: `u32le`, `u16be[4]`, `char[8]`, `u8`; `record` for one in the record. */
  readonly type: string;
  /** In bytes from the start of the record. */
  readonly offset: number;
  /** Bytes of the field. */
  readonly byteLength: number;
  /** How many elements an array has; 1 for all else. */
  readonly count: number;
  /** Of a record in the record. */
  readonly layout: AnyRecordLayout | undefined;
}

/** A layout of whatever fields. */
export interface AnyRecordLayout {
  /** Bytes of a record. */
  readonly size: number;
  /** The multiple of which the offset of such a record is in an aligned one. */
  readonly alignment: number;
  /** In the order in which they were given. */
  readonly fields: readonly RecordField[];
}

/**
 * Where the fields of a record lie: what {@link record} makes.
 *
 * @typeParam Fields The literal that it was made from.
 */
export interface RecordLayout<Fields> extends AnyRecordLayout {
  /** Bytes of a record. */
  readonly size: number;
  /** The multiple of which the offset of such a record is in an aligned one. */
  readonly alignment: number;
  /** In the order in which they were given. */
  readonly fields: readonly RecordField[];
  /** In types only: what the layout was made from. */
  readonly spec?: Fields;
  /**
   * The records of a range.
   *
   * Numbers in the machine's byte order whose every place in the range is a multiple of their size are
   * loaded and stored through typed arrays, others through a DataView. Allocates a dozen objects, however
   * many records there are.
   *
   * @param source Bytes in private or shared memory. None are copied.
   * @param byteOffset Offset in `source` of the first record, in bytes.
   * @throws {RangeError} If the bytes are no whole number of records and no `count` is given, are fewer
   * than `count` records, or 4 GiB and more.
   */
  over<
    const Source extends BytesSource,
    const Readonly extends boolean = false,
  >(
    source: Source,
    byteOffset?: number,
    options?: RecordsOptions<Readonly>,
  ): LayoutRecords<CursorOf<Fields, Source, Readonly>>;
  /**
   * One record.
   *
   * @param source Bytes in private or shared memory. None are copied.
   * @param byteOffset Offset in `source` of the record, in bytes.
   * @throws {RangeError} If it ends behind the bytes.
   */
  cursor<
    const Source extends BytesSource,
    const Readonly extends boolean = false,
  >(
    source: Source,
    byteOffset?: number,
    options?: Omit<RecordsOptions<Readonly>, "count">,
  ): CursorOf<Fields, Source, Readonly>;
}

/** What a layout was made from: `Cursor<FieldsOf<typeof layout>>` is its cursor. */
export type FieldsOf<Layout> = Layout extends RecordLayout<infer Fields>
  ? Fields
  : never;

/** The cursor over a source: without stores where these are refused. */
export type CursorOf<Fields, Source, Readonly> = [Readonly] extends [false]
  ? Source extends StorableSource ? Cursor<Fields> : ReadonlyCursor<Fields>
  : ReadonlyCursor<Fields>;

/** Sources whose types have stores. The bytes of a SharedFile that is opened to read have none. */
export type StorableSource =
  | ArrayBuffer
  | SharedArrayBuffer
  | DataView
  | { fill(value: never): unknown }
  | ByteView;

/** What every cursor can do, and no field is called. */
export interface ReadonlyCursorMembers<Fields> {
  /**
   * Goes to the next record of the range, at first to the first.
   *
   * The cursor of a nested record goes with that of the record around it, and takes it along.
   *
   * @returns False if there is none. The cursor stays at the last record then.
   */
  advance(): boolean;
  /** A copy of the record. */
  toObject(): RecordObject<Fields>;
  /** The same, for `JSON.stringify`. */
  toJSON(): RecordObject<Fields>;
  /**
   * The bytes of a field, or of the record, where they lie: a view that stays when the cursor moves.
   *
   * @throws {TypeError} If there is no such field.
   */
  bytesOf(field?: keyof Fields & string): Uint8Array;
}

/** What a cursor that stores can do besides. */
export interface CursorMembers<Fields> extends ReadonlyCursorMembers<Fields> {
  /**
   * Stores some fields, or none if one of the values cannot be stored.
   *
   * @throws {TypeError} If a value is of the wrong kind, there is no such field, or the cursor is read-only.
   * @throws {RangeError} If a value does not fit.
   */
  assign(values: RecordInput<Fields>): void;
}

/**
 * One record of a range at a time, whose fields are properties.
 *
 * A load gives what the bytes say now; a store changes the bytes, after a check that the value fits.
 * Arrays and nested records are stored into by members of theirs.
 */
export type Cursor<Fields> =
  & CursorMembers<Fields>
  & (string extends keyof Fields ? { [name: string]: unknown }
    : CursorAccessors<Fields>);

/** Part of the types of cursors. */
export type CursorAccessors<Fields> =
  & { -readonly [Name in ValueFieldNames<Fields>]: LiveField<Fields[Name]> }
  & { readonly [Name in PartFieldNames<Fields>]: LiveField<Fields[Name]> };

/** A {@link Cursor} without stores. */
export type ReadonlyCursor<Fields> =
  & ReadonlyCursorMembers<Fields>
  & { readonly [Name in keyof Fields]: ReadonlyLiveField<Fields[Name]> };

/** A copy of a record. */
export type RecordObject<Fields> = {
  -readonly [Name in keyof Fields]: CopiedField<Fields[Name]>;
};

/** What can be stored into a record: some of its fields. */
export type RecordInput<Fields> = {
  readonly [Name in keyof Fields]?: StorableField<Fields[Name]>;
};

/** The type in a spec. */
export type FieldTypeOf<Spec> = Spec extends RecordLayout<unknown> ? Spec
  : Spec extends { readonly type: infer Type } ? Type
  : Spec;

/** Part of the types of cursors. */
export type ValueFieldNames<Fields> = {
  [Name in keyof Fields]: FieldTypeOf<Fields[Name]> extends ValueFieldType
    ? Name
    : never;
}[keyof Fields];

/** Part of the types of cursors. */
export type PartFieldNames<Fields> = Exclude<
  keyof Fields,
  ValueFieldNames<Fields>
>;

/** Types whose values are stored by `=`. */
export type ValueFieldType = ElementName | TextFieldType | BytesFieldType;
/** Part of the types of cursors. */
export type TextFieldType = `char[${string}`;
/** Part of the types of cursors. */
export type BytesFieldType = `${"bytes" | "pascal"}[${string}`;

/** Part of the types of cursors. */
export type FieldScalar<Type> = Type extends `${"u" | "i"}64${string}` ? bigint
  : Type extends "bool" | `bool[${string}` ? boolean
  : number;

/** Part of the types of cursors. */
export type LiveField<Spec> = FieldValueOf<
  FieldTypeOf<Spec>,
  {
    bytes: Uint8Array;
    array: FixedArray<FieldScalar<FieldTypeOf<Spec>>>;
    record: FieldTypeOf<Spec> extends RecordLayout<infer Fields>
      ? Cursor<Fields>
      : never;
  }
>;

/** Part of the types of cursors. */
export type ReadonlyLiveField<Spec> = FieldValueOf<
  FieldTypeOf<Spec>,
  {
    bytes: Uint8Array;
    array: ReadonlyFixedArray<FieldScalar<FieldTypeOf<Spec>>>;
    record: FieldTypeOf<Spec> extends RecordLayout<infer Fields>
      ? ReadonlyCursor<Fields>
      : never;
  }
>;

/** Part of the types of cursors. */
export type CopiedField<Spec> = FieldValueOf<
  FieldTypeOf<Spec>,
  {
    bytes: Uint8Array<ArrayBuffer>;
    array: FieldScalar<FieldTypeOf<Spec>>[];
    record: FieldTypeOf<Spec> extends RecordLayout<infer Fields>
      ? RecordObject<Fields>
      : never;
  }
>;

/** Part of the types of cursors. */
export type StorableField<Spec> = FieldValueOf<
  FieldTypeOf<Spec>,
  {
    bytes: Uint8Array;
    array: ArrayLike<FieldScalar<FieldTypeOf<Spec>>>;
    record: FieldTypeOf<Spec> extends RecordLayout<infer Fields>
      ? RecordInput<Fields>
      : never;
  }
>;

/** What a type is in JavaScript; `Forms` says it for those that have several forms. */
export type FieldValueOf<
  Type,
  Forms extends { bytes: unknown; array: unknown; record: unknown },
> = Type extends TextFieldType ? string
  : Type extends BytesFieldType ? Forms["bytes"]
  : Type extends `${string}[${string}` ? Forms["array"]
  : Type extends string ? FieldScalar<Type>
  : Forms["record"];
