/**
 * The control block: the `Int32` cells of the arena through which the threads of a run coordinate,
 * and the only place of scheduling atomics.
 *
 * Four kinds of cells, each group on cache lines of its own so that workers do not slow each other:
 *
 * - of the run: what is claimed next, how far merging has come, whether to stop;
 * - of a worker: a heartbeat and the work it has done, which only it writes;
 * - of a slot: which segment is in it and how many readers it still has;
 * - of a part lane: which group of parts is claimed next.
 *
 * Two ways of handing out segments use them (see engine/scan_loop.ts). With **private slots** a
 * worker claims a run of segments by one `add` and puts each into the slot that it owns. With
 * **the ring** segment `i` lives in slot `i % slots`, whoever puts it there, because several
 * threads read it; the slot is filled anew when all of them have.
 *
 * @module
 */

const CELL_BYTES = 4;
/** Cells of a cache line of 64 bytes. */
const LINE_CELLS = 16;

const RunCell = {
  /** Not 0 when the run is to stop. */
  Abort: 0 * LINE_CELLS,
  /** How many segments there are; `UNKNOWN` until a stream has ended. */
  SegmentCount: 1 * LINE_CELLS,
  /** The next segment to be put into a slot. */
  NextFill: 2 * LINE_CELLS,
  /** The next segment to be scanned. */
  NextScan: 3 * LINE_CELLS,
  /** All segments before this one are merged. */
  Merged: 4 * LINE_CELLS,
  /** Counts events that a waiting thread may wait for. */
  Event: 5 * LINE_CELLS,
  /** How many threads wait for an event. */
  Waiting: 5 * LINE_CELLS + 1,
  /** KiB of partials that workers have made and nobody has taken yet (streamed runs). */
  Held: 6 * LINE_CELLS,
  /** Lines in all. */
  End: 7 * LINE_CELLS,
} as const;

const WorkerCell = {
  /** Grows as long as the worker is alive. */
  Heartbeat: 0,
  /** Segments scanned, plus segments seen by its lanes. */
  UnitsDone: 1,
  /** The segment that it works on; tells where a hung worker hangs. */
  Segment: 2,
} as const;

const SlotCell = {
  /**
   * Whose turn it is: `2 * round` when the slot waits for the segment of that round, one more when
   * it holds it, where the round of segment `i` is `floor(i / slots)`. A plain free/filled flag
   * would let a second worker fill the slot of a segment whose filling has not ended.
   */
  Turn: 0,
  /** Readers that the segment still has. */
  Readers: 1,
  /** Bytes of the segment. */
  ByteLength: 2,
  /** Bytes behind the segment that can be read as well. */
  BytesAfter: 3,
  /** Whether `Entry` is known: as `Turn` while the slot holds the segment. */
  EntryTurn: 4,
  /** What the segment's records depend on of all in front of it (see binary/framing.ts): an `f64`, two cells. */
  Entry: 6,
} as const;

/** Segment count of a stream that has not ended. */
const UNKNOWN = -1;

/** How long a waiting thread sleeps before it looks again by itself, so that it also beats. */
const WAIT_MS = 50;

/** @returns Bytes of the cells for so many workers, slots and part lanes. */
export function controlBlockBytes(
  workers: number,
  slots: number,
  partLanes = 0,
): number {
  return (RunCell.End + (workers + slots + partLanes) * LINE_CELLS) *
    CELL_BYTES;
}

/** What {@link ControlBlock.publish} tells of a segment. */
export interface PublishedSegment {
  readonly byteLength: number;
  /** Bytes behind it that can be read as well. */
  readonly bytesAfter: number;
  /** How many times it will be released. */
  readonly readers: number;
}

/** The cells of one run, seen from any thread. */
export class ControlBlock {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  /** The same cells, two by two. */
  readonly #numbers: Float64Array<SharedArrayBuffer>;
  readonly #slotsStart: number;
  readonly #partLanesStart: number;
  readonly workers: number;
  readonly slots: number;

  /** @param byteOffset Where the cells start, a multiple of 64. */
  constructor(
    buffer: SharedArrayBuffer,
    byteOffset: number,
    workers: number,
    slots: number,
    partLanes = 0,
  ) {
    const length = controlBlockBytes(workers, slots, partLanes) / CELL_BYTES;
    this.#cells = new Int32Array(buffer, byteOffset, length);
    this.#numbers = new Float64Array(buffer, byteOffset, length / 2);
    this.#slotsStart = RunCell.End + workers * LINE_CELLS;
    this.#partLanesStart = this.#slotsStart + slots * LINE_CELLS;
    this.workers = workers;
    this.slots = slots;
  }

  /**
   * Clears what an earlier run left. Only the coordinator calls it, while no worker runs.
   *
   * @param segmentCount How many segments there are, or `undefined` for a stream.
   */
  reset(segmentCount: number | undefined): void {
    // SAFETY: plain stores; the message that starts the workers orders them before any load there.
    this.#cells.fill(0);
    this.#cells[RunCell.SegmentCount] = segmentCount ?? UNKNOWN;
  }

  // Stopping

  /** Tells every thread to stop at its next look. */
  abort(): void {
    Atomics.store(this.#cells, RunCell.Abort, 1);
    this.signal();
  }

  get aborted(): boolean {
    return Atomics.load(this.#cells, RunCell.Abort) !== 0;
  }

  // Claiming

  /** How many segments there are; infinite while a stream has not ended. */
  get segmentCount(): number {
    const count = Atomics.load(this.#cells, RunCell.SegmentCount);
    return count === UNKNOWN ? Infinity : count;
  }

  /** Says where a stream ended. */
  setSegmentCount(count: number): void {
    Atomics.store(this.#cells, RunCell.SegmentCount, count);
    this.signal();
  }

  get nextFill(): number {
    return Atomics.load(this.#cells, RunCell.NextFill);
  }

  get nextScan(): number {
    return Atomics.load(this.#cells, RunCell.NextScan);
  }

  /**
   * Claims `count` consecutive segments, which the caller puts into its own slot one by one.
   *
   * @returns The first of them; at or past the segment count when there are none left.
   */
  claimRun(count: number): number {
    // SAFETY: `add` hands each old value to exactly one caller, so no two workers get one segment.
    return Atomics.add(this.#cells, RunCell.NextScan, count);
  }

  /** Claims the scan of segment `index`. @returns Whether the caller got it. */
  claimScan(index: number): boolean {
    // SAFETY: only the caller whose exchange succeeds scans the segment.
    return Atomics.compareExchange(
      this.#cells,
      RunCell.NextScan,
      index,
      index + 1,
    ) === index;
  }

  /** Claims the filling of segment `index`, whose slot is free. @returns Whether the caller got it. */
  claimFill(index: number): boolean {
    // SAFETY: the slot was free when the caller looked, and only the one whose exchange succeeds
    // fills it, so it still is.
    return Atomics.compareExchange(
      this.#cells,
      RunCell.NextFill,
      index,
      index + 1,
    ) === index;
  }

  /** The next group of parts of a part lane (see engine/part_ring.ts). */
  nextGroup(partLane: number): number {
    return Atomics.load(this.#cells, this.#partLaneCell(partLane));
  }

  /** Claims group `index` of a part lane. @returns Whether the caller got it. */
  claimGroup(partLane: number, index: number): boolean {
    // SAFETY: only the caller whose exchange succeeds reads the group's bytes for this lane.
    return Atomics.compareExchange(
      this.#cells,
      this.#partLaneCell(partLane),
      index,
      index + 1,
    ) === index;
  }

  // The ring

  /** Whether the slot of segment `index` can take it. */
  isSlotFree(index: number): boolean {
    return Atomics.load(this.#cells, this.#slotCell(index, SlotCell.Turn)) ===
      this.#turn(index);
  }

  /** @returns Bytes of segment `index`, or -1 while it is not in its slot. */
  filledBytes(index: number): number {
    const turn = Atomics.load(
      this.#cells,
      this.#slotCell(index, SlotCell.Turn),
    );
    if (turn !== this.#turn(index) + 1) return -1;
    return Atomics.load(
      this.#cells,
      this.#slotCell(index, SlotCell.ByteLength),
    );
  }

  /** Bytes behind segment `index` that can be read as well, while the caller is one of its readers. */
  bytesAfter(index: number): number {
    return Atomics.load(
      this.#cells,
      this.#slotCell(index, SlotCell.BytesAfter),
    );
  }

  /** Makes segment `index`, which the caller has put into its slot, readable. */
  publish(index: number, segment: PublishedSegment): void {
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.ByteLength),
      segment.byteLength,
    );
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.BytesAfter),
      segment.bytesAfter,
    );
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.Readers),
      segment.readers,
    );
    // SAFETY: the store of `Turn` comes last and hands the slot's bytes to the readers.
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.Turn),
      this.#turn(index) + 1,
    );
    this.signal();
  }

  /** Says what the entry of segment `index` is, of which the caller is a reader. */
  setEntry(index: number, entry: number): void {
    this.#numbers[this.#slotCell(index, SlotCell.Entry) / 2] = entry;
    // SAFETY: the store of the turn comes last and hands the number to whoever sees it.
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.EntryTurn),
      this.#turn(index) + 1,
    );
    this.signal();
  }

  /** @returns The entry of segment `index`, which is in its slot; `undefined` while it is not known. */
  entry(index: number): number | undefined {
    const turn = Atomics.load(
      this.#cells,
      this.#slotCell(index, SlotCell.EntryTurn),
    );
    if (turn !== this.#turn(index) + 1) return undefined;
    return this.#numbers[this.#slotCell(index, SlotCell.Entry) / 2];
  }

  /** One reader of segment `index` is done; the last one frees the slot. */
  releaseSlot(index: number): void {
    // SAFETY: `sub` lets exactly one reader see that it was the last; its store of `Turn` hands
    // the slot to whoever fills it next.
    if (
      Atomics.sub(this.#cells, this.#slotCell(index, SlotCell.Readers), 1) !== 1
    ) return;
    Atomics.store(
      this.#cells,
      this.#slotCell(index, SlotCell.Turn),
      this.#turn(index) + 2,
    );
    this.signal();
  }

  // Merging

  get merged(): number {
    return Atomics.load(this.#cells, RunCell.Merged);
  }

  /** Says that all segments before `index` are merged. */
  setMerged(index: number): void {
    Atomics.store(this.#cells, RunCell.Merged, index);
    this.signal();
  }

  /** KiB of partials that were made and not yet taken, where the job says what they weigh. */
  get heldKib(): number {
    return Atomics.load(this.#cells, RunCell.Held);
  }

  /** A worker has made partials of so many KiB. */
  addHeld(kib: number): void {
    Atomics.add(this.#cells, RunCell.Held, kib);
  }

  /** Partials of so many KiB were taken. Signals nothing: {@link setMerged} follows. */
  dropHeld(kib: number): void {
    Atomics.sub(this.#cells, RunCell.Held, kib);
  }

  // Waiting

  /** A number to hand to {@link wait}: taken before the look that found nothing to do. */
  get event(): number {
    return Atomics.load(this.#cells, RunCell.Event);
  }

  /** Wakes the threads that wait. */
  signal(): void {
    Atomics.add(this.#cells, RunCell.Event, 1);
    // Counted, because a notify costs a lock in every runtime and most events have no waiter.
    if (Atomics.load(this.#cells, RunCell.Waiting) > 0) {
      Atomics.notify(this.#cells, RunCell.Event);
    }
  }

  /** Sleeps until an event after `seen`, at most {@link WAIT_MS}. Not on a thread with an event loop. */
  wait(seen: number): void {
    Atomics.add(this.#cells, RunCell.Waiting, 1);
    // SAFETY: `signal` counts first and looks for waiters then, this thread the other way round, so
    // either `wait` sees the new count and returns, or `signal` sees the waiter and wakes it.
    Atomics.wait(this.#cells, RunCell.Event, seen, WAIT_MS);
    Atomics.sub(this.#cells, RunCell.Waiting, 1);
  }

  /** As {@link wait}, for the thread with the event loop. */
  async waitAsync(seen: number): Promise<void> {
    Atomics.add(this.#cells, RunCell.Waiting, 1);
    await sleepUntilChanged(this.#cells, RunCell.Event, seen);
    Atomics.sub(this.#cells, RunCell.Waiting, 1);
  }

  // Telling

  /** A sign of life of worker `index`, which is at segment `segment`. */
  beat(index: number, segment: number): void {
    Atomics.add(this.#cells, this.#workerCell(index, WorkerCell.Heartbeat), 1);
    Atomics.store(
      this.#cells,
      this.#workerCell(index, WorkerCell.Segment),
      segment,
    );
  }

  heartbeat(index: number): number {
    return Atomics.load(
      this.#cells,
      this.#workerCell(index, WorkerCell.Heartbeat),
    );
  }

  /** The segment at which worker `index` gave its last sign of life. */
  lastSegment(index: number): number {
    return Atomics.load(
      this.#cells,
      this.#workerCell(index, WorkerCell.Segment),
    );
  }

  /** Worker `index` has scanned a segment, or one of its lanes has seen one. */
  addUnit(index: number): void {
    Atomics.add(this.#cells, this.#workerCell(index, WorkerCell.UnitsDone), 1);
  }

  /** Units of all workers. */
  get unitsDone(): number {
    let sum = 0;
    for (let index = 0; index < this.workers; index++) {
      sum += Atomics.load(
        this.#cells,
        this.#workerCell(index, WorkerCell.UnitsDone),
      );
    }
    return sum;
  }

  #workerCell(index: number, cell: number): number {
    return RunCell.End + index * LINE_CELLS + cell;
  }

  #partLaneCell(partLane: number): number {
    return this.#partLanesStart + partLane * LINE_CELLS;
  }

  #turn(segment: number): number {
    return 2 * Math.floor(segment / this.slots);
  }

  #slotCell(segment: number, cell: number): number {
    return this.#slotsStart + (segment % this.slots) * LINE_CELLS + cell;
  }
}

/** `Atomics.waitAsync`, which not every engine's types and versions have. */
type WaitAsync = (
  cells: Int32Array<SharedArrayBuffer>,
  index: number,
  value: number,
  timeoutMs: number,
) => { value: Promise<string> | string };

async function sleepUntilChanged(
  cells: Int32Array<SharedArrayBuffer>,
  index: number,
  seen: number,
): Promise<void> {
  const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync;
  if (waitAsync !== undefined) {
    await waitAsync(cells, index, seen, WAIT_MS).value;
  } else await new Promise((resolve) => setTimeout(resolve, 1));
}
