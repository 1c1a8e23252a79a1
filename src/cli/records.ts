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
import { failureLine } from "./failure.ts";
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
import { type CommandContext, forEachFile, withProgress } from "./run.ts";

interface RawRecordsOptions extends RawCommonOptions {
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

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      "Selects the records of a file, or counts, adds up and groups them.",
    )
    .argument("[file...]", 'the file; "-" is standard input')
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
    .option("--where <expr>", "only records for which this is true")
    .option(
      "--select <exprs>",
      "columns of the output, each with a name by as (default: all fields)",
    )
    .option(
      "--agg <names>",
      "some of count, sum, min, max, mean, stddev, separated by commas",
    )
    .option("--of <exprs>", "the numbers that --agg is about")
    .option("--group-by <names>", "one row for each value of these fields")
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
    )
    .addHelpText("after", HELP);
}

const HELP = `
Expressions: names of fields, numbers, "text", + - * / %, == != < <= > >=, startswith or ^=, and or not,
brackets, number(x), text(x), length(x); names of other characters stand between backquotes.
A field of text is a number where it meets one. Integers of 64 bits are exact, and so are sums.
Means of decimals have as many digits as the field, rounded half up; stddev is that of a sample.
A record that cannot be read has missing or additional fields, no number where one is needed, or is cut off.

Examples:
  process records data.txt --lines --delimiter ';' --names station,temp --agg min,mean,max --of temp --group-by station
  process records trades.bin --struct '<IIdQ8x' --names id,kind,value,ts --agg sum --of value --group-by kind
  process records orders.csv --header --quote --where 'city ^= "New" and price * count > 100' --csv
  process records log.csv --header --agg count --group-by host,status --sort count:desc --top 10
  zcat big.csv.gz | process records - --names a,b,c --where 'a > 5' --select 'a, b / c as ratio' --head 20`;

/** Asks and prints. */
export async function run(
  operands: readonly string[],
  raw: RawRecordsOptions,
  io: CliIo,
): Promise<number> {
  const common = checkCommonOptions(raw);
  const { names, quote } = putBack(operands, raw.quote);
  if (names.length > 1) {
    throw new UsageError(
      `Cannot read records of more than one file at a time: received ${names.length}`,
    );
  }
  const asked = await checkOptions({ ...raw, quote });
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
function putBack(
  operands: readonly string[],
  quote: string | true | undefined,
): { names: readonly string[]; quote: string | boolean | undefined } {
  if (typeof quote !== "string" || quote.length === 1 && quote !== "-") {
    return { names: operands, quote };
  }
  return { names: [...operands, quote], quote: true };
}

type CheckedOptions = Omit<RecordOptions, keyof RunOptions>;

async function checkOptions(
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
      : parseSize(raw.maxRecord, "--max-record"),
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
    decimals: raw.decimals === "all"
      ? "all"
      : toCount(raw.decimals, "--decimals"),
  };
}

async function readFraming(
  name: string,
): Promise<CheckedOptions["framing"]> {
  const { readFramingFile } = await import("./framing_file.ts");
  return await readFramingFile(name);
}

function toCount(text: string | undefined, what: string): number | undefined {
  return text === undefined
    ? undefined
    : parseInteger(text, 0, Number.MAX_SAFE_INTEGER, what);
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
  await tellBad(name, asked, counts, context);
}

/** Groups, or the first rows in another order: they are few. */
async function answerWhole(
  name: string,
  asked: CheckedOptions,
  format: OutputFormat,
  { io, ...context }: CommandContext,
): Promise<RecordCounts> {
  const { recordStats } = await import("../runs.ts");
  const result = await withProgress(
    { io, ...context },
    (runOptions) => recordStats(toPath(name), { ...runOptions, ...asked }),
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
  const { recordRows } = await import("../runs.ts");
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
async function printWritten(
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

/** Tells of records that could not be read. */
async function tellBad(
  name: string,
  { onBad }: CheckedOptions,
  { badCount, bad }: RecordCounts,
  { io, options }: CommandContext,
): Promise<void> {
  if (onBad === "report") {
    for (const { reason, code } of bad) {
      const error = Object.assign(new Error(reason), { code });
      await io.stderr.write(failureLine(error, io, name));
    }
  }
  if (badCount === 0 || options.quiet) return;
  const what = badCount === 1 ? "1 record" : `${badCount} records`;
  const shown = onBad === "report" && badCount > bad.length
    ? `, of which the first ${bad.length} are named`
    : "";
  await io.stderr.write(
    `process: note: ${name}: ${what} could not be read${shown}\n`,
  );
}
