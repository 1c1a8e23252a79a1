/**
 * Setters of fields of delimited text. Bytes of a file stay where they are, so a field takes only texts that are
 * exactly as long as the one it holds; nothing is filled up or cut off on a guess.
 *
 * @module
 */
import { isTextual, type Operand } from "./expression/operand.ts";
import type { DelimitedFields } from "./query.ts";
import { type Row, type RowFailure, showBytes } from "./row.ts";
import { showNumber } from "./row_writer.ts";
import type { MadeSetter } from "./set_compile.ts";
import { storeBytes } from "./set_staged.ts";
import type { TextFields } from "./text_fields.ts";

/** What a setter of text works with. */
export interface TextSetterRequest {
  readonly row: Row;
  readonly fields: TextFields;
  readonly layout: DelimitedFields;
  /** Of the field. */
  readonly index: number;
  readonly name: string;
  readonly operand: Operand;
}

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Makes the setter of a field of text. A number becomes the text that `--select` prints of it.
 *
 * @returns What the operand must be, as a text, if it is of a wrong type.
 */
export function textSetter(request: TextSetterRequest): MadeSetter | string {
  const { row, fields, index, name, operand } = request;
  const value = valueOf(operand);
  if (value === undefined) return "a text or a number";
  const encode = () => {
    const failure = placeFailure(request) ?? value.load();
    return failure ?? valueFailure(request, value);
  };
  const store = () =>
    // `!`: the record has been split. SAFETY: it starts in the job's own segment.
    storeBytes(row.bytes, fields.starts[index]!, value.bytes, value.byteLength);
  const address = () => fields.starts[index]!;
  const copy = () => row.bytes.slice(address(), fields.ends[index]!);
  return { name, encode, store, copy, address };
}

/** The text that a field is to get. */
interface TextValue {
  bytes: Uint8Array;
  byteLength: number;
  /** Computes it: a copy, as another field may be stored over its source. */
  load(): RowFailure | undefined;
}

const BYTES_INITIAL = 64;
const ENCODER = new TextEncoder();

function valueOf(operand: Operand): TextValue | undefined {
  const value: TextValue = {
    bytes: new Uint8Array(BYTES_INITIAL),
    byteLength: 0,
    load: () => undefined,
  };
  if (isTextual(operand)) {
    const { text } = operand;
    value.load = () => {
      text.load();
      const { start, byteLength } = text;
      if (byteLength > value.bytes.length) {
        value.bytes = new Uint8Array(2 * byteLength);
      }
      value.bytes.set(text.bytes.subarray(start, start + byteLength));
      value.byteLength = byteLength;
      return undefined;
    };
    return value;
  }
  if (operand.type === "boolean") return undefined;
  const { number } = operand;
  value.load = () => {
    const result = number();
    value.bytes = ENCODER.encode(showNumber(result));
    value.byteLength = value.bytes.length;
    if (typeof result === "bigint" || Number.isFinite(result)) return undefined;
    return { rule: "it must be a finite number", received: `${result}` };
  };
  return value;
}

/** A field whose bytes are not its text: quotes in it are doubled. */
function placeFailure(
  { row, fields, index }: TextSetterRequest,
): RowFailure | undefined {
  // `!`: the record has been split.
  const start = fields.starts[index]!;
  // Whoever has read such a field has it elsewhere, without the doubling.
  const isMoved = start < row.address || start > row.address + row.byteLength;
  if (!fields.isDoubled(index) && !isMoved) return undefined;
  return { rule: "it must hold no doubled quotes", received: "some" };
}

function valueFailure(
  { fields, layout, index }: TextSetterRequest,
  { bytes, byteLength }: TextValue,
): RowFailure | undefined {
  const wanted = fields.ends[index]! - fields.starts[index]!;
  if (byteLength !== wanted) {
    const text = showBytes(bytes, 0, byteLength);
    return {
      rule: `its text must have ${wanted} ${
        wanted === 1 ? "byte" : "bytes"
      }, as it has now`,
      received: `${byteLength}, ${text}`,
    };
  }
  for (let i = 0; i < byteLength; i++) {
    const byte = bytes[i];
    if (
      byte !== layout.delimiter && byte !== layout.quote && byte !== NEWLINE &&
      byte !== CARRIAGE_RETURN
    ) continue;
    return {
      rule: "its text must hold no delimiter, quote or line end",
      received: showBytes(bytes, 0, byteLength),
    };
  }
  return undefined;
}
