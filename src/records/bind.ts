/**
 * A query bound to a worker's arena: its fields, condition and columns as functions of the current record.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import { RECORD_BYTES_DEFAULT } from "../binary/framing/options.ts";
import { SCRATCH_ALIGN_BYTES } from "../jobs/scratch.ts";
import type { Region } from "../kernels/kernels.ts";
import { roundUp } from "../round_up.ts";
import { compileCondition, compileNode } from "./expression/compile.ts";
import { ExpressionError } from "./expression/error.ts";
import { isNumeric, type Operand } from "./expression/operand.ts";
import { parseList } from "./expression/parse.ts";
import { FIELD_ENDS_BYTES, type FieldEnds } from "./field_ends.ts";
import { type KeyBuilder, keyBuilder, keyScratchBytes } from "./keys.ts";
import type { GroupsQuery, RecordQuery, RowsQuery } from "./query.ts";
import { Row } from "./row.ts";
import type { RowColumn } from "./row_writer.ts";
import { bindFields, type BoundFields } from "./scope.ts";

/** What a scan works with. */
export interface BoundQuery {
  readonly row: Row;
  readonly fields: BoundFields;
  /** Whether a record counts; `undefined` if each does. */
  readonly where: (() => boolean) | undefined;
}

/** Where a query puts what is not in the file, in a worker's scratch. */
export interface QueryScratch {
  /** Texts without their quotes. */
  readonly texts: Region;
  /** Where fields end. */
  readonly ends: Region;
  /** The key of a group. */
  readonly key: Region;
  readonly table: Region;
}

/** Bytes of a record at most. */
export function recordBytesMax(framing: FramingDescription): number {
  if (framing.kind === "fixed") return framing.recordBytes;
  return framing.options.maxRecordBytes ?? RECORD_BYTES_DEFAULT;
}

/** Bytes of scratch that {@link shareScratch} shares out. */
export function scratchBytesOf(query: RecordQuery): number {
  const { table } = shareScratch(query, { byteOffset: 0, byteLength: 0 });
  return table.byteOffset + table.byteLength;
}

/** Shares a worker's scratch out. */
export function shareScratch(
  { source, output, tableBytes }: RecordQuery,
  { byteOffset }: Region,
): QueryScratch {
  const recordBytes = roundUp(
    recordBytesMax(source.framing),
    SCRATCH_ALIGN_BYTES,
  );
  const quoted = source.fields.kind === "delimited" && source.fields.quote >= 0;
  const groupBy = output.kind === "groups" ? output.groupBy.length : 0;
  const texts = { byteOffset, byteLength: quoted ? recordBytes : 0 };
  const ends = {
    byteOffset: texts.byteOffset + texts.byteLength,
    byteLength: source.fields.kind === "delimited" ? FIELD_ENDS_BYTES : 0,
  };
  const key = {
    byteOffset: ends.byteOffset + ends.byteLength,
    byteLength: groupBy === 0 ? 64 : groupBy * recordBytes +
      roundUp(keyScratchBytes(groupBy), SCRATCH_ALIGN_BYTES),
  };
  const table = {
    byteOffset: key.byteOffset + key.byteLength,
    byteLength: tableBytes,
  };
  return { texts, ends, key, table };
}

/**
 * Binds the fields and the condition of a query.
 *
 * @throws {TypeError} If fields cannot be named so, or the condition is none.
 */
export function bindQuery(
  { source, where }: RecordQuery,
  buffer: SharedArrayBuffer,
  texts?: Region,
  fieldEnds?: FieldEnds,
): BoundQuery {
  const row = new Row(buffer);
  const fields = bindFields(source, row, texts, fieldEnds);
  const condition = where === undefined
    ? undefined
    : compileCondition(where, fields.scope);
  return { row, fields, where: condition };
}

/**
 * Compiles what a query selects: all fields if it does not say.
 *
 * @throws {ExpressionError} If it is no list of expressions, or two have one name.
 */
export function bindColumns(
  { select }: RowsQuery,
  { fields: { scope } }: BoundQuery,
): RowColumn[] {
  if (select !== undefined) return compileColumns(select, scope);
  return [...scope].map(([name, operand]) => ({ name, operand }));
}

function compileColumns(
  text: string,
  scope: BoundFields["scope"],
): RowColumn[] {
  const names = new Set<string>();
  return parseList(text).map(({ node, name }) => {
    if (names.has(name)) {
      throw new ExpressionError(
        text,
        node.index,
        `must have a name of its own, by "as": received ${
          JSON.stringify(name)
        } twice`,
      );
    }
    names.add(name);
    return { name, operand: compileNode(node, text, scope) };
  });
}

/**
 * Compiles the numbers that a query aggregates.
 *
 * @throws {ExpressionError} If it is no list of expressions, or one gives no numbers.
 */
export function bindInputs(
  { of }: GroupsQuery,
  { fields: { scope } }: BoundQuery,
): RowColumn[] {
  if (of === undefined) return [];
  return compileColumns(of, scope).map((column) => {
    if (isNumeric(column.operand)) return column;
    throw new ExpressionError(
      of,
      0,
      `must begin a list of numbers: received ${column.operand.type} ${
        JSON.stringify(column.name)
      }`,
    );
  });
}

/**
 * The fields that groups are made by.
 *
 * @throws {TypeError} If there is no such field.
 */
export function bindGroupFields(
  { groupBy }: GroupsQuery,
  { fields: { scope } }: BoundQuery,
): Operand[] {
  return groupBy.map((name) => {
    const operand = scope.get(name);
    if (operand !== undefined) return operand;
    const names = [...scope.keys()].map((known) => JSON.stringify(known));
    throw new TypeError(
      `Cannot group records as the field must be one of ${
        names.join(", ")
      }: received ${JSON.stringify(name)}`,
    );
  });
}

/** Makes the builder of the key of a query's groups. */
export function bindKey(
  query: GroupsQuery,
  bound: BoundQuery,
  buffer: SharedArrayBuffer,
  scratch: Region,
): KeyBuilder {
  return keyBuilder(bindGroupFields(query, bound), buffer, scratch);
}
