/**
 * The current record of a scan, as fields and expressions look at it.
 *
 * @module
 */

/** Why a record is a bad one. */
export interface RowFailure {
  /** What must hold: `field "temp" must be a number`. */
  readonly rule: string;
  /** What was found instead. */
  readonly received: string;
}

/** Where the current record lies. One for each worker, which moves from record to record. */
export class Row {
  /** All of the arena. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
  /** Byte offset in the arena of what the fields are in: the record, or its payload. */
  address = 0;
  /** Bytes of it. */
  byteLength = 0;
  /** Byte offset in the arena of the record, in front of any header. */
  recordAddress = 0;
  /** Set by whoever finds that the record cannot be read; what is computed then means nothing. */
  failure: RowFailure | undefined = undefined;

  constructor(buffer: SharedArrayBuffer) {
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Notes why the record is a bad one; the first reason stays. */
  fail(rule: string, received: string): void {
    this.failure ??= { rule, received };
  }
}

/** Most bytes of a field that a text of an error shows. */
const SHOWN_BYTES = 40;

/** Bytes of a field as texts of errors show them. */
export function showBytes(
  bytes: Uint8Array,
  start: number,
  byteLength: number,
): string {
  if (byteLength === 0) return "nothing";
  const shown = bytes.slice(start, start + Math.min(byteLength, SHOWN_BYTES));
  const text = JSON.stringify(new TextDecoder().decode(shown));
  return byteLength > SHOWN_BYTES ? `${text} and more` : text;
}
