/**
 * Fields of delimited text: where each lies in the current record, and what it holds.
 *
 * @module
 */
import type { Region } from "../kernels/kernels.ts";
import { type FieldEnds, plainFieldEnds } from "./field_ends.ts";
import { type Row, showBytes } from "./row.ts";

/** What tells the fields of a record apart. */
export interface TextLayout {
  readonly names: readonly string[];
  /** The byte between two fields. */
  readonly delimiter: number;
  /** The byte around fields that hold delimiters, doubled where it is meant itself; -1 for none. */
  readonly quote: number;
}

const CARRIAGE_RETURN = 0x0d;

/** How a field stands in the file. */
const Form = {
  Plain: 0,
  /** Between quotes, which are not counted to it. */
  Quoted: 1,
  /** Between quotes, with doubled ones inside of it. */
  Doubled: 2,
} as const;

/** Addresses. */
type Places = Uint32Array | Float64Array;

/**
 * Makes a list of addresses: as integers, which took 1.5 s where doubles took 2.6 s on Bun, and 1.6 instead of 1.8 s
 * on Deno (10 million lines of two fields, 2026-11-21), but for an arena whose end is no integer of 32 bits.
 */
function newPlaces({ bytes }: Row, length: number): Places {
  return bytes.length < 2 ** 32
    ? new Uint32Array(length)
    : new Float64Array(length);
}

/** The fields of the current record. */
export class TextFields {
  /** Where each field starts and ends in the arena, without quotes. */
  readonly starts: Places;
  readonly ends: Places;
  /** Counts records, so that what was read of one is not taken for what another has at the same place. */
  record = 0;
  readonly #forms: Uint8Array;
  readonly #row: Row;
  readonly #layout: TextLayout;
  readonly #scratch: Region | undefined;
  readonly #fieldEnds: FieldEnds;
  /** Up to where ends were looked for. */
  #searched = 0;
  /** The next end that was found, and how many were. */
  #next = 0;
  #found = 0;
  #scratchUsed = 0;

  /**
   * @param scratch Where fields with doubled quotes are put without them: as many bytes as a record may
   * have. Needed where there is a quote.
   * @param fieldEnds Defaults to a search in TypeScript.
   */
  constructor(
    row: Row,
    layout: TextLayout,
    scratch?: Region,
    fieldEnds: FieldEnds = plainFieldEnds(row.bytes),
  ) {
    const { length } = layout.names;
    this.starts = newPlaces(row, length);
    this.ends = newPlaces(row, length);
    this.#forms = new Uint8Array(length);
    this.#row = row;
    this.#layout = layout;
    this.#scratch = scratch;
    this.#fieldEnds = fieldEnds;
  }

  /** Finds the fields of the row's record. @returns False if it is a bad one, as the row then says. */
  split(): boolean {
    this.record++;
    this.#scratchUsed = 0;
    return this.#layout.quote < 0 ? this.#splitPlain() : this.#splitQuoted();
  }

  /** Gets ready for {@link TextFields.splitLine}. @param start Where the first line does. */
  beginLines(start: number): void {
    this.#searched = start;
    this.#next = this.#found = 0;
  }

  /**
   * Finds the end of a line and the fields in it, in one go: for text without quotes.
   *
   * The row then has the line, without its newline and a carriage return in front of that, and says whether it is
   * a bad one.
   *
   * @param start Where {@link TextFields.beginLines} said, or behind the newline of the line before.
   * @param end Where the search ends, the same for all lines.
   * @returns Where the newline is; -1 if there is none, and nothing has changed then but the fields.
   */
  splitLine(start: number, end: number): number {
    const row = this.#row;
    const { bytes } = row;
    const { delimiter } = this.#layout;
    const starts = this.starts, ends = this.ends;
    const last = starts.length - 1;
    const { places } = this.#fieldEnds;
    let field = 0;
    let at = -1;
    starts[0] = start;
    for (;;) {
      if (this.#next === this.#found && !this.#findEnds(end)) return -1;
      at = places[this.#next++]!;
      if (bytes[at] !== delimiter) break;
      if (field < last) {
        ends[field] = at;
        starts[field + 1] = at + 1;
      }
      field++;
    }
    this.record++;
    const lineEnd = at > start && bytes[at - 1] === CARRIAGE_RETURN
      ? at - 1
      : at;
    ends[last] = lineEnd;
    row.address = start;
    row.byteLength = lineEnd - start;
    if (field !== last && lineEnd > start) this.#failCount(lineEnd);
    return at;
  }

  /** @returns Whether there are any more. */
  #findEnds(end: number): boolean {
    const { places, capacity } = this.#fieldEnds;
    const from = this.#searched;
    const count = this.#fieldEnds.find(from, end, this.#layout.delimiter);
    // `!`: so many were written.
    this.#searched = count === capacity ? places[count - 1]! + 1 : end;
    this.#next = 0;
    this.#found = count;
    return count > 0;
  }

  #splitPlain(): boolean {
    const { bytes, address, byteLength } = this.#row;
    const { delimiter } = this.#layout;
    const starts = this.starts, ends = this.ends;
    const end = address + byteLength, last = starts.length - 1;
    let field = 0;
    starts[0] = address;
    for (let at = address; at < end; at++) {
      if (bytes[at] !== delimiter) continue;
      if (field === last) return this.#failCount(end);
      ends[field++] = at;
      starts[field] = at + 1;
    }
    ends[field] = end;
    return field === last || this.#failCount(end);
  }

  #splitQuoted(): boolean {
    const { bytes, address, byteLength } = this.#row;
    const { delimiter } = this.#layout;
    const end = address + byteLength, last = this.starts.length - 1;
    let at = address;
    for (let field = 0;; field++) {
      at = this.#readField(field, at, end);
      if (at < 0) return false;
      if (at === end) return field === last || this.#failCount(end);
      if (bytes[at] !== delimiter) return this.#failQuote(at, end);
      if (field === last) return this.#failCount(end);
      at++;
    }
  }

  /** @returns Where the field is over; -1 if it is none. */
  #readField(field: number, start: number, end: number): number {
    const { bytes } = this.#row;
    const { delimiter, quote } = this.#layout;
    if (start < end && bytes[start] === quote) {
      return this.#readQuoted(field, start + 1, end);
    }
    let at = start;
    for (; at < end && bytes[at] !== delimiter; at++) {
      if (bytes[at] === quote) return this.#failQuote(at, end) ? at : -1;
    }
    this.#place(field, start, at, Form.Plain);
    return at;
  }

  #readQuoted(field: number, start: number, end: number): number {
    const { bytes } = this.#row;
    const { quote } = this.#layout;
    let form: number = Form.Quoted;
    for (let at = start; at < end; at++) {
      if (bytes[at] !== quote) continue;
      if (at + 1 === end || bytes[at + 1] !== quote) {
        this.#place(field, start, at, form);
        return at + 1;
      }
      form = Form.Doubled;
      at++;
    }
    this.#row.fail("the quotes of its last field must be closed", "none");
    return -1;
  }

  #place(field: number, start: number, end: number, form: number): void {
    this.starts[field] = start;
    this.ends[field] = end;
    this.#forms[field] = form;
  }

  #failCount(end: number): false {
    const { length } = this.starts;
    this.#row.fail(
      `it must have ${length} ${length === 1 ? "field" : "fields"}`,
      `${this.#count(end)}`,
    );
    return false;
  }

  /** Fields of a bad record, quotes aside. */
  #count(end: number): number {
    const { bytes, address } = this.#row;
    const { delimiter, quote } = this.#layout;
    let count = 1;
    let quoted = false;
    for (let at = address; at < end; at++) {
      if (bytes[at] === quote) quoted = !quoted;
      else if (!quoted && bytes[at] === delimiter) count++;
    }
    return count;
  }

  #failQuote(at: number, end: number): false {
    this.#row.fail(
      "quotes must stand around a whole field, and be doubled inside of it",
      showBytes(this.#row.bytes, at, end - at),
    );
    return false;
  }

  /** Whether a field is in quotes, some of which are doubled: its bytes are then not its text. */
  isDoubled(field: number): boolean {
    return this.#forms[field] === Form.Doubled;
  }

  /** Puts the text of a field with doubled quotes into the scratch, where it then is. */
  undouble(field: number): void {
    const { bytes } = this.#row;
    const { quote } = this.#layout;
    const scratch = this.#scratch;
    if (scratch === undefined) throw new Error("Bug: no scratch for quotes");
    const start = scratch.byteOffset + this.#scratchUsed;
    let to = start;
    // `!`: `field` is one of them, and the scratch holds all bytes of a record.
    for (let at = this.starts[field]!; at < this.ends[field]!; at++) {
      const byte = bytes[at]!;
      bytes[to++] = byte;
      if (byte === quote) at++;
    }
    this.#scratchUsed += to - start;
    this.#place(field, start, to, Form.Quoted);
  }
}
