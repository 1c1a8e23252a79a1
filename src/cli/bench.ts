/**
 * The command `process bench`.
 *
 * @module
 */
import type { Command } from "commander";
import type {
  BenchModel,
  BenchOperation,
  BenchOptions,
  BenchResult,
  BenchRow,
} from "../runs.ts";
import { benchTable } from "./bench_table.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { OutputFile } from "./output_file.ts";
import { forEachFile, noteHotFile, withProgress } from "./run.ts";

interface RawBenchOptions extends RawCommonOptions {
  readonly op?: string;
  readonly runs?: string;
  readonly seed?: string;
  readonly cold?: boolean;
  readonly html?: string;
  readonly match?: string;
  readonly hex?: string;
}

const WORKERS_MAX = 512;
const RUNS_MAX = 1000;
const SEED_MAX = 2 ** 32 - 1;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE")
    .description(
      `Measures what ways of getting at a file's bytes cost on this machine, and how many workers pay.

Strategies:
  chunked   one thread: for await over a stream, as the runtime cuts it
            (Deno, Node: 64 KiB)
  readinto  one thread: reads of 1 MiB into one buffer, again and again
  preload   workers read the file into shared memory, ahead of their scan
  map       workers map the file over shared memory, segment by segment
  stream    workers read segment after segment, each into a slot of its own;
            the first is the command's own thread, as in all commands

Operations, the same work for all strategies:
  count     lines; in one thread with indexOf
  blake3    BLAKE3; in one thread with our kernel too, as no runtime has it
  crc32     CRC-32; in one thread with the runtime's own, if it has one
  find      how often a pattern occurs; in one thread with Buffer.indexOf
  records   the sum of a u32 of each 32-byte record ("process generate
            records" makes them); in one thread with a DataView

Runs are interleaved in random order, and their results compared. Times are from the call to the result, workers started in it, without the runtime's own start. Memory is what a run takes on top of what the process had.

What more cores would give is calculated, not measured, where one worker and one for each core were: from the time that more workers do not shorten (fixed, as a trace shows it) and how much each lengthens the work of all (growth).`,
    )
    .argument("[file]", "the file to measure with")
    .option("--op <name>", "count, blake3, crc32, find or records", "count")
    .option(
      "--match <text>",
      "what find looks for (default: the 8 bytes in the file's middle)",
    )
    .option("--hex <bytes>", "the same as bytes in hexadecimal")
    .option("--runs <n>", `timed runs of each strategy, 1 to ${RUNS_MAX}`, "5")
    .option("--cold", "drop the file from the page cache before each run")
    .option("--seed <n>", "what the order of the runs depends on")
    .option("--html <file>", "write a report with plots, in one file")
    .addHelpText(
      "after",
      `
--workers takes a list here, such as 1,2,4. Without it: powers of two up to the
cores, and the cores; with --cold also twice the cores, as a worker that waits
for the disk leaves its core to another.

Examples:
  process bench big.data
  process bench big.data --op blake3 --workers 1,2,4,8 --html report.html
  process bench big.data --cold --json`,
    );
}

/** Measures, prints, and writes the report. */
export async function run(
  operands: readonly string[],
  raw: RawBenchOptions,
  io: CliIo,
): Promise<number> {
  const { workers, ...rest } = raw;
  const options = checkCommonOptions(rest);
  const settings = await checkSettings(raw, workers);
  const [file] = operands;
  if (file === undefined) throw new UsageError("missing FILE");
  const report = raw.html === undefined
    ? undefined
    : await openReport(raw.html, file, io);
  try {
    return await measure(file, settings, options, io, report);
  } finally {
    await report?.close();
  }
}

async function measure(
  file: string,
  settings: BenchOptions,
  options: CommonOptions,
  io: CliIo,
  report: Report | undefined,
): Promise<number> {
  let measured: BenchResult | undefined;
  const code = await forEachFile([file], io, options, async (_, context) => {
    const { benchFile } = await import("../bench_file.ts");
    await noteHotFile(file, io, options);
    const result = measured = await withProgress(
      context,
      ({ segmentBytes, signal, onProgress, onNote }) =>
        benchFile(toPath(file), {
          ...settings,
          segmentBytes,
          signal,
          onProgress,
          onNote,
        }),
    );
    for (const { trace } of result.rows) {
      if (trace !== undefined) options.onTrace?.(trace);
    }
    await io.stdout.write(
      options.json
        ? jsonRows(file, result)
        : benchTable(file, result, io, options),
    );
  });
  // What fails here is not about the file that was measured.
  if (measured !== undefined) await report?.write(measured);
  return code;
}

async function checkSettings(
  raw: RawBenchOptions,
  workers: string | undefined,
): Promise<BenchOptions> {
  const { BENCH_OPERATIONS } = await import("../bench/types.ts");
  if (raw.io !== undefined) {
    throw new UsageError(
      `Cannot use --io as all ways of reading are measured: received "${raw.io}"`,
    );
  }
  return {
    operation: checkOperation(raw.op ?? "count", BENCH_OPERATIONS),
    pattern: checkPattern(raw),
    workers: workers === undefined ? undefined : parseWorkers(workers),
    runs: parseInteger(raw.runs ?? "5", 1, RUNS_MAX, "--runs"),
    seed: raw.seed === undefined
      ? undefined
      : parseInteger(raw.seed, 0, SEED_MAX, "--seed"),
    cold: raw.cold === true,
  };
}

function checkOperation(
  text: string,
  operations: readonly BenchOperation[],
): BenchOperation {
  const operation = operations.find((known) => known === text);
  if (operation !== undefined) return operation;
  throw new UsageError(
    `Cannot use --op as it must be one of ${
      operations.join(", ")
    }: received "${text}"`,
  );
}

function checkPattern(
  { op, match, hex }: RawBenchOptions,
): Uint8Array | undefined {
  if (match === undefined && hex === undefined) return undefined;
  if (op !== "find" || (match !== undefined && hex !== undefined)) {
    throw new UsageError(
      "Cannot use --match or --hex but with --op find, and one of the two",
    );
  }
  const bytes = match === undefined
    ? parseHex(hex ?? "")
    : new TextEncoder().encode(match);
  if (bytes.byteLength > 0) return bytes;
  throw new UsageError(
    `Cannot look for a pattern as it must have at least one byte: received ""`,
  );
}

function parseHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  if (/^([0-9a-fA-F]{2})*$/.test(digits)) {
    return Uint8Array.from(
      digits.match(/../g) ?? [],
      (pair) => parseInt(pair, 16),
    );
  }
  throw new UsageError(
    `Cannot use --hex as it must be pairs of hexadecimal digits: received "${text}"`,
  );
}

function parseWorkers(text: string): number[] {
  const counts = text.split(",").map((part) =>
    parseInteger(part.trim(), 1, WORKERS_MAX, "--workers")
  );
  return [...new Set(counts)].sort((left, right) => left - right);
}

/** A report that is to be written. */
interface Report {
  write(result: BenchResult): Promise<void>;
  /** Called once at the end, however it ended. */
  close(): Promise<void>;
}

/** Gets all that a report takes before the measuring begins. */
async function openReport(
  name: string,
  input: string,
  io: CliIo,
): Promise<Report> {
  const { benchReport, loadChartJs } = await import(
    "../report/bench_report.ts"
  );
  const chartJs = await loadChartJs();
  const target = await OutputFile.open(name, "--html", [input], io.signal);
  let isOpen = true;
  return {
    write: async (result) => {
      isOpen = false;
      await target.write(benchReport(input, result, chartJs));
    },
    close: async () => {
      if (isOpen) await target.discard();
    },
  };
}

function jsonRows(file: string, result: BenchResult): string {
  const { operation, byteLength, runs, seed, cache, found, models } = result;
  const lines = result.rows.map(({ trace: _, figures, ...row }) =>
    JSON.stringify({
      file,
      operation,
      ...row,
      unavailable: row.unavailable ?? null,
      byteLength,
      cache,
      runs,
      seed,
      found,
      seconds: figures?.seconds ?? null,
      bytesPerSecond: figures?.bytesPerSecond ?? null,
      overChunked: figures?.overChunked ?? null,
      overOneWorker: figures?.overOneWorker ?? null,
      peakBytes: figures?.peakBytes ?? null,
      cpuSeconds: figures?.cpuSeconds ?? null,
      modelled: modelOf(row, models),
    })
  );
  return `${lines.join("\n")}\n`;
}

/** The model of a strategy stands in the row of the most workers from which it was made. */
function modelOf(
  { strategy, workers }: Pick<BenchRow, "strategy" | "workers">,
  models: readonly BenchModel[],
): Omit<BenchModel, "strategy" | "measuredWorkers"> | null {
  const model = models.find((each) =>
    each.strategy === strategy && each.measuredWorkers === workers
  );
  if (model === undefined) return null;
  const { fixedSeconds, growth, points } = model;
  return { fixedSeconds, growth, points };
}
