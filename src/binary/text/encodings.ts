/**
 * Names of encodings and of ways to treat errors, as Python has them.
 *
 * @module
 */
import { nearest } from "../../digest/suggest.ts";
import { received } from "../../received.ts";

/** An encoding, by the name that this library gives it. */
export type TextEncodingName =
  | "utf-8"
  | "utf-8-sig"
  | "utf-16"
  | "utf-16le"
  | "utf-16be"
  | "ascii"
  | "latin-1"
  | "cp1252";

/** What happens with bytes that are no text, or text that an encoding does not have. */
export type TextErrorMode =
  | "strict"
  | "ignore"
  | "replace"
  | "backslashreplace"
  | "surrogateescape";

/** The names that Python has for each; case, dashes, underscores and spaces do not count. */
const ALIASES: Readonly<Record<TextEncodingName, readonly string[]>> = {
  "utf-8": ["utf8", "u8", "utf", "cp65001"],
  "utf-8-sig": ["utf8sig"],
  "utf-16": ["utf16", "u16"],
  "utf-16le": ["utf16le"],
  "utf-16be": ["utf16be"],
  "ascii": ["ascii", "usascii", "us", "646"],
  "latin-1": ["latin1", "latin", "l1", "iso88591", "88591", "cp819"],
  "cp1252": ["cp1252", "windows1252", "1252"],
};

const ERROR_MODES: readonly TextErrorMode[] = [
  "strict",
  "ignore",
  "replace",
  "backslashreplace",
  "surrogateescape",
];

// The one cast: keys of a record are strings to the compiler.
const ENCODINGS = Object.keys(ALIASES) as TextEncodingName[];

const BY_NAME: ReadonlyMap<string, TextEncodingName> = new Map(
  ENCODINGS.flatMap((name) =>
    [name, ...ALIASES[name]].map((alias) => [alias, name])
  ),
);

/**
 * Finds an encoding by any of its names.
 *
 * @throws {TypeError} If `name` is no string.
 * @throws {RangeError} If there is no such encoding.
 */
export function checkEncoding(name: unknown): TextEncodingName {
  requireString("encoding", name);
  // As it is first: for a short field the rest would take longer than its text.
  const known = BY_NAME.get(name) ??
    BY_NAME.get(name.toLowerCase().replace(/[-_ ]/g, ""));
  if (known !== undefined) return known;
  const near = nearest(name, ENCODINGS);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  throw new RangeError(
    `Cannot use an encoding as it must be one of ${
      ENCODINGS.join(", ")
    }: received ${received(name)}${hint}`,
  );
}

/**
 * Checks the name of an error mode.
 *
 * @throws {TypeError} If `name` is no string.
 * @throws {RangeError} If there is no such mode.
 */
export function checkErrorMode(name: unknown): TextErrorMode {
  requireString("error mode", name);
  const known = ERROR_MODES.find((mode) => mode === name);
  if (known !== undefined) return known;
  throw new RangeError(
    `Cannot use an error mode as it must be one of ${
      ERROR_MODES.join(", ")
    }: received ${received(name)}`,
  );
}

function requireString(what: string, value: unknown): asserts value is string {
  if (typeof value === "string") return;
  throw new TypeError(
    `Cannot use an ${what} as its name must be a string: received ${
      received(value)
    }`,
  );
}
