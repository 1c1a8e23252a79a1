/**
 * The fast path to groups of fixed records: one number by one integer, or of all records.
 *
 * The kernel has a table of its own, whose sums are exact. What it has gathered is added to the general path's at the
 * end, and when it is full; with many groups, the general path takes over for good. Records with values that would overflow, and the one that the segment cuts, go to the
 * general path.
 *
 * @module
 */
import type { RangeView, WorkerContext } from "../job.ts";
import {
  bindRecordKernels,
  type FieldKind,
  ODD_RECORD,
  type RecordKernels,
} from "../kernels/records.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { FIXED_CACHE_BYTES } from "../kernels/records_layout.ts";
import {
  clearFixedCache,
  fixedInitialCells,
  fixedSum,
} from "./fast_fixed_cells.ts";
import { PartRange } from "./fast_range.ts";
import { shareTable } from "./fast_table.ts";
import type { GroupScan } from "./group_scan.ts";
import { GroupTable } from "./group_table.ts";
import type { RecordQuery } from "./query.ts";
import type { GatheredGroups, Scan } from "./scan.ts";
import type { Tally } from "./tally.ts";

/** Where key and number of a record are. */
export interface FixedPlaces {
  readonly recordBytes: number;
  /** `undefined` for one group of all records. */
  readonly key: FixedKey | undefined;
  readonly value: number;
  readonly valueKind: FieldKind;
  /** Whether the least or the most is asked for. */
  readonly extremes: boolean;
}

/** An integer that groups are made by. */
export interface FixedKey {
  readonly offset: number;
  readonly byteLength: 1 | 2 | 4;
  readonly signed: boolean;
}

/** With more groups, whose cells are large, the general path is quicker. */
const GROUPS_MAX = 8192;

/** Byte offset in the notes of the key as the general path has it, a double. */
const KEY_NOTE = 8;

/** Scans records. One for each worker. */
export class FastFixedScan implements Scan {
  readonly #general: GroupScan;
  readonly #places: FixedPlaces;
  readonly #kernels: RecordKernels;
  readonly #table: GroupTable;
  readonly #view: DataView;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #keyAddress: number;
  readonly #cache: Uint32Array;
  #isGeneral = false;

  /**
   * @param general Has its part of the scratch: see {@link shareTable}.
   */
  constructor(
    general: GroupScan,
    { query, places, worker }: {
      readonly query: RecordQuery;
      readonly places: FixedPlaces;
      readonly worker: WorkerContext;
    },
  ) {
    const { memory, kernels: { backend } } = worker;
    const { notes, fast } = shareTable(query, worker);
    const region = {
      byteOffset: fast.byteOffset + FIXED_CACHE_BYTES,
      byteLength: fast.byteLength - FIXED_CACHE_BYTES,
    };
    const buffer = sharedBuffer(memory);
    this.#general = general;
    this.#places = places;
    this.#kernels = bindRecordKernels(memory, backend);
    this.#table = new GroupTable({ memory, region, backend }, {
      initialCells: fixedInitialCells(),
      seed: query.seed,
    });
    this.#view = new DataView(buffer);
    this.#words = new Int32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#keyAddress = notes.byteOffset + KEY_NOTE;
    this.#cache = new Uint32Array(
      buffer,
      fast.byteOffset,
      FIXED_CACHE_BYTES / 4,
    );
    clearFixedCache(this.#cache);
  }

  scan(range: RangeView, tally: Tally): void {
    const { recordBytes } = this.#places;
    const { address, byteLength, offset } = range;
    const start = address + (recordBytes - offset % recordBytes) % recordBytes;
    const end = address + byteLength;
    const count = Math.floor((end - start) / recordBytes);
    if (this.#isGeneral || count <= 0) {
      this.#general.scan(range, tally);
      return;
    }
    const wholeEnd = start + count * recordBytes;
    this.#scanWhole(range, start, wholeEnd, tally);
    this.#scanPart(range, wholeEnd, end, tally);
    if (this.#table.size <= GROUPS_MAX) return;
    this.#handOver();
    this.#isGeneral = true;
  }

  takeFull(): Uint8Array[] {
    return this.#general.takeFull();
  }

  end(): GatheredGroups {
    this.#handOver();
    return this.#general.end();
  }

  #scanWhole(
    range: RangeView,
    start: number,
    end: number,
    tally: Tally,
  ): void {
    const { recordBytes, key, value, valueKind, extremes } = this.#places;
    for (let at = start; at < end;) {
      const left = (end - at) / recordBytes;
      const stopped = this.#kernels.scanFixed(
        this.#table.address,
        this.#cache.byteOffset,
        at,
        left,
        recordBytes,
        key?.offset ?? 0,
        key?.byteLength ?? 0,
        value,
        valueKind,
        extremes ? 1 : 0,
      );
      const isOdd = stopped >= ODD_RECORD;
      const added = isOdd ? stopped - ODD_RECORD : stopped;
      tally.records += added;
      tally.matched += added;
      at += added * recordBytes;
      if (isOdd) {
        this.#scanPart(range, at, at + recordBytes, tally);
        at += recordBytes;
      } else if (at < end) this.#handOver();
    }
  }

  #scanPart(range: RangeView, start: number, end: number, tally: Tally): void {
    if (start < end) {
      this.#general.scan(new PartRange(range, start, end), tally);
    }
  }

  /** Adds the kernel's groups to the general path's. */
  #handOver(): void {
    const doubles = this.#doubles, words = this.#words, general = this.#general;
    this.#table.forEach((key, _keyBytes, cells) => {
      const cell = cells / 8;
      // `!` here and below: the cells lie in the arena.
      const count = words[2 * cell + 1]! * 2 ** 32 + (words[2 * cell]! >>> 0);
      // A group whose first value was odd.
      if (count === 0) return;
      const group = general.group(this.#keyAddress, this.#writeKey(key));
      general.addCount(group, count);
      general.inputs[0]?.addMany(group, {
        sum: fixedSum(words, doubles, cell),
        billionths: 0,
        min: doubles[cell + 1]!,
        max: doubles[cell + 2]!,
        decimals: 0,
      });
    });
    this.#table.clear();
    clearFixedCache(this.#cache);
  }

  /** Writes a key as the general path has it. @returns Its length. */
  #writeKey(key: number): number {
    const place = this.#places.key;
    if (place === undefined) return 0;
    const number = readInteger(this.#view, key, place);
    this.#view.setFloat64(this.#keyAddress, number, true);
    return 8;
  }
}

function readInteger(
  view: DataView,
  at: number,
  { byteLength, signed }: FixedKey,
): number {
  switch (byteLength) {
    case 1:
      return signed ? view.getInt8(at) : view.getUint8(at);
    case 2:
      return signed ? view.getInt16(at, true) : view.getUint16(at, true);
    case 4:
      return signed ? view.getInt32(at, true) : view.getUint32(at, true);
  }
}
