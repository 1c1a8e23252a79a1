import * as fs from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { modelLines } from "../src/cli/bench_models.ts";
import { bar, benchTable } from "../src/cli/bench_table.ts";
import type { CliIo } from "../src/cli/io.ts";
import { sampleModel, sampleResult } from "./bench_samples.ts";
import { CLI, type Outcome, run, runCli, runShell } from "./run_cli.ts";
import { runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

/** An event that names a thread, among others. */
interface TraceName {
  readonly name: string;
  readonly tid: number;
  readonly args: { readonly name: string };
}

const files = temporaryFiles();
const BYTES = seededBytes(4 * 64 * 1024, 2);
const SMALL = ["--runs", "1", "--segment", "64KiB"];

/** Rows of `--json`. */
function rowsOf({ stdout }: Outcome): Record<string, unknown>[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

describe("process bench", () => {
  test("prints a table, and notes beside it", async () => {
    const path = files.make(BYTES);
    const args = ["--workers", "1,2,700", "--seed", "9"];
    const bad = await runCli(["bench", path, ...SMALL, ...args]);
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(/--workers as it must be an integer from 1 to/);
    args[1] = "2,1,2";
    const { code, stdout, stderr } = await runCli([
      "bench",
      path,
      ...SMALL,
      ...args,
    ]);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe(path);
    expect(lines[1]).toBe(
      `  count of 256 KiB, warm cache: ${BYTES.filter((x) => x === 10).length}`,
    );
    expect(lines[3]).toBe("  1 run of each, in random order (--seed 9)");
    expect(lines.slice(6).map((line) => line.slice(0, 10).trim())).toEqual([
      "chunked",
      "readinto",
      "preload x1",
      "preload x2",
      "map x1",
      "map x2",
      "stream x1",
      "stream x2",
    ]);
    expect(stderr).toMatch(/^process: note: the file has 262,144 bytes: /);
    expect(stdout).not.toContain("\x1b");
  });

  test("prints one object per row with --json", async () => {
    const path = files.make(BYTES);
    const outcome = await runCli([
      "bench",
      path,
      ...SMALL,
      "--workers=2",
      "--json",
      "--quiet",
      "--op=crc32",
    ]);
    expect(outcome.stderr).toBe("");
    const rows = rowsOf(outcome);
    expect(rows.map(({ strategy, workers }) => [strategy, workers])).toEqual([
      ["chunked", 0],
      ["readinto", 0],
      ["preload", 2],
      ["map", 2],
      ["stream", 2],
    ]);
    for (const row of rows) {
      expect(row).toMatchObject({
        file: path,
        operation: "crc32",
        byteLength: BYTES.length,
        cache: "warm",
        runs: 1,
        unavailable: null,
        found: expect.stringMatching(/^[0-9a-f]{8}$/),
        seconds: { median: expect.any(Number) },
        bytesPerSecond: expect.any(Number),
        overOneWorker: null,
        // One worker would have to be measured too.
        modelled: null,
      });
      expect(row).not.toHaveProperty("trace");
    }
  });

  test("looks for text or bytes", async () => {
    const path = files.make("a needle, a needle\n");
    for (const pattern of [["--match", "needle"], ["--hex", "6e 656564"]]) {
      const args = ["--op", "find", ...pattern, "--json", "--workers=1"];
      const rows = rowsOf(await runCli(["bench", path, ...SMALL, ...args]));
      expect(rows.map(({ found }) => found)).toEqual(new Array(5).fill("2"));
    }
  });

  test("writes a report, in place of the one there", async () => {
    const path = files.make(BYTES);
    const report = files.make("the last one");
    const args = ["--html", report, "--workers=1,2"];
    const { code } = await runCli(["bench", path, ...SMALL, ...args]);
    expect(code).toBe(0);
    const text = fs.readFileSync(report, "utf8");
    expect(text).toMatch(/^<!DOCTYPE html>/);
    expect(text).toContain("stream × 2");
  });

  test("writes the traces of one run of each", async () => {
    const trace = join(files.folder, "trace.json");
    const args = ["--trace", trace, "--workers=1"];
    await runCli(["bench", files.make(BYTES), ...SMALL, ...args]);
    const { traceEvents } = JSON.parse(fs.readFileSync(trace, "utf8"));
    const names = traceEvents.map(({ name }: { name: string }) => name);
    expect(names.filter((name: string) => name === "run")).toHaveLength(5);
    // Runs with and without the caller among the workers: each under its own name.
    const tids = (wanted: string) =>
      traceEvents.filter(({ name }: { name: string }) => name === wanted)
        .map(({ tid }: { tid: number }) => tid);
    const tidOf = Object.fromEntries(
      traceEvents.flatMap(({ name, tid, args }: TraceName) =>
        name === "thread_name" ? [[args.name, tid]] : []
      ),
    );
    expect(Object.keys(tidOf)).toEqual([
      "coordinator",
      "worker 0",
      "coordinator, worker 0",
    ]);
    const inThem = new Set(tids("scan"));
    expect(inThem).toEqual(new Set(Object.values(tidOf)));
    expect(new Set(tids("run"))).toEqual(
      new Set([tidOf["coordinator"], tidOf["coordinator, worker 0"]]),
    );
  });

  test("measures nothing where the report cannot be written", async () => {
    const path = files.make(BYTES);
    for (
      const [report, what] of [
        [join(files.folder, "none", "r.html"), /no such file or directory/],
        [files.folder, /is a directory \(EISDIR\)/],
        [path, /would replace a file that is worked on/],
        ["-", /results go to standard output/],
      ] as const
    ) {
      const outcome = await runCli(["bench", path, ...SMALL, "--html", report]);
      expect(outcome.code).toBe(2);
      expect(outcome.stdout).toBe("");
      expect(outcome.stderr).toMatch(what);
      expect(outcome.stderr.split("\n")).toHaveLength(2);
    }
    expect(fs.readFileSync(path).equals(BYTES)).toBe(true);
  });

  test("writes no two things to one file", async () => {
    const path = files.make(BYTES);
    const there = files.make("the last one");
    const link = join(files.folder, "link to it");
    fs.symlinkSync(there, link);
    const missing = join(files.folder, "not there.json");
    const other = join(files.folder, ".", "..", basename(files.folder));
    const before = fs.readdirSync(files.folder);
    for (
      const [report, trace] of [
        [there, there],
        [there, link],
        [link, there],
        [missing, missing],
        [missing, join(other, "not there.json")],
      ] as const
    ) {
      const args = ["--html", report, "--trace", trace];
      const outcome = await runCli(["bench", path, ...SMALL, ...args]);
      expect(outcome.code).toBe(2);
      expect(outcome.stdout).toBe("");
      expect(outcome.stderr).toBe(
        `process: ${report}: cannot use --html as --trace writes the same file: received "${report}" (usage)\n`,
      );
    }
    expect(fs.readFileSync(there, "utf8")).toBe("the last one");
    expect(fs.readdirSync(files.folder)).toEqual(before);
  });

  test("leaves a report as it was when the measuring fails", async () => {
    const report = files.make("the last one");
    const before = fs.readdirSync(files.folder);
    const { code } = await runCli(["bench", "/nowhere", "--html", report]);
    expect(code).toBe(2);
    expect(fs.readFileSync(report, "utf8")).toBe("the last one");
    expect(fs.readdirSync(files.folder)).toEqual(before);
  });

  test.for(
    [
      [[], "missing FILE (usage)"],
      [["a", "b"], 'too many arguments for "bench"'],
      [["-"], 'received "-" (usage)'],
      [["EMPTY"], "regular file with bytes in it: received 0 bytes (usage)"],
      [["/"], "is a directory (EISDIR)"],
      [["/nowhere"], "no such file or directory (ENOENT)"],
      [["EMPTY", "--op", "sort"], "--op as it must be one of count, blake3"],
      [["EMPTY", "--runs", "0"], "--runs as it must be an integer from 1 to"],
      [["EMPTY", "--seed", "x"], "--seed as it must be an integer"],
      [["EMPTY", "--workers", "1,"], "--workers as it must be an integer"],
      [["EMPTY", "--io", "map"], "--io as all ways of reading are measured"],
      [["EMPTY", "--match", "x"], "--match or --hex but with --op find"],
      [["EMPTY", "--op", "find", "--hex", "4"], "pairs of hexadecimal digits"],
      [["EMPTY", "--op", "find", "--match", ""], "at least one byte"],
    ] as const,
  )("refuses %j in one line", async ([args, message]) => {
    const empty = files.make("");
    const given = args.map((arg) => arg === "EMPTY" ? empty : arg);
    const { code, stdout, stderr } = await runCli(["bench", ...given]);
    expect(stderr).toContain(message);
    expect(stderr.split("\n")).toHaveLength(2);
    expect([code, stdout]).toEqual([2, ""]);
  });

  test.runIf(runtime === "deno")(
    "shows a strategy that is not available, with the reason",
    async () => {
      const command = CLI.flatMap((word) =>
        word === "-A" ? ["--allow-read", "--no-prompt"] : word
      );
      const path = files.make(BYTES);
      const args = ["bench", path, ...SMALL, "--workers=1", "--cold"];
      const { code, stdout, stderr } = await run([...command, ...args]);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^map x1 +not available: mapping files needs/m);
      expect(stderr).toContain("the file stays in the page cache: ");
      const [, , map] = rowsOf(
        await run([...command, ...args, "--json"]),
      ).slice(1);
      expect(map).toMatchObject({
        strategy: "map",
        unavailable: expect.stringContaining("--allow-ffi"),
        seconds: null,
      });
    },
  );
});

test.skipIf(runtime === "deno")(
  "process bench measures a file whose name is not UTF-8",
  async () => {
    const path = files.make(BYTES);
    const { code, stdout, stderr } = await runShell(
      `cd ${files.folder} && cp ${path} $'\\xff' && process bench --runs 1 --workers 1 -- $'\\xff'`,
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining("ERR_")]);
    expect(stdout).toMatch(/^chunked .*[0-9] ms/m);
  },
);

describe("benchTable()", () => {
  function table(columns: number | undefined, color = false): string {
    const io = {
      stdout: { isTty: color, columns, write: () => Promise.resolve() },
      env: {},
    } as unknown as CliIo;
    return benchTable("big.data", sampleResult(), io, { color });
  }

  function head(columns: number | undefined): string[] {
    const line = table(columns).split("\n")
      .find((line) => line.startsWith("strategy"));
    return line?.split(/ {2,}/) ?? [];
  }

  test("drops columns where the terminal is narrow, and never the rates", () => {
    const all = [
      "strategy",
      "GB/s",
      "median",
      "spread",
      "vs chunked",
      "vs 1 worker",
      "memory",
      "CPU",
    ];
    expect(head(undefined)).toEqual(all);
    for (let columns = 140; columns >= 30; columns--) {
      const lines = table(columns).split("\n").slice(5);
      const shown = head(columns);
      expect(all.slice(0, shown.length).filter((name) => shown.includes(name)))
        .toContain("GB/s");
      for (const line of lines.filter((line) => !line.includes("available"))) {
        expect(line.length, `${columns} columns`).toBeLessThanOrEqual(columns);
      }
    }
    expect(head(52)).toEqual(["strategy", "GB/s", "median", "vs chunked"]);
    expect(head(20)).toEqual(["strategy", "GB/s"]);
  });

  test("shows figures, and why there are none", () => {
    const lines = table(undefined).split("\n");
    const line = (start: string) =>
      lines.find((line) => line.startsWith(start))?.replace(/ {2,}/g, "  ");
    expect(line("stream x2")).toMatch(
      /^stream x2 {2}█{32} {2}0\.10 {2}10\.0 ms {2}±60 % {2}5\.00x {2}2\.00x {2}3 MiB {2}25\.0 ms$/,
    );
    expect(line("chunked")).toMatch(
      /^chunked {2}█{6}▍ {2}0\.020 .* - {2}3 MiB/,
    );
    expect(line("map x1")).toBe(
      "map x1  not available: mapping files needs <FFI> & more",
    );
  });

  test("has colours on terminals alone, and the same text", () => {
    const painted = table(120, true);
    expect(painted).toContain("\x1b[1m");
    // deno-lint-ignore no-control-regex -- that is what colours are made of
    expect(painted.replace(/\x1b\[\d+m/g, "")).toBe(table(120));
  });
});

describe("modelLines()", () => {
  const models = [sampleModel("preload"), sampleModel("stream")];

  function lines(columns: number | undefined): string[] {
    const io = {
      stdout: { isTty: false, columns, write: () => Promise.resolve() },
      env: {},
    } as unknown as CliIo;
    const result = sampleResult({ models });
    const text = benchTable("big.data", result, io, { color: false });
    return text.slice(text.indexOf("on more cores")).trimEnd().split("\n");
  }

  test("stands below the table, and says that it is no measurement", () => {
    expect(lines(undefined)).toEqual([
      "on more cores: modelled, not measured",
      "strategy    fixed  growth          4 cores          8 cores",
      "preload   1.20 ms     3 %  0.17 GB/s 3.50x  0.30 GB/s 6.00x",
      "stream    1.20 ms     3 %  0.17 GB/s 3.50x  0.30 GB/s 6.00x",
    ]);
  });

  test("has fewer columns where the terminal is narrow", () => {
    expect(lines(59)).toEqual(lines(undefined));
    expect(lines(58)[2]).toBe("preload   1.20 ms     3 %    3.50x    6.00x");
    expect(lines(43)[2]).toBe("preload   1.20 ms     3 %    3.50x    6.00x");
    expect(lines(42)[2]).toBe("preload     3.50x    6.00x");
    expect(lines(10)[2]).toBe("preload     3.50x    6.00x");
  });

  test("is not there where nothing is modelled", () => {
    expect(modelLines([], 80)).toEqual([]);
  });
});

test("bar() is exact to an eighth of a column", () => {
  expect([0, 1 / 16, 0.5, 15 / 16, 1].map((share) => bar(share, 2))).toEqual([
    "  ",
    "▏ ",
    "█ ",
    "█▉",
    "██",
  ]);
});
