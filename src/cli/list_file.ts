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

/** The beginning of a list was read, to see how its lines end. */
export interface StartedList {
  /** Whether they end with NUL, which names cannot hold: a NUL comes before any newline. */
  readonly isZero: boolean;
  /** The list from its beginning, to be read once. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Reads a list up to the end of its first line, as far as such a line may be. */
export async function startList(
  chunks: AsyncIterable<Uint8Array>,
): Promise<StartedList> {
  const rest = chunks[Symbol.asyncIterator]();
  const front: Uint8Array[] = [];
  let isZero: boolean | undefined;
  for (let byteLength = 0; isZero === undefined;) {
    const { value, done } = await rest.next();
    if (done === true) break;
    front.push(value);
    byteLength += value.byteLength;
    isZero = endsWithNul(value) ??
      (byteLength > LINE_BYTES_MAX ? false : undefined);
  }
  return { isZero: isZero === true, chunks: joinChunks(front, rest) };
}

/** @returns `undefined` if no line ends in these bytes. */
function endsWithNul(bytes: Uint8Array): boolean | undefined {
  const at = bytes.findIndex((byte) => byte === NUL || byte === NEWLINE);
  return at === -1 ? undefined : bytes[at] === NUL;
}

async function* joinChunks(
  front: readonly Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield* front;
  // By a loop of its own, which closes the list when it is left.
  for await (const chunk of { [Symbol.asyncIterator]: () => rest }) yield chunk;
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
