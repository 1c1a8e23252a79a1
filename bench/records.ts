/**
 * How fast are questions about records: the One Billion Row Challenge, and sums of binary records?
 *
 *     npm run bench -- records                          # 10 million lines, 2 GiB of records
 *     SABMAP_BENCH_ROWS=100000000 bun bench/records.ts  # as many as the challenge's rivals were measured with
 *     deno run -A bench/records.ts --check
 *
 * In the page cache, two workers. Every result is compared with the rival's. DuckDB and polars are asked through
 * `SABMAP_BENCH_PYTHON`, by default python3, where it has them.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { IoMode } from "../src/options.ts";
import { recordStats } from "../src/record_stats.ts";
import { cacheFolder, generatedFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, type Timed } from "./pairs.ts";
import { processProgram, programOf, repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { runCommand } from "./rivals.ts";
import { digestOf, jsonDigest, linesDigest } from "./stations.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const ROWS_DEFAULT = 10_000_000;
/** Of a line of measurements, on average. */
const LINE_BYTES = 13.8;
const RECORDS_BYTES = 2 * 1024 ** 3;
/** Large enough that workers are started. */
const CHECK_BYTES = 6 * 1024 ** 2;
const WORKERS = 2;

const PYTHON = process.env.SABMAP_BENCH_PYTHON ?? "python3";

await runSuite({
  name: "records",
  cache: "in page cache, read through before each question",
  questions,
});

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const rows = Number(process.env.SABMAP_BENCH_ROWS ?? ROWS_DEFAULT);
  const lines = check ? CHECK_BYTES : Math.round(rows * LINE_BYTES);
  const measurements = await generatedFile("measurements", lines);
  const records = await generatedFile(
    "records",
    check ? CHECK_BYTES : RECORDS_BYTES,
  );
  const questions = (path: string, comparisons: Comparison[]) =>
    comparisons.map((comparison) =>
      howFast({ ...comparison, prepare: () => readThrough(path) })
    );
  return [
    ...questions(measurements, measurementComparisons(measurements)),
    ...questions(records, recordComparisons(records)),
  ];
}

function measurementComparisons(path: string): Comparison[] {
  const ours = aggregated("process records", path, []);
  // The condition holds for all, and leads past the fast path.
  const general = aggregated("process records, general path", path, [
    "--where",
    "temp > -1000",
  ]);
  const duckdb = python("duckdb", path);
  return [
    {
      name: "lines/javascript",
      ours,
      rival: javascript(path),
      target: atLeast(2),
    },
    { name: "lines/duckdb", ours, rival: duckdb, target: atLeast(4) },
    {
      name: "lines/polars",
      ours,
      rival: python("polars", path),
      target: atLeast(4),
    },
    {
      name: "lines/c",
      ours,
      rival: timedC("measurements.c", path, linesDigest),
    },
    {
      name: "lines/general/duckdb",
      ours: general,
      rival: duckdb,
      target: atLeast(1),
    },
  ];
}

function recordComparisons(path: string): Comparison[] {
  const mapped = timedC("sum_by_kind.c", path, kindsDigest);
  const exact = timedC("sum_by_kind_exact.c", path, kindsDigest);
  return [
    // What it costs to read rather than to map, and to round once rather than at each step: in C too.
    { name: "limit/c-exact/c-map", ours: exact, rival: mapped },
    ...(["stream", "map"] as const).flatMap((io) => [
      { name: `fixed/${io}/c-exact`, ours: summed(path, io), rival: exact },
      {
        name: `fixed/${io}/c-map`,
        ours: summed(path, io),
        rival: mapped,
        target: atLeast(0.5),
      },
    ]),
  ];
}

/** The question of the challenge, as a whole command. */
function aggregated(
  what: string,
  path: string,
  more: readonly string[],
): Contender {
  const { command, args } = processProgram();
  const question = [
    ...["records", path, "--lines", "--delimiter", ";"],
    ...["--names", "station,temp", "--agg", "min,mean,max", "--of", "temp"],
    ...["--group-by", "station", "--json", "--workers", String(WORKERS)],
  ];
  return {
    what,
    run: () =>
      time(() =>
        jsonDigest(runCommand(command, [...args, ...question, ...more]))
      ),
  };
}

/** The same as JavaScript programs do it, on this runtime. */
function javascript(path: string): Contender {
  const { command, args } = programOf("./measurements_rival");
  return {
    what: "JavaScript of the challenge",
    run: () =>
      time(() =>
        linesDigest(
          runCommand(command, [...args, String(WORKERS), path]),
        )
      ),
  };
}

function python(engine: "duckdb" | "polars", path: string): Contender {
  const script = fileURLToPath(repositoryUrl("bench/measurements_python.py"));
  const isThere =
    spawnSync(PYTHON, [script, engine, "--version"], { stdio: "ignore" })
      .status === 0;
  return {
    what: `${engine}, ${WORKERS} threads`,
    missing: isThere ? undefined : `${PYTHON} has no ${engine}`,
    run: () =>
      time(() =>
        linesDigest(
          runCommand(PYTHON, [script, engine, String(WORKERS), path]),
        )
      ),
  };
}

/**
 * The sum of values by kind, from the call to the result, as the C program times itself; on the caller's thread too,
 * as the command does it.
 */
function summed(path: string, io: IoMode): Contender {
  return {
    what: `records <IIdQ8x --io ${io}, sum by kind`,
    run: () =>
      time(async () => {
        const { rows } = await recordStats(path, {
          struct: "<IIdQ8x",
          names: ["id", "kind", "value", "ts"],
          groupBy: ["kind"],
          of: "value",
          aggregates: ["count", "sum"],
          workers: WORKERS,
          inlineBytes: 0,
          callerScans: true,
          io,
        });
        return kindsDigest(rows.map((row) => row.join(";")).join("\n"));
      }),
  };
}

/** A C program that prints its seconds first and then its result. */
function timedC(
  source: string,
  path: string,
  digest: (text: string) => string,
): Contender {
  const program = compileC(source);
  return {
    what: `C (${source}), ${WORKERS} threads`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: (): Timed => {
      const text = runCommand(program ?? "", [path, String(WORKERS)]);
      const cut = text.indexOf("\n");
      return {
        seconds: Number(text.slice(0, cut)),
        result: digest(text.slice(cut + 1)),
      };
    },
  };
}

/** @returns Path of the program, or `undefined` where there is no C compiler. */
function compileC(source: string): string | undefined {
  const path = fileURLToPath(repositoryUrl(`bench/${source}`));
  const version = createHash("sha256").update(fs.readFileSync(path));
  const program = join(
    cacheFolder(),
    `${source}-${version.digest("hex").slice(0, 12)}`,
  );
  if (fs.existsSync(program)) return program;
  const part = `${program}.${process.pid}`;
  const flags = ["-O3", "-march=native", "-pthread", path, "-o", part, "-lm"];
  const compiler = ["cc", "gcc", "clang"].find((name) =>
    spawnSync(name, flags, { stdio: "ignore" }).status === 0
  );
  if (compiler === undefined) return undefined;
  fs.renameSync(part, program);
  return program;
}

/** `kind;count;sum` lines. Sums that were rounded at each step are a little off: six digits are compared. */
function kindsDigest(text: string): string {
  const lines = text.trimEnd().split("\n").map((line) => {
    const [kind, count, sum] = line.split(";").map(Number);
    return `${kind};${count};${Number(sum).toPrecision(6)}`;
  });
  return digestOf(lines.toSorted());
}
