/**
 * Lines of lists of digests, as b3sum, GNU's sha256sum, cksfv and their kin write and read them.
 *
 * @module
 */
import {
  algorithmOfTag,
  algorithmsOf,
  type DigestValue,
  parseDigest,
  tagName,
} from "./digest_forms.ts";

export { LISTED_ALGORITHMS } from "./digest_forms.ts";

/** What a line of a list says. */
export interface ListedDigest {
  readonly file: string;
  /** What the digest may be one of, at least one; one exactly if the line says it. */
  readonly algorithms: readonly string[];
  readonly digest: DigestValue;
}

/** How lines end, and with that how names are written. */
export interface LineFormat {
  /** Lines end with NUL, and names are as they are. */
  readonly zero?: boolean | undefined;
}

/** `HEX  FILE`. A name with line breaks or backslashes is escaped, and a backslash put in front. */
export function sumLine(
  file: string,
  digest: string,
  { zero = false }: LineFormat = {},
): string {
  if (zero) return `${digest}  ${file}\0`;
  const escaped = escapeName(file);
  return `${escaped === file ? "" : "\\"}${digest}  ${escaped}\n`;
}

/** `BLAKE3 (FILE) = HEX`, escaped like {@link sumLine}. */
export function tagLine(
  file: string,
  algorithm: string,
  digest: string,
  { zero = false }: LineFormat = {},
): string {
  if (zero) return `${tagName(algorithm)} (${file}) = ${digest}\0`;
  const escaped = escapeName(file);
  return `${escaped === file ? "" : "\\"}${
    tagName(algorithm)
  } (${escaped}) = ${digest}\n`;
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

/** What a line cannot say of itself. */
export interface LineContext extends LineFormat {
  /** What lines without a tag may be; all if `undefined`. */
  readonly algorithms?: readonly string[] | undefined;
  /** Length of digests of BLAKE3; 32 if `undefined`. */
  readonly blake3Bytes?: number | undefined;
  /** Whether the list is one of cksfv, so that the name stands in front. */
  readonly isSfv?: boolean | undefined;
}

/**
 * Reads a line of a list.
 *
 * @param line Without its line break.
 * @returns `undefined` if the line is no such line; `"empty"` for an empty line or a comment.
 */
export function parseSumLine(
  line: string,
  context: LineContext = {},
): ListedDigest | "empty" | undefined {
  const text = context.zero
    ? line
    : line.replace(/\r$/, "").replace(/^[ \t]+/, "");
  if (text === "" || text.startsWith("#") || text.startsWith(";")) {
    return "empty";
  }
  if (context.zero) return parseListed(text, context);
  if (!text.startsWith("\\")) return parseListed(text, context);
  const found = parseListed(text.slice(1), context);
  const file = found && unescapeName(found.file);
  return file === undefined ? undefined : found && { ...found, file };
}

function parseListed(
  text: string,
  context: LineContext,
): ListedDigest | undefined {
  const found = parseTagged(text, context);
  if (found !== undefined) return found;
  return context.isSfv
    ? parseSfv(text, context) ?? parsePlain(text, context)
    : parsePlain(text, context) ?? parseSfv(text, context);
}

/** `SHA256 (FILE) = HEX`, with OpenSSL's spaces (`SHA256(FILE)= HEX`) and rhash's (`MD5   (FILE) = HEX`). */
function parseTagged(
  text: string,
  { blake3Bytes }: LineContext,
): ListedDigest | undefined {
  const [, tag = "", file = "", value = ""] =
    /^([A-Za-z0-9_-]+) *\(([^]+)\) ?= ?([A-Za-z0-9+/=-]+)$/.exec(text) ?? [];
  const algorithm = algorithmOfTag(tag);
  if (algorithm === undefined) return undefined;
  return listed(file, value, [algorithm], blake3Bytes);
}

/** `HEX  FILE`, `HEX *FILE`, `HEX FILE` as BSD's `md5 -r` writes it, and `XXH3_HEX  FILE` as xxhsum does. */
function parsePlain(
  text: string,
  { algorithms, blake3Bytes }: LineContext,
): ListedDigest | undefined {
  const [, prefix, value = "", file = ""] =
    /^(XXH3_)?([A-Za-z0-9+/=-]+)[ \t](?:[ *](?=[^])|(?![ *]))([^]+)$/.exec(
      text,
    ) ?? [];
  if (prefix !== undefined) return listed(file, value, ["xxh3"], blake3Bytes);
  // Base64 without its algorithm could be anything, so words of a text would pass for it.
  if (algorithms === undefined && !/^[0-9a-fA-F]+(?:-[0-9]+)?$/.test(value)) {
    return undefined;
  }
  return listed(file, value, algorithms, blake3Bytes);
}

const CRC32_DIGITS = 8;

/** `FILE CRC32`, as cksfv and rhash write it. */
function parseSfv(
  text: string,
  { algorithms }: LineContext,
): ListedDigest | undefined {
  const value = text.slice(-CRC32_DIGITS);
  const front = text.slice(0, -CRC32_DIGITS);
  const file = front.trimEnd();
  if (file === front || !/^[0-9a-fA-F]+$/.test(value)) return undefined;
  if (file === "" || algorithms?.includes("crc32") === false) return undefined;
  return listed(file, value, ["crc32"], undefined);
}

function listed(
  file: string,
  value: string,
  algorithms: readonly string[] | undefined,
  blake3Bytes: number | undefined,
): ListedDigest | undefined {
  const digest = parseDigest(value);
  if (digest === undefined || file === "") return undefined;
  const found = algorithmsOf(digest, algorithms, blake3Bytes);
  return found.length === 0 ? undefined : { file, algorithms: found, digest };
}
