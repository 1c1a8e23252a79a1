/**
 * Which bytes of a needle a search should look for: those that are rare in files.
 *
 * @module
 */

/**
 * All byte values, the most frequent first, in hex.
 *
 * Counted over 67 MB of text (sources, documentation) and 74 MB of programs and libraries of a Debian
 * system, with equal weight. A bad guess costs time, never the result.
 */
const BY_FREQUENCY: string =
  "00206574736e695f72616fff0a6c48646366707501684145536d4c89490f2854" +
  "2931672c444330242e082a62504e2f79524f2d8b026b78e8093276044d8d033d" +
  "4283221005c0234639357755853b3a38270e47843e3c123433e936581f074080" +
  "06375c25f07c180c565d7d0d4bd0905bc37bc7607a6a0b59da11e0fe57f8c188" +
  "a0d8145a1521f6c4efc6262b71ebfcbab8c2d213dffdfabeb6b0ecd11cc84ad4" +
  "98f3fb168cab3ff719c9bfa6a8c51751815e1bee94ed1ae27e1df21ef9e786f1" +
  "dbeab9e67ff487f5dee4ddca9382e5bc97e18f8e9cccd3d9b7d7b4bdaccea4bb" +
  "d6d5e39591cdcb8a92cfa9969dafdc9f99a2b2aa9ab59ea3b3ad9bb1a5aea7a1";

/** How rare each byte value is: 0 for the most frequent, 255 for the rarest. */
const RARITY: Uint8Array = readRarities(BY_FREQUENCY);

function readRarities(hex: string): Uint8Array {
  const rarity = new Uint8Array(256);
  for (let rank = 0; rank < 256; rank++) {
    rarity[Number.parseInt(hex.slice(2 * rank, 2 * rank + 2), 16)] = rank;
  }
  return rarity;
}

/** How rare a byte value is: 0 for the most frequent, 255 for the rarest. */
export function rarityOf(byte: number): number {
  // SAFETY: the caller has a byte.
  return RARITY[byte]!;
}

/** Bytes of a needle among which to choose: choosing must not take longer than a short search. */
const CHOICE_BYTES = 128;

/**
 * Chooses the byte of a needle that is looked for first: the rarest of its first 128.
 *
 * @param bytes `u8[]` that holds the needle.
 * @param address Where in `bytes` it starts.
 * @param byteLength Bytes of the needle, at least 1.
 * @returns Its offset in the needle.
 */
export function chooseRarest(
  bytes: Uint8Array,
  address: number,
  byteLength: number,
): number {
  const end = Math.min(byteLength, CHOICE_BYTES);
  let best = 0;
  for (let at = 1; at < end; at++) {
    // SAFETY: below `byteLength`, which the caller has checked; a byte is below 256.
    const rarity = RARITY[bytes[address + at]!]!;
    if (rarity > RARITY[bytes[address + best]!]!) best = at;
  }
  return best;
}

/**
 * Chooses the byte that is looked for together with the one at offset `first`: the rarest of another
 * value, or the last one where all are the same.
 *
 * @returns Its offset in the needle; `first` only where the needle is one byte.
 */
export function chooseSecond(
  bytes: Uint8Array,
  address: number,
  byteLength: number,
  first: number,
): number {
  const end = Math.min(byteLength, CHOICE_BYTES);
  const taken = bytes[address + first]!;
  let best = -1;
  let bestRarity = -1;
  for (let at = 0; at < end; at++) {
    const byte = bytes[address + at]!;
    if (byte === taken || RARITY[byte]! <= bestRarity) continue;
    best = at;
    bestRarity = RARITY[byte]!;
  }
  return best >= 0 ? best : byteLength - 1;
}
