/**
 * Names of files.
 *
 * @module
 */
import { shownPath } from "../remote/is_remote.ts";

/**
 * Name of a file: text, or the bytes that the operating system knows it by, for names that are
 * not UTF-8.
 */
export type FilePath = string | Uint8Array;

/** Text of a path for messages. Bytes that are no UTF-8 show as U+FFFD, and secrets of URLs not at all. */
export function pathText(path: FilePath): string {
  return typeof path === "string"
    ? shownPath(path)
    : Buffer.from(path).toString();
}
