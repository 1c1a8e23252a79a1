/**
 * The command `process records`.
 *
 * @module
 */
import type { Command } from "commander";
import type {
  AggregateName,
  OnBad,
  RecordColumn,
  RecordCounts,
  RecordOptions,
  RunOptions,
} from "../runs.ts";
import { tellBad } from "./bad_records.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseSize } from "./parse_size.ts";
import { type RowPrinter, rowPrinter } from "./record_output.ts";
import {
  asksToSet,
  configureSet,
  type RawSetOptions,
} from "./records_set_options.ts";
import { type CommandContext, forEachFile, withProgress } from "./run.ts";
import {
  addShardOptions,
  asksForShard,
  type RawShardOptions,
  workOnShard,
} from "./shard_options.ts";

/** The options as the parser leaves them. */
export interface RawRecordsOptions
  extends RawCommonOptions, RawSetOptions, RawShardOptions {
  readonly struct?: string;
  readonly structOffset?: string;
  readonly names?: string;
  readonly lines?: boolean;
  readonly delimiter?: string;
  readonly header?: boolean;
  /** `true` where no character follows. */
  readonly quote?: string | true;
  readonly framing?: string;
  readonly maxRecord?: string;
  readonly where?: string;
  readonly select?: string;
  readonly agg?: string;
  readonly of?: string;
  readonly groupBy?: string;
  readonly sort?: string;
  readonly top?: string;
  readonly head?: string;
  readonly csv?: boolean;
  readonly onBad?: string;
  readonly decimals?: string;
}

/** Conditions that all have to hold. Each is one by itself, whatever its operators. */
function and(next: string, before?: string): string {
  return before === undefined ? next : `(${before}) and (${next})`;
}

/** What may be given in one list, or one by one. */
function list(next: string, before?: string): string {
  return before === undefined ? next : `${before},${next}`;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      "Selects the records of a file, or counts, adds up and groups them, or sets their fields in place.",
    )
    .argument("[file...]", 'the file or URL; "-" is standard input')
    .option("--struct <format>", "binary records, as Python's struct has them")
    .option("--struct-offset <n>", "bytes in front of the format")
    .option("--lines", "lines of text (the default)")
    .option(
      "--delimiter <c>",
      'what is between fields of text: a character, or "\\t" (default: ,)',
    )
    .option("--names <a,b,...>", "names of the fields")
    .option("--header", "the first line has the names of the fields")
    .option("--quote [c]", 'fields of text may be in quotes (default: ")')
    .option(
      "--framing <json>",
      "a file that describes how records are told apart",
    )
    .option("--max-record <size>", "longest record (default: 1MiB)")
    .option(
      "--where <expr>",
      "only records for which this is true; repeatable: all of them",
      and,
    )
    .option(
      "--select <exprs>",
      "columns of the output, each with a name by as (default: all fields); repeatable",
      list,
    )
    .option(
      "--agg <names>",
      "some of count, sum, min, max, mean, stddev, separated by commas; repeatable",
      list,
    )
    .option(
      "--of <exprs>",
      "the numbers that --agg is about; repeatable",
      list,
    )
    .option(
      "--group-by <names>",
      "one row for each value of these fields; repeatable",
      list,
    )
    .option(
      "--sort <column>",
      "order of the rows; COLUMN:desc turns it round, equal ones stay in file order",
    )
    .option(
      "--top <n>",
      "only so many rows of that order, without sorting the others",
    )
    .option("--head <n>", "only the first so many records that match")
    .option("--csv", "print CSV, as RFC 4180 has it, with a line of names")
    .option(
      "--on-bad <what>",
      "a record that cannot be read: stop, skip or report (default: stop)",
    )
    .option(
      "--decimals <n>",
      "digits behind the point of means and deviations, or all",
    );
  configureSet(command);
  addShardOptions(command);
  command.addHelpText("after", HELP);
}

const HELP = `
Expressions: names of fields, numbers, "text", + - * / %, == != < <= > >=, startswith or ^=, and or not,
brackets, number(x), text(x), length(x), round(x), floor(x), ceil(x), trunc(x); names of other characters stand between backquotes.
A field of text is a number where it meets one. Integers of 64 bits are exact, and so are sums; / gives the nearest
double. In JSON, fields of 64 bits and integers beyond 2**53 are text.
Means of decimals have as many digits as the field, rounded half up; stddev is that of a sample.
--set keeps the file's length: numbers and text must fit their field, and a fraction is no integer unless it is rounded;
fields of lines take what is as long as they are. One value that does not fit, and nothing is changed (but with
--durability none).
A record that cannot be read has missing or additional fields, no number where one is needed, or is cut off. Where a
length in front of a record cannot be right, or is beyond --max-record, that ends the run whatever --on-bad says.

Examples:
  process records data.txt --lines --delimiter ';' --names station,temp --agg min,mean,max --of temp --group-by station
  process records trades.bin --struct '<IIdQ8x' --names id,kind,value,ts --agg sum --of value --group-by kind
  process records orders.csv --header --quote --where 'city ^= "New" and price * count > 100' --csv
  process records log.csv --header --agg count --group-by host,status --sort count:desc --top 10
  process records trades.bin --struct '<IIdQ8x' --names id,kind,value,ts --set 'value=value*1.1' --where 'kind == 3' --dry-run
  zcat big.csv.gz | process records - --names a,b,c --where 'a > 5' --select 'a, b / c as ratio' --head 20`;

/** Asks and prints. */
export async function run(
  operands: readonly string[],
  raw: RawRecordsOptions,
  io: CliIo,
): Promise<number> {
  if (asksForShard(raw)) {
    return await workOnShard("records", operands, raw, io);
  }
  const common = checkCommonOptions(raw);
  const { names, quote } = putBack(operands, raw.quote);
  if (names.length > 1) {
    throw new UsageError(
      `Cannot read records of more than one file at a time: received ${names.length}`,
    );
  }
  const isUpdate = asksToSet(raw);
  const asked = await checkOptions({ ...raw, quote });
  if (isUpdate) {
    const { runSet } = await import("./records_set.ts");
    return await runSet(names, asked, raw, common, io);
  }
  const format = checkFormat(raw, common);
  return await forEachFile(names, io, common, async (name, context) => {
    await answer(name, asked, format, context);
  });
}

/** How rows are printed. */
type OutputFormat = "table" | "csv" | "json";

function checkFormat(
  { csv }: RawRecordsOptions,
  { json }: CommonOptions,
): OutputFormat {
  if (csv && json) throw new UsageError("Cannot use --csv with --json");
  if (json) return "json";
  return csv ? "csv" : "table";
}

/** `--quote FILE` has a file behind it, not a character. */
export function putBack(
  operands: readonly string[],
  quote: string | true | undefined,
): { names: readonly string[]; quote: string | boolean | undefined } {
  if (typeof quote !== "string" || quote.length === 1 && quote !== "-") {
    return { names: operands, quote };
  }
  return { names: [...operands, quote], quote: true };
}

type CheckedOptions = Omit<RecordOptions, keyof RunOptions>;

/** Checks the options that say what is asked. */
export async function checkOptions(
  raw: Omit<RawRecordsOptions, "quote"> & {
    readonly quote: string | boolean | undefined;
  },
): Promise<CheckedOptions> {
  if (raw.lines && raw.struct !== undefined) {
    throw new UsageError("Cannot use --lines with --struct");
  }
  return {
    struct: raw.struct,
    structOffset: toCount(raw.structOffset, "--struct-offset"),
    names: toList(raw.names),
    delimiter: toDelimiter(raw.delimiter, raw),
    header: raw.header,
    quote: raw.quote,
    framing: raw.framing === undefined
      ? undefined
      : await readFraming(raw.framing),
    maxRecordBytes: raw.maxRecord === undefined
      ? undefined
      : parseRecordSize(raw.maxRecord),
    where: raw.where,
    select: raw.select,
    // The library says which there are.
    aggregates: toList(raw.agg) as AggregateName[] | undefined,
    of: raw.of,
    groupBy: toList(raw.groupBy),
    sort: raw.sort,
    top: toCount(raw.top, "--top"),
    head: toCount(raw.head, "--head"),
    onBad: raw.onBad as OnBad | undefined,
    decimals: toDecimals(raw.decimals),
  };
}

async function readFraming(
  name: string,
): Promise<CheckedOptions["framing"]> {
  const { readFramingFile } = await import("./framing_file.ts");
  return await readFramingFile(name);
}

/** The library's own bound. */
const RECORD_BYTES_MAX = 512 * 1024 ** 2;

function parseRecordSize(text: string): number {
  const bytes = parseSize(text, "--max-record");
  if (bytes >= 1 && bytes <= RECORD_BYTES_MAX) return bytes;
  throw new UsageError(
    `Cannot use --max-record as it must be from 1 byte to ${
      RECORD_BYTES_MAX / 1024 ** 2
    } MiB: received "${text}"`,
  );
}

function toCount(text: string | undefined, what: string): number | undefined {
  return text === undefined
    ? undefined
    : parseInteger(text, 0, Number.MAX_SAFE_INTEGER, what);
}

/** The library's own bound. */
const DECIMALS_SHOWN_MAX = 100;

function toDecimals(text: string | undefined): number | "all" | undefined {
  return text === undefined || text === "all"
    ? text
    : parseInteger(text, 0, DECIMALS_SHOWN_MAX, "--decimals", ", or all");
}

function toList(text: string | undefined): string[] | undefined {
  return text?.split(",").map((name) => name.trim());
}

/** `--lines` alone says that there is text. */
function toDelimiter(
  text: string | undefined,
  { lines, struct }: Pick<RawRecordsOptions, "lines" | "struct">,
): string | undefined {
  if (text === "\\t" || text === "tab") return "\t";
  return text ?? (lines && struct === undefined ? "," : undefined);
}

async function answer(
  name: string,
  asked: CheckedOptions,
  format: OutputFormat,
  context: CommandContext,
): Promise<void> {
  const { aggregates, of, groupBy, sort, head } = asked;
  const isWhole = [aggregates, of, groupBy].some((one) => one !== undefined) ||
    (sort !== undefined && head !== undefined);
  const counts = isWhole
    ? await answerWhole(name, asked, format, context)
    : await answerRows(name, asked, format, context);
  await tellBad(name, counts, asked.onBad, context);
}

/** Groups, or the first rows in another order: they are few. */
async function answerWhole(
  name: string,
  asked: CheckedOptions,
  format: OutputFormat,
  { io, ...context }: CommandContext,
): Promise<RecordCounts> {
  const { recordResult } = await import("../record_stats.ts");
  const result = await withProgress(
    { io, ...context },
    (runOptions) => recordResult(toPath(name), { ...runOptions, ...asked }),
  );
  const printer = rowPrinter(format, result.columns, io.stdout);
  await printer.begin();
  for (const row of result.rows) {
    const written = printer.row(row);
    if (written !== undefined) await written;
  }
  await printer.end();
  return result;
}

/** Rows as they are found, or in their order. */
async function answerRows(
  name: string,
  asked: CheckedOptions,
  format: OutputFormat,
  context: CommandContext,
): Promise<RecordCounts> {
  const { recordRows } = await import("../record_stats.ts");
  let printer: RowPrinter | undefined;
  let counts: RecordCounts = { records: 0, matched: 0, badCount: 0, bad: [] };
  await withProgress(context, async (runOptions) => {
    const options = { ...runOptions, ...asked };
    const written = format === "csv" ? "csv" : "json";
    for await (const rows of recordRows(toPath(name), written, options)) {
      const { columns, bytes } = rows;
      if (printer === undefined) {
        printer = rowPrinter(format, columns, context.io.stdout);
        await printer.begin();
      }
      await printWritten(printer, columns, format, bytes, context.io);
      ({ counts } = rows);
    }
    await printer?.end();
  });
  return counts;
}

/** Prints rows that workers wrote. A table is made of those in JSON. */
export async function printWritten(
  printer: RowPrinter,
  columns: readonly RecordColumn[],
  format: OutputFormat,
  bytes: Uint8Array,
  io: CliIo,
): Promise<void> {
  if (bytes.length === 0) return;
  if (format !== "table") {
    await io.stdout.write(bytes);
    return;
  }
  const lines = new TextDecoder().decode(bytes).slice(0, -1).split("\n");
  for (const line of lines) {
    const row = JSON.parse(line);
    await printer.row(columns.map((column) => row[column.name]));
  }
}
