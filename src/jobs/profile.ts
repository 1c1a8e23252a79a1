/**
 * The job that says what a file is made of: digest, lines, byte classes, entropy.
 *
 * @module
 */
import {
  blake3,
  blake3Piece,
  type Blake3State,
  type Piece,
  startBlake3,
} from "../digest/blake3.ts";
import { type Blake3Partial, mergePartials } from "../digest/blake3_tree.ts";
import {
  defineJob,
  type FileInfo,
  type Job,
  type RangeView,
  type WorkerContext,
} from "../job.ts";
import {
  addCounts,
  type ByteCounts,
  mergeRegions,
  regionBytesOf,
  type RegionCounts,
} from "./regions.ts";
import { scratchTaker } from "./scratch.ts";

/** How many bytes are of which kind. Each byte is of one. */
export interface ByteClasses {
  /** `0x00`. */
  readonly nul: number;
  /** Printable ASCII, tab, newline, carriage return. */
  readonly text: number;
  /** `0x80` and above: UTF-8 beyond ASCII, or binary data. */
  readonly high: number;
  /** The other control characters. */
  readonly other: number;
}

/** What a file is made of. */
export interface ProfileJobResult {
  /** Bytes of the file. */
  readonly byteLength: number;
  /** Digest, 64 hexadecimal digits. */
  readonly blake3: string;
  /** Newlines, as `wc -l` counts. */
  readonly lines: number;
  /** How many bytes there are of each class. */
  readonly classes: ByteClasses;
  /** Bits per byte of the whole, 0 to 8, to six decimals; 0 when the file is empty. */
  readonly entropy: number;
  /** Length of every region but the last. */
  readonly regionBytes: number;
  /** Entropy of each region, in file order; none when the file is empty. */
  readonly regions: readonly number[];
}

/** What one worker keeps. */
export interface ProfileState {
  readonly worker: WorkerContext;
  readonly blake3: Blake3State;
  /** `u32[256]` in the worker's scratch. */
  readonly table: Uint32Array;
}

/** What a range says of the profile. */
export interface ProfilePartial {
  readonly tree: Blake3Partial;
  readonly regions: RegionCounts;
}

/**
 * What is hashed and then counted while the second-level cache still has it.
 *
 * With a segment of 16 MiB that gains 8 % on V8 and 17 % on JavaScriptCore over counting after
 * all of it was hashed; pieces of 64 KiB gain 0 and 11 %. A segment of 1 MiB loses 1 % (Xeon
 * 2.6 GHz, 2 MiB of cache per core, 2026-11-21).
 */
const PIECE_BYTES = 512 * 1024;

/** Tells what a file is made of. Has no options. */
export const profileJob: Job<
  unknown,
  ProfileState,
  ProfilePartial,
  ProfileJobResult
> = defineJob({
  name: "profile",
  start: startProfile,
  scan: scanPieces,
  merge: mergeProfiles,
  finish: finishProfile,
});

function startProfile(_options: unknown, worker: WorkerContext): ProfileState {
  const take = scratchTaker(worker.scratch);
  const { byteOffset } = take(256 * Uint32Array.BYTES_PER_ELEMENT);
  return {
    worker,
    blake3: startBlake3(worker, take(blake3.scratchBytes)),
    table: new Uint32Array(worker.memory.buffer, byteOffset, 256),
  };
}

function scanPieces(range: RangeView, state: ProfileState): ProfilePartial {
  const { offset, address, byteLength } = range;
  const first = {
    offset,
    address,
    byteLength: Math.min(byteLength, PIECE_BYTES),
  };
  let partial = scanPiece(first, state);
  for (let done = PIECE_BYTES; done < byteLength; done += PIECE_BYTES) {
    const piece = {
      offset: offset + done,
      address: address + done,
      byteLength: Math.min(PIECE_BYTES, byteLength - done),
    };
    partial = mergeProfiles(partial, scanPiece(piece, state));
  }
  return partial;
}

function scanPiece(piece: Piece, state: ProfileState): ProfilePartial {
  return {
    tree: blake3Piece(piece, state.blake3),
    regions: countRegions(piece, state),
  };
}

function mergeProfiles(
  left: ProfilePartial,
  right: ProfilePartial,
): ProfilePartial {
  return {
    tree: mergePartials(left.tree, right.tree),
    regions: mergeRegions(left.regions, right.regions),
  };
}

function countRegions(
  { offset, address, byteLength }: Piece,
  state: ProfileState,
): RegionCounts {
  const regionBytes = regionBytesOf(
    state.worker.file.byteLength ?? offset + byteLength,
  );
  const counts: ByteCounts[] = [];
  for (let done = 0; done < byteLength;) {
    const untilNext = regionBytes - (offset + done) % regionBytes;
    const taken = Math.min(untilNext, byteLength - done);
    counts.push(countBytes(address + done, taken, state));
    done += taken;
  }
  return { regionBytes, first: Math.floor(offset / regionBytes), counts };
}

/** @param byteLength A piece at most, so no count wraps. */
function countBytes(
  address: number,
  byteLength: number,
  { worker, table }: ProfileState,
): ByteCounts {
  // SAFETY: the table lies in this worker's own scratch, and `take` gave it to nobody else.
  table.fill(0);
  worker.kernels.histogram(address, byteLength, table.byteOffset);
  return Float64Array.from(table);
}

function finishProfile(
  partial: ProfilePartial | undefined,
  { byteLength }: FileInfo,
): ProfileJobResult {
  const regions = partial?.regions.counts ?? [];
  const counts = regions.reduce(addCounts, new Float64Array(256));
  return {
    byteLength,
    blake3: blake3.finish(partial?.tree, byteLength),
    lines: counts[0x0a] ?? 0,
    classes: classesOf(counts),
    entropy: entropyOf(counts),
    regionBytes: regionBytesOf(byteLength),
    regions: regions.map(entropyOf),
  };
}

function classesOf(counts: ByteCounts): ByteClasses {
  const classes = { nul: 0, text: 0, high: 0, other: 0 };
  counts.forEach((count, byte) => classes[classOf(byte)] += count);
  return classes;
}

function classOf(byte: number): keyof ByteClasses {
  if (byte === 0) return "nul";
  if (byte >= 0x80) return "high";
  const isPrintable = byte >= 0x20 && byte <= 0x7e;
  return isPrintable || byte === 0x09 || byte === 0x0a || byte === 0x0d
    ? "text"
    : "other";
}

/**
 * Shannon entropy in bits per byte.
 *
 * To six decimals: the last bits of `Math.log2` differ between runtimes, and the result must not.
 */
function entropyOf(counts: ByteCounts): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let entropy = 0;
  for (const count of counts) {
    if (count > 0) entropy += count / total * Math.log2(total / count);
  }
  return Math.round(entropy * 1e6) / 1e6;
}
