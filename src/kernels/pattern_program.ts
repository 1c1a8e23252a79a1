/**
 * The program of a set of patterns: what `searchSet` reads, in the arena.
 *
 * ```text
 *   0  u32     probes: how many distances are looked at
 *   4  u32[3]  the distances, from the start of a match; the first again where there are fewer
 *  16  u32     bytes of the shortest pattern
 *  20  u32     how many patterns
 *  64  u8[32]  for each distance: buckets by low half of the byte (16), by high half (16)
 * 160  u32[9]  the first entry of each bucket, and how many entries there are
 * 256  entries, bucket by bucket: { u32 address of values, u32 length, u32 rank, u32 index }
 *  ..  for each entry: values, then masks, each up to a multiple of 16 bytes, filled with 0
 * ```
 *
 * SAFETY: distances are below the length of the shortest pattern, indexes are those of `patterns`, and all halves are
 * below 16; so no element that is asked for is absent.
 *
 * @module
 */
import { rarityOf } from "./rare_bytes.ts";

/** One pattern: see find/pattern.ts. */
export interface ProgramPattern {
  readonly values: Uint8Array;
  readonly masks: Uint8Array;
}

/** Byte offsets in a program. */
export const ProgramPlace = {
  Probes: 0,
  Distances: 4,
  Shortest: 16,
  Entries: 20,
  Tables: 64,
  Buckets: 160,
  FirstEntry: 256,
} as const;

export const ENTRY_BYTES: number = 16;
const BUCKETS = 8;
const PROBES_MAX = 3;
/** Distances among which to choose: choosing must not take long, but see behind wildcards that patterns begin with. */
const CHOICE_BYTES_MIN = 64;
const CHOICE_BYTES_MAX = 4096;
const CHOICES_MAX = 65_536;

/** Bytes of the program of these patterns. */
export function programBytes(patterns: readonly ProgramPattern[]): number {
  const dataBytes = patterns.reduce(
    (sum, { values }) => sum + 2 * padded(values.length),
    0,
  );
  return ProgramPlace.FirstEntry + patterns.length * ENTRY_BYTES + dataBytes;
}

function padded(byteLength: number): number {
  return Math.ceil(byteLength / 16) * 16;
}

/**
 * Writes a program.
 *
 * @param address Where, a multiple of 16.
 * @param patterns At least one, none empty.
 */
export function writeProgram(
  memory: WebAssembly.Memory,
  address: number,
  patterns: readonly ProgramPattern[],
): void {
  const byteLength = programBytes(patterns);
  const bytes = new Uint8Array(memory.buffer, address, byteLength);
  const cells = new Uint32Array(memory.buffer, address, byteLength / 4);
  bytes.fill(0);
  const distances = chooseDistances(patterns);
  const buckets = spread(patterns, distances);
  cells[ProgramPlace.Probes / 4] = distances.length;
  for (let i = 0; i < PROBES_MAX; i++) {
    const distance = distances[i] ?? distances[0] ?? 0;
    cells[ProgramPlace.Distances / 4 + i] = distance;
    const table = bytes.subarray(ProgramPlace.Tables + 32 * i);
    buckets.forEach((members, bucket) => {
      for (const index of members) {
        addToTable(table, patterns[index]!, distance, 1 << bucket);
      }
    });
  }
  cells[ProgramPlace.Shortest / 4] = Math.min(
    ...patterns.map(({ values }) => values.length),
  );
  cells[ProgramPlace.Entries / 4] = patterns.length;
  writeEntries({ address, bytes, cells, patterns, buckets });
}

/** Lets a bucket through for each byte that fits a pattern at `distance`: such bytes are all pairs of some halves. */
function addToTable(
  table: Uint8Array,
  { values, masks }: ProgramPattern,
  distance: number,
  bit: number,
): void {
  const value = values[distance]!, mask = masks[distance]!;
  for (let half = 0; half < 16; half++) {
    if ((half & mask & 15) === (value & 15)) table[half]! |= bit;
    if ((half & (mask >> 4)) === value >> 4) table[16 + half]! |= bit;
  }
}

function writeEntries(
  { address, bytes, cells, patterns, buckets }: {
    address: number;
    bytes: Uint8Array;
    cells: Uint32Array;
    patterns: readonly ProgramPattern[];
    buckets: readonly (readonly number[])[];
  },
): void {
  const ranks = rankPatterns(patterns);
  let entry = 0;
  let data = ProgramPlace.FirstEntry + patterns.length * ENTRY_BYTES;
  buckets.forEach((members, bucket) => {
    cells[ProgramPlace.Buckets / 4 + bucket] = entry;
    for (const index of members) {
      const { values, masks } = patterns[index]!;
      const at = (ProgramPlace.FirstEntry + entry++ * ENTRY_BYTES) / 4;
      cells.set([address + data, values.length, ranks[index]!, index], at);
      bytes.set(values, data);
      bytes.set(masks, data + padded(values.length));
      data += 2 * padded(values.length);
    }
  });
  cells[ProgramPlace.Buckets / 4 + BUCKETS] = entry;
}

/**
 * Which pattern wins at a place where several fit: the longest, then the first given.
 *
 * @returns For each pattern its rank; the lowest wins.
 */
export function rankPatterns(patterns: readonly ProgramPattern[]): number[] {
  const order = patterns.map((_, index) => index).sort((left, right) =>
    patterns[right]!.values.length - patterns[left]!.values.length ||
    left - right
  );
  const ranks = new Array<number>(patterns.length).fill(0);
  order.forEach((index, rank) => ranks[index] = rank);
  return ranks;
}

/** The distances at which the fewest texts fit any of the patterns. */
function chooseDistances(patterns: readonly ProgramPattern[]): number[] {
  const shortest = Math.min(...patterns.map(({ values }) => values.length));
  const choices = Math.max(
    CHOICE_BYTES_MIN,
    Math.min(CHOICE_BYTES_MAX, Math.floor(CHOICES_MAX / patterns.length)),
  );
  const known = new Map<number, number>();
  const chances = Array.from(
    { length: Math.min(shortest, choices) },
    (_, distance) => ({
      distance,
      chance: chanceAt(patterns, distance, known),
    }),
  );
  return chances
    .sort((left, right) =>
      left.chance - right.chance || left.distance - right.distance
    )
    .slice(0, PROBES_MAX)
    .map(({ distance }) => distance);
}

/** @param known Chances by value and mask, which are the same for all distances. */
function chanceAt(
  patterns: readonly ProgramPattern[],
  distance: number,
  known: Map<number, number>,
): number {
  const seen = new Set<number>();
  let sum = 0;
  for (const { values, masks } of patterns) {
    const value = values[distance]!, mask = masks[distance]!;
    const key = value * 256 + mask;
    if (seen.has(key)) continue;
    seen.add(key);
    const chance = known.get(key) ?? chanceOf(value, mask);
    known.set(key, chance);
    sum += chance;
  }
  return sum;
}

/** How likely a byte of a file is to fit. Only the order of such figures matters. */
function chanceOf(value: number, mask: number): number {
  let chance = 0;
  for (let byte = 0; byte < 256; byte++) {
    if ((byte & mask) === value) chance += Math.exp(-rarityOf(byte) / 32);
  }
  return chance;
}

/** Shares patterns out among buckets so that those of a bucket let few other bytes through. */
function spread(
  patterns: readonly ProgramPattern[],
  distances: readonly number[],
): number[][] {
  const keys = patterns.map(({ values }) =>
    distances.reduce((key, distance) => key * 256 + values[distance]!, 0)
  );
  const order = patterns.map((_, index) => index).sort((left, right) =>
    keys[left]! - keys[right]! || left - right
  );
  const buckets: number[][] = Array.from({ length: BUCKETS }, () => []);
  order.forEach((index, i) => {
    buckets[Math.floor((i * BUCKETS) / order.length)]!.push(index);
  });
  return buckets;
}
