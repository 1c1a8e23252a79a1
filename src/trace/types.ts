/**
 * What a trace tells of a run: what each thread did, and when.
 *
 * @module
 */

/**
 * What a thread does:
 *
 * - `open`: from being asked until it can claim; in the coordinator, until the run is planned;
 * - `claim`: takes its next segments;
 * - `fill`: brings bytes into a slot;
 * - `scan`: the job looks at a segment;
 * - `lane`: serial work of the job, such as a digest that needs the bytes in order;
 * - `merge`: joins partials and hands them over;
 * - `idle`: waits for other threads;
 * - `end`: makes the result.
 */
export type TracePhase = (typeof TRACE_PHASES)[number];

/** The phases, in the order in which a thread comes to them. */
export const TRACE_PHASES = [
  "open",
  "claim",
  "fill",
  "scan",
  "lane",
  "merge",
  "idle",
  "end",
] as const;

/** One thing that a thread did. A span may lie inside another of the same thread. */
export interface TraceSpan {
  /** What was done. */
  readonly phase: TracePhase;
  /** Milliseconds since the run began. */
  readonly startMs: number;
  /** Milliseconds since the run began. */
  readonly endMs: number;
  /** Offset in the file of the bytes concerned; `undefined` where none are. */
  readonly offset: number | undefined;
  /** True for what was still going on when the run ended, as in a thread that hangs. */
  readonly unfinished: boolean;
}

/** What one thread did. */
export interface TraceThread {
  /** `coordinator`, `worker 0`, `worker 1` and so on. */
  readonly name: string;
  /** In the order of their ends. */
  readonly spans: readonly TraceSpan[];
  /** Spans that are not there, because only the last 32,768 are kept. */
  readonly dropped: number;
}

/** What the threads of a run did. */
export interface RunTrace {
  /** Path of the file. */
  readonly file: string;
  /** When the run began: milliseconds since 1970, with fractions. */
  readonly startedAt: number;
  /** How long it took. */
  readonly elapsedMs: number;
  /** Why it failed; `undefined` if it did not. */
  readonly error: string | undefined;
  /** The coordinator first, then the workers. */
  readonly threads: readonly TraceThread[];
}
