/**
 * The scan of an update: computes the values of the records of segments, and stores them where the records lie.
 *
 * @module
 */
import { ErrorCode, groupDigits } from "../errors.ts";
import type { RangeView, WorkerContext } from "../job.ts";
import { SCRATCH_ALIGN_BYTES } from "../jobs/scratch.ts";
import type { Region } from "../kernels/kernels.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { roundUp } from "../round_up.ts";
import { recordBytesMax } from "./bind.ts";
import { compileCondition } from "./expression/compile.ts";
import type { Operand } from "./expression/operand.ts";
import { PartRange } from "./fast_range.ts";
import type { RecordSource, RecordValue } from "./query.ts";
import { Row } from "./row.ts";
import { bindFields } from "./scope.ts";
import { compileSetters, RecordSetter } from "./set_compile.ts";
import { FastSetter } from "./set_fast.ts";
import { fastPlan } from "./set_fast_plan.ts";
import { emptyCounts, type SetCounts, type SetQuery } from "./set_query.ts";
import { RecordWalker } from "./walk.ts";

/** A {@link SetQuery} bound to a worker's arena. */
export interface BoundSet {
  readonly row: Row;
  readonly where: (() => boolean) | undefined;
  readonly setter: RecordSetter;
  readonly walker: RecordWalker;
  /** Bytes of each record, where they are fixed and lie at multiples of that; else 0. */
  readonly recordBytes: number;
}

/** Bytes of scratch that texts without their quotes take. */
export function setScratchBytes({ framing, fields }: RecordSource): number {
  const isQuoted = fields.kind === "delimited" && fields.quote >= 0;
  return isQuoted ? roundUp(recordBytesMax(framing), SCRATCH_ALIGN_BYTES) : 0;
}

/**
 * Binds condition and assignments.
 *
 * @throws {TypeError} If fields cannot be named so, or an expression is none.
 */
export function bindSet(
  { source, where, set, wraps, onBad }: SetQuery,
  buffer: SharedArrayBuffer,
  scratch?: Region,
): BoundSet {
  const row = new Row(buffer);
  const fields = bindFields(source, row, scratch);
  const stops = onBad === "stop";
  const { framing } = source;
  const isPlain = framing.kind === "fixed" && fields.text === undefined &&
    (framing.options.skip ?? 0) === 0 &&
    fields.byteLengthMin <= framing.recordBytes;
  const condition = where === undefined
    ? undefined
    : compileCondition(where, fields.scope);
  const setters = compileSetters(set, { source, row, fields, wraps });
  return {
    row,
    where: condition,
    setter: new RecordSetter(setters),
    walker: new RecordWalker({ source, row, fields, stops }),
    recordBytes: isPlain ? framing.recordBytes : 0,
  };
}

/** Sets the fields of records. One for each worker. */
export class SetScan {
  readonly #bound: BoundSet;
  readonly #shown: number;
  /** What is quicker, for what it does. */
  readonly #fast: FastSetter | undefined;

  constructor(query: SetQuery, worker: WorkerContext) {
    const { memory, scratch } = worker;
    this.#shown = query.shown;
    this.#bound = bindSet(query, sharedBuffer(memory), scratch);
    const plan = this.#bound.recordBytes > 0 ? fastPlan(query) : undefined;
    this.#fast = plan && new FastSetter(plan, worker);
  }

  /** Takes the records that start in a segment. */
  scan(range: RangeView): SetCounts {
    const counts = emptyCounts(range.offset);
    this.#bound.setter.edits = 0;
    this.#scanAll(range, counts);
    counts.edits = this.#bound.setter.edits;
    return counts;
  }

  #scanAll(range: RangeView, counts: SetCounts): void {
    const passed = this.#scanFixed(range, counts);
    if (counts.failure !== undefined || passed === range.byteLength) return;
    const end = range.address + range.byteLength;
    const rest = passed === 0
      ? range
      : new PartRange(range, range.address + passed, end);
    const visit = () => this.#visit(range, counts);
    this.#bound.walker.walk(rest, counts.tally, visit);
  }

  /**
   * Goes through whole records of a fixed length. The one that the segment's end cuts is left to the framing.
   *
   * @returns How many bytes of the segment that took.
   */
  #scanFixed(range: RangeView, counts: SetCounts): number {
    const { row, recordBytes } = this.#bound;
    if (recordBytes === 0) return 0;
    const { address, byteLength, offset } = range;
    const end = address + byteLength;
    let at = address + (recordBytes - offset % recordBytes) % recordBytes;
    if (at + recordBytes > end) return 0;
    const wholeEnd = at + Math.floor((end - at) / recordBytes) * recordBytes;
    row.byteLength = recordBytes;
    while (at < wholeEnd && counts.failure === undefined) {
      at = this.#scanFast(at, wholeEnd, counts);
      if (at === wholeEnd) break;
      row.address = row.recordAddress = at;
      this.#visit(range, counts);
      counts.tally.records++;
      at += recordBytes;
    }
    return at - address;
  }

  /** As far as the fast loop comes. @returns Address of the first record that is left. */
  #scanFast(start: number, end: number, counts: SetCounts): number {
    const fast = this.#fast;
    if (fast === undefined || this.#shown > counts.shown.length) return start;
    const at = fast.run(start, end);
    const done = fast.counts(start, at);
    counts.tally.records += done.records;
    counts.tally.matched += done.matched;
    counts.changed += done.changed;
    counts.bytesChanged += done.bytesChanged;
    this.#bound.setter.edits += done.changed;
    return at;
  }

  /** Takes the row's record. @returns False if no more are wanted. */
  #visit(range: RangeView, counts: SetCounts): boolean {
    const { row, where, setter } = this.#bound;
    if (where !== undefined && !where()) return true;
    const fits = row.failure === undefined && setter.compute();
    // A record with a field that is no number where one is needed is a bad one, whatever was made of it.
    if (row.failure !== undefined) return true;
    counts.tally.matched++;
    if (!fits) {
      counts.failure = this.#failure(range);
      return false;
    }
    const bytes = this.#shown > counts.shown.length
      ? this.#storeShown(range, counts)
      : setter.store();
    if (bytes === 0) return true;
    counts.changed++;
    counts.bytesChanged += bytes;
    return true;
  }

  /** Stores one field after the other, and keeps what each held. */
  #storeShown(range: RangeView, counts: SetCounts): number {
    const { setter } = this.#bound;
    let changed = 0;
    for (
      const { name: field, address, copy, store, operand } of setter.setters
    ) {
      const offset = range.offset + address() - range.address;
      const old = copy(), from = valueOf(operand);
      const bytes = store();
      if (bytes === 0) continue;
      changed += bytes;
      setter.edits++;
      if (counts.shown.length === this.#shown) continue;
      const edit = { offset, field, from, to: valueOf(operand), old };
      counts.shown = [...counts.shown, { ...edit, new: copy() }];
    }
    return changed;
  }

  #failure(range: RangeView): SetCounts["failure"] {
    const { row, setter: { failure } } = this.#bound;
    const offset = range.offset + row.recordAddress - range.address;
    const reason = `Cannot set field ${
      JSON.stringify(failure?.field)
    } of the record at offset ${
      groupDigits(offset)
    } as ${failure?.rule}: received ${failure?.received}`;
    const byteLength = row.address - row.recordAddress + row.byteLength;
    return { offset, byteLength, code: ErrorCode.ValueRange, reason };
  }
}

const DECODER = new TextDecoder();

/** The value of a field of the current record. */
function valueOf(operand: Operand): RecordValue {
  switch (operand.type) {
    case "boolean":
      return operand.boolean();
    case "text":
    case "field": {
      operand.text.load();
      const { bytes, start, byteLength } = operand.text;
      return DECODER.decode(bytes.slice(start, start + byteLength));
    }
  }
  return operand.number();
}
