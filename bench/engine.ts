/**
 * How fast is the engine, from the call to the result, with workers started in it?
 *
 *     npm run bench -- engine            # on all three runtimes
 *     bun bench/engine.ts count          # the questions whose names start with "count"
 *     deno run -A bench/engine.ts --check
 *
 * 1 GiB in the page cache, two workers, a new engine for each run. Every result is compared with
 * the rival's.
 *
 * @module
 */
import {
  countFile,
  Engine,
  hashFile,
  type IoMode,
  type RunOptions,
} from "../src/mod.ts";
import { blake3Comparisons } from "./blake3_comparisons.ts";
import { randomFile, readThrough } from "./inputs.ts";
import { startedJsThreads, twoJsThreads } from "./js_threads.ts";
import { hashHere, hashInBoth } from "./two_hash_threads.ts";
import type { BenchOptions } from "./options.ts";
import { checkedBy, type Contender, time, warmUp } from "./pairs.ts";
import { atLeast } from "./report.ts";
import {
  b3sum,
  type CMode,
  hashWasm,
  rhash,
  twoCThreads,
  wc,
} from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 1024 ** 3;
const CHECK_BYTES = 6 * 1024 ** 2 + 12_345;
/** Bare threads hash halves that are complete trees. */
const LIMIT_CHECK_BYTES = 8 * 1024 ** 2;

/** What the engine takes at a time by default, and so the C threads too. */
const SEGMENT_BYTES: Readonly<Record<CMode, number>> = {
  read: 1024 ** 2,
  count: 1024 ** 2,
  fresh: 1024 ** 2,
  map: 16 * 1024 ** 2,
};

await runSuite({
  name: "engine",
  cache: "1 GiB in page cache, read through before each question",
  questions,
});

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const path = randomFile(check ? CHECK_BYTES : FILE_BYTES);
  const prepare = () => readThrough(path);
  const comparisons = [
    ...countComparisons(path),
    ...threadComparisons(path),
    ...await hashComparisons(path),
    ...await hashLimits(check ? randomFile(LIMIT_CHECK_BYTES) : path),
    ...segmentComparisons(path),
  ];
  return comparisons.map((comparison) => howFast({ ...comparison, prepare }));
}

function countComparisons(path: string): Comparison[] {
  const target = atLeast(2.5);
  const rival = wc(path);
  const stream = counted("stream", path);
  const map = counted("map", path);
  const preload = counted("preload", path);
  const c = (mode: CMode) => twoCThreads(mode, path, SEGMENT_BYTES[mode]);
  return [
    // What this machine allows: no engine can do better than these.
    { name: "limit/c-pread-count/wc", ours: c("count"), rival },
    { name: "limit/c-map-count/wc", ours: c("map"), rival },
    { name: "count/stream/wc", ours: stream, rival, target },
    { name: "count/map/wc", ours: map, rival, target },
    {
      name: "count/stream/c-pread",
      ours: checkedBy(rival, stream),
      rival: c("read"),
      // Within 1.2 times of the time.
      target: atLeast(1 / 1.2),
    },
    {
      name: "count/stream-started/c-pread",
      ours: checkedBy(rival, countedByStarted(path)),
      rival: c("read"),
    },
    { name: "count/stream/c-pread-count", ours: stream, rival: c("count") },
    {
      name: "count/stream-started/c-pread-count",
      ours: countedByStarted(path),
      rival: c("count"),
      target: atLeast(0.9),
    },
    { name: "count/map/c-map-count", ours: map, rival: c("map") },
    {
      name: "count/preload/c-fresh-memory",
      ours: checkedBy(rival, preload),
      rival: c("fresh"),
    },
  ];
}

/** What the threads of this runtime allow, and how near to it the engine is. */
function threadComparisons(path: string): Comparison[] {
  const bare = twoJsThreads(path);
  const bareStarted = startedJsThreads(path);
  const read = twoCThreads("read", path, SEGMENT_BYTES.read);
  const target = atLeast(0.95);
  return [
    {
      name: "limit/js-threads/cold/c-pread",
      ours: checkedBy(wc(path), bare),
      rival: read,
    },
    { name: "limit/js-threads/cold/wc", ours: bare, rival: wc(path) },
    {
      name: "limit/js-threads/started/c-pread",
      ours: checkedBy(wc(path), bareStarted),
      rival: read,
    },
    {
      name: "count/stream/js-threads",
      ours: counted("stream", path),
      rival: bare,
      target,
    },
    {
      name: "count/stream-started/js-threads",
      ours: countedByStarted(path),
      rival: bareStarted,
      target,
    },
  ];
}

/** Whether another segment than the default would be faster. */
function segmentComparisons(path: string): Comparison[] {
  const sizes = [0.25, 0.5, 2, 4, 16];
  return sizes.flatMap((mebibytes) => {
    const segmentBytes = mebibytes * 1024 ** 2;
    const name = mebibytes < 1 ? `${1024 * mebibytes}KiB` : `${mebibytes}MiB`;
    return [
      {
        name: `segments/count/${name}/1MiB`,
        ours: counted("stream", path, { segmentBytes }),
        rival: counted("stream", path),
      },
      {
        name: `segments/blake3/${name}/1MiB`,
        ours: hashed("blake3", path, 2, { segmentBytes }),
        rival: hashed("blake3", path, 2),
      },
    ];
  });
}

async function hashComparisons(path: string): Promise<Comparison[]> {
  return [
    ...blake3Comparisons(path, {
      ours: (io, workers) => hashed("blake3", path, workers, { io }),
      hashWasm: await hashWasm(path),
    }),
    {
      name: "hash/crc32/rhash",
      ours: hashed("crc32", path, 2),
      rival: rhash(path),
      target: atLeast(2.5),
    },
  ];
}

/** What our kernels allow in bare threads of this runtime, one of which starts in the measured time. */
async function hashLimits(path: string): Promise<Comparison[]> {
  const ours = {
    what: "two bare JavaScript threads, BLAKE3",
    run: () => time(() => hashInBoth(path)),
  };
  const rivals: Record<string, Contender> = {
    "hash-wasm": await hashWasm(path),
    b3sum: b3sum(path),
    "one-thread": {
      what: "one of them",
      run: () => time(() => hashHere(path)),
    },
  };
  return Object.entries(rivals).map(([name, rival]) => ({
    name: `limit/js-threads/cold/blake3/${name}`,
    ours,
    rival,
  }));
}

/** As the command runs, but that small files too go to workers: it is they that are asked about. */
function runOptions(workers: number): RunOptions {
  return { workers, inlineBytes: 0, callerScans: true };
}

function counted(
  io: IoMode,
  path: string,
  more: RunOptions = {},
): Contender {
  return {
    what: `count${modeText({ ...more, io })}`,
    run: () =>
      time(async () => {
        const { count, stats } = await countFile(path, {
          ...runOptions(2),
          ...more,
          io,
        });
        if (stats.io !== io) {
          throw new Error(`--io ${io} was refused: received ${stats.io}`);
        }
        return String(count);
      }),
  };
}

function modeText({ io, segmentBytes }: RunOptions): string {
  return (io === undefined ? "" : ` --io ${io}`) +
    (segmentBytes === undefined ? "" : ` --segment ${segmentBytes}`);
}

/** An engine whose workers have been started before: what starting them costs is the difference. */
function countedByStarted(path: string): Contender {
  return {
    what: "count, workers already started",
    run: async () => {
      const engine = new Engine();
      const options = { ...runOptions(2), engine };
      try {
        await warmUp(() => countFile(path, options));
        return await time(async () =>
          String((await countFile(path, options)).count)
        );
      } finally {
        await engine.close();
      }
    },
  };
}

function hashed(
  algorithm: string,
  path: string,
  workers: number,
  more: RunOptions = {},
): Contender {
  return {
    what: `hash ${algorithm}, ${workers} workers${modeText(more)}`,
    run: () =>
      time(async () => {
        const options = {
          ...runOptions(workers),
          ...more,
          algorithms: [algorithm],
        };
        return (await hashFile(path, options)).digests[algorithm] ?? "";
      }),
  };
}
