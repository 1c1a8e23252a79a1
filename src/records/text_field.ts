/**
 * One field of delimited text, as text and as a number.
 *
 * @module
 */
import { normal } from "./expression/arithmetic.ts";
import type {
  FieldOperand,
  Numeric,
  TextSource,
} from "./expression/operand.ts";
import { NumberKind, NumberReader } from "./parse_number.ts";
import { type Row, showBytes } from "./row.ts";
import type { TextFields } from "./text_fields.ts";

/** One field, as text and as a number. */
export class TextField implements TextSource {
  readonly bytes: Uint8Array;
  readonly name: string;
  /** What {@link TextField.readNumber} read last. */
  readonly reader: NumberReader;
  start = 0;
  byteLength = 0;
  readonly #row: Row;
  readonly #fields: TextFields;
  readonly #index: number;
  /** The record whose number {@link TextField.reader} has, and what it is. */
  #numbered = -1;
  #kind: NumberKind = NumberKind.Invalid;

  constructor(row: Row, fields: TextFields, index: number, name: string) {
    this.bytes = row.bytes;
    this.name = name;
    this.reader = new NumberReader(row.bytes);
    this.#row = row;
    this.#fields = fields;
    this.#index = index;
  }

  load(): void {
    const fields = this.#fields, index = this.#index;
    if (fields.isDoubled(index)) fields.undouble(index);
    // `!`: the record has been split, and this is one of its fields.
    const start = fields.starts[index]!;
    this.start = start;
    this.byteLength = fields.ends[index]! - start;
  }

  /** Reads the field as a number, once for each record. If it is none, the row's record is a bad one. */
  readNumber(): NumberKind {
    const { record } = this.#fields;
    if (this.#numbered === record) return this.#kind;
    this.#numbered = record;
    return this.#kind = this.#parse();
  }

  #parse(): NumberKind {
    const start = this.#fields.starts[this.#index]!;
    const end = this.#fields.ends[this.#index]!;
    const kind = this.reader.read(start, end);
    if (kind === NumberKind.Invalid) {
      this.#row.fail(
        `field ${JSON.stringify(this.name)} must be a number`,
        showBytes(this.bytes, start, end - start),
      );
    }
    return kind;
  }

  /** Its number: the nearest double, or an integer that is exact; NaN if it is none. */
  number(): Numeric {
    const kind = this.readNumber();
    const { reader } = this;
    if (kind === NumberKind.Large && reader.scale === 0) {
      return normal(reader.bigMantissa());
    }
    return reader.toNumber();
  }

  /** The field in expressions. */
  operand(): FieldOperand {
    return { type: "field", text: this, number: () => this.number() };
  }
}
