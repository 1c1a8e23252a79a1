/**
 * Files that a command writes beside its results: reports and traces.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import { openReplacement, type Replacement } from "../generate/replacement.ts";
import { hasCode, Retry } from "../generate/retry.ts";
import { statFile } from "../platform/files.ts";
import { UsageError } from "./io.ts";
import { toPath } from "./names.ts";

/** A file that appears, or replaces the one there, when all of it is written. */
export class OutputFile {
  readonly #name: string;
  readonly #target: Replacement;

  private constructor(name: string, target: Replacement) {
    this.#name = name;
    this.#target = target;
  }

  /**
   * Opens the file before the work begins, so that nobody waits for a result that cannot be written.
   *
   * @param option What asked for the file, for messages.
   * @param inputs Files of the command, none of which may be replaced.
   * @throws {UsageError} If the name stands for standard output, or the file is one of `inputs`.
   * @throws {SabmapError} With the errno's name if the file cannot be written.
   */
  static async open(
    name: string,
    option: string,
    inputs: readonly string[],
    signal: AbortSignal,
  ): Promise<OutputFile> {
    checkName(name, option, inputs);
    try {
      return new OutputFile(name, await openReplacement(toPath(name), signal));
    } catch (error) {
      throw fromSystemError(error, name);
    }
  }

  /** Writes all of the file. @throws {SabmapError} With the errno's name; the file is then as it was. */
  async write(text: string): Promise<void> {
    try {
      await writeAll(this.#target, new TextEncoder().encode(text));
    } catch (error) {
      await this.discard();
      throw fromSystemError(error, this.#name);
    }
    await this.#target.commit();
  }

  /** Leaves the file as it was. */
  async discard(): Promise<void> {
    await this.#target.discard();
  }
}

function checkName(
  name: string,
  option: string,
  inputs: readonly string[],
): void {
  if (name === "-") {
    throw new UsageError(
      `Cannot use ${option} as results go to standard output: received "-"`,
    );
  }
  const identity = identityOf(name);
  if (
    identity !== undefined &&
    inputs.some((input) => identityOf(input) === identity)
  ) {
    throw new UsageError(
      `Cannot use ${option} as it would replace a file that is worked on: received "${name}"`,
      { file: name },
    );
  }
}

/** @returns `undefined` for what is not there, or no regular file. */
function identityOf(name: string): string | undefined {
  try {
    const path = toPath(name);
    const { kind, device, inode } = statFile(path, path);
    return kind === "regular" ? `${device}:${inode}` : undefined;
  } catch {
    return undefined;
  }
}

async function writeAll(
  { handle, writeBytesMax }: Replacement,
  bytes: Uint8Array,
): Promise<void> {
  const retry = new Retry(undefined);
  for (let done = 0; done < bytes.byteLength;) {
    const count = Math.min(writeBytesMax, bytes.byteLength - done);
    try {
      done += (await handle.write(bytes, done, count, null)).bytesWritten;
      retry.reset();
    } catch (error) {
      // A FIFO whose reader is slower than we are.
      if (!hasCode(error, "EAGAIN")) throw error;
      await retry.wait();
    }
  }
}
