/**
 * Long lists of bytes that grow at their end: a few chunks, so that a merge copies little.
 *
 * Chunks become shorter towards the end by half at least, so there are O(log n) of them, and each byte is
 * copied O(log n) times in all. Plain data; lists are never changed.
 *
 * @module
 */
import { joinBytes } from "../../join_bytes.ts";

/** A list of bytes. */
export type Packed = readonly Uint8Array[];

/** The list with more bytes behind it. */
export function appendPacked(list: Packed, bytes: Uint8Array): Packed {
  const chunks = [...list];
  let last = bytes;
  for (;;) {
    const before = chunks.at(-1);
    if (before === undefined || before.length >= 2 * last.length) break;
    chunks.pop();
    last = joinBytes([before, last]);
  }
  chunks.push(last);
  return chunks;
}

/** Two lists, one behind the other. */
export function joinPacked(left: Packed, right: Packed): Packed {
  return right.reduce(appendPacked, left);
}
