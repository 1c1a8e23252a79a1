/**
 * What a job changes: the side of the thread that scans.
 *
 * ```text
 * begin    keep what the segment is          (or read it again, where the file is mapped over the slot)
 * scan     the job stores into the slot, which is a copy of the file
 * end      compare; write what differs to the file, or pack it for the coordinator
 * ```
 *
 * Neighbours never meet in one byte: a segment's changes lie between the start of its first record and the end of
 * its last one, and nothing that was not changed is written outside of them. So two threads can change bytes of
 * one page, each its own.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import {
  bindDifference,
  type DifferenceKernels,
} from "../kernels/difference.ts";
import type { Backend } from "../kernels/kernels.ts";
import type { ArenaLayout } from "../memory/arena.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import { openWriter } from "../platform/file_writer.ts";
import { openMappable } from "../platform/mappable_file.ts";
import type { Plan, UpdatePlan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";
import { type Filler, MapFiller, requireSource } from "../engine/fill.ts";
import { type EditBlock, EditBlockWriter } from "./edit_block.ts";
import {
  type FindChanges,
  pageFinder,
  placeFinder,
  type TakeChange,
} from "./find_changes.ts";
import { switching, type TrackedFiller } from "./switching.ts";

/** A segment as far as a tracker looks at it. */
export interface TrackedRange {
  /** In the file. */
  readonly offset: number;
  readonly byteLength: number;
  /** In the arena. */
  readonly address: number;
  /** Bytes behind the segment that are there by now. */
  readonly after: number;
}

/** Finds what a job changes, segment after segment. */
export interface ChangeTracker {
  /** How many bytes got another value; how many pages have such bytes, where bytes are not counted. */
  readonly bytesChanged: number;
  /** A filler that tells of the neighbour bytes which it brings while a segment is scanned. */
  follow(filler: Filler | undefined): Filler | undefined;
  /** To be called before the job sees a segment. */
  begin(range: TrackedRange): void;
  /**
   * To be called when the job has returned.
   *
   * @returns What is to be sent; `undefined` if nothing is.
   * @throws {SabmapError} If changes cannot be written.
   */
  end(range: TrackedRange): EditBlock | undefined;
  close(): void;
}

/** What a thread's tracker works with. */
export interface TrackerSetup {
  readonly plan: Plan;
  readonly layout: ArenaLayout;
  readonly memory: WebAssembly.Memory;
  readonly backend: Backend;
  /** Which worker this is. */
  readonly index: number;
}

/**
 * Opens what a thread needs to track changes.
 *
 * @returns `undefined` if there is nothing to track.
 * @throws {SabmapError} If the file that changes are written to cannot be opened.
 */
export function openTracker(setup: TrackerSetup): ChangeTracker | undefined {
  const { plan, memory, layout } = setup;
  if (plan.update === undefined || plan.update.kind === "mapped") {
    return undefined;
  }
  const bytes = new Uint8Array(sharedBuffer(memory));
  const kernels = bindDifference(memory, setup.backend);
  const sink = plan.update.kind === "write"
    ? fileSink(plan.update.target, bytes)
    : blockSink(bytes);
  const find = plan.update.kind === "send" && plan.update.exact
    ? placeFinder(kernels)
    : pageFinder(kernels, plan.update.counts);
  const original = layout.originalAddress(setup.index);
  return new SlotTracker(plan.update, { original, kernels, sink, find });
}

/**
 * Opens what a thread needs to scan a file and track its changes.
 *
 * @param filler Reads the file, or maps it; absent where the coordinator fills.
 * @param source The file; absent where the coordinator fills.
 * @returns The filler to scan with, and a tracker unless there is nothing to track.
 */
export async function trackFiller(
  setup: TrackerSetup,
  filler: Filler | undefined,
  source: FileSource | undefined,
): Promise<TrackedFiller> {
  const { plan, memory } = setup;
  const changes = openTracker(setup);
  if (
    plan.update?.kind !== "write" || !plan.update.mayMap ||
    changes === undefined || filler === undefined || source === undefined
  ) return { filler, changes };
  const mapper = await loadMapper(sharedBuffer(memory)).catch(() => undefined);
  if (mapper === undefined) return { filler, changes };
  const file = await openMappable(source.path, "write");
  const map = new MapFiller(mapper, source, plan.framing, "write", file);
  return switching(filler, map, changes);
}

/** Where the changes of a segment go. */
interface Sink {
  readonly take: TakeChange;
  /** What is to be sent. */
  block(): EditBlock | undefined;
  close(): void;
}

/** Packs changes to be sent. */
function blockSink(bytes: Uint8Array<SharedArrayBuffer>): Sink {
  const writer = new EditBlockWriter(bytes);
  return {
    take: (offset, byteLength, old, next) =>
      writer.add(offset, byteLength, old, next),
    block: () => writer.take(),
    close: () => {},
  };
}

/** Writes changes to a file. */
function fileSink(
  target: FileSource,
  bytes: Uint8Array<SharedArrayBuffer>,
): Sink {
  const writer = requireSource(openWriter(target.path), target);
  return {
    take: (offset, byteLength, _old, next) =>
      writer.writeAt(bytes, next, byteLength, offset),
    block: () => undefined,
    close: () => writer.close(),
  };
}

/** Keeps a copy of the slot, and compares with it. */
class SlotTracker implements ChangeTracker {
  bytesChanged = 0;
  readonly #plan: UpdatePlan;
  readonly #original: number;
  readonly #kernels: DifferenceKernels;
  readonly #sink: Sink;
  readonly #find: FindChanges;
  /** The segment that is scanned, and how much of it and of what is behind it is kept. */
  #address = 0;
  #kept = 0;

  constructor(
    plan: UpdatePlan,
    parts: {
      readonly original: number;
      readonly kernels: DifferenceKernels;
      readonly sink: Sink;
      readonly find: FindChanges;
    },
  ) {
    this.#plan = plan;
    this.#original = parts.original;
    this.#kernels = parts.kernels;
    this.#sink = parts.sink;
    this.#find = parts.find;
  }

  follow(filler: Filler | undefined): Filler | undefined {
    return filler && {
      fill: (range, address) => filler.fill(range, address),
      fillMore: (range, address) => {
        filler.fillMore(range, address);
        this.#keepMore(range, address);
      },
      close: () => filler.close(),
    };
  }

  begin({ address, byteLength, after }: TrackedRange): void {
    this.#address = address;
    this.#kept = byteLength + (this.#plan.ownsRecords ? after : 0);
    this.#kernels.copyBytes(this.#original, address, this.#kept);
  }

  /** Neighbour bytes behind those that are kept. */
  #keepMore({ start, end }: ByteRange, address: number): void {
    if (!this.#plan.ownsRecords) return;
    const at = address - this.#address;
    this.#kernels.copyBytes(this.#original + at, address, end - start);
    this.#kept = at + end - start;
  }

  end({ offset }: TrackedRange): EditBlock | undefined {
    const sink = this.#sink;
    this.bytesChanged += this.#find(
      offset,
      this.#kept,
      this.#original,
      this.#address,
      sink.take,
    );
    return sink.block();
  }

  close(): void {
    this.#sink.close();
  }
}
