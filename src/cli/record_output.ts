/**
 * Rows of `process records` as a table, CSV or JSON.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import type { RecordColumn, RecordRow, RecordValue } from "../runs.ts";
import type { CliOutput } from "./io.ts";
import { showText } from "./names.ts";

/** Prints rows, one after the other. */
export interface RowPrinter {
  /** Prints what is in front of the rows. */
  begin(): Promise<void>;
  /** @returns What to wait for; nothing, mostly, so that most rows need no turn of the event loop. */
  row(values: RecordRow): Promise<void> | undefined;
  /** Prints what is left. */
  end(): Promise<void>;
}

/** Characters that go to the output at a time. */
const BATCH_LENGTH = 64 * 1024;

/** Rows that the widths of a table's columns are made from. */
const MEASURED_ROWS = 1000;

/** Makes a printer. */
export function rowPrinter(
  format: "table" | "csv" | "json",
  columns: readonly RecordColumn[],
  output: CliOutput,
): RowPrinter {
  switch (format) {
    case "table":
      return new TablePrinter(columns, output);
    case "csv":
      return new LinePrinter(
        output,
        csvLine(columns.map(({ name }) => name)),
        (values) => csvRow(values, columns),
      );
    case "json": {
      const names = columns.map(({ name }) => JSON.stringify(name));
      const line = (values: RecordRow) => jsonLine(values, names, columns);
      return new LinePrinter(output, "", line);
    }
  }
}

/** A value as CSV and tables show it; what there is none of is empty. */
function show(value: RecordValue, column: RecordColumn | undefined): string {
  if (value === null || value === undefined) return "";
  const decimals = column?.decimals;
  if (typeof value === "number" && decimals !== undefined) {
    return showFixed(value, decimals);
  }
  return value === 0 ? "0" : String(value);
}

/** Digits behind the point that are written by integers, and the unit of each number of them. */
const QUICK_DECIMALS_MAX = 9;
const UNITS = Array.from(
  { length: QUICK_DECIMALS_MAX + 1 },
  (_, decimals) => 10 ** decimals,
);

/** Scaled numbers up to this are integers that doubles hold. */
const SCALED_MAX = 1e15;

/**
 * A number with so many digits behind the point. What is a decimal of no more than those is written by its two
 * integers, which takes a third of the time of `toFixed`.
 */
function showFixed(value: number, decimals: number): string {
  const unit = decimals > 0 ? UNITS[decimals] ?? NaN : NaN;
  const scaled = Math.round(value * unit);
  const isQuick = scaled < SCALED_MAX && scaled > -SCALED_MAX &&
    scaled / unit === value;
  if (!isQuick) {
    // Fixed notation ends at 1e21, where decimals have long been lost.
    return Number.isFinite(value) ? value.toFixed(decimals) : String(value);
  }
  const whole = Math.trunc(scaled / unit);
  const rest = Math.abs(scaled - whole * unit);
  const sign = scaled < 0 && whole === 0 ? "-" : "";
  const digits = decimals === 1 ? rest : String(rest).padStart(decimals, "0");
  return `${sign}${whole}.${digits}`;
}

function csvRow(
  values: RecordRow,
  columns: readonly RecordColumn[],
): string {
  let line = "";
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? null;
    if (i > 0) line += ",";
    // Nothing else needs quotes.
    line += typeof value === "string"
      ? csvField(value)
      : show(value, columns[i]);
  }
  return endCsvLine(line);
}

function csvLine(fields: readonly string[]): string {
  return endCsvLine(fields.map(csvField).join(","));
}

function csvField(field: string): string {
  return /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

/** A line without anything would be none. */
function endCsvLine(line: string): string {
  return line === "" ? '""\n' : `${line}\n`;
}

/** @param names Of the columns, as JSON. */
function jsonLine(
  values: RecordRow,
  names: readonly string[],
  columns: readonly RecordColumn[],
): string {
  let line = "{";
  for (let i = 0; i < values.length; i++) {
    const value = jsonValue(values[i] ?? null, columns[i]);
    line += `${i > 0 ? "," : ""}${names[i]}:${value}`;
  }
  return `${line}}\n`;
}

/**
 * JSON has no infinities and no NaN, and its readers would round large integers: these are text, and so are all
 * integers of a column of 64 bits.
 */
function jsonValue(
  value: RecordValue,
  column: RecordColumn | undefined,
): string {
  // Readers of JSON refuse what stands for bytes that are no text.
  if (typeof value === "string") return JSON.stringify(value.toWellFormed());
  const isText = typeof value === "bigint" ||
    (typeof value === "number" &&
      (column?.wide === true || !Number.isFinite(value)));
  return JSON.stringify(isText ? String(value) : value);
}

/** Prints a line for each row. */
class LinePrinter implements RowPrinter {
  readonly #output: CliOutput;
  readonly #lineOf: (values: RecordRow) => string;
  #text: string;

  constructor(
    output: CliOutput,
    head: string,
    lineOf: (values: RecordRow) => string,
  ) {
    this.#output = output;
    this.#text = head;
    this.#lineOf = lineOf;
  }

  async begin(): Promise<void> {
    await this.end();
  }

  row(values: RecordRow): Promise<void> | undefined {
    this.#text += this.#lineOf(values);
    return this.#text.length >= BATCH_LENGTH ? this.end() : undefined;
  }

  async end(): Promise<void> {
    const text = this.#text;
    this.#text = "";
    if (text === "") return;
    await this.#output.write(text);
    // Where writing never waits, as to a file, Bun keeps what was written until the event loop has a turn.
    await nextTurn();
  }
}

/** Prints a table whose columns are as wide as those of its first rows need. */
class TablePrinter implements RowPrinter {
  readonly #columns: readonly RecordColumn[];
  readonly #lines: LinePrinter;
  #waiting: string[][] = [];
  #widths: readonly number[] | undefined;

  constructor(columns: readonly RecordColumn[], output: CliOutput) {
    this.#columns = columns;
    // What comes there are lines already.
    this.#lines = new LinePrinter(output, "", ([line]) => String(line));
  }

  async begin(): Promise<void> {}

  row(values: RecordRow): Promise<void> | undefined {
    const cells = values.map((value, i) =>
      showText(show(value, this.#columns[i]))
    );
    if (this.#widths !== undefined) return this.#print(cells, this.#widths);
    this.#waiting.push(cells);
    return this.#waiting.length >= MEASURED_ROWS ? this.#flush() : undefined;
  }

  async end(): Promise<void> {
    if (this.#widths === undefined) await this.#flush();
    await this.#lines.end();
  }

  async #flush(): Promise<void> {
    const names = this.#columns.map(({ name }) => showText(name));
    const rows = [names, ...this.#waiting];
    const widths = names.map((_, i) =>
      rows.reduce((most, cells) => Math.max(most, widthOf(cells[i] ?? "")), 0)
    );
    this.#widths = widths;
    this.#waiting = [];
    await this.#print(names, widths);
    await this.#print(widths.map((width) => "─".repeat(width)), widths);
    for (const cells of rows.slice(1)) await this.#print(cells, widths);
  }

  #print(
    cells: readonly string[],
    widths: readonly number[],
  ): Promise<void> | undefined {
    const padded = cells.map((cell, i) => {
      const blanks = " ".repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)));
      return this.#columns[i]?.type === "number"
        ? blanks + cell
        : cell + blanks;
    });
    return this.#lines.row([`${padded.join("  ").trimEnd()}\n`]);
  }
}

/** Columns of a terminal that text takes: marks that stand on another character take none, wide ones two. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (/\p{M}/u.test(character)) continue;
    width += isWide(character.codePointAt(0) ?? 0) ? 2 : 1;
  }
  return width;
}

/** Whether a character is as wide as those of Chinese are (Unicode, East Asian Width W and F; the common blocks). */
function isWide(point: number): boolean {
  if (point < 0x1100) return false;
  return point <= 0x115f || (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) ||
    (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) ||
    (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) ||
    (point >= 0x1f300 && point <= 0x1faff) ||
    (point >= 0x20000 && point <= 0x3fffd);
}
