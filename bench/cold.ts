/**
 * How fast is a file read that is not in the page cache, and what would help?
 *
 *     npm run bench -- cold               # on all three runtimes
 *     deno run -A bench/cold.ts limit
 *     bun bench/cold.ts --check
 *
 * `cold/count` and `cold/blake3` compare our workers, started before, with as many threads of C, which drop the file's pages
 * before each run and only count lines. `readers` asks whether twice as many workers as cores pay, which wait for the
 * disk by turns: with BLAKE3, that is. `limit` asks the same of C, and whether advice does any good
 * (`posix_fadvise`, before and while a file is read): where C gains nothing by it, we would not either.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { Engine } from "../src/engine.ts";
import { countFile, hashFile } from "../src/operations.ts";
import { randomFile } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time } from "./pairs.ts";
import { atLeast } from "./report.ts";
import { compileC, runCommand } from "./rivals.ts";
import { howFast, type Question, runSuite } from "./suite.ts";

const MIB = 1024 ** 2;

/** So many bytes take long enough to read, and are on the disk in several places. */
const FILE_BYTES = 256 * MIB;
const CHECK_BYTES = 6 * MIB;
const CORES = availableParallelism();

/** What C is told to do: see cold.c. */
type Advice = "plain" | "sequential" | "willneed";

const engines = new Map<number, Engine>();
try {
  await runSuite({
    name: "cold",
    cache: "dropped from the page cache before each run",
    questions,
  });
} finally {
  for (const engine of engines.values()) await engine.close();
}

function questions({ check }: BenchOptions): Question[] {
  const path = randomFile(check ? CHECK_BYTES : FILE_BYTES);
  const plain = threadsOfC("plain", CORES, path);
  return [
    howFast({
      name: "cold/count/c-plain",
      ours: workers("count", CORES, path),
      rival: plain,
      target: atLeast(0.9),
    }),
    howFast({
      name: "cold/blake3/c-plain",
      ours: workers("blake3", CORES, path),
      rival: { ...plain, run: async () => untold(await plain.run()) },
    }),
    howFast({
      name: "readers/blake3/twice-the-cores",
      ours: workers("blake3", 2 * CORES, path),
      rival: workers("blake3", CORES, path),
    }),
    howFast({
      name: "limit/c-twice-the-cores/c-plain",
      ours: threadsOfC("plain", 2 * CORES, path),
      rival: plain,
    }),
    ...(["sequential", "willneed"] as const).map((advice) =>
      howFast({
        name: `limit/c-${advice}/c-plain`,
        ours: threadsOfC(advice, CORES, path),
        rival: plain,
      })
    ),
  ];
}

/** What C has counted is no digest. */
function untold<T extends { readonly seconds: number }>({ seconds }: T) {
  return { seconds, result: undefined };
}

function threadsOfC(
  advice: Advice,
  threads: number,
  path: string,
): Contender {
  const program = compileC("cold.c");
  return {
    what: `${threads} threads of C (${advice})`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: () => {
      const args = [advice, path, String(threads)];
      const [seconds, result] = runCommand(program ?? "", args).split(" ");
      return { seconds: Number(seconds), result: result?.trim() };
    },
  };
}

function workers(
  operation: "count" | "blake3",
  count: number,
  path: string,
): Contender {
  const program = compileC("cold.c");
  const engine = engines.get(count) ?? new Engine();
  engines.set(count, engine);
  const options = { engine, workers: count, io: "stream" } as const;
  const ask = async () =>
    operation === "count"
      ? String((await countFile(path, options)).count)
      : (await hashFile(path, options)).digests["blake3"] ?? "";
  return {
    what: `${operation} with ${count} workers`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: () => {
      runCommand(program ?? "", ["drop", path]);
      return time(ask);
    },
  };
}
