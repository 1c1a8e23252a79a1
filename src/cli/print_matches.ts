/**
 * Matches as text.
 *
 * @module
 */
import type { MatchBatch } from "../runs.ts";
import type { FileReader } from "../platform/files.ts";
import { UsageError } from "./io.ts";
import { nameOnLine, toPath } from "./names.ts";

/** Text that is written at once. */
const PIECE_CHARACTERS = 64 * 1024;

/** What is printed, and how. */
export interface MatchPrinterSetup {
  readonly name: string;
  /** Stands before each line; `undefined` where there is one file only. */
  readonly prefix: string | undefined;
  /** Patterns as they were given, and their bytes. */
  readonly labels: readonly string[];
  readonly lengths: readonly number[];
  readonly json: boolean;
  /** Bytes around each match that are shown with it; `undefined` for none. */
  readonly contextBytes: number | undefined;
  readonly output: { write(text: string): Promise<void> };
}

/** Prints the matches of one file. */
export class MatchPrinter {
  readonly #setup: MatchPrinterSetup;
  readonly #context: ContextReader | undefined;
  readonly #prefix: string;
  #isFirst = true;

  /** @throws {SabmapError} If context is wanted and the file cannot be opened. */
  static async open(setup: MatchPrinterSetup): Promise<MatchPrinter> {
    const { contextBytes, name } = setup;
    return new MatchPrinter(
      setup,
      contextBytes === undefined
        ? undefined
        : await ContextReader.open(name, contextBytes),
    );
  }

  private constructor(
    setup: MatchPrinterSetup,
    context: ContextReader | undefined,
  ) {
    this.#setup = setup;
    this.#context = context;
    this.#prefix = setup.prefix === undefined
      ? ""
      : `${nameOnLine(setup.prefix)}:`;
  }

  /** Prints matches, and waits until the reader keeps up. */
  async print({ offsets, patterns }: MatchBatch): Promise<void> {
    const { output } = this.#setup;
    let text = "";
    for (let i = 0; i < offsets.length; i++) {
      text += this.#line(offsets[i] ?? 0, patterns?.[i] ?? 0);
      if (text.length < PIECE_CHARACTERS) continue;
      await output.write(text);
      text = "";
    }
    if (text !== "") await output.write(text);
  }

  close(): void {
    this.#context?.close();
  }

  #line(offset: number, pattern: number): string {
    if (this.#setup.json) return `${this.#json(offset, pattern)}\n`;
    const line = `${this.#prefix}${offset}\n`;
    if (this.#context === undefined) return line;
    const gap = this.#isFirst ? "" : "\n";
    this.#isFirst = false;
    const length = this.#setup.lengths[pattern] ?? 0;
    return `${gap}${line}${this.#context.dump(offset, length)}`;
  }

  #json(offset: number, pattern: number): string {
    const { name, labels, lengths } = this.#setup;
    const length = lengths[pattern] ?? 0;
    return JSON.stringify({
      file: name,
      offset,
      ...(labels.length > 1 ? { pattern: labels[pattern] } : {}),
      ...this.#context?.hex(offset, length),
    });
  }
}

/** Reads what stands around matches. */
class ContextReader {
  readonly #file: FileReader;
  readonly #contextBytes: number;
  readonly #hexdump: typeof import("../binary/hexdump.ts").hexdump;

  static async open(
    name: string,
    contextBytes: number,
  ): Promise<ContextReader> {
    const { openReader, statPath } = await import("../platform/files.ts");
    const { hexdump } = await import("../binary/hexdump.ts");
    const path = toPath(name);
    if (statPath(path).kind === "stream") {
      throw new UsageError(
        "Cannot use --context with a stream, which can be read only once",
        { file: name },
      );
    }
    return new ContextReader(openReader(path), contextBytes, hexdump);
  }

  private constructor(
    file: FileReader,
    contextBytes: number,
    hexdump: typeof import("../binary/hexdump.ts").hexdump,
  ) {
    this.#file = file;
    this.#contextBytes = contextBytes;
    this.#hexdump = hexdump;
  }

  close(): void {
    this.#file.close();
  }

  /** Rows of a dump, each with its offset in the file. */
  dump(offset: number, byteLength: number): string {
    const { start, bytes } = this.#read(offset, byteLength);
    const lines = this.#hexdump(bytes, { offset: start, squeeze: false });
    // Without the last line, which only says where the dump ends.
    return lines.slice(0, lines.lastIndexOf("\n", lines.length - 2) + 1);
  }

  hex(offset: number, byteLength: number): Record<string, string> {
    const { start, bytes } = this.#read(offset, byteLength);
    const hex = Buffer.from(bytes).toString("hex");
    const at = 2 * (offset - start);
    return {
      before: hex.slice(0, at),
      match: hex.slice(at, at + 2 * byteLength),
      after: hex.slice(at + 2 * byteLength),
    };
  }

  #read(
    offset: number,
    byteLength: number,
  ): { start: number; bytes: Uint8Array } {
    const start = Math.max(0, offset - this.#contextBytes);
    const length = offset - start + byteLength + this.#contextBytes;
    const bytes = new Uint8Array(new SharedArrayBuffer(length));
    return { start, bytes: bytes.slice(0, this.#file.readAt(bytes, start)) };
  }
}
