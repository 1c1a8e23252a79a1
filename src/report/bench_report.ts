/**
 * A measurement as a page: one file, which needs no network.
 *
 * @module
 */
import { STRATEGY_TEXTS } from "../bench_file.ts";
import type { BenchResult, BenchRow } from "../bench/types.ts";
import { chartData, rowLabel } from "./chart_data.ts";
import { showBytes, showCount, tableRows } from "./figures_table.ts";
import { escapeHtml, scriptCode, scriptJson } from "./html.ts";
import { modelSection } from "./model_section.ts";
import { REPORT_SCRIPT } from "./script.ts";
import { REPORT_STYLE } from "./style.ts";

export { loadChartJs } from "./chart_js.ts";

/** What is done to the bytes, for readers. */
const OPERATION_TEXTS = {
  count: "counting lines; the single-threaded strategies with indexOf",
  blake3:
    "BLAKE3; the single-threaded strategies with sabmap's kernel too, as no runtime has one",
  crc32:
    "CRC-32; the single-threaded strategies with the runtime's own function where there is one",
  find:
    "how often a pattern occurs; the single-threaded strategies with Buffer.indexOf",
  records:
    "summing a u32 of each 32-byte record; the single-threaded strategies with a DataView",
} as const;

/** Nothing may be loaded from anywhere. */
const POLICY =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";

/**
 * Makes the page.
 *
 * @param name The file, as the user named it.
 * @param chartJs Code of chart.js, from {@link loadChartJs}.
 */
export function benchReport(
  name: string,
  result: BenchResult,
  chartJs: string,
): string {
  const title = `Reading ${name.replace(/^.*\//, "")}`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(wellFormed(title))}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
${header(wellFormed(title), wellFormed(name), result)}
${plots(result)}
${table(result)}
${method(wellFormed(name), result)}
<script>${scriptCode(chartJs)}</script>
<script>const DATA = ${scriptJson(chartData(result))};${
    scriptCode(REPORT_SCRIPT)
  }</script>
</body>
</html>
`;
}

/** UTF-8 has no lone surrogates, which stand for odd bytes in names (cli/names.ts). */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

function header(title: string, name: string, result: BenchResult): string {
  const { machine, byteLength, operation, found, cache, date } = result;
  const notes = result.notes.map((note) =>
    `<p class="note">${escapeHtml(wellFormed(note))}</p>`
  );
  return `<header>
<h1>${escapeHtml(title)}</h1>
<p class="dim"><code>${escapeHtml(name)}</code>, ${
    showCount(byteLength)
  } bytes (${showBytes(byteLength)}), ${
    cache === "larger than memory" ? cache : `${cache} page cache`
  }. ${escapeHtml(operation)}: <code>${escapeHtml(found)}</code></p>
<p class="dim">${escapeHtml(machine.runtime)}, ${
    escapeHtml(machine.processor)
  }, ${machine.cores} cores, ${
    machine.memoryBytes === undefined
      ? ""
      : `${showBytes(machine.memoryBytes)} of memory, `
  }${escapeHtml(machine.system)}, ${
    escapeHtml(date.slice(0, 16).replace("T", " "))
  } UTC</p>
<p class="lead">${summary(result)}</p>
${notes.join("\n")}
</header>`;
}

function summary({ rows }: BenchResult): string {
  const best = fastestOf(rows);
  if (best?.figures === undefined) return "";
  const { bytesPerSecond, overChunked } = best.figures;
  const over = overChunked === undefined || best.strategy === "chunked"
    ? ""
    : `, ${overChunked.toFixed(1)} times as fast as chunked reading`;
  return `Fastest: <strong>${escapeHtml(rowLabel(best))}</strong>, ${
    (bytesPerSecond / 1e9).toFixed(2)
  } GB/s${over}.`;
}

/** @returns `undefined` if none has figures. */
function fastestOf(rows: readonly BenchRow[]): BenchRow | undefined {
  const rate = ({ figures }: BenchRow): number => figures?.bytesPerSecond ?? 0;
  return rows.filter(({ figures }) => figures !== undefined)
    .sort((left, right) => rate(right) - rate(left))[0];
}

function plots({ rows, operation, models }: BenchResult): string {
  const counts = new Set(
    rows.map(({ workers }) => workers).filter((n) => n > 0),
  );
  const traced = rows.filter(({ trace }) => trace !== undefined);
  const best = fastestOf(traced.filter(({ workers }) => workers > 0));
  const choices = traced.map((row) =>
    `<option${row === best ? " selected" : ""}>${
      escapeHtml(rowLabel(row))
    }</option>`
  );
  const height = 70 + 30 * rows.length;
  return `<section>
<h2>Throughput</h2>
<p class="dim">The median; the line spans the slowest and the fastest run.</p>
<div class="panel">${
    plot("rates", height, `Throughput of ${operation} by strategy`)
  }</div>
<h2>Scaling</h2>
<div class="panel">${
    counts.size > 1
      ? plot("scaling", 320, "Speed-up over one worker by count of workers")
      : "<p>One count of workers was measured: there is no scaling to show.</p>"
  }</div>
${modelSection(models)}
<h2>Where the time goes</h2>
<p class="dim">Of one more run of each, with a trace, which is in no other figure.
<em>start</em>: until the thread is up; <em>open</em>: until it can claim; <em>fill</em>: bytes come into memory;
<em>scan</em>: the work itself; <em>merge</em>: partial results are joined and handed over; <em>idle</em>: waiting for others;
<em>other</em>: in between; <em>done</em>: nothing left to do. The mean over the threads that scan.</p>
<div class="panel">${plot("split", height, "Time by phase and strategy")}</div>
<h2>Timeline</h2>
<p><label>Threads of <select id="which" autocomplete="off">${
    choices.join("")
  }</select></label>
<span class="dim">from the call to the result; the height of a colour is its share of that moment</span></p>
<div class="panel"><div class="legend" id="phases"></div><div id="threads"></div></div>
<noscript><p class="note">The plots are drawn by a script in this file; the table has their figures.</p></noscript>
</section>`;
}

function plot(id: string, height: number, label: string): string {
  return `<div class="plot" style="height:${height}px"><canvas id="${id}" role="img" aria-label="${
    escapeHtml(label)
  }"></canvas></div>`;
}

function table({ rows }: BenchResult): string {
  return `<section>
<h2>Figures</h2>
<div class="scroll"><table>
<thead><tr><th>strategy</th><th>GB/s</th><th>median</th><th>fastest</th><th>slowest</th><th>vs chunked</th><th>vs 1 worker</th><th>memory</th><th>CPU</th></tr></thead>
<tbody>
${tableRows(rows)}
</tbody>
</table></div>
</section>`;
}

function method(name: string, result: BenchResult): string {
  const { operation, runs, seed, rows, cache } = result;
  const counts = [...new Set(rows.map(({ workers }) => workers))]
    .filter((count) => count > 0);
  const command = `process bench ${quote(name)} --op ${operation} --workers ${
    counts.join(",")
  } --runs ${runs} --seed ${seed}${cache === "cold" ? " --cold" : ""}`;
  const terms = Object.entries(STRATEGY_TEXTS).map(([strategy, text]) =>
    `<dt>${escapeHtml(strategy)}</dt><dd>${escapeHtml(text)}</dd>`
  );
  return `<section>
<h2>How it was measured</h2>
<dl>${terms.join("")}<dt>${escapeHtml(operation)}</dt><dd>${
    escapeHtml(OPERATION_TEXTS[operation])
  }</dd></dl>
<p class="dim">${runs} timed run${
    runs === 1 ? "" : "s"
  } of each, in rounds, each round in a new random order; results compared in every run.
Times are from the call to the result, workers started in it. Ratios are medians over the rounds. Memory is the resident
memory that a run took on top of what the process had; CPU is the processor time of all threads.</p>
<p class="dim">Again: <code>${escapeHtml(command)}</code></p>
</section>`;
}

/** As a shell wants it. */
function quote(name: string): string {
  return /^[\w./-]+$/.test(name) ? name : `'${name.replace(/'/g, `'\\''`)}'`;
}
