/**
 * The scan of a query whose rows are ordered: each segment gives a block of its rows in order, or of the first of
 * them where the query wants a few.
 *
 * Where it does, rows that cannot be among those are not even written: the worker remembers the last of the first
 * rows of the segments that it has seen.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import type { RangeView, WorkerContext } from "../job.ts";
import { bindColumns, bindQuery, shareScratch } from "./bind.ts";
import type { Operand } from "./expression/operand.ts";
import type { RecordQuery, RowsQuery, SortKey } from "./query.ts";
import { kernelFieldEnds } from "./field_ends.ts";
import type { Row } from "./row.ts";
import { ByteWriter, type RowColumn, rowWriter } from "./row_writer.ts";
import { SortKeyReader } from "./sort_key.ts";
import {
  BlockBuilder,
  compareKeys,
  type SortedBlock,
  type SortKeyValue,
} from "./sorted_block.ts";
import type { Tally } from "./tally.ts";
import { RecordWalker } from "./walk.ts";

/** Rows that are sorted and cut beyond twice the wanted ones, so that few are sorted often. */
const SLACK_ROWS = 1024;

/** The sign that compares what stands behind twelve bytes of text. */
export function tailSignOf(sort: SortKey | undefined): number {
  return sort?.descending === true ? -1 : 1;
}

/** What the query is ordered by. */
function sortColumn(
  columns: readonly RowColumn[],
  { sort }: RecordQuery,
): Operand {
  const column = columns.find(({ name }) => name === sort?.column);
  if (column === undefined) throw new Error("Bug: no column to sort by");
  return column.operand;
}

/** Puts the rows of segments in order. One for each worker. */
export class SortScan {
  readonly #row: Row;
  readonly #where: (() => boolean) | undefined;
  readonly #walker: RecordWalker;
  readonly #key: SortKeyReader;
  readonly #tailSign: number;
  readonly #count: number;
  readonly #out = new ByteWriter();
  readonly #write: () => void;
  /** What a row that is not written must be asked, as it may be a bad one. */
  readonly #checks: readonly (() => unknown)[];
  readonly #builder: BlockBuilder;
  /** No row behind this one is among the first. */
  #bound: SortKeyValue | undefined;
  /** Offset of the segment that the bound is of. */
  #boundOffset = 0;
  /** Whether rows that are equal to the bound stand behind it in the file. */
  #isBehindBound = false;
  #matched = 0;

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
    const { source, onBad, sort, top } = query;
    const columns = bindColumns(output, bound);
    this.#row = row;
    this.#where = where;
    const stops = onBad === "stop";
    this.#walker = new RecordWalker({ source, row, fields, stops });
    this.#key = new SortKeyReader(
      sortColumn(columns, query),
      sort?.descending === true,
    );
    this.#tailSign = tailSignOf(sort);
    this.#count = top ?? Infinity;
    this.#write = rowWriter(output.format, columns, this.#out);
    this.#checks = fields.text === undefined ? [] : checksOf(columns);
    this.#builder = new BlockBuilder(this.#tailSign);
  }

  /** Puts the rows of a segment in order. */
  scan(range: RangeView, tally: Tally): SortedBlock {
    this.#matched = 0;
    this.#isBehindBound = range.offset > this.#boundOffset;
    this.#walker.walk(range, tally, () => this.#visit(range.offset));
    tally.matched += this.#matched;
    const isFull = this.#count > 0 && this.#builder.count >= this.#count;
    if (isFull) this.#cut(range.offset);
    return this.#builder.take(this.#count);
  }

  #visit(offset: number): true {
    const row = this.#row, where = this.#where, key = this.#key;
    if (where !== undefined && !where()) return true;
    if (row.failure !== undefined) return true;
    key.read();
    if (row.failure !== undefined) return true;
    if (this.#isHopeless(key)) {
      for (const check of this.#checks) check();
      if (row.failure === undefined) this.#matched++;
      return true;
    }
    const out = this.#out;
    out.truncate(0);
    this.#write();
    if (row.failure !== undefined) return true;
    this.#matched++;
    this.#builder.add(key, out.bytes, out.byteLength);
    if (this.#builder.count >= 2 * this.#count + SLACK_ROWS) this.#cut(offset);
    return true;
  }

  /** Whether there are enough rows in front of this one. */
  #isHopeless(key: SortKeyReader): boolean {
    const bound = this.#bound;
    if (bound === undefined) return this.#count === 0;
    const difference = compareKeys(key, bound, this.#tailSign);
    return this.#isBehindBound ? difference >= 0 : difference > 0;
  }

  #cut(offset: number): void {
    this.#builder.cut(this.#count);
    this.#bound = this.#builder.lastKey();
    this.#boundOffset = offset;
    this.#isBehindBound = true;
  }
}

/** What of a row can fail: text cannot. */
function checksOf(columns: readonly RowColumn[]): (() => unknown)[] {
  return columns.flatMap(({ operand }) => {
    if (operand.type === "text" || operand.type === "field") return [];
    return operand.type === "boolean" ? operand.boolean : operand.number;
  });
}
