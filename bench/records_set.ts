/**
 * How fast are fields of records set in place: `value = value * 1.1` of every 32-byte record?
 *
 *     npm run bench -- records_set
 *     deno run -A bench/records_set.ts --check
 *
 * 1 GiB in the page cache, two workers, `--durability none`, which waits for the disk as little as the rivals do:
 * numpy.memmap, and two threads of C over a shared mapping, or by pread and pwrite. Each side has a file of its own,
 * which is compared with the other's after each pair. numpy is asked through `SABMAP_BENCH_PYTHON`, by default
 * python3, where it has it.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { Engine } from "../src/engine.ts";
import { hashFile } from "../src/operations.ts";
import {
  updateRecords,
  type UpdateRecordsOptions,
} from "../src/update_records.ts";
import { cacheFolder, generatedFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import type { Contender, Timed } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { runCommand } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const RECORDS_BYTES = 1024 ** 3;
/** Large enough that workers are started. */
const CHECK_BYTES = 6 * 1024 ** 2;
const WORKERS = 2;

const PYTHON = process.env.SABMAP_BENCH_PYTHON ?? "python3";

const paths: string[] = [];
process.on("exit", () => {
  for (const path of paths) fs.rmSync(path, { force: true });
});

await runSuite({
  name: "records_set",
  cache: "in page cache, read through before each question",
  questions,
});

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const source = await generatedFile(
    "records",
    check ? CHECK_BYTES : RECORDS_BYTES,
  );
  const comparisons: Comparison[] = [
    {
      name: "every/numpy",
      ours: ours(source, "value = value * 1.1"),
      rival: numpy(source),
      target: atLeast(1),
    },
    {
      name: "every/c-map",
      ours: ours(source, "value = value * 1.1"),
      rival: timedC("map", source),
    },
    {
      name: "every/c-pread",
      ours: ours(source, "value = value * 1.1"),
      rival: timedC("pread", source),
    },
    {
      name: "every/one-worker",
      ours: ours(source, "value = value * 1.1"),
      rival: ours(source, "value = value * 1.1", 1),
    },
    ...startedComparisons(source),
    {
      name: "some/numpy",
      ours: ours(source, "value = value * 1.1", WORKERS, "kind == 3"),
      rival: numpy(source, ["3"]),
      target: atLeast(1),
    },
  ];
  return comparisons.map((comparison) =>
    howFast({ ...comparison, prepare: () => readThrough(source) })
  );
}

/** As the others, with an engine whose threads have done it before. */
function startedComparisons(source: string): Comparison[] {
  const every = () => startedOurs(source, "value = value * 1.1");
  return [
    {
      name: "every-started/numpy",
      ours: every(),
      rival: numpy(source),
      target: atLeast(1),
    },
    {
      name: "every-started/c-pread",
      ours: every(),
      rival: timedC("pread", source),
    },
  ];
}

/** A path of its own; its file goes when the program ends. */
function temporaryPath(): string {
  const path = join(cacheFolder(), `set-${process.pid}-${paths.length}`);
  paths.push(path);
  return path;
}

/** Runs a contender on a copy, which is made when it is first needed. */
function onCopy(
  source: string,
  contender: Omit<Contender, "run">,
  seconds: (path: string) => number | Promise<number>,
): Contender {
  const path = temporaryPath();
  return {
    ...contender,
    run: async (): Promise<Timed> => {
      if (!fs.existsSync(path)) fs.copyFileSync(source, path);
      return { seconds: await seconds(path), result: await digestOf(path) };
    },
  };
}

async function digestOf(path: string): Promise<string> {
  const { digests } = await hashFile(path, { algorithms: ["crc32"] });
  return JSON.stringify(digests);
}

function ours(
  source: string,
  set: string,
  workers = WORKERS,
  where?: string,
): Contender {
  const what = `${set}${where === undefined ? "" : ` where ${where}`}, ` +
    `${workers} ${workers === 1 ? "worker" : "workers"}`;
  return onCopy(
    source,
    { what },
    (path) => setSeconds(path, { set, where, workers }),
  );
}

function startedOurs(source: string, set: string): Contender {
  return onCopy(source, { what: `${set}, started` }, async (path) => {
    await using engine = new Engine();
    // Of the same threads, and leaves the values as they are.
    await setSeconds(path, { set: "value = value * 1", engine });
    return await setSeconds(path, { set, engine });
  });
}

async function setSeconds(
  path: string,
  options: UpdateRecordsOptions,
): Promise<number> {
  const started = performance.now();
  await updateRecords(path, {
    workers: WORKERS,
    ...options,
    struct: "<IIdQ8x",
    names: ["id", "kind", "value", "ts"],
    durability: "none",
    inlineBytes: 0,
  });
  return (performance.now() - started) / 1000;
}

function numpy(source: string, kind: readonly string[] = []): Contender {
  const script = fileURLToPath(repositoryUrl("bench/set_value_numpy.py"));
  const isThere =
    spawnSync(PYTHON, [script, "--version"], { stdio: "ignore" }).status === 0;
  const missing = isThere ? undefined : `${PYTHON} has no numpy`;
  return onCopy(
    source,
    { what: "numpy.memmap", missing },
    (path) => Number(runCommand(PYTHON, [script, path, ...kind])),
  );
}

function timedC(mode: "map" | "pread", source: string): Contender {
  const program = compileC();
  const missing = program === undefined ? "there is no C compiler" : undefined;
  return onCopy(
    source,
    { what: `C (${mode}), ${WORKERS} threads`, missing },
    (path) => Number(runCommand(program ?? "", [mode, path, `${WORKERS}`])),
  );
}

/** @returns Path of the program, or `undefined` where there is no C compiler. */
function compileC(): string | undefined {
  const source = fileURLToPath(repositoryUrl("bench/set_value.c"));
  const program = temporaryPath();
  const flags = ["-O3", "-march=native", "-pthread", source, "-o", program];
  const compiler = ["cc", "gcc", "clang"].find((name) =>
    spawnSync(name, flags, { stdio: "ignore" }).status === 0
  );
  return compiler === undefined ? undefined : program;
}
