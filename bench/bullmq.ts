/**
 * What does a queue cost beside the work?
 *
 *     npm run bench -- bullmq
 *     deno run -A bench/bullmq.ts overhead
 *     bun bench/bullmq.ts --check
 *
 * One worker, of one process with the submitter, and Debian's Redis on loopback, against the same shards run one
 * after the other by the library. Holes of a sparse file are read, so the disk has no part in it. Results are compared.
 */
import { dirname } from "node:path";
import process from "node:process";
import { makeOperation, startWorker, submitRun } from "../src/bullmq.ts";
import { Engine } from "../src/engine.ts";
import { mergePartials } from "../src/shards/merge.ts";
import { planShards, taskOf } from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { hasRedis, RedisServer } from "../test/redis_server.ts";
import { LeastFleet } from "./bullmq_least.ts";
import { cacheFolder, sparseFile } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { median, requireSame } from "./pairs.ts";
import { atMost, type Figure } from "./report.ts";
import { figureOf, type Question, runSuite } from "./suite.ts";

const KIB = 1024;
const MIB = 1024 ** 2;
const OPERATION = makeOperation("hash", { algorithms: ["blake3"] });
const PAIRS = 5;

await runSuite({
  name: "bullmq",
  cache: "holes of sparse files, two workers of the engine",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const missing = hasRedis ? undefined : "there is no redis-server";
  const about = { twoThreads: true, missing };
  const [count, many] = check ? [3, 20] : [32, 1000];
  const shardBytes = check ? MIB : 64 * MIB;
  return [
    {
      ...about,
      name: "overhead/64MiB-shards/two-at-a-time",
      target: atMost(1.02),
      answer: (check) => compare(count, shardBytes, check, overhead, 2),
    },
    {
      ...about,
      name: "overhead/64MiB-shards",
      target: atMost(1.02),
      answer: (check) => compare(count, shardBytes, check, overhead),
    },
    {
      ...about,
      // As little as stands on BullMQ, one shard at a time: ours fetches ahead, and may be quicker.
      name: "limit/bullmq-alone",
      answer: (check) => compareLeast(count, shardBytes, check),
    },
    {
      ...about,
      // What a machine that is shared with others tells best; without that of Redis.
      name: "overhead/cpu-of-64MiB-shards",
      twoThreads: false,
      target: atMost(1.02),
      answer: (check) => compare(count, shardBytes, check, overheadCpu),
    },
    {
      ...about,
      name: `queue/${many}-shards`,
      target: atMost(2000),
      answer: (check) => compare(many, 64 * KIB, check, besidesWork),
    },
  ];
}

/** Times of one run, in seconds. */
interface Times {
  /** From the call to the result. */
  readonly all: number;
  /** From the start of the first shard to the end of the last. */
  readonly work: number;
  /** Of all threads of this process, in all. */
  readonly cpu: number;
}

type Measure = (pairs: readonly { fleet: Times; local: Times }[]) => Figure;

/** How much longer the worker is at the shards. */
function overhead(pairs: Parameters<Measure>[0]): Figure {
  return figureOf(
    pairs.map(({ fleet, local }) => fleet.work / local.work),
    "x",
    detailOf(pairs, "work"),
  );
}

/** How much more processor time it takes. */
function overheadCpu(pairs: Parameters<Measure>[0]): Figure {
  const used = (side: "fleet" | "local") =>
    median(pairs.map((pair) => pair[side].cpu)).toFixed(3);
  return figureOf(
    pairs.map(({ fleet, local }) => fleet.cpu / local.cpu),
    "x",
    `fleet ${used("fleet")} s, same shards here ${used("local")} s`,
  );
}

/** What planning, queueing and merging take. */
function besidesWork(pairs: Parameters<Measure>[0]): Figure {
  return figureOf(
    pairs.map(({ fleet, local }) => 1000 * (fleet.all - local.work)),
    "ms",
    detailOf(pairs, "all"),
  );
}

function detailOf(
  pairs: Parameters<Measure>[0],
  what: keyof Times,
): string {
  const seconds = (side: "fleet" | "local", key: keyof Times) =>
    median(pairs.map((pair) => pair[side][key])).toFixed(3);
  return `fleet ${seconds("fleet", what)} s, same shards here ${
    seconds("local", "work")
  } s`;
}

async function compare(
  shards: number,
  shardBytes: number,
  check: boolean,
  measure: Measure,
  concurrency = 1,
): Promise<Figure | undefined> {
  const path = sparseFile(shards * shardBytes);
  const server = await RedisServer.start("--appendonly", "yes");
  const engine = new Engine();
  const fleet = await openFleet(server.url, concurrency);
  try {
    const pairs: { fleet: Times; local: Times }[] = [];
    for (let i = 0; i <= (check ? 0 : PAIRS); i++) {
      const theirs = await fleet.run(path, shards);
      const ours = await runHere(engine, path, shards);
      requireSame("the fleet", theirs.result, "one machine", ours.result);
      // The first pair warms up.
      if (i > 0) pairs.push({ fleet: theirs, local: ours });
    }
    return check ? undefined : measure(pairs);
  } finally {
    await fleet.close();
    await engine.close();
    await server.stop();
  }
}

/** How much longer shards take that BullMQ alone gives out, against the same without it. */
async function compareLeast(
  shards: number,
  shardBytes: number,
  check: boolean,
): Promise<Figure | undefined> {
  const path = sparseFile(shards * shardBytes);
  const server = await RedisServer.start("--appendonly", "yes");
  const engine = new Engine();
  const fleet = new LeastFleet(server.url, engine);
  try {
    const plan = await planShards(path, OPERATION, { shards });
    const pairs: { queue: number; local: number }[] = [];
    for (let i = 0; i <= (check ? 0 : PAIRS); i++) {
      const { work, partials } = await fleet.run(plan);
      const { result } = await mergePartials(partials);
      const ours = await runHere(engine, path, shards);
      requireSame("a queue", JSON.stringify(result), "none", ours.result);
      if (i > 0) pairs.push({ queue: work, local: ours.work });
    }
    const seconds = (side: "queue" | "local") =>
      median(pairs.map((pair) => pair[side])).toFixed(3);
    return check ? undefined : figureOf(
      pairs.map(({ queue, local }) => queue / local),
      "x",
      `BullMQ ${seconds("queue")} s, same shards without ${seconds("local")} s`,
    );
  } finally {
    await fleet.close();
    await engine.close();
    await server.stop();
  }
}

interface BenchFleet {
  run(path: string, shards: number): Promise<Times & { result: string }>;
  close(): Promise<void>;
}

async function openFleet(
  url: string,
  concurrency: number,
): Promise<BenchFleet> {
  const redis = { url };
  const times: number[] = [];
  const worker = await startWorker({
    redis,
    roots: [cacheFolder()],
    concurrency,
    // Two threads, for however many shards.
    workers: 2 / concurrency,
    onEvent: ({ job }) => {
      if (job.includes("-")) times.push(performance.now());
    },
  });
  return {
    async run(path, shards) {
      times.length = 0;
      const cpuBefore = cpuSeconds();
      const started = performance.now();
      const run = await submitRun({
        ...{ redis, path, shards, operation: OPERATION },
        root: dirname(path),
        fresh: true,
      });
      const { result } = await run.result();
      const all = (performance.now() - started) / 1000;
      await run.close();
      const work = (Math.max(...times) - Math.min(...times)) / 1000;
      const cpu = cpuSeconds() - cpuBefore;
      return { all, work, cpu, result: JSON.stringify(result) };
    },
    close: () => worker.close(),
  };
}

async function runHere(
  engine: Engine,
  path: string,
  shards: number,
): Promise<Times & { result: string }> {
  const plan = await planShards(path, OPERATION, { shards });
  const partials: Uint8Array[] = [];
  const cpuBefore = cpuSeconds();
  const started = performance.now();
  for (const { index } of plan.shards) {
    // As the fleet's threads do it.
    const options = { path, engine, workers: 2, callerScans: true };
    partials.push(await runShard(taskOf(plan, index), options));
  }
  const work = (performance.now() - started) / 1000;
  const { result } = await mergePartials(partials);
  const cpu = cpuSeconds() - cpuBefore;
  return { all: work, work, cpu, result: JSON.stringify(result) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
