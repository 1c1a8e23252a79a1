/**
 * The figures of a measurement as rows of a table in HTML.
 *
 * @module
 */
import type { BenchRow } from "../bench/types.ts";
import { rowLabel } from "./chart_data.ts";
import { escapeHtml } from "./html.ts";

const UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size in the largest unit of which there is at least one: `1.5 MiB`. */
export function showBytes(byteLength: number): string {
  let value = byteLength;
  let unit = 0;
  for (; value >= 1023.5 && unit < UNITS.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${Number(value.toFixed(digits))} ${UNITS[unit] ?? ""}`;
}

/** A count with its digits grouped: `1,048,576`. */
export function showCount(count: number): string {
  return count.toLocaleString("en-US");
}

/** One row for each strategy, also for those that cannot be had. */
export function tableRows(rows: readonly BenchRow[]): string {
  const fastest = Math.max(
    ...rows.map(({ figures }) => figures?.bytesPerSecond ?? 0),
  );
  return rows.map((row) => tableRow(row, fastest)).join("\n");
}

function tableRow(row: BenchRow, fastest: number): string {
  const { figures, unavailable = "it was not measured" } = row;
  const label = `<td>${escapeHtml(rowLabel(row))}</td>`;
  if (figures === undefined) {
    return `<tr>${label}<td class="reason" colspan="8">not available: ${
      escapeHtml(unavailable)
    }</td></tr>`;
  }
  const { seconds, bytesPerSecond } = figures;
  const cells = [
    (bytesPerSecond / 1e9).toFixed(2),
    showSeconds(seconds.median),
    showSeconds(seconds.min),
    showSeconds(seconds.max),
    showRatio(figures.overChunked),
    showRatio(figures.overOneWorker),
    figures.peakBytes === undefined ? "–" : showBytes(figures.peakBytes),
    figures.cpuSeconds === undefined ? "–" : showSeconds(figures.cpuSeconds),
  ];
  const best = bytesPerSecond === fastest ? ' class="best"' : "";
  const tds = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
  return `<tr${best}>${label}${tds}</tr>`;
}

/** A time in milliseconds or seconds. */
export function showSeconds(seconds: number): string {
  return seconds < 1
    ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 1)} ms`
    : `${seconds.toFixed(2)} s`;
}

/** How many times as fast; a dash where it is not known. */
export function showRatio(ratio: number | undefined): string {
  return ratio === undefined ? "–" : `${ratio.toFixed(2)}×`;
}
