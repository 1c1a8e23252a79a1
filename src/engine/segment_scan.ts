/**
 * What one thread scans segments with: the job's state, and the way of its partials to the coordinator.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import { type AnyJob, NO_FRAMING, type WorkerContext } from "../job.ts";
import type { ArenaLayout } from "../memory/arena.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { Plan } from "../plan.ts";
import { segmentRange } from "../plan/segments.ts";
import type { ChangeTracker } from "../update/changes.ts";
import type { EditBlock } from "../update/edit_block.ts";
import { type Emitter, holding } from "./emitter.ts";
import { type Filler, neighbourhood } from "./fill.ts";
import { isRecordFraming } from "./record_framing.ts";
import { locate, type SegmentSource, SegmentView } from "./segment_view.ts";

/** Scanning holds back while partials of a streamed run that nobody has taken weigh more. */
const HELD_KIB_MAX = 32 * 1024;

/** A partial of a claim that weighs more goes out, so that it is known what is held. */
const PARTIAL_BYTES_MAX = 256 * 1024;

/** Integers below this are small ones for every V8: that of Deno has 30 bits for them, that of Node 31. */
const SMALL_INTEGERS_END = 2 ** 30;

/** V8 takes no note of the first calls of a function. */
const REHEARSALS = 40;

/** What the loop works with, in one thread. */
export interface ScanSetup {
  readonly plan: Plan;
  readonly layout: ArenaLayout;
  readonly control: ControlBlock;
  readonly buffer: SharedArrayBuffer;
  /** Absent where the coordinator fills. */
  readonly filler: Filler | undefined;
  readonly job: AnyJob;
  readonly options: unknown;
  readonly context: WorkerContext;
  readonly emitter: Emitter;
  /** Finds what the job changes; absent unless it does, and where its changes are the file's at once. */
  readonly changes?: ChangeTracker | undefined;
}

/** The scans of one thread. */
export class SegmentScan {
  readonly setup: ScanSetup;
  readonly source: SegmentSource;
  /** What the job keeps in this thread. */
  readonly state: unknown;
  /** What the job has changed since the last partial went out. */
  #edits: EditBlock[] = [];

  constructor(setup: ScanSetup) {
    const { job, options, context, plan } = setup;
    const framing = job.framing?.(options) ?? NO_FRAMING;
    this.setup = setup;
    this.source = {
      buffer: setup.buffer,
      framing: isRecordFraming(framing) ? framing : undefined,
      search: context.kernels.backend === "simd" ? context.kernels : undefined,
      updates: plan.update !== undefined,
      filler: setup.changes?.follow(setup.filler) ?? setup.filler,
    };
    this.state = job.start(options, context);
    this.#rehearse();
  }

  /**
   * Looks at the last segment's offsets in front of all others.
   *
   * V8 compiles for small integers as long as it has seen no others: it dropped twenty functions, and compiled them
   * anew, in the middle of a file of 4 GiB.
   */
  #rehearse(): void {
    const { plan } = this.setup;
    const { segmentCount = 0, end = 0 } = plan;
    if (end <= SMALL_INTEGERS_END) return;
    for (let i = 0; i < REHEARSALS; i++) {
      const range = segmentRange(segmentCount - 1, plan);
      neighbourhood(range, plan.framing, range.end);
      this.view(segmentCount - 1, 0, range, 0);
    }
  }

  /** Has the job scan a segment, and notes what it changes. */
  scan(view: SegmentView): unknown {
    const { changes, control } = this.setup;
    changes?.begin(view);
    const partial = this.#scanOnly(view);
    // The run may have ended meanwhile: Deno lets a thread that was ended go on for 2 s.
    if (control.aborted) return partial;
    const block = changes?.end(view);
    if (block !== undefined) this.#edits.push(block);
    return partial;
  }

  #scanOnly(view: SegmentView): unknown {
    const { job, context } = this.setup;
    try {
      return job.scan(view, this.state);
    } catch (error) {
      throw locate(error, context.file.path, view.position);
    }
  }

  /** Joins the partials of neighbours that this thread has scanned. */
  merge(left: unknown, right: unknown): unknown {
    const { job } = this.setup;
    return job.mergeHere === undefined
      ? job.merge(left, right)
      : job.mergeHere(left, right, this.state);
  }

  /** Sends a partial, and says what it weighs until it is taken. */
  emit(first: number, count: number, partial: unknown): void {
    const { job, plan, control, emitter } = this.setup;
    const edits = this.#edits;
    this.#edits = [];
    const changed = edits.reduce((sum, block) => sum + block.byteLength, 0);
    const held = Math.ceil(((job.heldBytes?.(partial) ?? 0) + changed) / 1024);
    if (held > 0) control.addHeld(held);
    const next = { first, count, partial, ...holding(held, edits) };
    emitter.add(next, (left, right) => this.merge(left, right));
    // Scanning would soon wait for what is kept back for company.
    const distance = first + count - control.merged;
    if (distance > plan.mergeWindow / 2) emitter.flush();
  }

  /** Whether the partial of a claim is to go out before its end. */
  isHeavy(partial: unknown): boolean {
    const bytes = this.setup.job.heldBytes?.(partial) ?? 0;
    return bytes > PARTIAL_BYTES_MAX;
  }

  /**
   * Whether the next scan has to wait for merging: it is too far ahead, or what was made and not taken is too large.
   *
   * The segment that merging waits for never has to.
   */
  isAhead(next: number): boolean {
    const { plan, control } = this.setup;
    const distance = next - control.merged;
    return distance >= plan.mergeWindow ||
      (distance > 0 && control.heldKib > HELD_KIB_MAX);
  }

  /** Lets an error of the framing name the file; it has the offset already. */
  inFile(action: () => unknown): void {
    try {
      action();
    } catch (error) {
      throw locate(error, this.setup.context.file.path, undefined);
    }
  }

  /** A segment that lies at an address of the arena. */
  view(
    index: number,
    address: number,
    range: ByteRange,
    after: number,
  ): SegmentView {
    const { plan, control } = this.setup;
    return new SegmentView(this.source, {
      index,
      offset: range.start,
      byteLength: range.end - range.start,
      address,
      before: Math.min(range.start, plan.framing.before),
      after,
      afterMax: bytesBehind(range, plan, plan.framing.after),
      entry: plan.indexed ? control.entry(index) : undefined,
    });
  }
}

/** Bytes behind a segment that are wanted and that the file has. */
export function bytesBehind(
  range: ByteRange,
  plan: Plan,
  wanted: number,
): number {
  return Math.min(wanted, (plan.readEnd ?? range.end) - range.end);
}
