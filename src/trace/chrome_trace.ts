/**
 * Traces as files that `chrome://tracing`, Perfetto (https://ui.perfetto.dev) and Speedscope show.
 *
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU (Trace Event Format)
 *
 * @module
 */
import type { RunTrace, TraceThread } from "./types.ts";

/** One entry of a trace file. Times are in microseconds. */
export interface TraceEvent {
  readonly name: string;
  /** `X` for something that was done, `M` for names. */
  readonly ph: "X" | "M";
  readonly pid: number;
  readonly tid: number;
  readonly cat?: string;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** All of the runs are those of one process. */
const PID = 1;

/** Writes runs, one behind the other on one clock. @returns JSON, one event per line, ending in a newline. */
export function formatChromeTrace(
  runs: readonly RunTrace[],
  title: string,
): string {
  const events = chromeEvents(runs, title).map((event) =>
    JSON.stringify(event)
  );
  return `{"displayTimeUnit":"ms","traceEvents":[\n${events.join(",\n")}\n]}\n`;
}

/** The events of a trace file. */
export function chromeEvents(
  runs: readonly RunTrace[],
  title: string,
): TraceEvent[] {
  const originMs = Math.min(...runs.map((run) => run.startedAt));
  // The first thread of one run may be called otherwise than that of another.
  const tids = new Map<string, number>();
  for (const { threads } of runs) {
    for (const { name } of threads) tids.set(name, tids.get(name) ?? tids.size);
  }
  return [
    nameEvent("process_name", 0, { name: title }),
    ...[...tids].flatMap(([name, tid]) => [
      nameEvent("thread_name", tid, { name }),
      nameEvent("thread_sort_index", tid, { sort_index: tid }),
    ]),
    ...runs.flatMap((run) => runEvents(run, run.startedAt - originMs, tids)),
  ];
}

function runEvents(
  run: RunTrace,
  shiftMs: number,
  tids: ReadonlyMap<string, number>,
): TraceEvent[] {
  const { file, error, elapsedMs, threads } = run;
  const tidOf = (thread?: TraceThread) => tids.get(thread?.name ?? "") ?? 0;
  const args = { file, ...(error === undefined ? {} : { error }) };
  const whole = span(
    "run",
    tidOf(threads[0]),
    { from: shiftMs, ms: elapsedMs },
    args,
  );
  return [
    whole,
    ...threads.flatMap((thread) =>
      threadEvents(thread, tidOf(thread), shiftMs)
    ),
  ];
}

function threadEvents(
  { spans, dropped }: TraceThread,
  tid: number,
  shiftMs: number,
): TraceEvent[] {
  const events = spans.map(({ phase, startMs, endMs, offset, unfinished }) =>
    span(phase, tid, { from: startMs + shiftMs, ms: endMs - startMs }, {
      ...(offset === undefined ? {} : { offset }),
      ...(unfinished ? { unfinished } : {}),
    })
  );
  if (dropped === 0) return events;
  const from = shiftMs + (spans[0]?.startMs ?? 0);
  return [span("dropped", tid, { from, ms: 0 }, { dropped }), ...events];
}

function span(
  name: string,
  tid: number,
  time: { readonly from: number; readonly ms: number },
  args: Readonly<Record<string, unknown>>,
): TraceEvent {
  return {
    name,
    cat: "sabmap",
    ph: "X",
    pid: PID,
    tid,
    ts: microseconds(time.from),
    dur: microseconds(Math.max(0, time.ms)),
    args,
  };
}

/** Nanoseconds are as fine as any clock is. */
function microseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e3;
}

function nameEvent(
  name: string,
  tid: number,
  args: Readonly<Record<string, unknown>>,
): TraceEvent {
  return { name, ph: "M", pid: PID, tid, args };
}
