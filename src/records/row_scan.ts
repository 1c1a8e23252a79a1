/**
 * The scan of a query without aggregates: a row for each record that matches.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import type { RangeView, WorkerContext } from "../job.ts";
import { bindColumns, bindQuery, shareScratch } from "./bind.ts";
import type { RecordQuery, RowsQuery } from "./query.ts";
import { kernelFieldEnds } from "./field_ends.ts";
import type { Row } from "./row.ts";
import { ByteWriter, rowWriter } from "./row_writer.ts";
import { emptyTally, type Tally } from "./tally.ts";
import { RecordWalker } from "./walk.ts";

/** Rows of one segment, as text. Plain data. */
export interface RowChunk {
  readonly count: number;
  /** Of the segment. */
  readonly tally: Tally;
  /** Each with a newline at its end. */
  readonly bytes: Uint8Array;
  /** Of each row; only for a query that wants the first few. */
  readonly marks: readonly RowMark[] | undefined;
}

/** What there is up to the end of a row. */
export interface RowMark {
  /** Bytes of rows. */
  readonly end: number;
  /** Records that could be read, and that could not. */
  readonly records: number;
  readonly badCount: number;
}

/** Writes the rows of segments. One for each worker. */
export class RowScan {
  readonly #row: Row;
  readonly #where: (() => boolean) | undefined;
  readonly #walker: RecordWalker;
  readonly #out = new ByteWriter();
  readonly #write: () => void;
  readonly #head: number;
  #count = 0;
  #marks: RowMark[] = [];

  constructor(query: RecordQuery, output: RowsQuery, worker: WorkerContext) {
    const buffer = sharedBuffer(worker.memory);
    const { texts, ends } = shareScratch(query, worker.scratch);
    const bound = bindQuery(
      query,
      buffer,
      texts,
      kernelFieldEnds(worker, ends),
    );
    const { row, fields, where } = bound;
    const stops = query.onBad === "stop";
    this.#row = row;
    this.#where = where;
    this.#walker = new RecordWalker({
      source: query.source,
      row,
      fields,
      stops,
    });
    this.#write = rowWriter(
      output.format,
      bindColumns(output, bound),
      this.#out,
    );
    this.#head = output.head ?? Infinity;
  }

  /** Writes the rows of a segment. */
  scan(range: RangeView): RowChunk {
    const tally = emptyTally(range.offset);
    this.#count = 0;
    this.#marks = [];
    if (this.#head > 0) {
      this.#walker.walk(range, tally, () => this.#visit(tally));
    }
    const count = tally.matched = this.#count;
    const marks = this.#head < Infinity ? this.#marks : undefined;
    return { count, tally, bytes: this.#out.take(), marks };
  }

  #visit({ records, badCount }: Tally): boolean {
    const where = this.#where;
    const row = this.#row;
    if (where !== undefined && !where()) return true;
    if (row.failure !== undefined) return true;
    const start = this.#out.byteLength;
    this.#write();
    if (row.failure !== undefined) {
      this.#out.truncate(start);
      return true;
    }
    this.#count++;
    if (this.#head === Infinity) return true;
    const end = this.#out.byteLength;
    this.#marks.push({ end, records: records + 1, badCount });
    return this.#count < this.#head;
  }
}
