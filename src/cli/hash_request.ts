/**
 * The options of `process hash`, from raw to checked.
 *
 * @module
 */
import type { HashRequest as LibraryRequest } from "../runs.ts";
import type { PathFilter } from "./glob.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseOffset, parseSize } from "./parse_size.ts";
import type { RawShardOptions } from "./shard_options.ts";

/** The options as the parser leaves them. */
export interface RawHashOptions extends RawCommonOptions, RawShardOptions {
  readonly algo?: string;
  readonly recursive?: boolean;
  readonly exclude?: readonly string[];
  readonly tag?: boolean;
  readonly base64?: boolean;
  readonly zero?: boolean;
  readonly names?: boolean;
  readonly partSize?: string;
  readonly pieceSize?: string;
  readonly layers?: boolean;
  readonly keyed?: boolean;
  readonly keyFile?: string;
  readonly deriveKey?: string;
  readonly length?: string;
  readonly seek?: string;
  /** Names of lists; `true` when they stand before the option. */
  readonly check?: readonly string[] | true;
  readonly status?: boolean;
  readonly ignoreMissing?: boolean;
  readonly strict?: boolean;
  readonly warn?: boolean;
  readonly expect?: string;
  readonly s3?: string;
  readonly parts?: string;
}

/** Parameters of digests, as the library takes them. */
export type Parameters = Omit<LibraryRequest, "path" | "algorithms">;

/** What is asked of `process hash`, checked. */
export interface HashCommand {
  readonly raw: RawHashOptions;
  readonly options: CommonOptions;
  /** As named by the user; `undefined` for the default. */
  readonly algorithms: readonly string[] | undefined;
  readonly parameters: Parameters;
  /** Whether folders are gone through. */
  readonly recursive: boolean;
  readonly excludes: PathFilter;
}

/** Options that have no meaning without another one, which is named first. */
const DEPENDENT: readonly (readonly [
  on: readonly (keyof RawHashOptions)[],
  option: keyof RawHashOptions,
])[] = [
  [["check", "expect"], "status"],
  [["check"], "ignoreMissing"],
  [["check"], "strict"],
  [["check"], "warn"],
  [["recursive"], "exclude"],
  [["layers"], "pieceSize"],
  [["pieceSize"], "layers"],
  [["s3"], "parts"],
];

/** Options that have no meaning together. */
const OPPOSED:
  readonly (readonly [keyof RawHashOptions, keyof RawHashOptions])[] = [
    ["check", "expect"],
    ["check", "s3"],
    ["check", "recursive"],
    ["check", "base64"],
    ["check", "layers"],
    ["expect", "s3"],
    ["expect", "recursive"],
    ["expect", "tag"],
    ["expect", "base64"],
    ["expect", "layers"],
    ["s3", "recursive"],
    ["s3", "tag"],
    ["s3", "base64"],
    ["s3", "layers"],
    ["s3", "partSize"],
    ["keyed", "keyFile"],
    ["keyed", "deriveKey"],
    ["keyFile", "deriveKey"],
    ["zero", "json"],
  ];

/**
 * Checks the options, and reads the key if there is one.
 *
 * @param operands The files, or lists.
 * @throws {UsageError} If an option is wrong, or has no meaning beside the others.
 */
export async function readCommand(
  raw: RawHashOptions,
  operands: readonly string[],
  io: CliIo,
): Promise<HashCommand> {
  checkTogether(raw);
  const options = checkCommonOptions(raw);
  const algorithms = await checkAlgorithms(raw.algo);
  checkAlgorithmOptions(raw, algorithms);
  return {
    raw,
    options,
    algorithms,
    parameters: {
      partBytes: sizeOption(raw.partSize, "--part-size"),
      pieceBytes: sizeOption(raw.pieceSize, "--piece-size"),
      blake3: await readBlake3(raw, operands, io),
    },
    recursive: raw.recursive === true,
    excludes: await readExcludes(raw.exclude),
  };
}

async function readExcludes(
  globs: readonly string[] | undefined,
): Promise<PathFilter> {
  if (globs === undefined) return () => false;
  const { pathFilter } = await import("./glob.ts");
  return pathFilter(globs);
}

function checkTogether(raw: RawHashOptions): void {
  if (raw.tag && raw.check !== undefined) {
    throw new UsageError(
      "Cannot use --tag with --check, which prints no digests",
    );
  }
  for (const [needed, option] of DEPENDENT) {
    if (isSet(raw, option) && !needed.some((name) => isSet(raw, name))) {
      const others = needed.map(flagOf).join(" or ");
      throw new UsageError(
        `Cannot use ${flagOf(option)} as it goes with ${others}`,
      );
    }
  }
  for (const [left, right] of OPPOSED) {
    if (isSet(raw, left) && isSet(raw, right)) {
      throw new UsageError(
        `Cannot use ${flagOf(right)} together with ${flagOf(left)}`,
      );
    }
  }
}

function isSet(raw: RawHashOptions, name: keyof RawHashOptions): boolean {
  return raw[name] !== undefined && raw[name] !== false;
}

function flagOf(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function checkAlgorithms(
  text: string | undefined,
): Promise<string[] | undefined> {
  if (text === undefined) return undefined;
  const { parseAlgorithms } = await import("../digest/algorithms.ts");
  return parseAlgorithms(text.split(",").map((name) => name.trim()));
}

/** Options that only some algorithms have, by how these are called. */
const OF_ALGORITHMS:
  readonly (readonly [keyof RawHashOptions, RegExp, string])[] = [
    ["partSize", /^s3-/, "the algorithms s3-*"],
    ["layers", /^btv2$/, "btv2"],
    ["keyed", /^blake3$/, "blake3"],
    ["keyFile", /^blake3$/, "blake3"],
    ["deriveKey", /^blake3$/, "blake3"],
    ["length", /^blake3$/, "blake3"],
    ["seek", /^blake3$/, "blake3"],
  ];

function checkAlgorithmOptions(
  raw: RawHashOptions,
  algorithms: readonly string[] | undefined,
): void {
  // A list, or a value, says by itself what it is.
  const isOpen = raw.check !== undefined || raw.expect !== undefined;
  if (algorithms === undefined && isOpen) return;
  const names = algorithms ?? ["blake3"];
  for (const [option, pattern, what] of OF_ALGORITHMS) {
    if (isSet(raw, option) && !names.some((name) => pattern.test(name))) {
      throw new UsageError(
        `Cannot use ${flagOf(option)} as it is for ${what}: received --algo ${
          names.join(",")
        }`,
      );
    }
  }
}

function sizeOption(
  text: string | undefined,
  option: string,
): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseSize(text, option);
  if (bytes > 0) return bytes;
  throw new UsageError(
    `Cannot use ${option} as it must be at least 1 byte: received "${text}"`,
  );
}

async function readBlake3(
  raw: RawHashOptions,
  operands: readonly string[],
  io: CliIo,
): Promise<Parameters["blake3"]> {
  const key = await readKey(raw, operands, io);
  const context = raw.deriveKey;
  const outputBytes = raw.length === undefined
    ? undefined
    : parseInteger(raw.length, 1, Number.MAX_SAFE_INTEGER, "--length");
  const seek = raw.seek === undefined
    ? undefined
    : parseOffset(raw.seek, "--seek");
  const given = { key, context, outputBytes, seek };
  return Object.values(given).every((value) => value === undefined)
    ? undefined
    : given;
}

const KEY_BYTES = 32;

async function readKey(
  raw: RawHashOptions,
  operands: readonly string[],
  io: CliIo,
): Promise<Uint8Array | undefined> {
  if (raw.keyFile !== undefined) {
    const { readChunks } = await import("./list_file.ts");
    return await takeKey(readChunks(toPath(raw.keyFile)), `"${raw.keyFile}"`);
  }
  if (!raw.keyed) return undefined;
  const lists = Array.isArray(raw.check) ? raw.check : [];
  if ([...operands, ...lists].includes("-")) {
    throw new UsageError(
      'Cannot use --keyed with "-" as both are standard input: use --key-file',
    );
  }
  return await takeKey(io.readStdin(), "standard input");
}

/** @throws {UsageError} If there are not exactly 32 bytes. */
async function takeKey(
  chunks: AsyncIterable<Uint8Array>,
  where: string,
): Promise<Uint8Array> {
  const key = new Uint8Array(KEY_BYTES);
  let byteLength = 0;
  for await (const chunk of chunks) {
    const room = KEY_BYTES - byteLength;
    if (room > 0) key.set(chunk.subarray(0, room), byteLength);
    byteLength += chunk.byteLength;
    if (byteLength > KEY_BYTES) break;
  }
  if (byteLength === KEY_BYTES) return key;
  const found = byteLength > KEY_BYTES ? "more" : String(byteLength);
  throw new UsageError(
    `Cannot use a key as it must be exactly 32 bytes: received ${found} from ${where}`,
  );
}
