/**
 * Lines of lists of digests, as b3sum and GNU's sha256sum write and read them.
 *
 * @module
 */

/** What a line of a list says. */
export interface ListedDigest {
  readonly file: string;
  readonly algorithm: string;
  /** Lower-case hexadecimal. */
  readonly digest: string;
}

/** Digits of the digests, by algorithm; of two with the same, the first is meant by default. */
const DIGEST_DIGITS: ReadonlyMap<string, number> = new Map([
  ["blake3", 64],
  ["crc32", 8],
  ["md5", 32],
  ["sha1", 40],
  ["sha256", 64],
  ["sha512", 128],
]);

/** Names of the algorithms whose digests lists can hold; a test holds them equal to the library's. */
export const LISTED_ALGORITHMS: readonly string[] = [...DIGEST_DIGITS.keys()];

/** `HEX  FILE`. A name with line breaks or backslashes is escaped, and a backslash put in front. */
export function sumLine(file: string, digest: string): string {
  const escaped = escapeName(file);
  return `${escaped === file ? "" : "\\"}${digest}  ${escaped}\n`;
}

/** `BLAKE3 (FILE) = HEX`, escaped like {@link sumLine}. */
export function tagLine(
  file: string,
  algorithm: string,
  digest: string,
): string {
  const escaped = escapeName(file);
  return `${
    escaped === file ? "" : "\\"
  }${algorithm.toUpperCase()} (${escaped}) = ${digest}\n`;
}

/** Escapes backslashes and line breaks, as lists do. */
export function escapeName(name: string): string {
  return name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll(
    "\r",
    "\\r",
  );
}

/** @returns `undefined` if a backslash stands before something else than a backslash, `n` or `r`. */
function unescapeName(escaped: string): string | undefined {
  if (/\\(?![\\nr])/.test(escaped.replaceAll("\\\\", ""))) return undefined;
  const characters: Readonly<Record<string, string>> = { n: "\n", r: "\r" };
  return escaped.replace(
    /\\(.)/g,
    (_, letter: string) => characters[letter] ?? letter,
  );
}

/**
 * Reads a line of a list.
 *
 * @param line Without its line break.
 * @param algorithms What lines without a tag may be; all if `undefined`.
 * @returns `undefined` if the line is no such line; `"empty"` for an empty line or a comment.
 */
export function parseSumLine(
  line: string,
  algorithms: readonly string[] | undefined,
): ListedDigest | "empty" | undefined {
  const text = line.replace(/\r$/, "").replace(/^[ \t]+/, "");
  if (text === "" || text.startsWith("#")) return "empty";
  const isEscaped = text.startsWith("\\");
  const rest = isEscaped ? text.slice(1) : text;
  const found = parseTagged(rest) ??
    parsePlain(rest, algorithms ?? LISTED_ALGORITHMS);
  if (found === undefined || !isEscaped) return found;
  const file = unescapeName(found.file);
  return file === undefined ? undefined : { ...found, file };
}

/** `SHA256 (FILE) = HEX`, and OpenSSL's `SHA256(FILE)= HEX`. */
function parseTagged(text: string): ListedDigest | undefined {
  const [, tag = "", file = "", digits = ""] =
    /^([A-Za-z0-9-]+) ?\(([^]+)\) ?= ?([0-9a-fA-F]+)$/.exec(text) ?? [];
  const algorithm = tag.toLowerCase().replace(/-/g, "");
  if (digits === "" || DIGEST_DIGITS.get(algorithm) !== digits.length) {
    return undefined;
  }
  return { file, algorithm, digest: digits.toLowerCase() };
}

/** `HEX  FILE`, `HEX *FILE`, and `HEX FILE` as BSD's `md5 -r` writes it. */
function parsePlain(
  text: string,
  algorithms: readonly string[],
): ListedDigest | undefined {
  const [, digits = "", file = ""] =
    /^([0-9a-fA-F]+)[ \t][ *]?([^]+)$/.exec(text) ?? [];
  const algorithm = algorithms.find((name) =>
    DIGEST_DIGITS.get(name) === digits.length
  );
  return algorithm === undefined
    ? undefined
    : { file, algorithm, digest: digits.toLowerCase() };
}
