/**
 * The files that operands name, folders and what is in them among these, in order.
 *
 * @module
 */
import { Fifo } from "../fifo.ts";
import { failureLine, isFatal } from "./failure.ts";
import type { PathFilter } from "./glob.ts";
import type { CliIo } from "./io.ts";
import { showText, toPath } from "./names.ts";
import { type Found, isFolder, walk } from "./walk.ts";
import { requireUnwritten } from "./written_files.ts";

/** How operands are taken. */
export interface FindSettings {
  readonly recursive: boolean;
  readonly excludes: PathFilter;
}

/** Goes through operands. Those that are named are never excluded, and links among them are followed. */
export async function* findFiles(
  operands: readonly string[],
  { recursive, excludes }: FindSettings,
): AsyncGenerator<Found> {
  for (const name of operands) {
    const isInput = name === "-";
    if (recursive && !isInput && await isFolder(name)) {
      yield* walk(name, excludes);
    } else yield { kind: "file", name };
  }
}

/**
 * Keeps, in order, what was found and is not printed yet: files wait for their digests, and what stands
 * between them in the list is told between them.
 */
export class FoundQueue {
  readonly #io: CliIo;
  readonly #isQuiet: boolean;
  readonly #write: (line: string) => Promise<void>;
  readonly #found = new Fifo<Exclude<Found, { kind: "link" }>>();
  #linkCount = 0;
  #failures = 0;

  /** @param write Writes to standard error, behind what was printed before. */
  constructor(
    io: CliIo,
    { quiet }: { readonly quiet: boolean },
    write: (line: string) => Promise<void>,
  ) {
    this.#io = io;
    this.#isQuiet = quiet;
    this.#write = write;
  }

  /** Folders that could not be read. */
  get failures(): number {
    return this.#failures;
  }

  /** Passes the paths of files on, and remembers everything. */
  async *paths(
    found: AsyncIterable<Found>,
  ): AsyncGenerator<string | Uint8Array> {
    for await (const one of found) {
      if (one.kind === "link") this.#linkCount++;
      else this.#found.push(one);
      if (one.kind !== "file") continue;
      requireUnwritten(one.name);
      yield toPath(one.name);
    }
  }

  /** Tells what was found in front of the next file. @returns Its name. */
  async nextFile(): Promise<string> {
    await this.tell();
    return this.#found.shift()?.name ?? "";
  }

  /** Tells what was found in front of the next file, or in front of the end. */
  async tell(): Promise<void> {
    for (let one; (one = this.#found.at(0)) !== undefined;) {
      if (one.kind === "file") return;
      this.#found.shift();
      await this.#tellOne(one);
    }
  }

  async #tellOne(
    one: Exclude<Found, { kind: "file" | "link" }>,
  ): Promise<void> {
    if (one.kind === "error") {
      if (isFatal(one.error, this.#io)) throw one.error;
      this.#failures++;
      await this.#write(failureLine(one.error, this.#io, one.name));
    } else await this.#note(`${one.name}: skipped, as it is no regular file`);
  }

  /** To be called at the end: says how many links were left. */
  async tellLinks(): Promise<void> {
    const count = this.#linkCount;
    if (count === 0) return;
    await this.#note(
      count === 1
        ? "1 symbolic link was not followed"
        : `${count} symbolic links were not followed`,
    );
  }

  async #note(text: string): Promise<void> {
    if (this.#isQuiet) return;
    await this.#write(`process: note: ${showText(text)}\n`);
  }
}
