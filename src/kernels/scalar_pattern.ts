/**
 * The kernels of searches for patterns in TypeScript: the oracle of assembly/pattern.ts.
 *
 * SAFETY: the caller has checked that text, program and outputs lie in the arena, and indexes stay inside of them; so
 * no element that is asked for is absent.
 *
 * @module
 */
import { type PatternKernels, PatternState } from "./pattern.ts";
import { ENTRY_BYTES, ProgramPlace } from "./pattern_program.ts";

/** What may be spent on comparing: as in assembly/pattern.ts, byte for byte. */
const COMPARE_COST = 4;
const COST_MAX = 2;
const ALLOWANCE = 64 * 1024;

const DISJOINT = 0;
const ALL = 2;

/** What the functions share. */
interface ScalarArena {
  readonly bytes: Uint8Array;
  readonly cells: Uint32Array;
  readonly indexes: Uint16Array;
}

export function createScalarPatternKernels(
  memory: WebAssembly.Memory,
): PatternKernels {
  const arena = {
    bytes: new Uint8Array(memory.buffer),
    cells: new Uint32Array(memory.buffer),
    indexes: new Uint16Array(memory.buffer),
  };
  return {
    searchSet: (...args) => searchSet(arena, ...args),
    countLiteral: (...args) => countLiteral(arena, ...args),
  };
}

/** Buckets that may have a pattern that starts at `at`. */
function bucketsAt(
  { bytes, cells }: ScalarArena,
  at: number,
  program: number,
): number {
  const probes = cells[(program + ProgramPlace.Probes) / 4]!;
  let left = 255;
  for (let i = 0; i < probes && left !== 0; i++) {
    const distance = cells[(program + ProgramPlace.Distances) / 4 + i]!;
    const byte = bytes[at + distance]!;
    const table = program + ProgramPlace.Tables + 32 * i;
    left &= bytes[table + (byte & 15)]! & bytes[table + 16 + (byte >> 4)]!;
  }
  return left;
}

/** What a comparison cost; negative where the pattern fits. */
function compare(
  { bytes, cells }: ScalarArena,
  at: number,
  end: number,
  entry: number,
): number {
  const length = cells[entry / 4 + 1]!;
  if (length > end - at) return COMPARE_COST;
  const values = cells[entry / 4]!;
  const masks = values + Math.ceil(length / 16) * 16;
  for (let i = 0; i < length; i++) {
    if ((bytes[at + i]! ^ bytes[values + i]!) & bytes[masks + i]!) {
      return COMPARE_COST + stepsTo(at, end, i);
    }
  }
  return -(COMPARE_COST + stepsTo(at, end, length - 1));
}

/** Steps of 16 bytes that the other backend takes as far as byte `i`. */
function stepsTo(at: number, end: number, i: number): number {
  return Math.min(Math.floor(i / 16) + 1, Math.floor((end - at) / 16));
}

function searchSet(
  arena: ScalarArena,
  program: number,
  from: number,
  stop: number,
  end: number,
  mode: number,
  starts: number,
  patterns: number,
  capacity: number,
  bounded: boolean,
  state: number,
): number {
  const { cells, indexes } = arena;
  const shortest = cells[(program + ProgramPlace.Shortest) / 4]!;
  const room = mode === ALL ? cells[(program + ProgramPlace.Entries) / 4]! : 1;
  const last = Math.max(from, Math.min(stop, end - shortest + 1));
  const done = (resume: number, spent: number): void => {
    cells[state / 4 + PatternState.Resume] = resume;
    cells[state / 4 + PatternState.Spent] = spent;
  };
  let found = 0, at = from, cost = 0;
  const write = (place: number, entry: number): void => {
    cells[starts / 4 + found] = place - from;
    indexes[patterns / 2 + found] = cells[entry / 4 + 3]!;
    found++;
  };
  while (at < last) {
    let buckets = bucketsAt(arena, at, program);
    let next = at + 1;
    if (buckets !== 0 && found + room > capacity) {
      done(at, 0);
      return found;
    }
    let best = Infinity, bestEntry = 0;
    while (buckets !== 0) {
      const bucket = 31 - Math.clz32(buckets & -buckets);
      buckets &= buckets - 1;
      const bounds = (program + ProgramPlace.Buckets) / 4 + bucket;
      const entries = program + ProgramPlace.FirstEntry;
      const entryEnd = entries + ENTRY_BYTES * cells[bounds + 1]!;
      for (
        let entry = entries + ENTRY_BYTES * cells[bounds]!;
        entry < entryEnd;
        entry += ENTRY_BYTES
      ) {
        const rank = cells[entry / 4 + 2]!;
        if (mode !== ALL && rank >= best) continue;
        const compared = compare(arena, at, end, entry);
        cost += Math.abs(compared);
        if (compared > 0) continue;
        if (mode === ALL) write(at, entry);
        best = rank;
        bestEntry = entry;
      }
    }
    if (bestEntry !== 0 && mode !== ALL) {
      write(at, bestEntry);
      if (mode === DISJOINT) next = at + cells[bestEntry / 4 + 1]!;
    }
    at = next;
    if (bounded && cost > (at - from) * COST_MAX + ALLOWANCE) {
      done(at, 1);
      return found;
    }
  }
  done(at, 0);
  return found;
}

/** Stops early where comparing costs too much, but not where the other backend does. */
function countLiteral(
  { bytes, cells }: ScalarArena,
  from: number,
  stop: number,
  end: number,
  needle: number,
  needleBytes: number,
  a: number,
  b: number,
  state: number,
): number {
  const last = Math.max(from, Math.min(stop, end - needleBytes + 1));
  const byteA = bytes[needle + a]!, byteB = bytes[needle + b]!;
  let count = 0, cost = 0, at = from;
  for (; at < last; at++) {
    if (bytes[at + a] !== byteA || bytes[at + b] !== byteB) continue;
    let same = 0;
    while (
      same < needleBytes && bytes[at + same] === bytes[needle + same]
    ) same++;
    if (same === needleBytes) count++;
    else cost += same;
    if (cost > (at - from) * 8 + ALLOWANCE) {
      at++;
      break;
    }
  }
  cells[state / 4 + PatternState.Resume] = at;
  return count;
}
