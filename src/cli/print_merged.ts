/**
 * Results that were merged of shards, printed as the commands print those of one machine.
 *
 * @module
 */
import type { MergedResult, MergedResults } from "../shards/merge.ts";
import type { FindParameters, RecordsParameters } from "../shards/operation.ts";
import { byteLengthPlain } from "../shards/parameters/search.ts";
import { tellBad } from "./bad_records.ts";
import { countLine } from "./count.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import type { CommonOptions } from "./options.ts";
import { digestLines } from "./print_digests.ts";
import { MatchPrinter } from "./print_matches.ts";
import { profileJson, profileText } from "./profile.ts";
import { rowPrinter } from "./record_output.ts";
import { printWritten } from "./records.ts";
import { formatResult, resultJson } from "./result_text.ts";

/** Options of how results are printed, as the parser leaves them. */
export interface RawPrintOptions {
  readonly json?: boolean;
  readonly tag?: boolean;
  readonly base64?: boolean;
  readonly zero?: boolean;
  readonly names?: boolean;
  readonly context?: string;
}

/** How a result is printed. */
export interface PrintContext {
  readonly io: CliIo;
  readonly options: CommonOptions;
  readonly raw: RawPrintOptions;
  /** Bytes of context around matches. */
  readonly contextBytes: number | undefined;
}

type Merged<Name extends MergedResult["name"]> = Extract<
  MergedResult,
  { readonly name: Name }
>;

/**
 * Prints a result.
 *
 * @returns The exit code, that of the command on one machine.
 */
export async function printMerged(
  merged: MergedResult,
  context: PrintContext,
): Promise<number> {
  checkFitting(merged, context);
  switch (merged.name) {
    case "hash":
      return await printHash(merged, context);
    case "count":
      return await printCount(merged, context);
    case "find":
      return await printFind(merged, context);
    case "records":
      return await printRecords(merged, context);
    case "profile":
      return await printProfile(merged, context);
    case "run":
      return await printRun(merged, context);
  }
}

const OF_HASH = ["tag", "base64", "zero", "names"] as const;

/** @throws {UsageError} If an option is not about this result. */
function checkFitting({ name }: MergedResult, { raw }: PrintContext): void {
  for (const option of OF_HASH) {
    const isGiven = option === "names"
      ? raw.names === false
      : raw[option] === true;
    if (!isGiven || name === "hash") continue;
    const flag = option === "names" ? "no-names" : option;
    throw new UsageError(
      `Cannot use --${flag} as it is for hash: received ${name}`,
    );
  }
  if (raw.zero && raw.json) {
    throw new UsageError("Cannot use --json together with --zero");
  }
  if (raw.context !== undefined && name !== "find") {
    throw new UsageError(
      `Cannot use --context as it is for find: received ${name}`,
    );
  }
}

async function printHash(
  { run, result }: Merged<"hash">,
  { io, raw }: PrintContext,
): Promise<number> {
  const { file, source: { size: byteLength } } = run;
  const layers = result.pieceLayer !== undefined;
  const command: Pick<HashCommand, "raw"> = { raw: { ...raw, layers } };
  const hashed = { file, byteLength, ...result };
  await io.stdout.write(digestLines(file, hashed, command));
  return Exit.Done;
}

async function printCount(
  { run: { file }, result: { count } }: Merged<"count">,
  { io, options }: PrintContext,
): Promise<number> {
  await io.stdout.write(
    options.json
      ? `${JSON.stringify({ file, count })}\n`
      : countLine(count, file),
  );
  return Exit.Done;
}

async function printFind(
  merged: Merged<"find">,
  context: PrintContext,
): Promise<number> {
  const { run: { file, operation }, result } = merged;
  // The one cast: the operation's parameters were checked.
  const { counts, patterns } = operation.parameters as FindParameters;
  const { io, options: { json } } = context;
  if (counts) {
    const { count } = result;
    await io.stdout.write(
      json ? `${JSON.stringify({ file, count })}\n` : `${count}\n`,
    );
  } else {
    const printer = await MatchPrinter.open({
      name: file,
      prefix: undefined,
      labels: patterns.map((one) => "hex" in one ? one.hex : one.text),
      lengths: patterns.map(byteLengthPlain),
      json,
      contextBytes: context.contextBytes,
      output: io.stdout,
    });
    try {
      for (const batch of result.batches) await printer.print(batch);
    } finally {
      printer.close();
    }
  }
  return result.count > 0 ? Exit.Done : Exit.Negative;
}

async function printRecords(
  { run: { file, operation }, result }: Merged<"records">,
  { io, options }: PrintContext,
): Promise<number> {
  // The one cast: the operation's parameters were checked.
  const { format, onBad } = operation.parameters as RecordsParameters;
  if (format === "csv" && options.json) {
    throw new UsageError(
      "Cannot use --json as the shards were worked on with --csv",
    );
  }
  const shown = format === "csv" ? "csv" : options.json ? "json" : "table";
  await printRows(result, shown, io);
  if (result.failure !== undefined) {
    throw Object.assign(result.failure, { file });
  }
  await tellBad(file, result.counts, onBad, { io, options });
  return Exit.Done;
}

async function printRows(
  { columns, rows, pieces = [], failure }: MergedResults["records"],
  format: "table" | "csv" | "json",
  io: CliIo,
): Promise<void> {
  const printer = rowPrinter(format, columns, io.stdout);
  await printer.begin();
  for (const row of rows ?? []) await printer.row(row);
  for (const bytes of pieces) {
    await printWritten(printer, columns, format, bytes, io);
  }
  // As on one machine, where the record ends the run.
  if (failure === undefined) await printer.end();
}

async function printProfile(
  { run: { file, cut }, result }: Merged<"profile">,
  { io, options }: PrintContext,
): Promise<number> {
  const shards = cut.count;
  const how = [[
    "mode",
    shards === 1 ? "1 shard" : `${shards} shards`,
  ]] as const;
  await io.stdout.write(
    options.json
      ? profileJson(file, result, { shards })
      : profileText(file, result, how, { io, options }),
  );
  return Exit.Done;
}

async function printRun(
  { run: { file }, result }: Merged<"run">,
  { io, options }: PrintContext,
): Promise<number> {
  const text = options.json
    ? resultJson({ file, result })
    : formatResult(result);
  await io.stdout.write(`${text}\n`);
  return Exit.Done;
}
