/**
 * Files that a command writes beside its results: reports and traces.
 *
 * @module
 */
import { fromSystemError } from "../errors.ts";
import { openReplacement, type Replacement } from "../generate/replacement.ts";
import { hasCode, Retry } from "../generate/retry.ts";
import { realPath, syncFolder } from "../platform/file_changes.ts";
import { statPath } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { UsageError } from "./io.ts";
import { toPath } from "./names.ts";

/** Which option asked for each file that is open, by where it will be. */
const opened = new Map<string, string>();

/** A file that appears, or replaces the one there, when all of it is written. */
export class OutputFile {
  readonly #name: string;
  readonly #place: string;
  readonly #target: Replacement;
  #closed = false;

  private constructor(name: string, place: string, target: Replacement) {
    this.#name = name;
    this.#place = place;
    this.#target = target;
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
    checkName(name, option, inputs);
    const place = placeOf(toPath(name));
    checkPlace(place, name, option);
    try {
      const target = await openReplacement(toPath(name), signal);
      opened.set(place, option);
      return new OutputFile(name, place, target);
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
      throw fromSystemError(error, this.#name);
    }
    this.#close();
    await this.#target.commit();
    if (durable && isFile) syncFolder(this.#place.replace(/[^/]*$/, ""));
  }

  /** Leaves the file as it was. */
  async discard(): Promise<void> {
    this.#close();
    await this.#target.discard();
  }

  #close(): void {
    this.#closed = true;
    opened.delete(this.#place);
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

/** @throws {UsageError} If what is written there would be replaced by what another option asks for. */
function checkPlace(place: string, name: string, option: string): void {
  const other = opened.get(place);
  if (other === undefined || isDevice(name)) return;
  throw new UsageError(
    `Cannot use ${option} as ${other} writes the same file: received "${name}"`,
    { file: name },
  );
}

/** Where a file is or will be, by whatever name it goes. */
function placeOf(path: FilePath): string {
  try {
    return pathText(realPath(path));
  } catch {
    const text = pathText(path);
    const [, folder = "", base = text] = /^(.*\/)?([^/]*)$/s.exec(text) ?? [];
    return `${folderOf(folder)}/${base}`;
  }
}

function folderOf(name: string): string {
  try {
    return pathText(realPath(name === "" ? "." : name));
  } catch {
    // The file cannot be opened either, which says so.
    return name;
  }
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

/** @returns `undefined` for what is not there, or no regular file. */
function identityOf(name: string): string | undefined {
  try {
    const path = toPath(name);
    const { kind, device, inode } = statPath(path);
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
