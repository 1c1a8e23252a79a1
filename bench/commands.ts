/**
 * How fast is `process` as a whole command, from its start to its end?
 *
 *     npm run bench -- commands          # on all three runtimes
 *     deno run -A bench/commands.ts hash # the questions whose names start with "hash"
 *     bun bench/commands.ts --check
 *
 * 4 GiB in the page cache, or 64 MiB, `--workers 2`. What is printed is compared with what the rival prints.
 *
 * @module
 */
import { blake3Comparisons } from "./blake3_comparisons.ts";
import { randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { checkedBy, type Contender } from "./pairs.ts";
import { processProgram, programOf } from "./program.ts";
import { atLeast } from "./report.ts";
import {
  b3sum,
  compileC,
  programCommand,
  rhash,
  twoCThreads,
  wc,
} from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 4 * 1024 ** 3;
/** Large enough that workers are started. */
const CHECK_BYTES = 6 * 1024 ** 2 + 12_345;
/** Small enough that starting counts. */
const SMALL_BYTES = 64 * 1024 ** 2;
const SMALL_CHECK_BYTES = 8 * 1024 ** 2;
/** What `process` reads at a time by default. */
const SEGMENT_BYTES = 1024 ** 2;

await runSuite({
  name: "commands",
  cache: "4 GiB in page cache, read through before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const path = randomFile(check ? CHECK_BYTES : FILE_BYTES);
  const small = randomFile(check ? SMALL_CHECK_BYTES : SMALL_BYTES);
  const asked = (file: string) => (comparison: Comparison) =>
    howFast({ ...comparison, prepare: () => readThrough(file) });
  return [
    ...[...countComparisons(path), ...hashComparisons(path)].map(asked(path)),
    ...smallComparisons(small).map(asked(small)),
    ...hashLimits(check ? small : path).map(asked(path)),
  ];
}

function countComparisons(path: string): Comparison[] {
  const count = processCommand(["count", path]);
  const counting = twoCThreads("count", path, SEGMENT_BYTES);
  const rival = wc(path);
  const target = atLeast(1.7);
  return [
    // What this machine allows a program that reads: no program can do better, and none of this runtime.
    { name: "limit/c-pread-count/wc", ours: counting, rival },
    {
      name: "limit/c-pread-count-and-start/wc",
      ours: longerBy(emptyProgram(), 1, counting),
      rival,
    },
    {
      name: "limit/least-count/wc",
      ours: programCommand(
        "least program of two threads",
        programOf("./least_count"),
        [path],
      ),
      rival,
    },
    { name: "count/wc", ours: count, rival, target },
    {
      name: "count/map/wc",
      ours: processCommand(["count", "--io", "map", path]),
      rival,
      target,
    },
    {
      name: "count/c-pread",
      ours: checkedBy(rival, count),
      rival: twoCThreads("read", path, SEGMENT_BYTES),
      // Within 1.2 times of the time.
      target: atLeast(1 / 1.2),
    },
  ];
}

function hashComparisons(path: string): Comparison[] {
  return [
    ...blake3Comparisons(path, {
      ours: (io, workers) =>
        processCommand(["hash", "--io", io, path], workers),
      hashWasm: hashWasm(path),
    }),
    {
      name: "hash/crc32/rhash",
      ours: processCommand(["hash", "--algo", "crc32", path]),
      rival: rhash(path),
      target: atLeast(2.5),
    },
  ];
}

function hashWasm(path: string): Contender {
  const program = programOf("./hash_wasm");
  return programCommand("hash-wasm blake3", program, [path]);
}

function emptyProgram(): Contender {
  return programCommand("empty program", programOf("./empty"), []);
}

/** A file for which starting counts: at most 1.6 times as long as b3sum, and the start of the runtime. */
function smallComparisons(path: string): Comparison[] {
  const rival = longerBy(
    emptyProgram(),
    1.6,
    b3sum(path),
  );
  return [
    {
      name: "hash-64MiB/b3sum-and-start",
      ours: processCommand(["hash", path]),
      rival,
      target: atLeast(1),
    },
    {
      name: "limit/hash-64MiB/b3sum-and-start",
      ours: leastHash(path),
      rival,
    },
    {
      name: "hash-64MiB/limit",
      ours: processCommand(["hash", path]),
      rival: leastHash(path),
    },
    {
      name: "hash-64MiB/one-worker",
      ours: processCommand(["hash", path]),
      rival: processCommand(["hash", path], 1),
    },
  ];
}

/** What the runtime's threads and our kernels allow: no command that runs on them can do better. */
function leastHash(path: string, threads = 2): Contender {
  const what = `least program of ${
    threads === 1 ? "one thread" : "two threads"
  }`;
  const program = programOf("./least_hash");
  return programCommand(what, program, [path, String(threads)]);
}

/** What programs of two threads allow: least ones of this runtime; and in C, with vectors as long as those of WASM. */
function hashLimits(path: string): Comparison[] {
  const c = cBlake3(path, 2);
  const cAlone = cBlake3(path, 1);
  const started = longerBy(emptyProgram(), 1, c);
  const rival = b3sum(path);
  return [
    { name: "limit/hash/blake3/b3sum", ours: leastHash(path), rival },
    {
      name: "limit/hash/blake3/one-thread",
      ours: leastHash(path),
      rival: leastHash(path, 1),
    },
    { name: "limit/c-128-bit/blake3/b3sum", ours: c, rival },
    { name: "limit/c-128-bit/blake3/one-thread", ours: c, rival: cAlone },
    {
      name: "limit/c-128-bit-and-start/blake3/one-thread",
      ours: started,
      rival: longerBy(emptyProgram(), 1, cAlone),
    },
    {
      name: "limit/c-128-bit-and-start/blake3/hash-wasm",
      ours: started,
      rival: hashWasm(path),
    },
    {
      name: "limit/hash/blake3/c-128-bit",
      ours: processCommand(["hash", path]),
      rival: started,
    },
  ];
}

/** BLAKE3 by threads of C, from vectors of 128 bits. */
function cBlake3(path: string, threads: number): Contender {
  const isIntel = process.arch === "x64";
  const program = isIntel ? compileC("blake3_128.c", "-mavx") : undefined;
  const command = programCommand(
    `${threads} C ${threads === 1 ? "thread" : "threads"}, vectors of 128 bits`,
    { command: program ?? "", args: [] },
    [path, String(threads)],
  );
  return {
    ...command,
    missing: program === undefined
      ? "there is no C compiler, or no AVX"
      : command.missing,
  };
}

/** A rival that takes so many times as long as it does, and as long as another program besides. */
function longerBy(
  start: Contender,
  times: number,
  rival: Contender,
): Contender {
  return {
    what: `${times} x ${rival.what} + ${start.what}`,
    missing: rival.missing ?? start.missing,
    run: async () => {
      const { seconds, result } = await rival.run();
      const started = await start.run();
      return { seconds: times * seconds + started.seconds, result };
    },
  };
}

/** `process` with so many workers. */
function processCommand(args: readonly string[], workers = 2): Contender {
  const what = `process ${args.slice(0, -1).join(" ")} --workers ${workers}`;
  return programCommand(what, processProgram(), [
    ...args,
    "--workers",
    String(workers),
  ]);
}
