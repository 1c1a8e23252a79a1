/**
 * From what a command was asked to an operation that can be done shard by shard.
 *
 * @module
 */
import {
  makeOperation,
  type Operation,
  type OperationName,
} from "../shards/operation.ts";
import type { CountParameters, FindParameters } from "../shards/operation.ts";
import { checkSearch, type RawCountOptions } from "./count.ts";
import { checkRequest, type RawFindOptions, splitOperands } from "./find.ts";
import { type RawHashOptions, readCommand } from "./hash_request.ts";
import { type CliIo, UsageError } from "./io.ts";
import { checkPatterns, checkRange, type GivenPattern } from "./patterns.ts";
import { checkOptions, putBack, type RawRecordsOptions } from "./records.ts";
import { asksToSet } from "./records_set_options.ts";

/** What a command was asked to do to a file. */
export interface AskedOperation {
  readonly operation: Operation;
  /** The file, as it was named. */
  readonly file: string;
}

/** What a command makes of its operands and options. */
type Ask = (
  operands: readonly string[],
  raw: object,
  io: CliIo,
) => Promise<{ parameters: unknown; names: readonly string[] }>;

// The casts: the options are those that the command of that name declares.
const ASKS: Readonly<Record<Exclude<OperationName, "run">, Ask>> = {
  hash: (operands, raw, io) => askHash(operands, raw as RawHashOptions, io),
  count: (operands, raw) => askCount(operands, raw as RawCountOptions),
  find: (operands, raw) => askFind(operands, raw as RawFindOptions),
  records: (operands, raw) => askRecords(operands, raw as RawRecordsOptions),
  profile: (names) => Promise.resolve({ parameters: {}, names }),
};

/** Names of commands whose work can be done shard by shard. */
export const SHARDED_COMMANDS: readonly string[] = Object.keys(ASKS);

/**
 * Makes the operation that a command asks for.
 *
 * @param name Of the command; `profile` for the one without a name.
 * @throws {UsageError} If there is no such command, an option is wrong, or there is not one file.
 * @throws {SabmapError} If the operation cannot be done shard by shard, with the reason.
 */
export async function askOperation(
  name: string,
  operands: readonly string[],
  raw: object,
  io: CliIo,
): Promise<AskedOperation> {
  refuseWrites(name);
  const known = SHARDED_COMMANDS.find((one) => one === name);
  if (known === undefined) {
    throw new UsageError(
      `Cannot work on shards as the operation must be one of ${
        SHARDED_COMMANDS.join(", ")
      }: received "${name}"`,
    );
  }
  // The one cast: it is one of the names.
  const operation = known as keyof typeof ASKS;
  const { parameters, names } = await ASKS[operation](operands, raw, io);
  const file = onlyFile(names);
  return { operation: makeOperation(operation, parameters), file };
}

/** @throws {UsageError} If the command is one that changes files. */
function refuseWrites(name: string): void {
  if (!/^(patch|undo|recover|generate)$/.test(name)) return;
  throw new UsageError(
    `Cannot use ${name} for shards as a file that several machines write to is never wholly old or wholly new: use one machine`,
  );
}

/** @throws {UsageError} If there is not one file. */
export function onlyFile(names: readonly string[]): string {
  const [file] = names;
  if (file === undefined) throw new UsageError("missing FILE");
  if (names.length === 1) return file;
  throw new UsageError(
    `Cannot cut more than one file into shards: received ${names.length}`,
  );
}

/** Options that say how results are printed, or that concern other uses of a command. */
function refuseOptions(
  raw: object,
  flags: Readonly<Record<string, string>>,
): void {
  for (const [name, rest] of Object.entries(flags)) {
    const value = (raw as Record<string, unknown>)[name];
    // `--no-names` is false where it is given.
    const isGiven = name === "names" ? value === false : Boolean(value);
    if (isGiven) throw new UsageError(`Cannot ${rest}`);
  }
}

const TO_MERGE = "for one shard: give it to process merge";

const HASH_REFUSED = {
  tag: `use --tag ${TO_MERGE}`,
  base64: `use --base64 ${TO_MERGE}`,
  zero: `use --zero ${TO_MERGE}`,
  names: `use --no-names ${TO_MERGE}`,
  check:
    "use --check for one shard: check the digest that process merge prints",
  expect:
    "use --expect for one shard: check the digest that process merge prints",
  s3: "use --s3 for one shard: each part size would be another run",
  recursive: "cut more than one file into shards: received --recursive",
  keyed:
    "use --keyed for shards as the key would be written into plans and partials",
  keyFile:
    "use --key-file for shards as the key would be written into plans and partials",
};

async function askHash(
  operands: readonly string[],
  raw: RawHashOptions,
  io: CliIo,
): Promise<{ parameters: unknown; names: readonly string[] }> {
  refuseOptions(raw, HASH_REFUSED);
  const { algorithms = ["blake3"], parameters } = await readCommand(
    raw,
    operands,
    io,
  );
  return { parameters: { algorithms, ...parameters }, names: operands };
}

async function askCount(
  names: readonly string[],
  raw: RawCountOptions,
): Promise<{ parameters: CountParameters; names: readonly string[] }> {
  await checkSearch(raw);
  const { patterns, ignoreCase, overlapping } = raw;
  if (patterns === undefined) return { parameters: {}, names };
  const search = { ignoreCase, overlapping, ...checkRange(raw) };
  const parameters = { match: plainPatterns(patterns), ...search };
  return { parameters, names };
}

function plainPatterns(
  given: readonly GivenPattern[],
): FindParameters["patterns"] {
  return given.map(({ text, isHex }) => isHex ? { hex: text } : { text });
}

async function askFind(
  operands: readonly string[],
  raw: RawFindOptions,
): Promise<{ parameters: FindParameters; names: readonly string[] }> {
  refuseOptions(raw, { context: `use --context ${TO_MERGE}` });
  const { names, given } = splitOperands(operands, raw.patterns);
  const { patterns, options, counts } = checkRequest(given, raw);
  await checkPatterns(patterns);
  const { ignoreCase, overlapping, start, end, maxCount, resumeFrom } = options;
  const parameters = {
    patterns: plainPatterns(given),
    ...{ ignoreCase, overlapping, start, end, maxCount, resumeFrom, counts },
  };
  return { parameters, names };
}

async function askRecords(
  operands: readonly string[],
  raw: RawRecordsOptions,
): Promise<{ parameters: unknown; names: readonly string[] }> {
  if (asksToSet(raw)) {
    throw new UsageError(
      "Cannot use --set for shards as a file that several machines write to is never wholly old or wholly new: change it on one machine",
    );
  }
  const { names, quote } = putBack(operands, raw.quote);
  const asked = await checkOptions({ ...raw, quote });
  const format = raw.csv ? "csv" : "json";
  return { parameters: { ...asked, format }, names };
}
