import * as fs from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { benchReport, loadChartJs } from "../src/report/bench_report.ts";
import { escapeHtml, scriptCode, scriptJson } from "../src/report/html.ts";
import { sampleModel, sampleResult } from "./bench_samples.ts";
import { hasTool } from "./tools.ts";
import { temporaryFiles } from "./temporary_files.ts";

const NAME = `a</script><script>alert(1)</script>"'&\u2028\ud800.bin`;
const files = temporaryFiles();
const chartJs = loadChartJs();
const models = [sampleModel("preload"), sampleModel("stream")];
const page = benchReport(NAME, sampleResult({ models }), chartJs);

describe("benchReport()", () => {
  test("escapes what comes from outside", () => {
    expect(page).not.toContain("alert(1)</script>");
    expect(page).toContain("&lt;/script&gt;&lt;script&gt;alert(1)");
    expect(page).toContain("Sample &lt;CPU&gt;");
    expect(page).toContain("mapping files needs &lt;FFI&gt; &amp; more");
    expect(page.match(/<script>/g)).toHaveLength(2);
    expect(page.match(/<\/script>/g)).toHaveLength(2);
    expect(page.isWellFormed()).toBe(true);
  });

  test("loads nothing", () => {
    const own = page.replace(chartJs, "");
    expect(own).not.toMatch(/https?:|\bsrc=|<link|@import|url\(|fetch\(/);
    expect(own).toContain("default-src 'none'");
    expect(page).not.toContain("sourceMappingURL");
  });

  test("has all figures as text too", () => {
    const text = page.replace(/<script>[^]*?<\/script>/g, "")
      .replace(/<[^>]*>/g, "|");
    expect(text).toMatch(/stream × 2\|+0\.10\|+10\.0 ms\|+8\.00 ms\|+20\.0 ms/);
    expect(text).toMatch(/map × 1\|+not available: mapping files needs/);
    expect(text).toContain("4 workers share 2 cores");
    expect(text).toMatch(/Fastest: \|stream × 2\|, 0\.10 GB\/s, 5\.0 times/);
  });

  test("says of what is modelled that it is", () => {
    const text = page.replace(/<script>[^]*?<\/script>/g, "")
      .replace(/<[^>]*>/g, "|");
    expect(text).toContain("On more cores: modelled, not measured");
    expect(text).toMatch(
      /stream\|+1\.20 ms\|+3 %\|+0\.17 GB\/s, 3\.50×\|+0\.30 GB\/s, 6\.00×/,
    );
    const without = benchReport("a", sampleResult(), "");
    expect(without).not.toMatch(/id="modelled"|On more cores/);
  });

  test("says how to measure again", () => {
    const again = benchReport("it's.bin", sampleResult({ cache: "cold" }), "");
    expect(again).toContain(
      "process bench &#39;it&#39;\\&#39;&#39;s.bin&#39; --op count --workers 1,2 --runs 5 --seed 42 --cold",
    );
  });

  test("does without a plot of scaling where there is one count of workers", () => {
    const rows = sampleResult().rows.filter(({ workers }) => workers !== 2);
    const single = benchReport("a", sampleResult({ rows }), "");
    expect(single).not.toContain('id="scaling"');
    expect(single).toContain("there is no scaling to show");
  });
});

test("escapeHtml(), scriptJson() and scriptCode() let no tag through", () => {
  expect(escapeHtml(`<a b="c" d='e'>&`)).toBe(
    "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;",
  );
  const json = scriptJson({ a: "</script><!--\u2028" });
  expect(json).not.toContain("<");
  expect(json).not.toContain("\u2028");
  expect(JSON.parse(json)).toEqual({ a: "</script><!--\u2028" });
  expect(() => scriptCode("x </SCRIPT> y")).toThrow("Bug:");
});

/** What the page says of itself once its scripts have run. */
interface Probe {
  readonly errors: readonly string[];
  readonly drawn: string | undefined;
  /** By the ids of canvases, or their places: different colours among the pixels, and which is there most. */
  readonly canvases: readonly {
    readonly id: string;
    readonly width: number;
    readonly height: number;
    readonly colors: readonly string[];
    readonly painted: number;
  }[];
  readonly background: string;
  readonly threads: number;
}

const WATCH = `<script>
const errors = [];
addEventListener("error", (event) => errors.push(String(event.message)));
addEventListener("securitypolicyviolation", (event) => errors.push(event.blockedURI));
console.error = console.warn = (...args) => errors.push(args.join(" "));
</script>`;

/** Counts what is painted on each canvas, and writes it into the page. */
const LOOK = `<script>
const canvases = [...document.querySelectorAll("canvas")].map((canvas, index) => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  const colors = new Map();
  let painted = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] === 0) continue;
    painted++;
    if (data[i + 3] < 255) continue;
    const color = [data[i], data[i + 1], data[i + 2]].join(",");
    colors.set(color, (colors.get(color) ?? 0) + 1);
  }
  const frequent = [...colors].sort((a, b) => b[1] - a[1]).slice(0, 12).map(([color]) => color);
  return { id: canvas.id || String(index), width, height, colors: frequent, painted };
});
const said = document.body.appendChild(document.createElement("pre"));
said.id = "probe";
said.textContent = JSON.stringify({
  errors, canvases,
  drawn: document.documentElement.dataset.drawn,
  background: getComputedStyle(document.body).backgroundColor,
  threads: document.querySelectorAll(".thread").length,
});
</script>`;

/** Seconds that chromium may take for a page: it has been seen to hang without a network. */
const CHROMIUM_SECONDS = 60;

/** What a page is when its scripts have run. */
function dumpDom(path: string, options: readonly string[]): string {
  const said = `${path}.out`;
  // Into a file, as a helper of chromium's that outlives it would hold a pipe open.
  const output = fs.openSync(said, "w");
  const { status } = spawnSync("timeout", [
    ...["-k", "5", String(CHROMIUM_SECONDS), "chromium", "--headless"],
    ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
    ...["--disable-background-networking", "--disable-component-update"],
    ...["--disable-sync", "--disable-breakpad", ...options],
    ...["--dump-dom", `file://${path}`],
  ], { stdio: ["ignore", output, "ignore"] });
  fs.closeSync(output);
  expect(status, "exit status of chromium, 124 after a minute").toBe(0);
  return fs.readFileSync(said, "utf8");
}

function look(html: string, scheme: "dark" | "light"): Probe {
  const path = join(files.folder, `${scheme}.html`);
  const watched = html.replace("<style>", `${WATCH}<style>`)
    .replace("</body>", `${LOOK}</body>`);
  fs.writeFileSync(path, watched);
  const stdout = dumpDom(path, [
    "--window-size=1200,2000",
    `--blink-settings=preferredColorScheme=${scheme === "dark" ? 0 : 1}`,
    `--user-data-dir=${join(files.folder, `profile-${scheme}`)}`,
  ]);
  const said = /<pre id="probe">(.*?)<\/pre>/s.exec(stdout)?.[1] ?? "";
  return JSON.parse(
    said.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&"),
  ) as Probe;
}

describe.skipIf(!hasTool("chromium"))("a report in chromium", () => {
  /** As in the style sheet. */
  const COLORS = {
    light: { stream: "37,99,235", scan: "22,163,106", map: "217,119,6" },
    dark: { stream: "110,160,255", scan: "47,192,138", map: "240,160,60" },
  };

  test.each(["light", "dark"] as const)("draws its plots: %s", (scheme) => {
    const probe = look(page, scheme);
    expect(probe.errors).toEqual([]);
    expect(probe.drawn).toBe("yes");
    // The fastest is chosen, with its coordinator.
    expect(probe.threads).toBe(3);
    expect(probe.canvases).toHaveLength(4 + 3);
    for (const { id, width, height, painted, colors } of probe.canvases) {
      expect(width * height, id).toBeGreaterThan(10_000);
      expect(painted, id).toBeGreaterThan(1000);
      expect(colors.length, id).toBeGreaterThan(1);
    }
    const colorsOf = (id: string) =>
      probe.canvases.find((canvas) => canvas.id === id)?.colors;
    const { stream, scan } = COLORS[scheme];
    expect(colorsOf("rates")).toContain(stream);
    expect(colorsOf("scaling")).toContain(stream);
    expect(colorsOf("modelled")).toContain(stream);
    expect(colorsOf("split")).toContain(scan);
    expect(colorsOf("6")).toContain(scan);
    expect(probe.background).toBe(
      scheme === "dark" ? "rgb(20, 23, 28)" : "rgb(255, 255, 255)",
    );
  });
});
