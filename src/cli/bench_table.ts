/**
 * A measurement as a table with bars.
 *
 * @module
 */
import type { BenchFigures, BenchResult, BenchRow } from "../runs.ts";
import { modelLines } from "./bench_models.ts";
import { showGigabytes, showRatio, showSeconds } from "./bench_units.ts";
import type { CliIo } from "./io.ts";
import { showText } from "./names.ts";
import { type Paint, painter } from "./paint.ts";
import { showShortSize } from "./units.ts";

/** One column. Those with the higher rank go first where the terminal is narrow; 0 stays. */
interface Column {
  readonly title: string;
  readonly rank: number;
  readonly alignment: "left" | "right";
  cell(row: BenchRow, figures: BenchFigures): string;
}

const COLUMNS: readonly Column[] = [
  {
    title: "median",
    rank: 2,
    alignment: "right",
    cell: (_, { seconds }) => showSeconds(seconds.median),
  },
  {
    title: "spread",
    rank: 3,
    alignment: "right",
    cell: (_, { seconds }) => {
      const half = (seconds.max - seconds.min) / 2 / seconds.median;
      return `±${(100 * half).toFixed(0)} %`;
    },
  },
  {
    title: "vs chunked",
    rank: 1,
    alignment: "right",
    cell: (_, { overChunked }) => showRatio(overChunked),
  },
  {
    title: "vs 1 worker",
    rank: 4,
    alignment: "right",
    cell: (_, { overOneWorker }) => showRatio(overOneWorker),
  },
  {
    title: "memory",
    rank: 5,
    alignment: "right",
    cell: (_, { peakBytes }) =>
      peakBytes === undefined ? "-" : showShortSize(peakBytes),
  },
  {
    title: "CPU",
    rank: 6,
    alignment: "right",
    cell: (_, { cpuSeconds }) =>
      cpuSeconds === undefined ? "-" : showSeconds(cpuSeconds),
  },
];

const NAME: Column = {
  title: "strategy",
  rank: 0,
  alignment: "left",
  cell: ({ strategy, workers }) =>
    workers === 0 ? strategy : `${strategy} x${workers}`,
};

const RATE: Column = {
  title: "GB/s",
  rank: 0,
  alignment: "right",
  cell: (_, { bytesPerSecond }) => showGigabytes(bytesPerSecond),
};

const GAP = "  ";
const BAR_COLUMNS_MIN = 8;
const BAR_COLUMNS_MAX = 32;

/** Writes a measurement down. @param name The file, as the user named it. */
export function benchTable(
  name: string,
  result: BenchResult,
  io: CliIo,
  options: { readonly color: boolean },
): string {
  const paint = painter(io, options);
  const { rows, models } = result;
  const terminalColumns = io.stdout.columns ?? 120;
  const columns = chooseColumns(rows, terminalColumns);
  const modelled = modelLines(models, terminalColumns).map(paint.dim);
  const lines = rows.map((row) => tableLine(row, columns, rows, paint));
  return [
    paint.bold(showText(name)),
    ...describe(result).map((line) => `  ${paint.dim(line)}`),
    "",
    paint.dim(headLine(columns)),
    ...lines,
    ...modelled.length > 0 ? ["", ...modelled] : [],
    "",
  ].join("\n");
}

function describe(result: BenchResult): string[] {
  const { operation, byteLength, cache, runs, seed, found, machine } = result;
  return [
    `${operation} of ${showShortSize(byteLength)}, ${
      cache === "larger than memory" ? cache : `${cache} cache`
    }: ${found}`,
    `${machine.runtime}, ${machine.processor}, ${machine.cores} cores`,
    `${runs} run${
      runs === 1 ? "" : "s"
    } of each, in random order (--seed ${seed})`,
  ];
}

/** What is shown, and how wide. */
interface Layout {
  readonly columns: readonly {
    readonly column: Column;
    readonly width: number;
  }[];
  /** 0 where there is no room for bars. */
  readonly barColumns: number;
}

function chooseColumns(
  rows: readonly BenchRow[],
  terminalColumns: number,
): Layout {
  for (let rank = 6;; rank--) {
    const columns = [NAME, RATE, ...COLUMNS]
      .filter((column) => column.rank <= rank)
      .map((column) => ({ column, width: widthOf(column, rows) }));
    const used = columns.reduce((sum, { width }) => sum + width, 0) +
      GAP.length * columns.length;
    const left = terminalColumns - used;
    if (left >= BAR_COLUMNS_MIN) {
      return { columns, barColumns: Math.min(BAR_COLUMNS_MAX, left) };
    }
    if (rank === 0) return { columns, barColumns: 0 };
  }
}

function widthOf(column: Column, rows: readonly BenchRow[]): number {
  const cells = rows.map((row) =>
    row.figures === undefined && column !== NAME
      ? 0
      : cellOf(column, row).length
  );
  return Math.max(column.title.length, ...cells);
}

function cellOf(column: Column, row: BenchRow): string {
  if (row.figures !== undefined) return column.cell(row, row.figures);
  return column === NAME ? NAME.cell(row, NO_FIGURES) : "";
}

const NO_FIGURES: BenchFigures = {
  seconds: { median: 0, min: 0, max: 0 },
  bytesPerSecond: 0,
  overChunked: undefined,
  overOneWorker: undefined,
  peakBytes: undefined,
  cpuSeconds: undefined,
};

function headLine({ columns, barColumns }: Layout): string {
  const [name, ...rest] = columns.map(({ column, width }) =>
    pad(column.title, width, column.alignment)
  );
  return joinCells([name ?? "", " ".repeat(barColumns), ...rest]);
}

function tableLine(
  row: BenchRow,
  { columns, barColumns }: Layout,
  rows: readonly BenchRow[],
  paint: Paint,
): string {
  const cells = columns.map(({ column, width }) =>
    pad(cellOf(column, row), width, column.alignment)
  );
  const [name = "", ...rest] = cells;
  if (row.unavailable !== undefined) {
    return paint.dim(
      `${name}${GAP}not available: ${showText(row.unavailable)}`,
    );
  }
  const rates = rows.map(({ figures }) => figures?.bytesPerSecond ?? 0);
  const fastest = Math.max(...rates);
  const rate = row.figures?.bytesPerSecond ?? 0;
  const text = bar(rate / fastest, barColumns);
  const painted = row.workers === 0 ? paint.dim(text) : text;
  const line = joinCells([name, painted, ...rest]);
  return rate === fastest ? paint.bold(line) : line;
}

function joinCells(cells: readonly string[]): string {
  return cells.filter((cell) => cell !== "").join(GAP).trimEnd();
}

function pad(text: string, width: number, alignment: "left" | "right"): string {
  return alignment === "left" ? text.padEnd(width) : text.padStart(width);
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar on a field of `columns`, to an eighth of a column. @param share From 0 to 1. */
export function bar(share: number, columns: number): string {
  const eighths = Math.round(share * columns * 8);
  const whole = Math.floor(eighths / 8);
  const text = "█".repeat(whole) + (EIGHTHS[eighths % 8] ?? "");
  return text.padEnd(columns);
}
