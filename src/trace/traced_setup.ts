/**
 * A thread's part of a traced run: what it works with, with clocks around.
 *
 * @module
 */
import type { ScanSetup } from "../engine/segment_scan.ts";
import type { AnyJob, RangeView } from "../job.ts";
import type { ByteRange } from "../errors.ts";
import type { SpanRing } from "./span_ring.ts";
import { timed } from "./timed.ts";

// Loaded with this module: a thread without permissions has to load all of it at once.
export { SpanRing } from "./span_ring.ts";

/**
 * Puts clocks around what a claim loop calls.
 *
 * @param startedAt When the thread was asked to work, by its `performance.now()`.
 */
export function tracedSetup(
  setup: ScanSetup,
  ring: SpanRing,
  startedAt: number,
): ScanSetup {
  const { filler, control, emitter, job } = setup;
  const atRange = (range: ByteRange): number => range.start;
  const fill = { phase: "fill", offset: atRange } as const;
  const claim = { phase: "claim" } as const;
  const idle = { phase: "idle" } as const;
  const merge = { phase: "merge" } as const;
  const startMs = ring.now() - (performance.now() - startedAt);
  ring.add({ phase: "open", startMs, offset: undefined });
  return {
    ...setup,
    filler: filler &&
      timed(filler, { fill, fillClaim: fill, fillMore: fill }, ring),
    control: timed(control, {
      claimRun: claim,
      claimFill: claim,
      claimScan: claim,
      wait: idle,
    }, ring),
    emitter: timed(emitter, { add: merge, flush: merge }, ring),
    job: tracedJob(job, ring),
  };
}

function tracedJob(job: AnyJob, ring: SpanRing): AnyJob {
  const atRange = (range: RangeView): number => range.offset;
  const stepsTimed = timed<AnyJob>(job, {
    start: { phase: "open" },
    scan: { phase: "scan", offset: atRange },
    merge: { phase: "merge" },
    mergeHere: { phase: "merge" },
    end: { phase: "end" },
  }, ring);
  const lane = { phase: "lane", offset: atRange } as const;
  const part = { phase: "lane" } as const;
  const end = { phase: "end" } as const;
  return withMethods(stepsTimed, {
    lanes: job.lanes &&
      ((options: unknown) =>
        job.lanes?.(options).map((one) =>
          timed(one, { update: lane, end }, ring)
        )),
    partLanes: job.partLanes &&
      ((options: unknown) =>
        job.partLanes?.(options).map((one) =>
          withMethods(
            timed(one, { update: part, whole: part, end: part }, ring),
            {
              inStep: one.inStep &&
                timed(one.inStep, { update: part, end: part }, ring),
            },
          )
        )),
  });
}

/** Stands in for an object some of whose methods are others. Those that are `undefined` stay. */
function withMethods<Target extends object>(
  target: Target,
  methods: { readonly [Name in keyof Target]?: unknown },
): Target {
  return new Proxy(target, {
    get: (_, name) =>
      (methods as Record<PropertyKey, unknown>)[name] ??
        Reflect.get(target, name, target),
  });
}
