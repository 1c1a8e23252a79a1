/**
 * The last spans of one thread, in memory that other threads can read: what a thread did can be told
 * even if it hangs or has died.
 *
 * @module
 */
import { TRACE_PHASES, type TracePhase, type TraceSpan } from "./types.ts";

/** Spans that are kept of each thread: those of 10 GiB or so, at four for each segment of 1 MiB. */
const RING_SPANS = 32_768;

/** Cells of a span: phase, start, end, offset. */
const SPAN_CELLS = 4;

/** Cells in front of the spans: how many were written, and what is going on. */
const HeadCell = { Count: 0, Phase: 1, Start: 2, Offset: 3, End: 8 } as const;

const RING_CELLS = HeadCell.End + RING_SPANS * SPAN_CELLS;

/** Stands for "nothing" where a phase or an offset is expected. */
const NONE = -1;

/** What rings lie in, and the moment from which their times count. Travels to workers. */
export interface SharedTrace {
  readonly buffer: SharedArrayBuffer;
  /** Milliseconds since 1970. */
  readonly originMs: number;
}

/** What a thread is at. */
export interface RingTask {
  readonly phase: TracePhase;
  readonly startMs: number;
  readonly offset: number | undefined;
}

/** Makes memory for the rings of so many threads. What is not written takes address space only. */
export function createSharedTrace(
  threads: number,
  originMs: number,
): SharedTrace {
  const byteLength = threads * RING_CELLS * Float64Array.BYTES_PER_ELEMENT;
  const buffer = new SharedArrayBuffer(byteLength);
  const shared = { buffer, originMs };
  for (let index = 0; index < threads; index++) {
    new SpanRing(shared, index).task = undefined;
  }
  return shared;
}

/** The ring of one thread: this thread writes, others may read. */
export class SpanRing {
  readonly #cells: Float64Array<SharedArrayBuffer>;
  readonly #shiftMs: number;
  #task: RingTask | undefined;

  constructor({ buffer, originMs }: SharedTrace, index: number) {
    const bytes = RING_CELLS * Float64Array.BYTES_PER_ELEMENT;
    this.#cells = new Float64Array(buffer, index * bytes, RING_CELLS);
    // Each thread's clock starts at 0; their distances to 1970 are known.
    this.#shiftMs = performance.timeOrigin - originMs;
  }

  /** Milliseconds since the trace began. */
  now(): number {
    return performance.now() + this.#shiftMs;
  }

  /** What is going on; `undefined` if nothing is. */
  get task(): RingTask | undefined {
    return this.#task;
  }

  /** Says what is going on from now on; `undefined` if nothing is. */
  set task(task: RingTask | undefined) {
    this.#task = task;
    this.#cells[HeadCell.Start] = task?.startMs ?? 0;
    this.#cells[HeadCell.Offset] = task?.offset ?? NONE;
    this.#cells[HeadCell.Phase] = task === undefined
      ? NONE
      : TRACE_PHASES.indexOf(task.phase);
  }

  /** Writes down a task that lasted until now. */
  add({ phase, startMs, offset }: RingTask): void {
    const count = this.#cells[HeadCell.Count] ?? 0;
    const at = HeadCell.End + (count % RING_SPANS) * SPAN_CELLS;
    this.#cells[at] = TRACE_PHASES.indexOf(phase);
    this.#cells[at + 1] = startMs;
    this.#cells[at + 2] = this.now();
    this.#cells[at + 3] = offset ?? NONE;
    this.#cells[HeadCell.Count] = count + 1;
  }

  /**
   * Reads the ring, from any thread.
   *
   * What its thread writes at this moment may come as a mixture of two spans; nobody writes when a run
   * has ended but a thread that hangs.
   */
  read(): { spans: TraceSpan[]; dropped: number } {
    const count = this.#cells[HeadCell.Count] ?? 0;
    const first = Math.max(0, count - RING_SPANS);
    const spans: TraceSpan[] = [];
    for (let index = first; index < count; index++) {
      const at = HeadCell.End + (index % RING_SPANS) * SPAN_CELLS;
      spans.push(this.#span(at, at + 1, at + 3, this.#cells[at + 2]));
    }
    if (this.#cells[HeadCell.Phase] !== NONE) {
      const { Phase, Start, Offset } = HeadCell;
      spans.push(this.#span(Phase, Start, Offset, undefined));
    }
    return { spans, dropped: first };
  }

  /** @param endMs `undefined` for what is still going on. */
  #span(
    phase: number,
    start: number,
    offset: number,
    endMs: number | undefined,
  ): TraceSpan {
    const cell = (index: number): number => this.#cells[index] ?? 0;
    return {
      phase: TRACE_PHASES[cell(phase)] ?? "idle",
      startMs: cell(start),
      endMs: endMs ?? Math.max(cell(start), this.now()),
      offset: cell(offset) === NONE ? undefined : cell(offset),
      unfinished: endMs === undefined,
    };
  }
}
