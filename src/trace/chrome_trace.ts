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
  const names = new Set<string>();
  for (const { threads } of runs) {
    for (const thread of threads) names.add(thread.name);
  }
  return [
    nameEvent("process_name", 0, { name: title }),
    ...[...names].flatMap((name, tid) => [
      nameEvent("thread_name", tid, { name }),
      nameEvent("thread_sort_index", tid, { sort_index: tid }),
    ]),
    ...runs.flatMap((run) => runEvents(run, run.startedAt - originMs)),
  ];
}

function runEvents(run: RunTrace, shiftMs: number): TraceEvent[] {
  const { file, error, elapsedMs, threads } = run;
  const args = { file, ...(error === undefined ? {} : { error }) };
  const whole = span("run", 0, { from: shiftMs, ms: elapsedMs }, args);
  return [
    whole,
    ...threads.flatMap((thread, tid) => threadEvents(thread, tid, shiftMs)),
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
