/**
 * The feeder: the coordinator's side of a stream (standard input, a FIFO, a device, a file of /proc), of
 * an object on another machine, and of a file whose workers may open none (platform/sandbox.ts).
 *
 * Segment after segment is read straight into its slot of the ring, without blocking the thread, and
 * published when its neighbour bytes are there too. A full ring holds the reading back.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { ArenaLayout } from "../memory/arena.ts";
import type { ControlBlock } from "../memory/control_block.ts";
import type { Plan } from "../plan.ts";
import { countReaders } from "../plan/parts.ts";
import { segmentRange } from "../plan/segments.ts";
import type { Source } from "../source.ts";
import type { PlannedRun } from "./planned_run.ts";
import { abortable } from "./promises.ts";

/** A stream of which the first bytes may have been read already. */
export interface ByteStream {
  /**
   * Reads until `target` is full or the stream ends.
   *
   * @param onFilled May be told how far it is filled, while more is to come.
   * @returns How many bytes came.
   */
  readFully(
    target: Uint8Array<SharedArrayBuffer>,
    onFilled?: (filled: number) => void,
  ): Promise<number>;
}

/**
 * Is told how far `target` is filled, each time before more is waited for.
 *
 * @param offset Of the stream, at which `target` begins. What it holds stays as it is until the target after the next
 * one is begun.
 */
export type StreamWatcher = (
  target: Uint8Array<SharedArrayBuffer>,
  filled: number,
  offset: number,
) => void;

/** Reads what comes next. @returns How many bytes; 0 only at the end. */
export type ReadNext = (
  target: Uint8Array<SharedArrayBuffer>,
) => Promise<number>;

/** Bytes that are read ahead at least, where they come at once. */
const LOOK_BYTES = 64 * 1024;

/** A stream of a descriptor, with a look at its first bytes. */
export class DescriptorStream implements ByteStream {
  readonly #readNext: ReadNext;
  #ahead: Uint8Array<SharedArrayBuffer>;
  #ended = false;
  /** Bytes that were given away. */
  #given = 0;
  #watcher: StreamWatcher | undefined;

  constructor(readNext: ReadNext) {
    this.#readNext = readNext;
    this.#ahead = new Uint8Array(new SharedArrayBuffer(0));
  }

  /** Tells somebody what comes. */
  watch(watcher: StreamWatcher): void {
    this.#watcher = watcher;
  }

  /**
   * Reads up to `byteLength` bytes ahead.
   *
   * @param onFilled Told how many have come, while more may come.
   * @returns All of the stream if it has ended by then, otherwise `undefined`.
   */
  async peek(
    byteLength: number,
    onFilled?: (filled: number) => void,
  ): Promise<Uint8Array<SharedArrayBuffer> | undefined> {
    // More than that was looked at before.
    if (this.#ahead.byteLength > byteLength) return undefined;
    const buffer = new Uint8Array(new SharedArrayBuffer(byteLength));
    const filled = this.#ahead.byteLength;
    buffer.set(this.#ahead);
    const count = await this.#read(buffer, filled, onFilled);
    this.#ahead = buffer.subarray(0, count);
    return this.#ended ? this.#ahead : undefined;
  }

  /**
   * Reads ahead until there are `byteLength` bytes, and what comes along with them: a slow stream is seen as it comes.
   *
   * @returns All that was read ahead, and whether the stream ends with it.
   */
  async lookAhead(
    byteLength: number,
  ): Promise<{ bytes: Uint8Array<SharedArrayBuffer>; isAll: boolean }> {
    while (this.#ahead.byteLength < byteLength && !this.#ended) {
      const filled = this.#ahead.byteLength;
      const buffer = new Uint8Array(
        new SharedArrayBuffer(Math.max(LOOK_BYTES, 2 * filled)),
      );
      buffer.set(this.#ahead);
      const count = await this.#readNext(buffer.subarray(filled));
      if (count === 0) this.#ended = true;
      this.#ahead = buffer.subarray(0, filled + count);
    }
    return { bytes: this.#ahead, isAll: this.#ended };
  }

  async readFully(
    target: Uint8Array<SharedArrayBuffer>,
    onFilled?: (filled: number) => void,
  ): Promise<number> {
    const taken = Math.min(this.#ahead.byteLength, target.byteLength);
    target.set(this.#ahead.subarray(0, taken));
    this.#ahead = this.#ahead.subarray(taken);
    const count = await this.#read(target, taken, onFilled);
    this.#given += count;
    return count;
  }

  /** Reads what there is, so that a slow stream is seen as it comes. @returns 0 only at the end of the stream. */
  async readSome(target: Uint8Array<SharedArrayBuffer>): Promise<number> {
    const ahead = Math.min(this.#ahead.byteLength, target.byteLength);
    if (ahead > 0) return await this.readFully(target.subarray(0, ahead));
    if (this.#ended) return 0;
    const count = await this.#readNext(target);
    if (count === 0) this.#ended = true;
    this.#given += count;
    return count;
  }

  /** Fills `target` from `filled` on. @returns How far it is filled. */
  async #read(
    target: Uint8Array<SharedArrayBuffer>,
    filled: number,
    onFilled?: (filled: number) => void,
  ): Promise<number> {
    while (filled < target.byteLength && !this.#ended) {
      onFilled?.(filled);
      this.#watcher?.(target, filled, this.#given);
      const count = await this.#readNext(target.subarray(filled));
      if (count === 0) this.#ended = true;
      filled += count;
    }
    return filled;
  }
}

/** What the feeder works with. */
export interface FeedSetup {
  readonly plan: Plan;
  readonly layout: ArenaLayout;
  readonly control: ControlBlock;
  readonly buffer: SharedArrayBuffer;
  readonly stream: ByteStream;
}

/** What a run needs of its file: what is scanned, with its neighbour bytes. */
export function neededRange(plan: Plan): ByteRange {
  const { origin, framing, end = Infinity } = plan;
  return {
    start: Math.max(0, origin - framing.before),
    end: end + bytesBehind(plan),
  };
}

/** Neighbour bytes behind all that is scanned. */
function bytesBehind({ framing, end = 0, readEnd = end }: Plan): number {
  return Math.min(framing.after, readEnd - end);
}

/** The bytes that a run needs, as a stream: what {@link feed} is given. */
export function openStream(source: Source, plan: Plan): DescriptorStream {
  return plan.end === undefined
    ? source.stream()
    : source.stream(neededRange(plan));
}

/** Reads all that a short run needs of what its thread cannot read for itself. @returns `undefined` for a file. */
export async function readNeeded(
  { source, plan, options }: Pick<PlannedRun, "source" | "plan" | "options">,
): Promise<Uint8Array<SharedArrayBuffer> | undefined> {
  if (source.file !== undefined) return undefined;
  const { start, end } = neededRange(plan);
  const bytes = sharedBytes(end - start);
  const reading = openStream(source, plan).readFully(bytes);
  await abortable(reading, options.signal);
  return bytes;
}

function sharedBytes(byteLength: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(byteLength));
}

/**
 * Feeds a stream to its end, or until the run is aborted.
 *
 * @returns Bytes of the stream, or of the file.
 */
export async function feed(setup: FeedSetup): Promise<number> {
  const { plan, control } = setup;
  let byteLength = 0;
  for (let index = 0;; index++) {
    if (!await awaitSlot(control, index)) return byteLength;
    if (index === 0) await readLead(setup);
    const lender = new Lender(setup, index);
    const count = await setup.stream.readFully(
      segmentBytes(setup, index),
      lender.look,
    );
    byteLength += count;
    // A file's slots are as few as its segments: there may be none for a look behind the last one.
    const isLast = count < plan.segmentBytes ||
      index + 1 === plan.segmentCount;
    const behind = isLast ? await readTrail(setup, index, count) : 0;
    lender.lend(count + behind);
    if (isLast) {
      const segmentCount = count === 0 ? index : index + 1;
      if (count > 0) publish(setup, index, count, behind);
      control.setSegmentCount(segmentCount);
      return fileBytes(plan, byteLength);
    }
    if (plan.framing.after === 0) publish(setup, index, count, 0);
  }
}

/** Whoever has fed all that was planned knows the size; of a file that ended before that, only what there was. */
function fileBytes({ byteLength, origin, end }: Plan, fed: number): number {
  if (byteLength === undefined || end === undefined) return fed;
  return fed < end - origin ? origin + fed : byteLength;
}

/** Reads the neighbour bytes in front of the first segment, where part of a file is scanned. */
async function readLead(setup: FeedSetup): Promise<void> {
  const { buffer, plan, stream } = setup;
  const byteLength = plan.origin - neededRange(plan).start;
  if (byteLength === 0) return;
  const address = segmentAddress(setup, 0) - byteLength;
  await stream.readFully(new Uint8Array(buffer, address, byteLength));
}

/** Reads the neighbour bytes behind the last segment. @returns How many there are. */
async function readTrail(
  setup: FeedSetup,
  index: number,
  count: number,
): Promise<number> {
  const { buffer, plan, stream } = setup;
  const byteLength = bytesBehind(plan);
  if (byteLength === 0) return 0;
  const address = segmentAddress(setup, index) + count;
  return await stream.readFully(new Uint8Array(buffer, address, byteLength));
}

/** Waits until the slot of segment `index` is free. @returns False if the run was aborted meanwhile. */
export async function awaitSlot(
  control: ControlBlock,
  index: number,
): Promise<boolean> {
  for (;;) {
    const seen = control.event;
    if (control.aborted) return false;
    if (control.isSlotFree(index)) return true;
    await control.waitAsync(seen);
  }
}

/** Lets neighbours have bytes of each other as soon as they are there: a slow stream is scanned as it comes. */
class Lender {
  readonly #setup: FeedSetup;
  readonly #index: number;
  #isDone: boolean;

  /** @param index The segment that is being filled. The one before it waits for its bytes behind. */
  constructor(setup: FeedSetup, index: number) {
    this.#setup = setup;
    this.#index = index;
    this.#isDone = index === 0;
  }

  /** Lends if as many have come as the segment before needs. */
  readonly look = (filled: number): void => {
    if (filled >= Math.max(1, this.#setup.plan.framing.after)) {
      this.lend(filled);
    }
  };

  /** Lends, of the `count` bytes that have come, unless that was done. */
  lend(count: number): void {
    if (this.#isDone) return;
    this.#isDone = true;
    // The neighbour before lies in the slot before: nobody but this thread fills slots.
    copyNeighbours(this.#setup, this.#index, count);
  }
}

/** Gives segment `index` its bytes before, and the one before it its bytes behind, of the `count` that have come. */
function copyNeighbours(setup: FeedSetup, index: number, count: number): void {
  const { plan, buffer } = setup;
  const { before, after } = plan.framing;
  const bytes = new Uint8Array(buffer);
  const here = segmentAddress(setup, index);
  const previousEnd = segmentAddress(setup, index - 1) + plan.segmentBytes;
  bytes.copyWithin(here - before, previousEnd - before, previousEnd);
  if (after === 0) return;
  const behind = Math.min(after, count);
  bytes.copyWithin(previousEnd, here, here + behind);
  publish(setup, index - 1, plan.segmentBytes, behind);
}

function publish(
  setup: FeedSetup,
  index: number,
  byteLength: number,
  bytesAfter: number,
): void {
  const { control, plan } = setup;
  const start = plan.origin + index * plan.segmentBytes;
  control.publish(index, {
    byteLength,
    bytesAfter,
    readers: countReaders(plan, { start, end: start + byteLength }),
  });
}

function segmentAddress(setup: FeedSetup, index: number): number {
  return setup.layout.segmentAddress(index % setup.plan.shape.slots);
}

function segmentBytes(
  setup: FeedSetup,
  index: number,
): Uint8Array<SharedArrayBuffer> {
  const { start, end } = segmentRange(index, setup.plan);
  return new Uint8Array(
    setup.buffer,
    segmentAddress(setup, index),
    end - start,
  );
}
