/**
 * UTF-8 out of plain and shared memory.
 *
 * ```text
 * for each chunk of 64 KiB, cut at a character:
 *   the runtime's decoder takes it; if it refuses, decode byte by byte and report what is wrong
 * ```
 *
 * Why it is fast: the runtime's decoder is vectorised, and it refuses at most once per chunk.
 *
 * @see https://www.unicode.org/versions/latest/core-spec/chapter-3/ table 3-7, and "maximal subparts"
 * @module
 */
import type { DecodeFault } from "./decode_errors.ts";
import type { TextBuilder } from "./text_builder.ts";

const CHUNK_BYTES = 64 * 1024;
/** A call of the runtime's decoder costs as much as this many bytes do here. */
const NATIVE_BYTES_MIN = 64;

const NATIVE = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Decodes UTF-8 from an offset to the end.
 *
 * Faults are those of Python: the longest part that a character could start with counts as one.
 */
export function decodeUtf8(
  bytes: Uint8Array,
  start: number,
  out: TextBuilder,
  fault: DecodeFault,
): void {
  for (let at = start; at < bytes.length;) {
    const end = chunkEnd(bytes, at);
    const text = decodeNatively(bytes, at, end);
    if (text !== undefined) {
      out.string(text);
      at = end;
    } else at = decodeChecked(bytes, at, end, out, fault);
  }
}

/** Where a chunk ends, so that no character is cut in valid text. */
function chunkEnd(bytes: Uint8Array, start: number): number {
  const limit = start + CHUNK_BYTES;
  if (limit >= bytes.length) return bytes.length;
  let end = limit;
  while (end > limit - 4 && isContinuation(bytes[end])) end--;
  return end;
}

/** @returns `undefined` if the bytes are no UTF-8, or too few to be worth the call. */
function decodeNatively(
  bytes: Uint8Array,
  start: number,
  end: number,
): string | undefined {
  if (end - start < NATIVE_BYTES_MIN) return undefined;
  try {
    // A copy: browsers refuse shared memory, and it may change while it is decoded.
    return NATIVE.decode(bytes.slice(start, end));
  } catch {
    return undefined;
  }
}

/** Decodes until `end` is reached, reading on to the end of a character. @returns Where it stopped. */
function decodeChecked(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: TextBuilder,
  fault: DecodeFault,
): number {
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    if (lead < 0x80) {
      out.unit(lead);
      at++;
    } else at = decodeSequence(bytes, at, lead, out, fault);
  }
  return at;
}

/** Decodes a character of several bytes. @returns Where the next starts. */
function decodeSequence(
  bytes: Uint8Array,
  at: number,
  lead: number,
  out: TextBuilder,
  fault: DecodeFault,
): number {
  const length = sequenceLength(lead);
  if (length === 0) return fault(at, at + 1, "invalid start byte");
  let codePoint = lead & (0xff >> (length + 1));
  for (let i = 1; i < length; i++) {
    // Past the end there is nothing.
    const next = bytes[at + i];
    if (next === undefined) {
      return fault(at, at + i, "unexpected end of data");
    }
    if (!isContinuation(next) || (i === 1 && !isSecond(lead, next))) {
      return fault(at, at + i, "invalid continuation byte");
    }
    codePoint = codePoint << 6 | (next & 0x3f);
  }
  out.codePoint(codePoint);
  return at + length;
}

/** Bytes of a character that starts with `lead`; 0 if none does. */
function sequenceLength(lead: number): number {
  if (lead < 0xc2) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
}

/** Neither a longer form than needed, nor a surrogate, nor beyond U+10FFFF. */
function isSecond(lead: number, next: number): boolean {
  if (lead === 0xe0) return next >= 0xa0;
  if (lead === 0xed) return next < 0xa0;
  if (lead === 0xf0) return next >= 0x90;
  return lead !== 0xf4 || next < 0x90;
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
