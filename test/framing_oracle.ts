/**
 * Naive splitters: the records of a whole file, one look from its start to its end.
 *
 * They share no code with the library.
 *
 * @module
 */

/** Where a record lies in the file. */
export interface Piece {
  readonly offset: number;
  readonly byteLength: number;
}

/** All records up to the first that is none, and what is wrong with that. */
export interface Split {
  readonly pieces: readonly Piece[];
  readonly error?: { readonly code: string; readonly offset: number };
}

/** Records of `recordBytes` bytes. */
export function splitFixed(
  bytes: Uint8Array,
  recordBytes: number,
  { skip = 0, rest = "error" }: {
    skip?: number | undefined;
    rest?: string | undefined;
  } = {},
): Split {
  const pieces: Piece[] = [];
  let offset = skip;
  while (offset + recordBytes <= bytes.length) {
    pieces.push({ offset, byteLength: recordBytes });
    offset += recordBytes;
  }
  if (offset >= bytes.length || rest === "ignore") return { pieces };
  return { pieces, error: { code: "ERR_RECORD_TRUNCATED", offset } };
}

/** Records that end with a delimiter, which counts outside of quotes only. */
export function splitDelimited(
  bytes: Uint8Array,
  delimiter: Uint8Array,
  { quote, crlf = false, maxRecordBytes = Infinity }: {
    quote?: number | undefined;
    crlf?: boolean | undefined;
    maxRecordBytes?: number | undefined;
  } = {},
): Split {
  const pieces: Piece[] = [];
  let offset = 0;
  let inside = false;
  let at = 0;
  const push = (end: number, strips: boolean): boolean => {
    if (end - offset > maxRecordBytes) return false;
    const cut = strips && end > offset && bytes[end - 1] === 13 ? 1 : 0;
    pieces.push({ offset, byteLength: end - cut - offset });
    return true;
  };
  while (at < bytes.length) {
    const ends = !inside &&
      delimiter.every((byte, i) => bytes[at + i] === byte);
    if (!ends) {
      if (bytes[at] === quote) inside = !inside;
      at++;
      continue;
    }
    if (!push(at, crlf)) return tooLong(pieces, offset);
    at += delimiter.length;
    offset = at;
  }
  if (offset === bytes.length) return { pieces };
  // So long without an end that the rest cannot be a record: that comes first.
  const known = bytes.length - offset - (delimiter.length - 1);
  if (inside && known <= maxRecordBytes) {
    return { pieces, error: { code: "ERR_RECORD_TRUNCATED", offset } };
  }
  return push(bytes.length, false) ? { pieces } : tooLong(pieces, offset);
}

function tooLong(pieces: readonly Piece[], offset: number): Split {
  return { pieces, error: { code: "ERR_RECORD_TOO_LONG", offset } };
}

/** Records whose header says how long they are. */
export function splitPrefixed(
  bytes: Uint8Array,
  format: {
    readonly headerBytes: number;
    readonly leastBytes: number;
    readonly maxRecordBytes: number;
    /** Bytes of the record whose header starts there. */
    recordBytes(at: number): number;
    /** Whether the checksum of a record is right. */
    isRight?(start: number, end: number): boolean;
  },
): Split {
  const pieces: Piece[] = [];
  let offset = 0;
  const stop = (code: string) => ({ pieces, error: { code, offset } });
  while (offset < bytes.length) {
    if (offset + format.headerBytes > bytes.length) {
      return stop("ERR_RECORD_TRUNCATED");
    }
    const byteLength = format.recordBytes(offset);
    if (byteLength < format.leastBytes) return stop("ERR_BAD_RECORD");
    if (byteLength > format.maxRecordBytes) return stop("ERR_RECORD_TOO_LONG");
    if (offset + byteLength > bytes.length) {
      return stop("ERR_RECORD_TRUNCATED");
    }
    if (format.isRight?.(offset, offset + byteLength) === false) {
      return stop("ERR_CHECKSUM");
    }
    pieces.push({ offset, byteLength });
    offset += byteLength;
  }
  return { pieces };
}
