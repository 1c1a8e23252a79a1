/**
 * XXH64 of the scalar backend. The state is that of assembly/xxh64.ts.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 * @module
 */

/** Primes of the specification. */
export const PRIME64: readonly [bigint, bigint, bigint, bigint, bigint] = [
  0x9e3779b185ebca87n,
  0xc2b2ae3d27d4eb4fn,
  0x165667b19e3779f9n,
  0x85ebca77c2b2ae63n,
  0x27d4eb2f165667c5n,
];
const [P1, P2, P3, P4, P5] = PRIME64;

// The state: four accumulators, then
const TOTAL = 32; // u64: bytes so far
const HELD = 64; // u8[32]: bytes that do not fill a stripe yet
const STRIPE = 32;

/** The lower 64 bits. */
export function word(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, bits: bigint): bigint {
  return word(value << bits) | (value >> (64n - bits));
}

function mix(accumulator: bigint, input: bigint): bigint {
  return word(rotate(word(accumulator + input * P2), 31n) * P1);
}

function join(hash: bigint, accumulator: bigint): bigint {
  return word((hash ^ mix(0n, accumulator)) * P1 + P4);
}

/** The last steps, which XXH3 shares for a few bytes. */
export function avalanche64(hash: bigint): bigint {
  const second = word((hash ^ (hash >> 33n)) * P2);
  const third = word((second ^ (second >> 29n)) * P3);
  return third ^ (third >> 32n);
}

/** Begins a hash. */
export function xxh64Start(state: DataView): void {
  [P1 + P2, P2, 0n, -P1].forEach((value, i) =>
    state.setBigUint64(8 * i, word(value), true)
  );
  state.setBigUint64(TOTAL, 0n, true);
}

/** Takes the next bytes. */
export function xxh64Update(state: DataView, bytes: Uint8Array): void {
  let total = Number(state.getBigUint64(TOTAL, true));
  for (const byte of bytes) {
    state.setUint8(HELD + total % STRIPE, byte);
    total++;
    if (total % STRIPE === 0) takeStripe(state);
  }
  state.setBigUint64(TOTAL, BigInt(total), true);
}

function takeStripe(state: DataView): void {
  for (let at = 0; at < STRIPE; at += 8) {
    const input = state.getBigUint64(HELD + at, true);
    state.setBigUint64(at, mix(state.getBigUint64(at, true), input), true);
  }
}

/** The hash of all bytes so far. */
export function xxh64End(state: DataView): bigint {
  const total = state.getBigUint64(TOTAL, true);
  let hash = word((total < STRIPE ? P5 : joined(state)) + total);
  let at = HELD;
  const end = HELD + Number(total % BigInt(STRIPE));
  for (; at + 8 <= end; at += 8) {
    hash ^= mix(0n, state.getBigUint64(at, true));
    hash = word(rotate(hash, 27n) * P1 + P4);
  }
  if (at + 4 <= end) {
    hash ^= word(BigInt(state.getUint32(at, true)) * P1);
    hash = word(rotate(hash, 23n) * P2 + P3);
    at += 4;
  }
  for (; at < end; at++) {
    hash ^= word(BigInt(state.getUint8(at)) * P5);
    hash = word(rotate(hash, 11n) * P1);
  }
  return avalanche64(hash);
}

function joined(state: DataView): bigint {
  const accumulators = [0, 8, 16, 24].map((at) => state.getBigUint64(at, true));
  const turns = [1n, 7n, 12n, 18n];
  const sum = accumulators.reduce(
    // `!`: there are as many of both.
    (hash, accumulator, i) => hash + rotate(accumulator, turns[i]!),
    0n,
  );
  return accumulators.reduce(join, word(sum));
}
