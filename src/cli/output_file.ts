/**
 * Files that a command writes beside its results: reports and traces.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import { openReplacement, type Replacement } from "../generate/replacement.ts";
import { hasCode, Retry } from "../generate/retry.ts";
import { syncFolder } from "../platform/file_changes.ts";
import { statPath } from "../platform/files.ts";
import { ClosedOutputError, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  addWritten,
  identityOf,
  isSame,
  placeOf,
  replacedError,
  writerOf,
  type WrittenFile,
} from "./written_files.ts";

/** A file that appears, or replaces the one there, when all of it is written. */
export class OutputFile {
  readonly #name: string;
  readonly #place: string;
  readonly #target: Replacement;
  readonly #forget: () => void;
  #closed = false;

  private constructor(
    { name, place }: WrittenFile,
    target: Replacement,
    forget: () => void,
  ) {
    this.#name = name;
    this.#place = place;
    this.#target = target;
    this.#forget = forget;
  }

  /**
   * Opens the file before the work begins, so that nobody waits for a result that cannot be written.
   *
   * @param option What asked for the file, for messages.
   * @param inputs Files of the command, none of which may be replaced.
   * @throws {UsageError} If the name stands for standard output, the file is one of `inputs`, or another option's.
   * @throws {SabmapError} With the errno's name if the file cannot be written.
   */
  static async open(
    name: string,
    option: string,
    inputs: readonly string[],
    signal: AbortSignal,
  ): Promise<OutputFile> {
    const place = placeOf(toPath(name));
    checkName(name, option, place, inputs);
    try {
      const target = await openReplacement(toPath(name), signal);
      const { scratch } = target;
      const identity = identityOf(name);
      const file = { name, option, place, identity, scratch };
      return new OutputFile(file, target, addWritten(file));
    } catch (error) {
      throw fromSystemError(error, name);
    }
  }

  /** Whether it was written or discarded. */
  get closed(): boolean {
    return this.#closed;
  }

  /**
   * Writes all of the file.
   *
   * @param durable Whether a file with its name is on the disk when this returns, should the machine fail.
   * @throws {SabmapError} With the errno's name; the file is then as it was.
   */
  async write(data: string | Uint8Array, durable = false): Promise<void> {
    const bytes = typeof data === "string"
      ? new TextEncoder().encode(data)
      : data;
    const isFile = !isDevice(this.#name);
    try {
      await writeAll(this.#target, bytes);
      if (durable && isFile) await this.#target.handle.sync();
    } catch (error) {
      await this.discard();
      // The reader of a pipe has seen enough.
      if (hasCode(error, "EPIPE")) throw new ClosedOutputError(this.#name);
      throw fromSystemError(error, this.#name);
    }
    this.#close();
    try {
      await this.#target.commit();
    } catch (error) {
      throw fromSystemError(error, this.#name);
    }
    if (durable && isFile) syncFolder(this.#place.replace(/[^/]*$/, ""));
  }

  /** Leaves the file as it was. */
  async discard(): Promise<void> {
    this.#close();
    await this.#target.discard();
  }

  #close(): void {
    this.#closed = true;
    this.#forget();
  }
}

/** @throws {UsageError} If nothing may be written there. */
function checkName(
  name: string,
  option: string,
  place: string,
  inputs: readonly string[],
): void {
  if (name === "-") {
    throw new UsageError(
      `Cannot use ${option} as results go to standard output: received "-"`,
    );
  }
  if (name === "") {
    throw new UsageError(
      `Cannot use ${option} as it needs the name of a file: received ""`,
    );
  }
  const identity = identityOf(name);
  if (inputs.some((input) => isSame(input, { place, identity }))) {
    throw replacedError({ name, option });
  }
  const other = writerOf(place);
  if (other === undefined || isDevice(name)) return;
  throw new UsageError(
    `Cannot use ${option} as ${other} writes the same file: received "${name}"`,
    { file: name },
  );
}

/** Devices and FIFOs take what comes, as often as it comes. */
function isDevice(name: string): boolean {
  try {
    const path = toPath(name);
    return statPath(path).kind === "stream";
  } catch {
    return false;
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
