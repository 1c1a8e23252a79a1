/**
 * The claim loop: what each thread of a run does until no segment is left.
 *
 * Private slots, for jobs that look at each segment once:
 *
 * ```text
 * loop: claim a run of segments (one Atomics.add)
 *       for each: fill my slot, scan it there, show it to part lanes, merge with the one before
 *       send the run's partial
 * ```
 *
 * The ring, where several threads see each segment (lanes beside the scan), where the coordinator
 * fills (streams), or where filling runs ahead (preload):
 *
 * ```text
 * loop: one of my lanes can go on?           -> update it, release the slot
 *       the framing can go on, and is mine?  -> tell the segment's entry, go through it, release the slot
 *       a part lane can go on?               -> show it its segment, release the slot (part_ring.ts)
 *       the next segment is in its slot?     -> claim its scan, scan it, release the slot
 *       the slot of the next fill is free?   -> claim it, fill it, publish it
 *       nothing left?                        -> done
 *       otherwise                            -> sleep until something changes
 * ```
 *
 * A framing that has to know what lies in front of a segment (binary/framing.ts) is followed by one of
 * the workers, and a segment is scanned when its entry is known.
 *
 * Lanes come first because a serial digest bounds the run; whoever has none to serve fills and scans,
 * so serial and parallel work overlap and each byte is read once.
 *
 * @module
 */
import { endRunners } from "./part_results.ts";
import { PartRunner } from "./part_runner.ts";
import { finishScan } from "./plain_loop.ts";
import { PrivateLoop } from "./private_loop.ts";
import { RingLoop } from "./ring_loop.ts";
import { type ScanSetup, SegmentScan } from "./segment_scan.ts";

/** As `ScanLoop` of plain_loop.ts says, for every plan. */
export function scanLoop(setup: ScanSetup): Record<string, unknown> {
  const scan = new SegmentScan(setup);
  const runners = partRunners(setup);
  if (setup.plan.ring) {
    const ring = new RingLoop(scan, runners);
    ring.run();
    return finish(scan, runners, ring);
  }
  new PrivateLoop(scan, runners).run();
  return finish(scan, runners);
}

/** As `TurnsLoop` of plain_loop.ts says, for plans without a ring. */
export async function scanInTurns(
  setup: ScanSetup,
  turn: () => Promise<void> | undefined,
): Promise<Record<string, unknown>> {
  const scan = new SegmentScan(setup);
  const runners = partRunners(setup);
  await new PrivateLoop(scan, runners).runInTurns(turn);
  return finish(scan, runners);
}

function partRunners({ job, options, context }: ScanSetup): PartRunner[] {
  return (job.partLanes?.(options) ?? [])
    .map((lane) => new PartRunner(lane, context));
}

/** Sends what was not sent yet. @returns The results of this thread, by name. */
function finish(
  scan: SegmentScan,
  runners: readonly PartRunner[],
  ring?: RingLoop,
): Record<string, unknown> {
  const { control, context: { index }, emitter } = scan.setup;
  emitter.flush();
  const lanes = ring?.endLanes() ?? {};
  const parts = control.aborted ? {} : endRunners(runners, index);
  return { ...lanes, ...parts, ...finishScan(scan) };
}
