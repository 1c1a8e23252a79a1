/** What a file has to be so that chrome://tracing and Perfetto show it (Trace Event Format, "JSON Object Format"). */
import { expect } from "vitest";

/** An event, as it was read. */
export interface ChromeEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Reads a trace and checks its events. */
export function checkChromeTrace(text: string): readonly ChromeEvent[] {
  const { traceEvents } = JSON.parse(text) as { traceEvents: ChromeEvent[] };
  const named = new Set<number>();
  for (const event of traceEvents) {
    expect(typeof event.name).toBe("string");
    expect(Number.isInteger(event.pid) && Number.isInteger(event.tid)).toBe(
      true,
    );
    if (event.ph === "M") {
      if (event.name === "thread_name") named.add(event.tid);
      continue;
    }
    expect(event.ph).toBe("X");
    expect(Number.isFinite(event.ts)).toBe(true);
    expect(event.dur).toBeGreaterThanOrEqual(0);
    expect(named).toContain(event.tid);
  }
  checkNesting(traceEvents);
  return traceEvents;
}

/** Microseconds by which rounding may shift a time. */
const ROUNDING = 0.01;

/** Of two spans of one thread that overlap, one has to lie in the other: viewers leave out what crosses. */
function checkNesting(events: readonly ChromeEvent[]): void {
  const spans = events.flatMap(({ ph, name, tid, ts = 0, dur = 0 }) =>
    ph === "X" ? [{ name, tid, ts, end: ts + dur }] : []
  ).sort((a, b) => a.tid - b.tid || a.ts - b.ts || b.end - a.end);
  const around: typeof spans = [];
  for (const span of spans) {
    for (let outer; (outer = around.at(-1)) !== undefined;) {
      if (outer.tid === span.tid && span.ts < outer.end - ROUNDING) {
        expect(span.end, `${span.name} at ${span.ts} in ${outer.name}`)
          .toBeLessThanOrEqual(outer.end + ROUNDING);
        break;
      }
      around.pop();
    }
    around.push(span);
  }
}
