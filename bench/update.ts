/**
 * How fast does a job change a large file, against programs that do the same?
 *
 *     npm run bench -- update            # on all three runtimes
 *     bun bench/update.ts none           # the questions whose names start with "none"
 *     deno run -A bench/update.ts --check
 *
 * +1 on a u32 of every 32-byte record of 1 GiB, and of one page in 100, two workers and an engine that is started in
 * each run. Nothing is synced with `none`, as the C programs and numpy sync nothing. After each run the words are
 * looked at: 1,000 of them, all in a small file.
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processFile, type ProcessOptions } from "../src/operations.ts";
import { cacheFolder, randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast, atMost } from "./report.ts";
import { compileC, runCommand } from "./rivals.ts";
import { howFast, type Question, runSuite } from "./suite.ts";
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
  const target = atLeast(0.7);
  const comparisons = [
    { name: "none/c-map", ours: all(), rival: c("update_map.c", path), target },
    {
      name: "none/c-pread",
      ours: all(),
      rival: c("update_pread.c", path),
      target,
    },
    {
      name: "none/one-worker",
      ours: all(),
      rival: all({ workers: 1 }),
      target: atLeast(1.7),
    },
    { name: "none/numpy", ours: all(), rival: numpy(path), target: atLeast(2) },
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
  const given = { durability: "none", workers: 2, ...options } as const;
  const { durability, workers, io = "auto" } = given;
  return {
    what: `a job, ${durability}, ${workers} workers, io ${io}`,
    run: () =>
      checked(path, stride, async () => {
        await processFile(path, jobUrl(), {
          ...given,
          // Of our own, it may do what it likes: a sandbox is another question.
          permissions: "all",
          options: { stride },
        });
      }),
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

/** Two threads of C, timed by themselves. */
function c(source: string, path: string): Contender {
  const program = compileC(source);
  return {
    what: `two C threads (${source})`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: () => selfTimed(path, program ?? "", [path, "2"]),
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
