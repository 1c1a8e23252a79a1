/**
 * XXH3 of 64 bits of the scalar backend. The state is that of assembly/xxh3.ts.
 *
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 * @module
 */
import { avalanche64, PRIME64, word } from "./scalar_xxh64.ts";

const [P64_1, P64_2, P64_3, P64_4, P64_5] = PRIME64;
const P32_1 = 0x9e3779b1n;
const P32_2 = 0x85ebca77n;
const P32_3 = 0xc2b2ae3dn;
const MIX_1 = 0x165667919e3779f9n;
const MIX_2 = 0x9fb21c651e98df25n;

/** The default secret, as 24 words. */
const SECRET_WORDS: readonly bigint[] = [
  0xbe4ba423396cfeb8n,
  0x1cad21f72c81017cn,
  0xdb979083e96dd4den,
  0x1f67b3b7a4a44072n,
  0x78e5c0cc4ee679cbn,
  0x2172ffcc7dd05a82n,
  0x8e2443f7744608b8n,
  0x4c263a81e69035e0n,
  0xcb00c391bb52283cn,
  0xa32e531b8b65d088n,
  0x4ef90da297486471n,
  0xd8acdea946ef1938n,
  0x3f349ce33f76faa8n,
  0x1d4f0bc7c7bbdcf9n,
  0x3159b4cd4be0518an,
  0x647378d9c97e9fc8n,
  0xc3ebd33483acc5ean,
  0xeb6313faffa081c5n,
  0x49daf0b751dd0d17n,
  0x9e68d429265516d3n,
  0xfca1477d58be162bn,
  0xce31d07ad1b8f88fn,
  0x280416958f3acb45n,
  0x7e404bbbcafbd7afn,
];
const SECRET = new DataView(BigUint64Array.from(SECRET_WORDS).buffer);

const STRIPE = 64;
const STRIPES_IN_BLOCK = 16;

// The state: eight accumulators, then
const TOTAL = 64; // u64: bytes so far
const STRIPES = 76; // u32: stripes of this block that have been taken
const BUFFER = 128; // u8[256]: the last bytes, byte i of all at i modulo 256
const BUFFER_BYTES = 256;
const STRIPE_AT = 576; // u8[64]: one stripe, in one piece

/** Begins a hash. */
export function xxh3Start(state: DataView): void {
  [P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1].forEach(
    (value, i) => state.setBigUint64(8 * i, value, true),
  );
  state.setBigUint64(TOTAL, 0n, true);
  state.setUint32(STRIPES, 0, true);
}

/** Takes the next bytes. */
export function xxh3Update(state: DataView, bytes: Uint8Array): void {
  let total = Number(state.getBigUint64(TOTAL, true));
  for (const byte of bytes) {
    // A stripe is taken when it is sure that a byte follows, and that they are more than 240 in all:
    // 256 of them are held, and the oldest stripe goes before its bytes are overwritten.
    if (total >= BUFFER_BYTES && total % STRIPE === 0) {
      takeStripe(state, total - BUFFER_BYTES);
    }
    state.setUint8(BUFFER + total % BUFFER_BYTES, byte);
    total++;
  }
  state.setBigUint64(TOTAL, BigInt(total), true);
}

/** Takes the next stripe, which starts at byte `start` of all. */
function takeStripe(state: DataView, start: number): void {
  const taken = state.getUint32(STRIPES, true);
  gather(state, start, STRIPE);
  accumulate(state, 8 * taken);
  if (taken + 1 === STRIPES_IN_BLOCK) scramble(state);
  state.setUint32(STRIPES, (taken + 1) % STRIPES_IN_BLOCK, true);
}

/** Copies bytes out of the buffer, which goes round. */
function gather(state: DataView, start: number, byteLength: number): void {
  for (let i = 0; i < byteLength; i++) {
    const byte = state.getUint8(BUFFER + (start + i) % BUFFER_BYTES);
    state.setUint8(STRIPE_AT + i, byte);
  }
}

/** Takes the stripe that has been gathered. */
function accumulate(state: DataView, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const input = state.getBigUint64(STRIPE_AT + 8 * i, true);
    const key = input ^ SECRET.getBigUint64(secretAt + 8 * i, true);
    add(state, i ^ 1, input);
    add(state, i, (key & 0xffffffffn) * (key >> 32n));
  }
}

function add(state: DataView, index: number, amount: bigint): void {
  const sum = state.getBigUint64(8 * index, true) + amount;
  state.setBigUint64(8 * index, word(sum), true);
}

function scramble(state: DataView): void {
  for (let at = 0; at < 64; at += 8) {
    const value = state.getBigUint64(at, true);
    const key = SECRET.getBigUint64(128 + at, true);
    const mixed = value ^ (value >> 47n) ^ key;
    state.setBigUint64(at, word(mixed * P32_1), true);
  }
}

/** The hash of all bytes so far, after which no more can be taken. */
export function xxh3End(state: DataView): bigint {
  const total = Number(state.getBigUint64(TOTAL, true));
  if (total <= 240) {
    return hashShort(
      new DataView(state.buffer, state.byteOffset + BUFFER),
      total,
    );
  }
  // All stripes that end in front of the last byte.
  const held = Math.max(0, Math.ceil((total - BUFFER_BYTES) / STRIPE));
  for (let i = held; i < Math.floor((total - 1) / STRIPE); i++) {
    takeStripe(state, i * STRIPE);
  }
  gather(state, total - STRIPE, STRIPE);
  accumulate(state, 121);
  let hash = word(BigInt(total) * P64_1);
  for (let at = 0; at < 64; at += 16) hash += mix16(state, at, 11 + at);
  return avalanche(word(hash));
}

/** Sixteen bytes with sixteen of the secret: the halves of a product of 128 bits. */
function mix16(input: DataView, at: number, secretAt: number): bigint {
  return folded(
    (input.getBigUint64(at, true) ^ SECRET.getBigUint64(secretAt, true)) *
      (input.getBigUint64(at + 8, true) ^
        SECRET.getBigUint64(secretAt + 8, true)),
  );
}

function folded(product: bigint): bigint {
  return word(product) ^ (product >> 64n);
}

function avalanche(hash: bigint): bigint {
  const mixed = word((hash ^ (hash >> 37n)) * MIX_1);
  return mixed ^ (mixed >> 32n);
}

function hashShort(input: DataView, byteLength: number): bigint {
  if (byteLength > 128) return hashTo240(input, byteLength);
  if (byteLength > 16) return hashTo128(input, byteLength);
  if (byteLength > 8) return hashTo16(input, byteLength);
  if (byteLength > 3) return hashTo8(input, byteLength);
  if (byteLength > 0) return hashTo3(input, byteLength);
  return avalanche64(secretPair(56));
}

/** Two neighbouring words of the secret in one. */
function secretPair(at: number): bigint {
  return SECRET.getBigUint64(at, true) ^ SECRET.getBigUint64(at + 8, true);
}

function hashTo3(input: DataView, byteLength: number): bigint {
  const value = input.getUint8(0) << 16 |
    input.getUint8(byteLength >> 1) << 24 |
    byteLength << 8 | input.getUint8(byteLength - 1);
  const key = SECRET.getUint32(0, true) ^ SECRET.getUint32(4, true);
  return avalanche64(BigInt((value ^ key) >>> 0));
}

function hashTo8(input: DataView, byteLength: number): bigint {
  const first = BigInt(input.getUint32(0, true));
  const last = BigInt(input.getUint32(byteLength - 4, true));
  let hash = (last + (first << 32n)) ^ secretPair(8);
  hash ^= rotate(hash, 49n) ^ rotate(hash, 24n);
  hash = word(hash * MIX_2);
  hash = word((hash ^ ((hash >> 35n) + BigInt(byteLength))) * MIX_2);
  return hash ^ (hash >> 28n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return word(value << bits) | (value >> (64n - bits));
}

function hashTo16(input: DataView, byteLength: number): bigint {
  const first = input.getBigUint64(0, true);
  const low = first ^ secretPair(24);
  const high = input.getBigUint64(byteLength - 8, true) ^ secretPair(40);
  const swapped = new DataView(BigUint64Array.of(low).buffer)
    .getBigUint64(0, false);
  const sum = BigInt(byteLength) + swapped + high + folded(low * high);
  return avalanche(word(sum));
}

function hashTo128(input: DataView, byteLength: number): bigint {
  let hash = word(BigInt(byteLength) * P64_1);
  for (let i = 0; i <= (byteLength - 1) >> 5; i++) {
    hash += mix16(input, 16 * i, 32 * i);
    hash += mix16(input, byteLength - 16 - 16 * i, 32 * i + 16);
  }
  return avalanche(word(hash));
}

function hashTo240(input: DataView, byteLength: number): bigint {
  let hash = word(BigInt(byteLength) * P64_1);
  for (let i = 0; i < 8; i++) hash += mix16(input, 16 * i, 16 * i);
  hash = avalanche(word(hash));
  for (let i = 8; i < byteLength >> 4; i++) {
    hash += mix16(input, 16 * i, 16 * (i - 8) + 3);
  }
  return avalanche(word(hash + mix16(input, byteLength - 16, 119)));
}
