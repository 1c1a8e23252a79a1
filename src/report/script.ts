/**
 * What draws the plots, in the browser: plain JavaScript, which finds `Chart` and `DATA` in its page.
 *
 * @module
 */

/** The script. It draws at once and anew when the theme changes. */
export const REPORT_SCRIPT: string = String.raw`
"use strict";
(() => {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue("--" + name).trim();
  const byId = (id) => document.getElementById(id);
  let charts = [];
  let threadCharts = [];

  const make = (canvas, config) => {
    const chart = new Chart(canvas, {
      ...config,
      options: { animation: false, responsive: true, maintainAspectRatio: false, ...config.options },
    });
    return chart;
  };

  const axis = (title, more = {}) => ({
    title: { display: title !== "", text: title, color: color("dim") },
    grid: { color: color("line") },
    border: { color: color("line") },
    ticks: { color: color("dim") },
    ...more,
  });

  // Of a plot of how many times as fast several counts of workers are.
  const speedUpOptions = (title, counts) => ({
    scales: {
      x: axis(title, {
        type: "linear",
        min: 1,
        max: Math.max(...counts),
        afterBuildTicks: (scale) => { scale.ticks = counts.map((value) => ({ value })); },
      }),
      y: axis("times as fast as one worker", { beginAtZero: true }),
    },
    plugins: { legend: { labels: { color: color("text"), boxWidth: 28, boxHeight: 0 } } },
  });

  // From the slowest to the fastest run, and the figure behind it.
  const whiskers = {
    id: "whiskers",
    afterDatasetsDraw(chart) {
      const { ctx, scales: { x } } = chart;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = color("text");
      ctx.lineWidth = 1.25;
      ctx.font = "12px " + Chart.defaults.font.family;
      ctx.textBaseline = "middle";
      chart.getDatasetMeta(0).data.forEach((bar, i) => {
        const { slowest, fastest, rate } = DATA.rates[i];
        const from = x.getPixelForValue(slowest);
        const to = x.getPixelForValue(fastest);
        ctx.beginPath();
        ctx.moveTo(from, bar.y); ctx.lineTo(to, bar.y);
        for (const end of [from, to]) { ctx.moveTo(end, bar.y - 4); ctx.lineTo(end, bar.y + 4); }
        ctx.stroke();
        ctx.fillText(rate >= 0.1 ? rate.toFixed(2) : rate.toPrecision(2), Math.max(to, bar.x) + 8, bar.y);
      });
      ctx.restore();
    },
  };

  const drawRates = () => make(byId("rates"), {
    type: "bar",
    data: {
      labels: DATA.rates.map((bar) => bar.label),
      datasets: [{
        data: DATA.rates.map((bar) => bar.rate),
        backgroundColor: DATA.rates.map((bar) => color(bar.strategy)),
        barPercentage: 0.8,
        borderRadius: 3,
      }],
    },
    options: {
      indexAxis: "y",
      layout: { padding: { right: 56 } },
      scales: {
        x: axis("GB/s", {
          beginAtZero: true,
          suggestedMax: Math.max(...DATA.rates.map((bar) => bar.fastest)),
        }),
        y: axis("", { grid: { display: false }, ticks: { color: color("text"), autoSkip: false } }),
      },
      plugins: {
        legend: { display: false },
        tooltip: {
          callbacks: {
            label: ({ dataIndex: i }) => {
              const { rate, slowest, fastest } = DATA.rates[i];
              return rate.toFixed(2) + " GB/s (" + slowest.toFixed(2) + " to " + fastest.toFixed(2) + ")";
            },
          },
        },
      },
    },
    plugins: [whiskers],
  });

  const drawScaling = () => {
    const counts = [...new Set(DATA.scaling.flatMap((line) => line.points.map((point) => point.x)))];
    const most = Math.max(...counts);
    const lines = DATA.scaling.map((line) => ({
      label: line.strategy,
      data: line.points,
      borderColor: color(line.strategy),
      backgroundColor: color(line.strategy),
      pointRadius: 4,
      clip: 8,
      borderWidth: 2,
    }));
    const ideal = (label, data) => ({
      label, data, borderColor: color("dim"), backgroundColor: color("dim"), borderDash: [5, 5], borderWidth: 1.25, pointRadius: 0,
    });
    const top = Math.min(most, DATA.cores);
    const bend = most > DATA.cores
      ? [{ x: 1, y: 1 }, { x: top, y: top }, { x: most, y: top }]
      : [{ x: 1, y: 1 }, { x: most, y: most }];
    return make(byId("scaling"), {
      type: "line",
      data: { datasets: [...lines, ideal("ideal for " + DATA.cores + (DATA.cores === 1 ? " core" : " cores"), bend)] },
      options: speedUpOptions("workers", counts),
    });
  };

  // Solid as far as it was measured, dashed where it is calculated.
  const drawModelled = () => {
    const counts = [...new Set(DATA.modelled.flatMap((line) => line.points.map((point) => point.x)))].sort((a, b) => a - b);
    const most = counts[counts.length - 1];
    const lines = DATA.modelled.map((line) => ({
      label: line.strategy,
      data: line.points,
      borderColor: color(line.strategy),
      backgroundColor: (context) => color(context.raw !== undefined && context.raw.x > line.measuredWorkers ? "panel" : line.strategy),
      segment: { borderDash: ({ p1 }) => p1.parsed.x > line.measuredWorkers ? [6, 4] : undefined },
      pointRadius: 4,
      clip: 8,
      borderWidth: 2,
    }));
    const ideal = {
      label: "ideal", data: [{ x: 1, y: 1 }, { x: most, y: most }],
      borderColor: color("dim"), backgroundColor: color("dim"), borderDash: [2, 4], borderWidth: 1.25, pointRadius: 0,
    };
    return make(byId("modelled"), {
      type: "line",
      data: { datasets: [...lines, ideal] },
      options: speedUpOptions("workers, each on its own core", counts),
    });
  };

  const drawSplit = () => make(byId("split"), {
    type: "bar",
    data: {
      labels: DATA.timelines.map((timeline) => timeline.label),
      datasets: DATA.phases.filter((phase) => phase !== "done").map((phase) => ({
        label: phase,
        data: DATA.timelines.map((timeline) => timeline.times[phase] ?? 0),
        backgroundColor: color(phase),
        barPercentage: 0.8,
      })),
    },
    options: {
      indexAxis: "y",
      scales: {
        x: axis("milliseconds", { stacked: true, beginAtZero: true }),
        y: axis("", { stacked: true, grid: { display: false }, ticks: { color: color("text"), autoSkip: false } }),
      },
      plugins: {
        legend: { labels: { color: color("text"), boxWidth: 12, boxHeight: 12 } },
        tooltip: { callbacks: { label: ({ dataset, raw }) => dataset.label + ": " + raw.toFixed(2) + " ms" } },
      },
    },
  });

  const element = (tag, parent, text = "") => {
    const made = parent.appendChild(document.createElement(tag));
    made.textContent = text;
    return made;
  };

  const drawLegend = (shown) => {
    const legend = byId("phases");
    legend.replaceChildren();
    for (const phase of shown) {
      const item = element("span", legend);
      element("i", item).style.background = color(phase);
      item.append(phase);
    }
  };

  const drawThread = (parent, thread, timeline, shown) => {
    const row = element("div", parent);
    row.className = "thread";
    element("span", row, thread.name);
    const plot = element("div", row);
    plot.className = "plot";
    const canvas = element("canvas", plot);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "What " + thread.name + " did over time");
    const slots = Object.values(thread.shares)[0]?.length ?? 0;
    const ms = (slot) => (timeline.elapsedMs * slot / slots).toFixed(2);
    const hidden = { display: false, stacked: true };
    return make(canvas, {
      type: "bar",
      data: {
        labels: Array.from({ length: slots }, (_, slot) => ms(slot) + " to " + ms(slot + 1) + " ms"),
        datasets: shown.map((phase) => ({
          label: phase,
          data: thread.shares[phase] ?? new Array(slots).fill(0),
          backgroundColor: color(phase),
          barPercentage: 1,
          categoryPercentage: 1,
        })),
      },
      options: {
        scales: { x: hidden, y: { ...hidden, min: 0, max: 1 } },
        plugins: {
          legend: { display: false },
          tooltip: {
            mode: "index",
            intersect: false,
            filter: ({ raw }) => raw > 0.005,
            callbacks: { label: ({ dataset, raw }) => dataset.label + " " + Math.round(raw * 100) + " %" },
          },
        },
      },
    });
  };

  const drawTimeline = () => {
    for (const chart of threadCharts) chart.destroy();
    const parent = byId("threads");
    parent.replaceChildren();
    const timeline = DATA.timelines[byId("which").selectedIndex];
    if (timeline === undefined) { threadCharts = []; return; }
    const shown = DATA.phases.filter((phase) => timeline.threads.some((thread) => phase in thread.shares));
    drawLegend(shown);
    threadCharts = timeline.threads.map((thread) => drawThread(parent, thread, timeline, shown));
    const scale = element("div", parent);
    scale.className = "axis";
    for (const part of [0, 0.25, 0.5, 0.75, 1]) element("span", scale, (timeline.elapsedMs * part).toFixed(1) + " ms");
  };

  const draw = () => {
    for (const chart of charts) chart.destroy();
    Chart.defaults.color = color("dim");
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    charts = [drawRates(), drawSplit()];
    if (byId("scaling") !== null) charts.push(drawScaling());
    if (byId("modelled") !== null) charts.push(drawModelled());
    drawTimeline();
    document.documentElement.dataset.drawn = "yes";
  };

  byId("which").addEventListener("change", drawTimeline);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  draw();
})();
`;
