/**
 * What do shards cost besides the work?
 *
 *     npm run bench -- shards             # on all three runtimes
 *     deno run -A bench/shards.ts merge   # the questions whose names start with "merge"
 *     bun bench/shards.ts --check
 *
 * `plan` cuts a file into 1,000 shards, writes them as lines and reads these again; `merge` joins the partials of 1,000
 * shards of 64 KiB, which were made before, and checks the result against that of the library. `overhead` compares all
 * steps in 8 shards of 16 MiB with the same workers over the whole file: how many times as long it takes, as a factor
 * below which 1 is slower. `entries` finds where records start that may be in quotes, for a plan, against counting lines.
 *
 * @module
 */
import { Engine } from "../src/engine.ts";
import { countFile, hashFile } from "../src/operations.ts";
import { recordStats } from "../src/record_stats.ts";
import { mergePartials } from "../src/shards/merge.ts";
import { makeOperation, type Operation } from "../src/shards/operation.ts";
import { checkTask, planShards, taskOf } from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { generatedFile, randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { requireSame, time } from "./pairs.ts";
import { atMost } from "./report.ts";
import { figureOf, howFast, type Question, runSuite } from "./suite.ts";

/** What 1,000 shards may take to plan and merge, in ms. */
const LIMIT_MS = 2000;
const SHARD_BYTES = 64 * 1024;
const RUNS = 7;

const RECORDS = {
  delimiter: ";",
  names: ["station", "temp"],
  aggregates: ["count", "min", "mean", "max"],
  of: "temp",
  groupBy: ["station"],
} as const;

const engine = new Engine();
try {
  await runSuite({
    name: "shards",
    cache: "in page cache",
    questions,
  });
} finally {
  await engine.close();
}

/** An operation, and what the library gives for it. */
interface Case {
  readonly name: string;
  readonly operation: Operation;
  readonly path: string;
  /** @returns The result as text. */
  oracle(): Promise<string>;
}

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const count = check ? 20 : 1000;
  const bytes = count * SHARD_BYTES;
  const random = randomFile(bytes);
  const lines = await generatedFile("measurements", bytes);
  const algorithms = ["blake3", "crc32c"];
  const cases: readonly Case[] = [
    {
      name: "hash",
      operation: makeOperation("hash", { algorithms }),
      path: random,
      oracle: async () =>
        JSON.stringify((await hashFile(random, { algorithms })).digests),
    },
    {
      name: "count",
      operation: makeOperation("count", { match: [{ text: "ab" }] }),
      path: random,
      oracle: async () =>
        String((await countFile(random, { match: "ab" })).count),
    },
    {
      name: "groups",
      operation: makeOperation("records", { ...RECORDS, format: "json" }),
      path: lines,
      oracle: async () =>
        JSON.stringify((await recordStats(lines, RECORDS)).rows),
    },
  ];
  return [
    ...cases.map((one) => planQuestion(one, count)),
    ...cases.map((one) => mergeQuestion(one, count)),
    overhead(check ? 1 : 16),
    await entries(check ? 1 : 256),
  ];
}

/** What it takes to find where the records of shards start that may be in quotes: a look through the file. */
async function entries(mebibytes: number): Promise<Question> {
  const path = await generatedFile("measurements", mebibytes * 1024 ** 2);
  const operation = makeOperation("records", {
    ...{ ...RECORDS, quote: true, format: "json" },
  });
  return howFast({
    name: "entries/quotes",
    ours: {
      what: "plan of CSV",
      run: () =>
        time(async () => {
          const run = { engine };
          const plan = await planShards(path, operation, { shards: 8, run });
          const found = plan.shards.slice(1).map(({ entry }) => entry);
          // There are no quotes: all shards begin outside of them, in one of two states.
          requireSame("entries", String(new Set(found).size), "states", "1");
          return "";
        }),
    },
    rival: {
      what: "counting lines",
      run: () =>
        time(async () => {
          await countFile(path, { engine });
          return "";
        }),
    },
    prepare: () => readThrough(path),
  });
}

function planQuestion(
  { name, operation, path }: Case,
  shards: number,
): Question {
  return {
    name: `plan/${shards}/${name}`,
    target: atMost(LIMIT_MS),
    twoThreads: false,
    answer: (check) =>
      measure(check, "plan, to lines of JSON and back", async () => {
        const plan = await planShards(path, operation, { shards });
        const lines = plan.shards.map(({ index }) =>
          JSON.stringify(taskOf(plan, index))
        );
        const tasks = lines.map((line) => checkTask(JSON.parse(line)));
        const { size } = plan.source;
        requireSame("end", String(tasks.at(-1)?.end), "file", String(size));
      }),
  };
}

function mergeQuestion(
  { name, operation, path, oracle }: Case,
  shards: number,
): Question {
  let partials: Uint8Array[] | undefined;
  let expected = "";
  return {
    name: `merge/${shards}/${name}`,
    target: atMost(LIMIT_MS),
    twoThreads: false,
    async answer(check) {
      if (partials === undefined) {
        partials = await partialsOf(path, operation, shards);
        expected = await oracle();
      }
      const all = partials;
      return await measure(check, `${sizeOf(all)} of partials`, async () => {
        const result = textOf(await mergePartials(all));
        requireSame("merge", result, "library", expected);
      });
    },
  };
}

async function partialsOf(
  path: string,
  operation: Operation,
  shards: number,
): Promise<Uint8Array[]> {
  const plan = await planShards(path, operation, { shards });
  const partials: Uint8Array[] = [];
  for (const { index } of plan.shards) {
    partials.push(await runShard(taskOf(plan, index), { path, engine }));
  }
  return partials;
}

function sizeOf(partials: readonly Uint8Array[]): string {
  const bytes = partials.reduce((sum, { length }) => sum + length, 0);
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function textOf(merged: Awaited<ReturnType<typeof mergePartials>>): string {
  switch (merged.name) {
    case "hash":
      return JSON.stringify(merged.result.digests);
    case "count":
      return String(merged.result.count);
    case "records":
      return JSON.stringify(merged.result.rows);
    default:
      throw new Error(`Bug: ${merged.name} is not measured`);
  }
}

/** The median of several runs. */
async function measure(
  check: boolean,
  detail: string,
  action: () => Promise<void>,
): Promise<ReturnType<typeof figureOf> | undefined> {
  await action();
  if (check) return undefined;
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const { seconds } = await time(async () => {
      await action();
      return "";
    });
    times.push(1000 * seconds);
  }
  return figureOf(times, "ms", detail);
}

function overhead(shardMebibytes: number): Question {
  const shards = 8;
  const path = randomFile(shards * shardMebibytes * 1024 ** 2);
  const algorithms = ["blake3"];
  const operation = makeOperation("hash", { algorithms });
  return howFast({
    name: `overhead/${shards}x${shardMebibytes}MiB`,
    ours: {
      what: "shards",
      run: () =>
        time(async () =>
          textOf(await mergePartials(await partialsOf(path, operation, shards)))
        ),
    },
    rival: {
      what: "whole file",
      run: () =>
        time(async () => {
          const { digests } = await hashFile(path, { algorithms, engine });
          return JSON.stringify(digests);
        }),
    },
    prepare: () => readThrough(path),
  });
}
