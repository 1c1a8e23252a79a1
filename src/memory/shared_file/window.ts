/**
 * The memory of a SharedFile: control cells, room for searches, then the bytes.
 *
 * ```text
 * 0        GUARD_BYTES    digests           64 KiB                    WINDOW_OFFSET
 * +--------+--------------+-----------------+--------+--------+-------+----------------------
 * | unused | cells of     | scratch of who  | search | search | ...   | lead | bytes | rest of
 * |        | Control      | finds changes   | slot 0 | slot 1 |       |      |       | the page
 * +--------+--------------+-----------------+--------+--------+-------+----------------------
 * ```
 *
 * Only what is from `WINDOW_OFFSET` on is ever mapped, up to 2 MiB behind it, so that huge pages are mapped as such.
 * The lead are the bytes of the file between the 64 KiB grid of mappings and the first one that was asked for. Room
 * that is not used costs address space only.
 *
 * @module
 */
import { roundUp } from "../../round_up.ts";
import { groupDigits } from "../../errors.ts";
import type { Region } from "../../kernels/kernels.ts";
import {
  ARENA_BYTES_MAX,
  GRANULE_BYTES,
  HUGE_PAGE_BYTES,
  sharedBuffer,
} from "../arena.ts";

/** Offset 0 stays unused, so that a zero that slipped in as an address hits nothing. */
const GUARD_BYTES = 1024;

/** The cells of `Control`. */
export const CELLS: Region = { byteOffset: GUARD_BYTES, byteLength: 1024 };

/** Scratch of `BlockDigests`, up to the first slot. */
export const DIGEST_SCRATCH: Region = {
  byteOffset: 2048,
  byteLength: GRANULE_BYTES - 2048,
};

/** How many threads can search at the same moment. */
export const SEARCH_SLOTS: number = 128;

/** Room of a search: scratch of the kernels, offsets that were found, the needle. */
export const SEARCH_SLOT_BYTES: number = GRANULE_BYTES;

/** Where the window starts, on the 64 KiB grid. */
const WINDOW_OFFSET = GRANULE_BYTES + SEARCH_SLOTS * SEARCH_SLOT_BYTES;

/** Most bytes of a file, with the lead, that fit into one memory. */
export const WINDOW_BYTES_MAX: number = ARENA_BYTES_MAX - WINDOW_OFFSET;

/** Where the bytes of a SharedFile lie. */
export interface FileWindow {
  readonly memory: WebAssembly.Memory;
  /** Byte offset in the memory of the first byte. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Room of search slot `index`. */
export function searchSlot(index: number): Region {
  return {
    byteOffset: GRANULE_BYTES + index * SEARCH_SLOT_BYTES,
    byteLength: SEARCH_SLOT_BYTES,
  };
}

/** A mapping that a window is to hold. */
export interface WindowMapping {
  /** Bytes in front of the window, below 64 KiB. */
  readonly lead: number;
  /** Where it is best put in a memory, less than {@link HUGE_PAGE_BYTES} behind `from`. */
  place(memory: WebAssembly.Memory, from: number): number;
}

/**
 * Makes a memory for a window.
 *
 * @param mapping Absent for a window into which bytes are read.
 * @throws {RangeError} If the window does not fit into 4 GiB, or the runtime has not got that much
 * address space.
 */
export function createWindow(
  byteLength: number,
  mapping?: WindowMapping,
): FileWindow {
  const { lead = 0 } = mapping ?? {};
  const most = WINDOW_BYTES_MAX - lead;
  if (byteLength > most) {
    throw new RangeError(
      `Cannot hold ${groupDigits(byteLength)} bytes in one memory as at most ${
        groupDigits(most)
      } fit: pass offset and length to open a part`,
    );
  }
  const end = WINDOW_OFFSET + lead + byteLength;
  const isPlaced = mapping !== undefined &&
    end + HUGE_PAGE_BYTES <= ARENA_BYTES_MAX;
  const room = isPlaced ? end + HUGE_PAGE_BYTES : end;
  const pages = roundUp(room, GRANULE_BYTES) / GRANULE_BYTES;
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const start = isPlaced ? mapping.place(memory, WINDOW_OFFSET) : WINDOW_OFFSET;
  return { memory, byteOffset: start + lead, byteLength };
}

/** The bytes of a window. */
export function windowBytes(
  { memory, byteOffset, byteLength }: FileWindow,
): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(sharedBuffer(memory), byteOffset, byteLength);
}

/** All that may be mapped of a memory: the lead and the window. */
export function mappedRegion(
  { byteOffset, byteLength }: FileWindow,
  lead = 0,
): Region {
  return { byteOffset: byteOffset - lead, byteLength: lead + byteLength };
}
