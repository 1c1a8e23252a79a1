/**
 * What ends a record: the bytes of a delimiter and how they stand to quotes.
 *
 * @module
 */

/** A delimiter that has been checked. */
export interface Delimiter {
  /** 1 to {@link DELIMITER_BYTES_MAX} of them, none of which is `quote`. */
  readonly bytes: Uint8Array;
  /** The byte that opens and closes quotes, in which no delimiter counts; -1 if there is none. */
  readonly quote: number;
}

/** So that the states of an automaton fit into a byte. */
export const DELIMITER_BYTES_MAX: number = 128;

/**
 * Whether two occurrences can overlap, as those of `"||"` do in `"|||"`.
 *
 * Where they can, which of them count depends on where the look through the file began.
 */
export function overlapsItself({ bytes }: Delimiter): boolean {
  for (let shift = 1; shift < bytes.length; shift++) {
    const rest = bytes.length - shift;
    if (bytes.subarray(0, rest).every((byte, i) => byte === bytes[shift + i])) {
      return true;
    }
  }
  return false;
}

/**
 * The state of a reader that looks for a delimiter byte by byte. As the entry of a segment, it says
 * all that its records depend on.
 *
 * A state up to the delimiter's length is how many of the bytes just read may be the beginning of a
 * delimiter: all of them if one ends right here.
 */
export const ReaderState = {
  /** A delimiter ends here, or the file begins. */
  ended: ({ bytes }: Delimiter): number => bytes.length,
  /** Inside of quotes. */
  quoted: ({ bytes }: Delimiter): number => bytes.length + 1,
} as const;

/** How many states there are. */
export function stateCount({ bytes, quote }: Delimiter): number {
  return bytes.length + (quote < 0 ? 1 : 2);
}

/**
 * The table of all steps of such a reader: `next = steps[256 * state + byte]`.
 *
 * It is the automaton of Knuth, Morris and Pratt, which starts anew behind each delimiter, and a state
 * for quotes.
 */
export function readerSteps(delimiter: Delimiter): Uint8Array {
  const { bytes, quote } = delimiter;
  const ended = ReaderState.ended(delimiter);
  const quoted = ReaderState.quoted(delimiter);
  const steps = new Uint8Array(256 * (quoted + 1));
  // State to which the bytes without the first lead: what a reader falls back to.
  let fallback = 0;
  bytes.forEach((byte, state) => {
    steps.copyWithin(256 * state, 256 * fallback, 256 * (fallback + 1));
    fallback = steps[256 * fallback + byte] ?? 0;
    steps[256 * state + byte] = state + 1;
  });
  steps.copyWithin(256 * ended, 0, 256);
  steps.fill(quoted, 256 * quoted);
  if (quote < 0) return steps;
  for (let state = 0; state <= ended; state++) {
    steps[256 * state + quote] = quoted;
  }
  steps[256 * quoted + quote] = 0;
  return steps;
}
