/**
 * Rows of a report: a figure, its spread, its target and whether that is met.
 *
 * @module
 */
import process from "node:process";
import type { Stamp } from "./stamp.ts";

/** What a figure should be. */
export interface Target {
  readonly bound: "at least" | "at most";
  readonly value: number;
}

/** A target that a figure has to reach. */
export function atLeast(value: number): Target {
  return { bound: "at least", value };
}

/** A target that a figure has to stay under. */
export function atMost(value: number): Target {
  return { bound: "at most", value };
}

/** What was measured. */
export interface Figure {
  /** Median. */
  readonly value: number;
  /** `x`: times as fast as the rival; otherwise milliseconds or megabytes. */
  readonly unit: "x" | "ms" | "MB";
  /** Smallest and largest. */
  readonly spread: readonly [number, number];
  /** How many runs the median is of. */
  readonly runs: number;
  /** In words, what was compared, with bare figures. */
  readonly detail: string;
}

/** The answer to one question. */
export interface Row {
  readonly name: string;
  readonly figure?: Figure;
  /** Absent where a figure is given for information. */
  readonly target?: Target | undefined;
  /** What two threads got done against one right before: 2 if both cores are really there. */
  readonly cores?: number | undefined;
  /** Why there is no figure. */
  readonly skipped?: string;
  /** What went wrong. */
  readonly error?: string;
}

/** Below this, two threads had less than two cores and a figure says little. */
export const CORES_MIN: number = 1.85;

/** Whether a row's target is met; `undefined` if it has none or no figure. */
export function isMet({ figure, target }: Row): boolean | undefined {
  if (figure === undefined || target === undefined) return undefined;
  return target.bound === "at least"
    ? figure.value >= target.value
    : figure.value <= target.value;
}

/** Prints rows as they come. */
export class Report {
  readonly #bench: string;
  readonly #stamp: Stamp;
  readonly #json: boolean;

  constructor(bench: string, stamp: Stamp, json: boolean) {
    this.#bench = bench;
    this.#stamp = stamp;
    this.#json = json;
    if (json) return;
    const { commit, runtime, processor, cores, cache, date } = stamp;
    print(
      `${bench}: commit ${commit} · ${runtime} · ${processor}, ${cores} cores · ${cache} · ${date}`,
    );
  }

  add(row: Row): void {
    if (this.#json) {
      print(JSON.stringify({
        bench: this.#bench,
        ...row,
        met: isMet(row),
        stamp: this.#stamp,
      }));
    } else {
      print(`  ${row.name.padEnd(34)} ${outcome(row)}`);
    }
  }
}

function outcome(row: Row): string {
  if (row.error !== undefined) return `WRONG    ${row.error}`;
  if (row.skipped !== undefined) return `skipped  ${row.skipped}`;
  const { figure } = row;
  if (figure === undefined) return "right";
  const { value, unit, spread, runs, detail } = figure;
  const bounds = spread.map((bound) => digits(bound, unit)).join("..");
  return [
    `${digits(value, unit)} ${unit}`.padStart(9),
    `[${bounds}]`.padEnd(15),
    verdict(row).padEnd(20),
    `${detail}; ${runs} runs${coresText(row.cores)}`,
  ].join("  ");
}

function verdict(row: Row): string {
  const { figure, target } = row;
  if (figure === undefined || target === undefined) return "(no target)";
  const sign = target.bound === "at least" ? ">=" : "<=";
  const text = `${sign} ${digits(target.value, figure.unit)}`;
  return `${text} ${isMet(row) ? "met" : "MISSED"}`;
}

function coresText(cores: number | undefined): string {
  if (cores === undefined) return "";
  const text = `; two threads got ${cores.toFixed(2)} cores`;
  return cores < CORES_MIN ? `${text}: TOO FEW` : text;
}

function digits(value: number, unit: Figure["unit"]): string {
  return unit === "x" ? value.toFixed(2) : value.toFixed(1);
}

/** Written at once, because a benchmark may keep the event loop from turning for long. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
