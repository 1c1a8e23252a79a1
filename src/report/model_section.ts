/**
 * What more cores would give, in the page of a measurement.
 *
 * @module
 */
import type { BenchModel } from "../bench/types.ts";
import { showRatio, showSeconds } from "./figures_table.ts";
import { escapeHtml } from "./html.ts";

/** Height of the plot in pixels. */
const PLOT_HEIGHT = 320;

/** @returns Nothing where nothing is modelled. */
export function modelSection(models: readonly BenchModel[]): string {
  const [first] = models;
  if (first === undefined) return "";
  const heads = first.points.map(({ workers }) => `<th>${workers} cores</th>`);
  return `<h2>On more cores: modelled, not measured</h2>
<p class="dim">What more workers would do with a core for each, calculated from one worker, the ${first.measuredWorkers} that
have a core each here, and the trace: <em>fixed</em> is the time that more workers do not shorten (opening, starting threads, waiting,
ending), <em>growth</em> by how much each further worker lengthens the work of all, as memory and caches are shared and each
thread has to warm up. The larger the file, the more it tells. Dashed lines are modelled.</p>
<div class="panel"><div class="plot" style="height:${PLOT_HEIGHT}px"><canvas id="modelled" role="img" aria-label="Modelled speed-up over one worker by count of cores"></canvas></div></div>
<div class="scroll"><table class="modelled">
<thead><tr><th>strategy</th><th>fixed</th><th>growth</th>${
    heads.join("")
  }</tr></thead>
<tbody>
${models.map(modelRow).join("\n")}
</tbody>
</table></div>`;
}

function modelRow(
  { strategy, fixedSeconds, growth, points }: BenchModel,
): string {
  const cells = [
    showSeconds(fixedSeconds),
    `${(100 * growth).toFixed(0)} %`,
    ...points.map(({ bytesPerSecond, overOneWorker }) =>
      `${(bytesPerSecond / 1e9).toFixed(2)} GB/s, ${showRatio(overOneWorker)}`
    ),
  ];
  const tds = cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("");
  return `<tr><td>${escapeHtml(strategy)}</td>${tds}</tr>`;
}
