/**
 * The fast path to groups of lines `key<delimiter>12.3`.
 *
 * ```text
 * segment:  ...of the line before | lines, in two halves, by the kernel             | line that goes on behind
 *                                   lines of another form: by the general path        by the general path
 * ```
 *
 * The kernel has a table of its own, in tenths; what it has gathered is added to the general path's at the end, and
 * when it is full. A file whose lines are mostly of another form goes over to the general path for good.
 *
 * @module
 */
import type { RangeView, WorkerContext } from "../job.ts";
import type { Kernels } from "../kernels/kernels.ts";
import {
  bindRecordKernels,
  type RecordKernels,
  TenthsEnd,
} from "../kernels/records.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { integerAt, TENTHS_CELLS } from "./tenths_cells.ts";
import { PartRange, type SearchableRange } from "./fast_range.ts";
import { shareTable } from "./fast_table.ts";
import type { GroupScan } from "./group_scan.ts";
import { GroupTable } from "./group_table.ts";
import type { DelimitedFields, RecordQuery } from "./query.ts";
import type { GatheredGroups, Scan } from "./scan.ts";
import type { Tally } from "./tally.ts";

const NEWLINE = 0x0a;

/** So many lines of another form in a segment, and 1 of 8, and the general path is quicker. */
const ODD_LINES_MAX = 1000;
const ODD_LINES_SHARE = 8;

/** Scans lines. One for each worker. */
export class FastLinesScan implements Scan {
  readonly #general: GroupScan;
  readonly #search: Kernels;
  readonly #kernels: RecordKernels;
  readonly #table: GroupTable;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Place and end of each half, and the count of lines: see `scanTenths`. */
  readonly #cursors: Uint32Array;
  readonly #delimiter: number;
  readonly #recordsFrom: number;
  readonly #lends: boolean;
  #isGeneral = false;

  /**
   * @param general Has its part of the scratch: see {@link shareTable}.
   * @param fields Two of them, a key and a number.
   */
  constructor(
    general: GroupScan,
    { query, fields, worker }: {
      readonly query: RecordQuery;
      readonly fields: DelimitedFields;
      readonly worker: WorkerContext;
    },
  ) {
    const { memory, kernels } = worker;
    const { notes, fast } = shareTable(query, worker);
    const buffer = sharedBuffer(memory);
    this.#general = general;
    this.#search = kernels;
    this.#kernels = bindRecordKernels(memory, kernels.backend);
    this.#table = new GroupTable(
      { memory, region: fast, backend: kernels.backend },
      { initialCells: TENTHS_CELLS, seed: query.seed },
    );
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer);
    this.#cursors = new Uint32Array(buffer, notes.byteOffset, 5);
    this.#delimiter = fields.delimiter;
    this.#recordsFrom = fields.recordsFrom;
    this.#lends = query.lendsTables;
  }

  scan(range: RangeView, tally: Tally): void {
    const end = this.#isGeneral ? range.address : this.#lastLineEnd(range);
    const start = this.#firstLine(range, end);
    if (start >= end) {
      this.#general.scan(range, tally);
      return;
    }
    if (range.offset === 0) this.#scanPart(range, range.address, start, tally);
    this.#scanLines(range, start, end, tally);
    this.#scanPart(range, end, range.address + range.byteLength, tally);
  }

  takeFull(): Uint8Array[] {
    return this.#general.takeFull();
  }

  end(): GatheredGroups {
    if (!this.#lends) this.#handOver();
    const gathered = this.#general.end();
    if (this.#table.size === 0) return gathered;
    const decimals = gathered.decimals.map((digits) => Math.max(digits, 1));
    return { ...gathered, decimals, tenths: [this.#table.asPartial()] };
  }

  /** Where the first line starts that is the kernel's; at or behind `end` if none does. */
  #firstLine({ offset, address, before }: RangeView, end: number): number {
    const skipped = this.#recordsFrom - offset;
    // The first line of the file may begin with a mark, or be one of names.
    if (offset === 0) {
      return this.#lineBehind(address + Math.max(0, skipped - 1), end);
    }
    if (skipped > 0) return end;
    const isStart = before > 0 && this.#bytes[address - 1] === NEWLINE;
    return isStart ? address : this.#lineBehind(address, end);
  }

  /** Address behind the first newline from `address` on; behind `end` if there is none. */
  #lineBehind(address: number, end: number): number {
    return address < end
      ? this.#search.findByte(address, end, NEWLINE) + 1
      : end;
  }

  /** Address behind the last newline of a segment; that of the segment if it has none. */
  #lastLineEnd({ address, byteLength }: RangeView): number {
    const bytes = this.#bytes;
    let end = address + byteLength;
    while (end > address && bytes[end - 1] !== NEWLINE) end--;
    return end;
  }

  /** Whole lines. */
  #scanLines(
    range: RangeView,
    start: number,
    end: number,
    tally: Tally,
  ): void {
    const cursors = this.#cursors;
    const middle = this.#lineBehind((start + end) / 2 >>> 0, end);
    cursors.set([start, middle, middle, end, 0]);
    let oddLines = 0;
    for (;;) {
      const stopped = this.#kernels.scanTenths(
        this.#table.address,
        cursors.byteOffset,
        this.#delimiter,
      );
      if (stopped === TenthsEnd.Done) break;
      if (stopped === TenthsEnd.Full) this.#handOver();
      else {
        const half = stopped === TenthsEnd.OddFirst ? 0 : 2;
        this.#scanOdd(range, half, ++oddLines, tally);
      }
    }
    // `!`: the view has five.
    tally.records += cursors[4]!;
    tally.matched += cursors[4]!;
  }

  /** Moves a half's cursor past the line that it is at, or past all, if so many are odd. */
  #scanOdd(
    range: RangeView,
    half: 0 | 2,
    oddLines: number,
    tally: Tally,
  ): void {
    const cursors = this.#cursors;
    const line = cursors[half]!, end = cursors[half + 1]!;
    const isMany = oddLines > ODD_LINES_MAX &&
      oddLines * ODD_LINES_SHARE > cursors[4]!;
    if (isMany) this.#isGeneral = true;
    const next = isMany ? end : this.#lineBehind(line, end);
    this.#scanPart(range, line, next, tally);
    cursors[half] = next;
  }

  #scanPart(
    range: SearchableRange,
    start: number,
    end: number,
    tally: Tally,
  ): void {
    if (start < end) {
      this.#general.scan(new PartRange(range, start, end), tally);
    }
  }

  /** Adds the kernel's groups to the general path's. */
  #handOver(): void {
    const general = this.#general, words = this.#words;
    this.#table.forEach((key, keyBytes, cells) => {
      const cell = cells / 4;
      const group = general.group(key, keyBytes);
      general.addCount(group, integerAt(words, cell));
      const sum = integerAt(words, cell + 2);
      const whole = Math.trunc(sum / 10);
      general.inputs[0]?.addMany(group, {
        sum: [whole],
        billionths: (sum - whole * 10) * 1e8,
        min: integerAt(words, cell + 4) / 10,
        max: integerAt(words, cell + 6) / 10,
        decimals: 1,
      });
    });
    this.#table.clear();
  }
}
