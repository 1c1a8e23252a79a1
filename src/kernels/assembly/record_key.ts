/*
 * Keys in blocks of 16 bytes, and the quick hash of them: see kernels/records_layout.ts.
 */

/** The fraction of the golden ratio, made odd. */
export const K: u64 = 0x9e3779b97f4a7c15;
/** A multiplier of MurmurHash3's. */
const K2: u64 = 0xff51afd7ed558ccd;

/** Addresses above this one have no 16 bytes behind them. */
@inline
export function lastLoad(): usize {
  // The end of a memory of 4 GiB is 0 in 32 bits.
  return (usize(memory.size()) << 16) - 16;
}

/** The first `count` bytes at `address`, zeros behind; `0 <= count < 16`. */
@inline
export function loadPart(address: usize, count: usize): v128 {
  if (address > lastLoad()) return loadSingly(address, count);
  const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return v128.and(v128.load(address), v128.lt<u8>(lanes, v128.splat<u8>(u8(count))));
}

function loadSingly(address: usize, count: usize): v128 {
  let low: u64 = 0, high: u64 = 0;
  for (let i: usize = 0; i < count; i++) {
    const byte = u64(load<u8>(address + i));
    if (i < 8) low |= byte << (i << 3);
    else high |= byte << ((i - 8) << 3);
  }
  return v128.replace_lane<u64>(v128.splat<u64>(low), 1, high);
}

/** Mixes a block into a hash that was folded, or is the seed. The upper half of the result is the better one. */
@inline
export function mix(h: u64, low: u64, high: u64): u64 {
  return (h ^ low) * K + high * K2;
}
