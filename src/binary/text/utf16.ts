/**
 * UTF-16 out of plain and shared memory.
 *
 * @module
 */
import type { DecodeFault } from "./decode_errors.ts";
import type { TextBuilder } from "./text_builder.ts";

/** Tells whether a code unit is the first of a pair. */
export function isHighSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

/** Tells whether a code unit is the second of a pair. */
export function isLowSurrogate(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/**
 * Decodes UTF-16 from an offset to the end, with the faults of Python.
 *
 * After a fault it may go on at an odd distance, as Python does.
 */
export function decodeUtf16(
  bytes: Uint8Array,
  start: number,
  littleEndian: boolean,
  out: TextBuilder,
  fault: DecodeFault,
): void {
  const { length } = bytes;
  const low = littleEndian ? 0 : 1;
  // `!`: called with `offset + 1 < length` only.
  const unitAt = (offset: number): number =>
    bytes[offset + low]! | bytes[offset + 1 - low]! << 8;
  for (let at = start; at < length;) {
    if (at + 1 === length) {
      at = fault(at, length, "truncated data");
      continue;
    }
    const unit = unitAt(at);
    if (isLowSurrogate(unit)) {
      at = fault(at, at + 2, "illegal encoding");
    } else if (!isHighSurrogate(unit)) {
      out.unit(unit);
      at += 2;
    } else if (at + 3 >= length) {
      at = fault(at, length, "unexpected end of data");
    } else {
      const second = unitAt(at + 2);
      if (isLowSurrogate(second)) {
        out.unit(unit);
        out.unit(second);
        at += 4;
      } else at = fault(at, at + 2, "illegal UTF-16 surrogate");
    }
  }
}
