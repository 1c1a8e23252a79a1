/**
 * Lists of digests, line by line.
 *
 * @module
 */
import { open } from "node:fs/promises";
import { decodeName } from "./names.ts";

/** Longer than any line with a file name: a binary file taken for a list must not fill the memory. */
const LINE_BYTES_MAX = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const NUL = 0;

/**
 * Reads a file to its end.
 *
 * @throws {SabmapError} With the errno's name; `ERR_FILE_NAME` if the name is not UTF-8 and this is Deno, which
 * would open another file.
 */
export async function* readChunks(
  path: string | Uint8Array,
): AsyncGenerator<Uint8Array> {
  try {
    yield* openedChunks(path);
  } catch (error) {
    const { fromSystemError } = await import("../errors.ts");
    const name = typeof path === "string" ? path : Buffer.from(path).toString();
    throw fromSystemError(error, name);
  }
}

async function* openedChunks(
  path: string | Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (typeof path !== "string" && "Deno" in globalThis) {
    const { SabmapError } = await import("../errors.ts");
    throw new SabmapError(
      "ERR_FILE_NAME",
      "Deno cannot open a file whose name is not UTF-8",
    );
  }
  const handle = await open(
    typeof path === "string" ? path : Buffer.from(path),
  );
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, chunk.byteLength, null);
      if (bytesRead === 0) return;
      yield chunk.slice(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/**
 * Cuts bytes into lines.
 *
 * @param zero Whether lines end with NUL.
 * @returns The lines without their newlines, as `decodeName` has them; `undefined` for one that is too long.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  zero = false,
): AsyncGenerator<string | undefined> {
  const end = zero ? NUL : NEWLINE;
  let parts: Uint8Array[] = [];
  let byteLength = 0;
  const take = (part: Uint8Array): void => {
    byteLength += part.byteLength;
    if (byteLength <= LINE_BYTES_MAX) parts.push(part);
  };
  const finish = (): string | undefined => {
    const line = byteLength > LINE_BYTES_MAX
      ? undefined
      : decodeName(Buffer.concat(parts));
    parts = [];
    byteLength = 0;
    return line;
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (
      let at;
      (at = chunk.indexOf(end, start)) !== -1;
      start = at + 1
    ) {
      take(chunk.subarray(start, at));
      yield finish();
    }
    take(chunk.subarray(start));
  }
  if (byteLength > 0) yield finish();
}
