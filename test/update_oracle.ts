/** What update jobs should do to a file: naively, all of it at once. */
import { changeBytes } from "./fixtures/jobs/change_bytes.mjs";

/** Options of `fixtures/jobs/change.mjs`. */
export interface ChangeOptions {
  readonly framing?: {
    readonly kind: "fixed" | "delimited" | "lengthPrefixed";
    readonly parameters: readonly unknown[];
  };
  /** One byte in so many is changed. */
  readonly every: number;
  /** Whether letters alone are changed. */
  readonly letters?: boolean;
  /** Bytes at the start of a record that stay. */
  readonly headerBytes?: number;
  /** Where the job fails. */
  readonly failAt?: number;
}

/** How a file is cut into records, and what it is made of. */
export interface FileKind {
  readonly name: string;
  readonly options: Omit<ChangeOptions, "every">;
  /** A file of about so many bytes. */
  make(byteLength: number, random: () => number): Uint8Array;
  /** Its records. */
  records(file: Uint8Array): Generator<[start: number, end: number]>;
}

const NEWLINE = 10, QUOTE = 34;

/** Kinds of files, each with a framing that the engine treats in a way of its own. */
export const FILE_KINDS: readonly FileKind[] = [
  {
    name: "bytes",
    options: {},
    make: anyBytes,
    *records(file) {
      for (let i = 0; i < file.length; i++) yield [i, i + 1];
    },
  },
  fixedKind(32, 0),
  fixedKind(4099, 100),
  fixedKind(70_001, 0),
  {
    name: "lines",
    options: {
      framing: { kind: "delimited", parameters: ["\n"] },
      letters: true,
    },
    make: (byteLength, random) => text(byteLength, random, "abcdefgh\n"),
    *records(file) {
      for (let start = 0; start < file.length;) {
        const newline = file.indexOf(NEWLINE, start);
        const end = newline < 0 ? file.length : newline;
        yield [start, end];
        start = end + 1;
      }
    },
  },
  {
    name: "quoted lines",
    options: {
      framing: { kind: "delimited", parameters: ["\n", { quote: '"' }] },
      letters: true,
    },
    make: (byteLength, random) => quotedText(byteLength, random),
    *records(file) {
      let start = 0, isQuoted = false;
      for (let i = 0; i < file.length; i++) {
        if (file[i] === QUOTE) isQuoted = !isQuoted;
        if (file[i] !== NEWLINE || isQuoted) continue;
        yield [start, i];
        start = i + 1;
      }
      if (start < file.length) yield [start, file.length];
    },
  },
  {
    name: "length-prefixed",
    options: {
      framing: {
        kind: "lengthPrefixed",
        parameters: [{ header: ">H", length: 0 }],
      },
      headerBytes: 2,
    },
    make: prefixed,
    *records(file) {
      for (let start = 0; start < file.length;) {
        const end = start + 2 + 256 * file[start]! + file[start + 1]!;
        yield [start, end];
        start = end;
      }
    },
  },
];

function fixedKind(recordBytes: number, skip: number): FileKind {
  const parameters = [recordBytes, { skip, rest: "ignore" }];
  return {
    name: `fixed(${recordBytes})`,
    options: { framing: { kind: "fixed", parameters } },
    make: anyBytes,
    *records(file) {
      let start = skip;
      for (; start + recordBytes <= file.length; start += recordBytes) {
        yield [start, start + recordBytes];
      }
    },
  };
}

function anyBytes(byteLength: number, random: () => number): Uint8Array {
  return new Uint8Array(byteLength).map(() => 256 * random());
}

function text(
  byteLength: number,
  random: () => number,
  alphabet: string,
): Uint8Array {
  const codes = new TextEncoder().encode(alphabet);
  return new Uint8Array(byteLength)
    .map(() => codes[Math.floor(codes.length * random())]!);
}

/** Text in which quotes come in pairs. */
function quotedText(byteLength: number, random: () => number): Uint8Array {
  const file = text(byteLength, random, 'abcdefghijklm\n"');
  const quotes = file.reduce((sum, byte) => sum + (byte === QUOTE ? 1 : 0), 0);
  if (quotes % 2 === 1) file[file.indexOf(QUOTE)] = 97;
  return file;
}

function prefixed(byteLength: number, random: () => number): Uint8Array {
  const file = anyBytes(byteLength, random);
  let start = 0;
  while (start + 2 <= byteLength) {
    const most = Math.min(3000, byteLength - start - 2);
    // What is left must not be a single byte.
    let length = Math.floor((most + 1) * random() ** 3);
    if (byteLength - start - 2 - length === 1) length++;
    file[start] = length >> 8;
    file[start + 1] = length & 255;
    start += 2 + length;
  }
  return file.subarray(0, start);
}

/** The file as the job should leave it. */
export function changed(
  file: Uint8Array,
  kind: FileKind,
  every: number,
): Uint8Array {
  const result = Uint8Array.from(file);
  const { headerBytes = 0, letters = false } = kind.options;
  for (const [start, end] of kind.records(file)) {
    const bytes = result.subarray(start + headerBytes, end);
    changeBytes(bytes, start, { every, letters });
  }
  return result;
}

/** How many bytes differ. */
export function differences(left: Uint8Array, right: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) count++;
  return count;
}
