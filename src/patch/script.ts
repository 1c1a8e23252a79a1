/**
 * Scripts of edits: one JSON object in a line, `{"offset": 4096, "expect": "00ff", "bytes": "01fe"}`.
 *
 * `offset` is a number or text (`"0x1000"`), `bytes` and the optional `expect` are hexadecimal text, or text
 * behind `text:`. Empty lines are nothing; any other name is an error, because it may be a misspelt `expect`.
 *
 * @module
 */
import { joinBytes } from "../join_bytes.ts";
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { parseBytes } from "./parse_bytes.ts";

/** An edit of a script. */
export interface ScriptEdit {
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly expect: Uint8Array | undefined;
}

/** Longest line, so that a file that is no script does not fill the memory. */
const LINE_BYTES_MAX = 64 * 1024 ** 2;

const NEWLINE = 0x0a;

/** Reads a script piece by piece. */
export class ScriptParser {
  readonly #file: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #line = 1;
  /** The beginning of a line whose end has not come yet. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;

  /** @param file Name of the script, for errors. */
  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Takes the next piece.
   *
   * @param take Gets each edit, in the order of the lines.
   * @throws {SabmapError} `ERR_BAD_SCRIPT` with the number of the line.
   */
  push(piece: Uint8Array, take: (edit: ScriptEdit) => void): void {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#endLine(piece.subarray(start, end), take);
      start = end + 1;
    }
    this.#keep(piece.slice(start));
  }

  /** Takes what is left as the last line. */
  finish(take: (edit: ScriptEdit) => void): void {
    this.#endLine(new Uint8Array(0), take);
  }

  #keep(part: Uint8Array): void {
    if (part.byteLength === 0) return;
    this.#rest.push(part);
    this.#restBytes += part.byteLength;
    if (this.#restBytes > LINE_BYTES_MAX) {
      throw this.#error(`is longer than ${groupDigits(LINE_BYTES_MAX)} bytes`);
    }
  }

  #endLine(end: Uint8Array, take: (edit: ScriptEdit) => void): void {
    let line = end;
    if (this.#rest.length > 0) {
      line = joinBytes([...this.#rest, end]);
      this.#rest = [];
      this.#restBytes = 0;
    }
    const text = this.#decode(line);
    if (text.trim() !== "") take(this.#parse(text));
    this.#line++;
  }

  #decode(line: Uint8Array): string {
    try {
      return this.#decoder.decode(line);
    } catch {
      throw this.#error("is no UTF-8");
    }
  }

  #parse(text: string): ScriptEdit {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.#error("is no JSON");
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#error("is no object");
    }
    const { offset, bytes, expect, ...others } = value as Record<
      string,
      unknown
    >;
    const unknown = Object.keys(others)[0];
    if (unknown !== undefined) {
      throw this.#error(`has a field that is not known: "${unknown}"`);
    }
    return {
      offset: this.#offset(offset),
      bytes: this.#bytes("bytes", bytes),
      expect: expect === undefined ? undefined : this.#bytes("expect", expect),
    };
  }

  #offset(value: unknown): number {
    const offset = typeof value === "string" &&
        /^(?:[0-9]+|0[xX][0-9a-fA-F]+)$/.test(value)
      ? Number(value)
      : value;
    if (
      typeof offset === "number" && Number.isSafeInteger(offset) && offset >= 0
    ) return offset;
    throw this.#error(
      `has no "offset" that is an integer from 0 to 2**53 - 1: received ${
        shown(value)
      }`,
    );
  }

  #bytes(field: string, value: unknown): Uint8Array {
    const bytes = typeof value === "string"
      ? parseBytes(value, "hex")
      : undefined;
    if (bytes !== undefined && bytes.byteLength > 0) return bytes;
    throw this.#error(
      `has no "${field}" that is hexadecimal text of at least one byte: received ${
        shown(value)
      }`,
    );
  }

  #error(what: string): SabmapError {
    return new SabmapError(
      ErrorCode.BadScript,
      `line ${groupDigits(this.#line)} of the script ${what}`,
      { file: this.#file },
    );
  }
}

const SHOWN_LENGTH = 40;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > SHOWN_LENGTH
    ? `${text.slice(0, SHOWN_LENGTH)}...`
    : text;
}
