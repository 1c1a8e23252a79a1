/**
 * Files to try things on: made from a seed, the same on every machine and runtime.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import type { Progress } from "../options.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import type { Blocks } from "./blocks.ts";
import { GENERATE_KINDS, type GenerateKind } from "./kinds.ts";
import { lineBlocks } from "./line_blocks.ts";
import { measurementBlocks } from "./measurement_blocks.ts";
import { randomBlocks } from "./random_blocks.ts";
import { recordBlocks } from "./record_blocks.ts";
import { openReplacement, type Replacement } from "./replacement.ts";
import { hasCode, Retry } from "./retry.ts";

const MAKERS: Readonly<
  Record<GenerateKind, (byteLength: number, seed: number) => Blocks>
> = {
  random: randomBlocks,
  lines: lineBlocks,
  measurements: measurementBlocks,
  records: recordBlocks,
};

/** What {@link generateBlocks} is asked for. */
export interface GenerateContent {
  /**
   * Bytes in all, `0 <= byteLength <= 2**53 - 1`. `measurements` and `records` end with the
   * last line or record that fits.
   */
  readonly byteLength: number;
  /** `0 <= seed <= 2**53 - 1`. Defaults to 1. */
  readonly seed?: number | undefined;
}

/** Options of {@link generateFile}. */
export interface GenerateOptions extends GenerateContent {
  /** Ends the work; the promise then rejects with the signal's reason, and the file is as it was. */
  readonly signal?: AbortSignal | undefined;
  /** Called after every block of 1 MiB. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What {@link generateFile} has done. */
export interface GenerateResult {
  /** The file's path, as it was given. */
  readonly file: string;
  /** What it holds. */
  readonly kind: GenerateKind;
  /** What it was made from. */
  readonly seed: number;
  /** Bytes written. */
  readonly byteLength: number;
  /** Time that it took, in milliseconds. */
  readonly elapsedMs: number;
}

/**
 * Makes the bytes of a generated file, block by block.
 *
 * A smaller file is the beginning of a larger one with the same seed, but for the last byte
 * of `lines`, which is always a newline.
 *
 * @returns Blocks of up to 1 MiB; each is valid until the next is asked for. None for an empty file.
 * @throws {RangeError} If kind, size or seed are out of range.
 *
 * @example
 * ```ts
 * for (const block of generateBlocks("lines", { byteLength: 4096 })) await socket.write(block);
 * ```
 */
export function generateBlocks(
  kind: GenerateKind,
  content: GenerateContent,
): Blocks {
  const { byteLength, seed = 1 } = content;
  if (!Object.hasOwn(MAKERS, kind)) {
    const kinds = GENERATE_KINDS.join(", ");
    throw new RangeError(
      `Cannot generate a file as its kind must be one of ${kinds}: received "${kind}"`,
    );
  }
  requireCount(byteLength, "size");
  requireCount(seed, "seed");
  return MAKERS[kind](byteLength, seed);
}

function requireCount(value: number, what: string): void {
  if (Number.isSafeInteger(value) && value >= 0) return;
  throw new RangeError(
    `Cannot generate a file as its ${what} must be an integer from 0 to 2**53 - 1: received ${value}`,
  );
}

/**
 * Writes a generated file.
 *
 * The file appears, or replaces the one there, only when it is complete: a failure or an abort
 * leaves what was there before. A device or FIFO is written to directly.
 *
 * @throws {RangeError} If kind, size or seed are out of range.
 * @throws {SabmapError} With the errno's name, such as `ENOSPC`, if the file cannot be written.
 *
 * @example
 * ```ts
 * await generateFile("big.data", "random", { byteLength: 1 << 30, seed: 7 });
 * ```
 */
export async function generateFile(
  path: FilePath,
  kind: GenerateKind,
  options: GenerateOptions,
): Promise<GenerateResult> {
  const blocks = generateBlocks(kind, options);
  const startMs = performance.now();
  try {
    const target = await openReplacement(path, options.signal);
    const byteLength = await fill(target, blocks, options, startMs);
    const elapsedMs = performance.now() - startMs;
    return {
      file: pathText(path),
      kind,
      seed: options.seed ?? 1,
      byteLength,
      elapsedMs,
    };
  } catch (error) {
    throw fromSystemError(error, pathText(path));
  }
}

/** @returns How many bytes were written. */
async function fill(
  target: Replacement,
  blocks: Blocks,
  options: GenerateOptions,
  startMs: number,
): Promise<number> {
  const { byteLength, signal, onProgress } = options;
  let bytesDone = 0;
  try {
    for (const block of blocks) {
      signal?.throwIfAborted();
      await writeAll(target, block, signal);
      bytesDone += block.byteLength;
      onProgress?.({
        bytesDone,
        byteLength,
        elapsedMs: performance.now() - startMs,
      });
    }
  } catch (error) {
    await target.discard();
    throw error;
  }
  await target.commit();
  return bytesDone;
}

async function writeAll(
  { handle, writeBytesMax }: Replacement,
  block: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const retry = new Retry(signal);
  for (let done = 0; done < block.byteLength;) {
    try {
      const count = Math.min(writeBytesMax, block.byteLength - done);
      const { bytesWritten } = await handle.write(block, done, count, null);
      done += bytesWritten;
      retry.reset();
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) throw error;
      await retry.wait();
    }
  }
}
