/**
 * The records of a length-prefixed segment.
 *
 * @module
 */
import type { ElementValue } from "../element.ts";
import type { RecordRange } from "../framing.ts";
import { received } from "../../received.ts";
import { FramingCursor } from "./cursor.ts";
import { decodeRecord } from "./decode_record.ts";
import { fieldRule, findField } from "./header_field.ts";
import {
  headerCutError,
  type PrefixLayout,
  recordBytes,
  recordCutError,
} from "./length_prefixed_layout.ts";
import { verifyChecksum } from "./record_checksum.ts";

/** Steps through the records of one segment. */
export class LengthPrefixedCursor extends FramingCursor {
  readonly #layout: PrefixLayout;
  readonly #view: DataView<SharedArrayBuffer>;
  /** Where the next record starts. */
  #next: number;

  /**
   * @param after As the framing's.
   * @param entry Offset of a record that starts in the segment or behind it, or of the last in front of it.
   */
  constructor(
    range: RecordRange,
    layout: PrefixLayout,
    after: number,
    entry: number,
  ) {
    super(range, after);
    const { buffer, byteOffset, length } = this.window;
    const { offset, before } = range;
    this.#layout = layout;
    this.#view = new DataView(buffer, byteOffset, length);
    this.#next = this.segmentStart + (entry - offset);
    if (entry >= offset - before) return;
    throw new Error(
      `Bug: the segment at ${offset} was given ${before} bytes in front, and ${entry} as its entry`,
    );
  }

  advance(): boolean {
    if (this.#next < this.segmentStart) this.#passFront(this.#next);
    const start = this.#next;
    if (start >= this.segmentEnd) return false;
    const end = this.#findEnd(start);
    const { checksum, trailerBytes } = this.#layout;
    if (checksum !== undefined) {
      verifyChecksum(
        checksum,
        this.window,
        this.#view,
        start,
        end - trailerBytes,
        this.offsetOf(start),
      );
    }
    this.start = start;
    this.end = this.#next = end;
    return true;
  }

  /** Passes the record that starts in front of the segment, within whose header the segment does. */
  #passFront(start: number): void {
    const isThere = this.reach(start + this.#layout.headerBytes);
    // If not, the file ends there, and the segment of the record tells.
    this.#next = isThere ? start + this.#measure(start) : this.segmentEnd;
  }

  #findEnd(start: number): number {
    const layout = this.#layout;
    const offset = this.offsetOf(start);
    if (!this.reach(start + layout.headerBytes)) {
      throw headerCutError(layout, offset, this.limit - start);
    }
    const total = this.#measure(start);
    if (this.reach(start + total)) return start + total;
    throw recordCutError(offset, this.limit - start, total);
  }

  /** Bytes of the record that starts there, whose header is readable. */
  #measure(start: number): number {
    const offset = this.offsetOf(start);
    return recordBytes(this.#layout, this.#view, start, offset);
  }

  override text(): string {
    const { headerBytes, trailerBytes } = this.#layout;
    return decodeRecord(
      this.window,
      this.start + headerBytes,
      this.end - trailerBytes,
    );
  }

  get payloadOffset(): number {
    return this.offset + this.#layout.headerBytes;
  }

  get payloadAddress(): number {
    return this.address + this.#layout.headerBytes;
  }

  get payloadByteLength(): number {
    const { headerBytes, trailerBytes } = this.#layout;
    return this.byteLength - headerBytes - trailerBytes;
  }

  get payload(): Uint8Array<SharedArrayBuffer> {
    const { headerBytes, trailerBytes } = this.#layout;
    return this.window.subarray(
      this.start + headerBytes,
      this.end - trailerBytes,
    );
  }

  field(nameOrIndex: string | number): ElementValue {
    const { fields, names } = this.#layout;
    const found = findField(fields, names, nameOrIndex);
    if (found !== undefined) return found.get(this.#view, this.start);
    throw new TypeError(
      `Cannot read a field as it must be ${
        fieldRule(fields, names)
      }: received ${received(nameOrIndex)}`,
    );
  }

  header(): ElementValue[] {
    return this.#layout.header.unpackFrom(this.#view, this.start);
  }

  trailer(): ElementValue[] {
    const { trailer } = this.#layout;
    return trailer.unpackFrom(this.#view, this.end - trailer.size);
  }
}
