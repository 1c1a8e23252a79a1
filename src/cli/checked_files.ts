/**
 * The files that a list of digests names, with what to compute of each.
 *
 * @module
 */
import type { HashRequest } from "../runs.ts";
import type { HashCommand } from "./hash_request.ts";
import type { CliIo } from "./io.ts";
import { Fifo } from "../fifo.ts";
import { readChunks, readLines, startList } from "./list_file.ts";
import { toPath } from "./names.ts";
import {
  type LineContext,
  type ListedDigest,
  parseSumLine,
} from "./sum_lines.ts";
import type { Found } from "./walk.ts";
import { requireUnwritten } from "./written_files.ts";

/** What stands in a list: neighbouring lines about one file, or a line that is none. */
export type ListItem =
  | { readonly group: readonly ListedDigest[] }
  | MalformedLines;

/** Neighbouring lines that are none of a list: a binary file has millions. */
export interface MalformedLines {
  /** Number of the first line, from 1. */
  readonly first: number;
  last: number;
}

/** So many files may fail before the next ones are read without knowing what their digests are. */
const WAITS_MAX = 3;

/** Reads a list, says what to compute of each file, and learns from what was found. */
export class CheckedFiles {
  readonly #list: string;
  readonly #io: CliIo;
  #context: LineContext;
  /** What was read and not taken by {@link next}. */
  readonly #items = new Fifo<ListItem>();
  /** By form of the digest, the algorithms that such digests turned out to be of. */
  readonly #confirmed = new Map<string, Set<string>>();
  #waits = 0;
  #settle: () => void = () => {};

  constructor(list: string, command: HashCommand, io: CliIo) {
    const { algorithms, parameters, raw } = command;
    this.#list = list;
    this.#io = io;
    this.#context = {
      algorithms,
      blake3Bytes: parameters.blake3?.outputBytes,
      zero: raw.zero,
      isSfv: list.toLowerCase().endsWith(".sfv"),
    };
  }

  /**
   * The files in their order, each once for neighbouring lines.
   *
   * Where a digest may be of several algorithms and none is known to be right, the next file waits until
   * {@link settle} is called: then it is known, and no file need be read twice.
   */
  async *requests(): AsyncGenerator<HashRequest> {
    for await (const item of this.#readItems(true)) {
      if (!("group" in item)) {
        this.#addMalformed(item.malformed);
        continue;
      }
      this.#items.push(item);
      const isOpen = this.#isOpen(item.group);
      const settled = new Promise<void>((resolve) => this.#settle = resolve);
      yield this.#request(item.group);
      if (isOpen && this.#waits++ < WAITS_MAX) await settled;
    }
  }

  #addMalformed(number: number): void {
    const { last } = this.#items;
    if (last !== undefined && "last" in last && last.last === number - 1) {
      last.last = number;
    } else this.#items.push({ first: number, last: number });
  }

  /** Goes through the files once more, for their sizes. */
  async *find(): AsyncGenerator<Found> {
    for await (const item of this.#readItems(false)) {
      if (!("group" in item)) continue;
      yield { kind: "file", name: item.group[0]?.file ?? "" };
    }
  }

  /** Takes the next item that was read. @returns `undefined` if there is none. */
  next(): ListItem | undefined {
    return this.#items.shift();
  }

  /** Remembers of which algorithm a digest was. */
  confirm(listed: ListedDigest, algorithm: string): void {
    const form = formOf(listed);
    const confirmed = this.#confirmed.get(form) ?? new Set();
    this.#confirmed.set(form, confirmed.add(algorithm));
  }

  /** What became of a file is known, and {@link confirm} was called. */
  settle(): void {
    this.#settle();
  }

  #request(group: readonly ListedDigest[]): HashRequest {
    const algorithms = group.flatMap((listed) => this.#likely(listed));
    const name = group[0]?.file ?? "";
    requireUnwritten(name);
    const path = toPath(name);
    return { path, algorithms: [...new Set(algorithms)] };
  }

  /** The algorithms that a digest is most likely of. */
  #likely(listed: ListedDigest): readonly string[] {
    const { algorithms } = listed;
    const confirmed = this.#confirmed.get(formOf(listed));
    const known = algorithms.filter((name) => confirmed?.has(name));
    return known.length > 0 ? known : algorithms.slice(0, 1);
  }

  #isOpen(group: readonly ListedDigest[]): boolean {
    return group.some((listed) =>
      listed.algorithms.length > 1 && !this.#confirmed.has(formOf(listed))
    );
  }

  /** Reads the list. @param isCounted Whether malformed lines count. */
  async *#readItems(
    isCounted: boolean,
  ): AsyncGenerator<
    | { readonly group: readonly ListedDigest[] }
    | { readonly malformed: number }
  > {
    let group: ListedDigest[] = [];
    let number = 0;
    for await (const line of this.#readLines()) {
      number++;
      const found = this.#parse(line, number === 1);
      if (found === "empty") continue;
      const isSame = found !== undefined && group[0]?.file === found.file;
      if (group.length > 0 && !isSame) {
        yield { group };
        group = [];
      }
      if (found !== undefined) group.push(found);
      else if (isCounted) yield { malformed: number };
    }
    if (group.length > 0) yield { group };
  }

  async *#readLines(): AsyncGenerator<string | undefined> {
    const { isZero, chunks } = await startList(
      this.#list === "-"
        ? this.#io.readStdin()
        : readChunks(toPath(this.#list)),
    );
    // Nobody need say what the list shows.
    if (isZero) this.#context = { ...this.#context, zero: true };
    yield* readLines(chunks, this.#context.zero);
  }

  #parse(
    line: string | undefined,
    isFirst: boolean,
  ): ListedDigest | "empty" | undefined {
    if (line === undefined) return undefined;
    // Editors on Windows put a byte order mark in front.
    const text = isFirst ? line.replace(/^\ufeff/, "") : line;
    // Only cksfv and its kin have such comments.
    if (text.startsWith(";")) this.#context = { ...this.#context, isSfv: true };
    return parseSumLine(text, this.#context);
  }
}

function formOf({ digest }: ListedDigest): string {
  return `${digest.digits.length} ${digest.count !== undefined}`;
}
