/**
 * The fields of a query by their names, ready to be loaded from the current record.
 *
 * @module
 */
import { parseFormat } from "../binary/format.ts";
import type { Region } from "../kernels/kernels.ts";
import type { Operand } from "./expression/operand.ts";
import type { Scope } from "./expression/compile.ts";
import type { FieldEnds } from "./field_ends.ts";
import type { RecordSource } from "./query.ts";
import type { Row } from "./row.ts";
import { structOperands } from "./struct_fields.ts";
import { TextField } from "./text_field.ts";
import { TextFields } from "./text_fields.ts";

/** What a worker loads fields with. */
export interface BoundFields {
  /** In the order of the record, those of a header first. */
  readonly scope: Scope;
  /** Bytes that a record must have for its fields; 0 for text. */
  readonly byteLengthMin: number;
  /** What finds the fields of text; `undefined` for binary records. */
  readonly text: TextFields | undefined;
}

/**
 * Binds the fields of a source to a row.
 *
 * @param scratch Where text in quotes is put; as long as a record may be.
 * @param fieldEnds Finds fields of text faster than TypeScript does.
 * @throws {TypeError} If two fields have one name.
 */
export function bindFields(
  { framing, fields }: RecordSource,
  row: Row,
  scratch?: Region,
  fieldEnds?: FieldEnds,
): BoundFields {
  const scope = new Map<string, Operand>();
  if (framing.kind === "lengthPrefixed") {
    const { header, names = [] } = framing.options;
    addFields(scope, names, structOperands(header, row, "recordAddress"));
  }
  if (fields.kind === "struct") {
    const { format, names, offset } = fields;
    addFields(scope, names, structOperands(format, row, "address", offset));
    const byteLengthMin = offset + parseFormat(format).size;
    return { scope, byteLengthMin, text: undefined };
  }
  const text = new TextFields(row, fields, scratch, fieldEnds);
  const operands = fields.names.map((name, index) =>
    new TextField(row, text, index, name).operand()
  );
  addFields(scope, fields.names, operands);
  return { scope, byteLengthMin: 0, text };
}

function addFields(
  scope: Map<string, Operand>,
  names: readonly string[],
  operands: readonly Operand[],
): void {
  names.forEach((name, i) => {
    const operand = operands[i];
    if (operand === undefined) {
      throw new TypeError(
        `Cannot name the fields as there must be as many names as values: received ${names.length} names for ${operands.length}`,
      );
    }
    if (scope.has(name)) {
      throw new TypeError(
        `Cannot name the fields as names must differ: received ${
          JSON.stringify(name)
        } twice`,
      );
    }
    scope.set(name, operand);
  });
}
