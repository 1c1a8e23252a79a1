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
import { type FileWriter, openWriter } from "../platform/file_writer.ts";
import type { Plan, UpdatePlan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";
import { type Filler, requireSource, sizeError } from "../engine/fill.ts";
import { MapFiller } from "../engine/map_filler.ts";
import { type EditBlock, EditBlockWriter } from "./edit_block.ts";
import {
  type FindChanges,
  pageFinder,
  placeFinder,
  type TakeChange,
} from "./find_changes.ts";
import { storing } from "./storing.ts";

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

/** What a thread scans with. */
export interface TrackedFiller {
  readonly filler: Filler | undefined;
  readonly changes: ChangeTracker | undefined;
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
 * Opens what a thread needs to track the changes of a job.
 *
 * @param filler Reads the file, or maps it; absent where the coordinator fills.
 * @returns The filler to scan with, and a tracker unless there is nothing to track.
 * @throws {SabmapError} If the file that changes are written to cannot be opened.
 */
export function trackFiller(
  setup: TrackerSetup,
  filler: Filler | undefined,
): TrackedFiller {
  const { update, shape } = setup.plan;
  if (update === undefined) return { filler, changes: undefined };
  if (update.kind !== "mapped") {
    return { filler, changes: openTracker(setup, update) };
  }
  // Where there is no room to look, there is nothing to choose.
  if (shape.originalBytes === undefined || !(filler instanceof MapFiller)) {
    return { filler, changes: undefined };
  }
  return storing(filler, openTracker(setup, update), update.mayStore);
}

/** Opens what compares segments with what they were. */
function openTracker(
  { memory, layout, backend, index }: TrackerSetup,
  update: UpdatePlan,
): ChangeTracker {
  const bytes = new Uint8Array(sharedBuffer(memory));
  const kernels = bindDifference(memory, backend);
  const find = update.kind === "send" && update.exact
    ? placeFinder(kernels)
    : pageFinder(kernels, update.counts);
  return new SlotTracker(update, {
    original: layout.originalAddress(index),
    kernels,
    sink: openSink(update, bytes),
    find,
  });
}

/** Where the changes of a segment go. */
interface Sink {
  readonly take: TakeChange;
  /** What is to be sent. */
  block(): EditBlock | undefined;
  close(): void;
}

function openSink(
  update: UpdatePlan,
  bytes: Uint8Array<SharedArrayBuffer>,
): Sink {
  switch (update.kind) {
    case "write":
      return fileSink(update.target, bytes);
    case "send":
      return blockSink(bytes);
    case "mapped":
      // They are in the file.
      return { take: () => {}, block: () => undefined, close: () => {} };
  }
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
  /** Whether the file was seen to be as long as it was, since the segment was scanned. */
  let isLong = false;
  return {
    take: (offset, byteLength, _old, next) => {
      // A write behind the end would make a file longer that somebody has cut off, with zeros in it.
      if (!isLong) requireLong(writer, target, offset);
      isLong = true;
      writer.writeAt(bytes, next, byteLength, offset);
    },
    block: () => {
      isLong = false;
      return undefined;
    },
    close: () => writer.close(),
  };
}

/** @throws {SabmapError} `ERR_FILE_SHRANK` if the file is shorter than it was. */
function requireLong(
  writer: FileWriter,
  { path, byteLength: was }: FileSource,
  at: number,
): void {
  const is = writer.byteLength();
  if (is < was) throw sizeError(path, { was, is, at });
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
