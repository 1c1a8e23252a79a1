/**
 * How a report looks, by day and by night.
 *
 * @module
 */

/** The style sheet. The plots read their colours from its variables. */
export const REPORT_STYLE: string = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f6f7f9; --text: #1b1f24; --dim: #5d6673; --line: #d9dde3;
  --chunked: #8a93a0; --readinto: #5d6673; --preload: #b3558c; --map: #d97706; --stream: #2563eb;
  --start: #d3d8df; --open: #a78bda; --claim: #111827; --fill: #3b82f6; --scan: #16a36a; --lane: #0e7490;
  --merge: #e08a1e; --end: #c2410c; --other: #aab2bd; --idle: #e4e7ec; --done: #f0f2f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --panel: #1c2027; --text: #e7eaee; --dim: #9aa4b2; --line: #343b46;
    --chunked: #7d8794; --readinto: #a5aebb; --preload: #d783b5; --map: #f0a03c; --stream: #6ea0ff;
    --start: #3d4653; --open: #a78bda; --claim: #f3f4f6; --fill: #5b9bff; --scan: #2fc08a; --lane: #38b2cc;
    --merge: #f0a03c; --end: #f0703c; --other: #5b6573; --idle: #2b313b; --done: #21262e;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 4rem; background: var(--page); color: var(--text);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
p { margin: .4rem 0; max-width: 50rem; }
header p { max-width: none; }
.dim { color: var(--dim); }
.lead { font-size: 1.05rem; }
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; }
.plot { position: relative; width: 100%; }
.note { border-left: 3px solid var(--map); padding-left: .7rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .7rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--dim); font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
td.reason { text-align: left; white-space: normal; color: var(--dim); }
tr.best td { font-weight: 700; }
table.modelled { margin-top: .75rem; }
.scroll { overflow-x: auto; }
select {
  font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 6px;
  padding: .2rem .5rem;
}
.thread { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); align-items: center; gap: .5rem; }
.thread > span { color: var(--dim); font-size: .85rem; text-align: right; }
.thread .plot { height: 44px; margin: 1px 0; background: var(--page); }
.axis { margin-left: 7rem; display: flex; justify-content: space-between; color: var(--dim); font-size: .8rem; }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1rem; margin: .2rem 0 .8rem; font-size: .85rem; color: var(--dim); }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; border: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { font-weight: 600; }
dd { margin: 0; color: var(--dim); }
code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem 2rem; }
  .panel { padding: .5rem; }
  .thread { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .thread > span { text-align: left; }
  .axis { margin-left: 0; }
}
`;
