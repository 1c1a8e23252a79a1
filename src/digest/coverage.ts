/**
 * Checks that partials are joined as they lie in the file, and that all of it is there at the end.
 *
 * @module
 */

/** What each partial says of its place. */
export interface Covered {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Length of two neighbours. @throws {Error} If they are none. */
export function joinedLength(left: Covered, right: Covered): number {
  const leftEnd = left.byteOffset + left.byteLength;
  if (leftEnd === right.byteOffset) return left.byteLength + right.byteLength;
  throw new Error(
    `Bug: digests of ranges that do not touch were merged: ${leftEnd} and ${right.byteOffset}`,
  );
}

/** @throws {Error} If the partial of a file is not of all of it. */
export function requireWhole(
  partial: Covered | undefined,
  byteLength: number,
): void {
  const { byteOffset, byteLength: covered } = partial ??
    { byteOffset: 0, byteLength: 0 };
  if (byteOffset === 0 && covered === byteLength) return;
  throw new Error(
    `Bug: a digest covers ${covered} of ${byteLength} bytes, from ${byteOffset}`,
  );
}
