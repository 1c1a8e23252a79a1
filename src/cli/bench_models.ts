/**
 * What more cores would give, as lines below the table of a measurement.
 *
 * @module
 */
import type { BenchModel, BenchModelPoint } from "../runs.ts";
import { showGigabytes, showRatio, showSeconds } from "./bench_units.ts";

const GAP = "  ";

/** Which columns there are besides those of strategies and ratios. */
interface Layout {
  readonly terms: boolean;
  readonly rates: boolean;
}

/** The first that fits is taken, or the last. */
const LAYOUTS: readonly Layout[] = [
  { terms: true, rates: true },
  { terms: true, rates: false },
  { terms: false, rates: false },
];

/** @returns No lines if there are no models; otherwise a heading and one line for each. */
export function modelLines(
  models: readonly BenchModel[],
  terminalColumns: number,
): string[] {
  if (models.length === 0) return [];
  const tables = LAYOUTS.map((layout) => alignColumns(cells(models, layout)));
  const table = tables.find(([head = ""]) => head.length <= terminalColumns) ??
    tables.at(-1) ?? [];
  return ["on more cores: modelled, not measured", ...table];
}

function cells(models: readonly BenchModel[], layout: Layout): string[][] {
  const counts = models[0]?.points.map(({ workers }) => workers) ?? [];
  return [
    [
      "strategy",
      ...layout.terms ? ["fixed", "growth"] : [],
      ...counts.map((count) => `${count} cores`),
    ],
    ...models.map(({ strategy, fixedSeconds, growth, points }) => [
      strategy,
      ...layout.terms
        ? [showSeconds(fixedSeconds), `${(100 * growth).toFixed(0)} %`]
        : [],
      ...points.map((point) => pointCell(point, layout)),
    ]),
  ];
}

function pointCell(
  { bytesPerSecond, overOneWorker }: BenchModelPoint,
  { rates }: Layout,
): string {
  const ratio = showRatio(overOneWorker);
  return rates ? `${showGigabytes(bytesPerSecond)} GB/s ${ratio}` : ratio;
}

/** The first column to the left, the others to the right. All lines are equally long. */
function alignColumns(table: readonly (readonly string[])[]): string[] {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0))
  );
  return table.map((row) =>
    row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    }).join(GAP)
  );
}
