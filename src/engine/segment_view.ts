/**
 * A segment as a job sees it.
 *
 * @module
 */
import type {
  FramedRecord,
  RecordFraming,
  Records,
  SearchKernels,
} from "../binary/framing.ts";
import type {
  Cursor,
  LayoutRecords,
  ReadonlyCursor,
  RecordLayout,
} from "../binary/record.ts";
import { type ByteRange, SabmapError } from "../errors.ts";
import type { RangeView } from "../job.ts";
import type { Filler } from "./fill.ts";

/** Where a segment lies, and what its records depend on. */
export interface SegmentPlace {
  readonly index: number;
  /** Offset in the file of the first byte. */
  readonly offset: number;
  readonly byteLength: number;
  /** Byte offset in the arena of the first byte. */
  readonly address: number;
  readonly before: number;
  /** Neighbour bytes behind the segment that are there already. */
  readonly after: number;
  /** Neighbour bytes behind it that can be had. */
  readonly afterMax: number;
  /** The segment's entry, where its framing has an indexer. */
  readonly entry: number | undefined;
  /** See {@link RangeView.isWhole}. */
  readonly isWhole?: boolean;
}

/** What the segments of a thread have in common. */
export interface SegmentSource {
  readonly buffer: SharedArrayBuffer;
  /** The job's framing; `undefined` if it knows no records. */
  readonly framing: RecordFraming | undefined;
  /** Finds delimiters faster than TypeScript does; `undefined` for the scalar backend. */
  readonly search: SearchKernels | undefined;
  /** Whether the job may store into the bytes. Defaults to false. */
  readonly updates?: boolean;
  /** Gets neighbour bytes; `undefined` where all of them are there beforehand. */
  readonly filler: Filler | undefined;
}

export class SegmentView implements RangeView {
  readonly #source: SegmentSource;
  readonly #place: SegmentPlace;
  #after: number;
  #bytes: Uint8Array<SharedArrayBuffer> | undefined;
  /** Tells which bytes the job is at, where it goes through records. */
  #position: (() => ByteRange) | undefined;

  constructor(source: SegmentSource, place: SegmentPlace) {
    this.#source = source;
    this.#place = place;
    this.#after = place.after;
  }

  get index(): number {
    return this.#place.index;
  }

  get offset(): number {
    return this.#place.offset;
  }

  get byteLength(): number {
    return this.#place.byteLength;
  }

  get address(): number {
    return this.#place.address;
  }

  get before(): number {
    return this.#place.before;
  }

  get isWhole(): boolean {
    return this.#place.isWhole === true;
  }

  get search(): SearchKernels | undefined {
    return this.#source.search;
  }

  get after(): number {
    return this.#after;
  }

  get bytes(): Uint8Array<SharedArrayBuffer> {
    return this.#bytes ??= new Uint8Array(
      this.#source.buffer,
      this.address,
      this.byteLength,
    );
  }

  extend(byteCount: number): number {
    const { filler } = this.#source;
    const wanted = Math.min(byteCount, this.#place.afterMax);
    if (filler !== undefined && wanted > this.#after) {
      const end = this.offset + this.byteLength;
      const range = { start: end + this.#after, end: end + wanted };
      filler.fillMore(range, this.address + this.byteLength + this.#after);
      this.#after = wanted;
    }
    return this.#after;
  }

  records(): Records<FramedRecord>;
  records<Record extends FramedRecord>(
    framing: RecordFraming<Record>,
  ): Records<Record>;
  records<Fields>(
    layout: RecordLayout<Fields>,
  ): LayoutRecords<ReadonlyCursor<Fields>>;
  records(
    kind?: RecordFraming | RecordLayout<unknown>,
  ): Records<FramedRecord> | LayoutRecords<ReadonlyCursor<unknown>> {
    if (kind !== undefined && "over" in kind) {
      return this.#layoutRecords(
        kind,
        (bytes) => kind.over(bytes, 0, { readonly: true }),
      );
    }
    return this.#framedRecords(kind ?? this.#framing("records"));
  }

  writableRecords<Fields>(
    layout: RecordLayout<Fields>,
  ): LayoutRecords<Cursor<Fields>> {
    if (this.#source.updates) {
      return this.#layoutRecords(layout, (bytes) => layout.over(bytes));
    }
    throw new TypeError(
      `Cannot store into records as the job's access must be "update": received "read"`,
    );
  }

  lines(): Records<FramedRecord> {
    const framing = this.#framing("lines");
    if (framing.description.kind === "delimited") {
      return this.#framedRecords(framing);
    }
    throw new TypeError(
      `Cannot go through lines as the job's framing must be delimited(): received one that is ${framing.description.kind}`,
    );
  }

  /** The bytes that the job is at: its current record, or the segment. */
  get position(): ByteRange {
    return this.#position?.() ?? rangeOf(this);
  }

  #framing(what: string): RecordFraming {
    const { framing } = this.#source;
    if (framing !== undefined) return framing;
    throw new TypeError(
      `Cannot go through ${what} as the job's framing must tell them apart, such as fixed() or delimited(): received a framing of byte counts`,
    );
  }

  #framedRecords(framing: RecordFraming): Records<FramedRecord> {
    const records = framing.records(this, this.#place.entry);
    this.#position = () => rangeOf(records.current);
    return records;
  }

  #layoutRecords<Current>(
    layout: { readonly size: number },
    over: (bytes: Uint8Array<SharedArrayBuffer>) => LayoutRecords<Current>,
  ): LayoutRecords<Current> {
    const framing = this.#framing("records");
    const { description } = framing;
    if (
      description.kind !== "fixed" || description.recordBytes !== layout.size
    ) {
      throw new TypeError(
        `Cannot go through records of a layout as the job's framing must be fixed(${layout.size}): received one that is ${description.kind}`,
      );
    }
    const { address, count } = this.#wholeRecords(framing, layout.size);
    const bytes = new Uint8Array(
      this.#source.buffer,
      address,
      count * layout.size,
    );
    const records = over(bytes);
    const offset = this.offset + address - this.address;
    this.#position = () => {
      const start = offset + Math.max(0, records.index) * layout.size;
      return { start, end: start + layout.size };
    };
    return records;
  }

  /**
   * Where the fixed records that start in this segment lie, one behind the other.
   *
   * @throws {SabmapError} If the last one is cut off by the end of the file, unless the framing ignores that.
   */
  #wholeRecords(
    framing: RecordFraming,
    size: number,
  ): { address: number; count: number } {
    const records = this.#framedRecords(framing);
    if (!records.advance()) return { address: this.address, count: 0 };
    const { address } = records.current;
    const end = this.address + this.byteLength;
    const count = Math.ceil((end - address) / size);
    const behind = address + count * size - end;
    if (this.extend(behind) >= behind) return { address, count };
    // The framing knows what to make of it, once it gets there.
    let whole = 1;
    while (records.advance()) whole++;
    return { address, count: whole };
  }
}

function rangeOf(bytes: { offset: number; byteLength: number }): ByteRange {
  return { start: bytes.offset, end: bytes.offset + bytes.byteLength };
}

/**
 * Tells an error of a job where it happened.
 *
 * @returns The same error with `file` and `range`, unless it has them, or is no error.
 */
export function locate(
  error: unknown,
  file: string,
  range: ByteRange | undefined,
): unknown {
  if (!(error instanceof Error) || Object.isFrozen(error)) return error;
  const known = error as Partial<SabmapError>;
  return Object.assign(error, {
    file: known.file ?? file,
    range: known.range ?? range,
  });
}
