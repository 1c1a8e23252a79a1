/**
 * How fast does a job change a large file, against programs that do the same?
 *
 *     npm run bench -- update            # on all three runtimes
 *     bun bench/update.ts none           # the questions whose names start with "none"
 *     deno run -A bench/update.ts --check
 *
 * +1 on a u32 of every 32-byte record of 1 GiB, and of one page in 100, two workers. Nothing is synced with `none`, as
 * the C programs and numpy sync nothing. After each run the words are looked at: 1,000 of them, all in a small file.
 *
 * - `none/...`: with an engine that is started in each run, threads and the job's module included;
 * - `none-started/...`: with one whose threads have run the job before;
 * - `limit/...`: bare JavaScript threads without an engine against C, and ours against them.
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Engine } from "../src/engine.ts";
import { processFile, type ProcessOptions } from "../src/operations.ts";
import { cacheFolder, randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, warmUp } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast, atMost } from "./report.ts";
import { compileC, runCommand } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";
import { addInBoth, startAddThread } from "./update_js.ts";
import { addMapped, startMapThread } from "./update_js_map.ts";
import type { UpdateJobOptions } from "./update_job.ts";

const FILE_BYTES = 1024 ** 3;
const CHECK_BYTES = 8 * 1024 ** 2;
/** A word of every record. */
const RECORD_BYTES = 32;
/** A word of one page in 100 (and so that it divides no segment). */
const SPARSE_BYTES = 100 * 4096;
const SAMPLES = 1000;

await runSuite({
  name: "update",
  cache: "1 GiB in page cache, read through before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const path = ownFile(check ? CHECK_BYTES : FILE_BYTES);
  const prepare = () => readThrough(path);
  const all = (options: ProcessOptions<UpdateJobOptions> = {}) =>
    updated(path, RECORD_BYTES, options);
  const few = (options: ProcessOptions<UpdateJobOptions> = {}) =>
    updated(path, SPARSE_BYTES, options);
  const comparisons: Comparison[] = [
    ...againstRivals("none", path, all),
    ...againstRivals(
      "none-started",
      path,
      (options) => started(path, RECORD_BYTES, options),
    ),
    ...limits(path),
    // For information: what --io map is worth where all records change, and where few pages do.
    { name: "none/map", ours: all(), rival: all({ io: "map" as const }) },
    { name: "few/none/map", ours: few(), rival: few({ io: "map" as const }) },
    {
      name: "few/journal/none-and-syncs",
      // The ratio is how much longer the journal takes than `none`, its own bytes and the syncs of both.
      ours: withSyncs(path, few()),
      rival: few({ durability: "journal" }),
      target: atMost(1.5),
    },
    {
      // As the journal's run reads the file, and never maps it: nobody can end it by cutting the file off.
      name: "few/journal/read-none-and-syncs",
      ours: withSyncs(path, few({ io: "stream" })),
      rival: few({ durability: "journal" }),
    },
    {
      name: "few/journal/copy",
      ours: few({ durability: "journal" }),
      rival: few({ durability: "copy" }),
    },
  ];
  return comparisons.map((comparison) => howFast({ ...comparison, prepare }));
}

/** The same questions for an engine that is started and for one that has been. */
function againstRivals(
  name: string,
  path: string,
  ours: (options?: ProcessOptions<UpdateJobOptions>) => Contender,
): Comparison[] {
  const target = atLeast(0.7);
  return [
    {
      name: `${name}/c-map`,
      ours: ours(),
      rival: c("update_map.c", path),
      target,
    },
    {
      name: `${name}/c-pread`,
      ours: ours(),
      rival: c("update_pread.c", path),
      target,
    },
    {
      name: `${name}/one-worker`,
      ours: ours(),
      rival: ours({ workers: 1 }),
      target: atLeast(1.7),
    },
    {
      name: `${name}/numpy`,
      ours: ours(),
      rival: numpy(path),
      target: atLeast(2),
    },
  ];
}

/** What the threads of this runtime allow, and how near to it a job is. */
function limits(path: string): Comparison[] {
  const [mapping, rival] = [c("update_map.c", path), c("update_pread.c", path)];
  const python = numpy(path);
  const [cold, warm] = [bareThreads(path), bareStarted(path)];
  return [
    {
      name: "limit/c-pread/one-thread",
      ours: rival,
      rival: c("update_pread.c", path, 1),
    },
    {
      name: "limit/c-map/one-thread",
      ours: mapping,
      rival: c("update_map.c", path, 1),
    },
    { name: "limit/c-map/numpy", ours: mapping, rival: python },
    { name: "limit/c-pread/numpy", ours: rival, rival: python },
    { name: "limit/js-threads/c-pread", ours: cold, rival },
    { name: "limit/js-threads-started/c-pread", ours: warm, rival },
    {
      name: "limit/js-threads-map-started/c-map",
      ours: bareMapped(path),
      rival: mapping,
    },
    {
      name: "limit/none/js-threads",
      ours: updated(path, RECORD_BYTES, {}),
      rival: cold,
    },
    {
      name: "limit/none-started/js-threads",
      ours: started(path, RECORD_BYTES, {}),
      rival: warm,
    },
  ];
}

/** A file that nobody else reads, since it changes. */
function ownFile(byteLength: number): string {
  const path = join(cacheFolder(), `update-${byteLength}`);
  if (fs.statSync(path, { throwIfNoEntry: false })?.size !== byteLength) {
    fs.copyFileSync(randomFile(byteLength), path);
  }
  return path;
}

/** Our run of a job. */
function updated(
  path: string,
  stride: number,
  options: ProcessOptions<UpdateJobOptions>,
): Contender {
  const { durability = "none", workers = 2, io = "auto" } = options;
  return {
    what: `a job, ${durability}, ${workers} workers, io ${io}`,
    run: () => checked(path, stride, () => addByJob(path, stride, options)),
  };
}

/** As {@link updated}, with an engine whose threads have run the job before. */
function started(
  path: string,
  stride: number,
  options: ProcessOptions<UpdateJobOptions> = {},
): Contender {
  const { what } = updated(path, stride, options);
  return {
    what: `${what}, started`,
    run: async () => {
      await using engine = new Engine();
      const withEngine = { ...options, engine };
      await warmUp(() => addByJob(path, stride, withEngine));
      return await checked(
        path,
        stride,
        () => addByJob(path, stride, withEngine),
      );
    },
  };
}

async function addByJob(
  path: string,
  stride: number,
  options: ProcessOptions<UpdateJobOptions>,
): Promise<void> {
  await processFile(path, jobUrl(), {
    durability: "none",
    workers: 2,
    ...options,
    // Of our own, it may do what it likes: a sandbox is another question.
    permissions: "all",
    options: { stride },
  });
}

/** Two threads without an engine, one of which is started in each run. */
function bareThreads(path: string): Contender {
  return {
    what: "two bare JavaScript threads",
    run: () =>
      checked(path, RECORD_BYTES, async () => {
        const thread = startAddThread();
        await addInBoth(thread, path, RECORD_BYTES);
        await thread.stop();
      }),
  };
}

/** As {@link bareThreads}, where both have done it before. */
function bareStarted(path: string): Contender {
  return {
    what: "bare JavaScript threads, started",
    run: async () => {
      const thread = startAddThread();
      await warmUp(() => addInBoth(thread, path, RECORD_BYTES));
      const timed = await checked(
        path,
        RECORD_BYTES,
        () => addInBoth(thread, path, RECORD_BYTES),
      );
      await thread.stop();
      return timed;
    },
  };
}

/** As {@link bareStarted}, through a mapping of all of the file. */
function bareMapped(path: string): Contender {
  return {
    what: "bare JavaScript threads, mapping, started",
    run: async () => {
      const threads = startMapThread(path);
      await warmUp(() => addMapped(threads, path, RECORD_BYTES));
      const timed = await checked(
        path,
        RECORD_BYTES,
        () => addMapped(threads, path, RECORD_BYTES),
      );
      await threads.thread.stop();
      return timed;
    },
  };
}

function jobUrl(): URL {
  const ending = import.meta.url.endsWith(".js") ? "js" : "ts";
  return new URL(`./update_job.${ending}`, import.meta.url);
}

/** As a contender, and then all that a journal makes wait for the disk: its own bytes, and those of the file. */
function withSyncs(path: string, contender: Contender): Contender {
  const journal = join(cacheFolder(), "update-journal");
  return {
    what: `${contender.what}, and syncs`,
    run: async () => {
      const timed = await contender.run();
      const synced = await time(() => {
        const edits = fs.statSync(path).size / SPARSE_BYTES;
        fs.writeFileSync(journal, new Uint8Array(24 * edits), { flush: true });
        const fd = fs.openSync(path, "r+");
        fs.fdatasyncSync(fd);
        fs.closeSync(fd);
        fs.rmSync(journal);
        return "";
      });
      return { ...timed, seconds: timed.seconds + synced.seconds };
    },
  };
}

/** Threads of C, timed by themselves. */
function c(source: string, path: string, threads = 2): Contender {
  const program = compileC(source);
  return {
    what: `${threads} C ${threads === 1 ? "thread" : "threads"} (${source})`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: () => selfTimed(path, program ?? "", [path, String(threads)]),
  };
}

function numpy(path: string): Contender {
  const script = fileURLToPath(repositoryUrl("bench/update_numpy.py"));
  return {
    what: "numpy.memmap",
    missing: hasNumpy() ? undefined : "numpy is not installed",
    run: () => selfTimed(path, "python3", [script, path]),
  };
}

function hasNumpy(): boolean {
  try {
    runCommand("python3", ["-c", "import numpy"]);
    return true;
  } catch {
    return false;
  }
}

/** A program that prints its seconds. */
async function selfTimed(
  path: string,
  program: string,
  args: readonly string[],
): Promise<{ seconds: number; result: string }> {
  let seconds = NaN;
  const { result } = await checked(path, RECORD_BYTES, () => {
    seconds = Number(runCommand(program, args));
    return Promise.resolve();
  });
  return { seconds, result };
}

/** Times an action that adds 1 to the second word of every `stride` bytes. The result is what it has added. */
async function checked(
  path: string,
  stride: number,
  action: () => Promise<void>,
): Promise<{ seconds: number; result: string }> {
  const before = sample(path, stride);
  const timed = await time(async () => {
    await action();
    return "";
  });
  const after = sample(path, stride);
  const added = new Set(after.map((word, i) => (word - before[i]!) >>> 0));
  return { ...timed, result: [...added].join(" ") };
}

/** Words that change, spread over the file, and the ones beside them as they should not: as far as it goes. */
function sample(path: string, stride: number): number[] {
  const fd = fs.openSync(path, "r");
  const count = Math.floor(fs.fstatSync(fd).size / stride);
  const step = Math.max(1, Math.floor(count / SAMPLES));
  const words: number[] = [];
  const record = new Uint32Array(4);
  for (let i = 0; i < count; i += step) {
    fs.readSync(fd, record, 0, 16, i * stride);
    // A neighbour that changed would make the sums differ.
    words.push((record[1]! + 3 * (record[0]! ^ record[2]! ^ record[3]!)) >>> 0);
  }
  fs.closeSync(fd);
  return words;
}
