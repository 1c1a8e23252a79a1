/**
 * How fast is searching, beside ripgrep, which gives one file to one thread, and Python?
 *
 *     npm run bench -- find          # on all three runtimes
 *     deno run -A bench/find.ts rare # the questions whose names start with "rare"
 *     bun bench/find.ts --check
 *
 * 1 GiB in the page cache, two workers. `rare` and `common/engine` are about the engine: its workers are started and
 * have compiled what they run before, but for `rare/started`. `common` is else about whole commands, `worst` about a text in which a pattern with wildcards nearly fits
 * at each byte, and where its rarest bytes, by which a search skips, are everywhere. All that is found is compared with what the rival finds.
 *
 * @module
 */
import * as fs from "node:fs";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import {
  countFile,
  Engine,
  findInFile,
  type FindPattern,
  type IoMode,
} from "../src/mod.ts";
import { letterFile, linesFile, randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, type Timed, warmUp } from "./pairs.ts";
import { processProgram, repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { command, programCommand, runCommand } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 1024 ** 3;
const WORST_BYTES = 256 * 1024 ** 2;
const CHECK_BYTES = 6 * 1024 ** 2 + 12_345;
const NEEDLE_BYTES = 6;

await runSuite({
  name: "find",
  cache: "1 GiB in page cache, read through before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const byteLength = check ? CHECK_BYTES : FILE_BYTES;
  const random = randomFile(byteLength);
  const text = linesFile(byteLength);
  const worst = letterFile(check ? CHECK_BYTES : WORST_BYTES, "q");
  return [
    ...ask(random, rareComparisons(random)),
    ...ask(text, commonComparisons(text)),
    ...ask(worst, worstComparisons(worst)),
  ];
}

function ask(path: string, comparisons: readonly Comparison[]): Question[] {
  const prepare = () => readThrough(path);
  return comparisons.map((comparison) => howFast({ ...comparison, prepare }));
}

/** Bytes that are in the file about once. */
function rareComparisons(path: string): Comparison[] {
  const needle = bytesAt(path, Math.floor(fs.statSync(path).size * 0.8));
  const hex = Buffer.from(needle).toString("hex");
  const exact = { hex };
  const wild = { hex: `${hex.slice(0, 4)}??${hex.slice(6)}` };
  const escaped = `(?-u)${hex.replace(/../g, (byte) => `\\x${byte}`)}`;
  const escapedWild = escaped.replace(/(?<=u\).{8})..../, "(?s:.)");
  return [
    ...(["stream", "map"] as const).flatMap((io) => {
      const ours = findCount(`find --io ${io}`, path, exact, io);
      return [
        {
          name: `rare/${io}/rg-mmap`,
          ours,
          rival: rg(path, escaped, "--mmap"),
          target: atLeast(0.8),
        },
        {
          name: `rare/${io}/rg-no-mmap`,
          ours,
          rival: rg(path, escaped, "--no-mmap"),
          target: atLeast(1.5),
        },
      ];
    }),
    {
      name: "rare/started/rg-mmap",
      ours: findStarted(path, exact),
      rival: rg(path, escaped, "--mmap"),
    },
    {
      name: "rare/wildcard/rg-mmap",
      ours: findCount("find with ??", path, wild),
      rival: rg(path, escapedWild, "--mmap"),
    },
    {
      name: "rare/four/rg-mmap",
      ours: findCount("find of four", path, [
        exact,
        "no such text",
        "nor this one",
        { hex: "00ff00ff00ff" },
      ]),
      rival: rg(
        path,
        `${escaped}|no such text|nor this one|\\x00\\xff\\x00\\xff\\x00\\xff`,
        "--mmap",
      ),
    },
  ];
}

/** Words of every line. */
function commonComparisons(path: string): Comparison[] {
  const the = countCommand(path, ["--match", "the"]);
  return [
    {
      name: "common/rg-o",
      ours: the,
      rival: rgMatches(path, ["the"]),
      target: atLeast(2),
    },
    {
      name: "common/python",
      ours: the,
      rival: pythonCount(path, "the"),
      target: atLeast(20),
    },
    {
      name: "common/engine/python",
      ours: engineCount(path, "the"),
      rival: pythonCount(path, "the"),
      target: atLeast(20),
    },
    {
      name: "common/letter/python",
      ours: countCommand(path, ["--match", "e"]),
      rival: pythonCount(path, "e"),
      target: atLeast(20),
    },
    {
      name: "common/either-case/rg-o",
      ours: countCommand(path, ["-i", "--match", "the"]),
      rival: rgMatches(path, ["-i", "the"]),
    },
    {
      name: "common/three/rg-o",
      ours: countCommand(path, [
        "--match",
        "the",
        "--match",
        "would",
        "--match",
        "which",
      ]),
      rival: rgMatches(path, ["the|would|which"]),
    },
    {
      name: "common/offsets/rg-o",
      ours: shellCount("process find | wc -l", [
        processProgram().command,
        ...processProgram().args,
        "find",
        "--workers",
        "2",
        path,
        "would",
      ]),
      rival: rgMatches(path, ["would"]),
    },
  ];
}

/** A space, of which there is none, behind thirty letters, each with any byte behind it. */
function worstComparisons(path: string): Comparison[] {
  const count = 30;
  return [{
    name: "worst/wildcard/rg-mmap",
    ours: findCount("find with ??", path, {
      hex: `${"71 ?? ".repeat(count)}20`,
    }),
    // Its exit code is 1, as nothing is found.
    rival: {
      what: "rg -c -a --mmap",
      missing: hasCommand("rg") ? undefined : "rg is not installed",
      run: () =>
        time(() => {
          const args = ["-c", "-a", "--mmap", `(?-u)(?:q(?s:.)){${count}} `];
          const { stdout } = spawnSync("rg", [...args, path]);
          return String(stdout).trim() || "0";
        }),
    },
  }];
}

function bytesAt(path: string, position: number): Uint8Array {
  const bytes = new Uint8Array(NEEDLE_BYTES);
  const fd = fs.openSync(path, "r");
  fs.readSync(fd, bytes, 0, NEEDLE_BYTES, position);
  fs.closeSync(fd);
  return bytes;
}

async function countMatches(
  path: string,
  pattern: FindPattern | readonly FindPattern[],
  running?: Engine,
  io?: IoMode,
): Promise<string> {
  const options = { workers: 2, inlineBytes: 0, engine: running, io };
  let count = 0;
  const matches = findInFile(path, pattern, options);
  for await (const { offsets } of matches.batches()) count += offsets.length;
  return String(count);
}

function findCount(
  what: string,
  path: string,
  pattern: FindPattern | readonly FindPattern[],
  io?: IoMode,
): Contender {
  return {
    what,
    run: () => timeWarm((engine) => countMatches(path, pattern, engine, io)),
  };
}

/** Times what an engine does whose threads are up and have compiled. */
async function timeWarm(
  count: (engine: Engine) => Promise<string>,
): Promise<Timed> {
  await using engine = new Engine();
  await warmUp(() => count(engine));
  return await time(() => count(engine));
}

/** How often a text occurs. */
function engineCount(path: string, text: string): Contender {
  return {
    what: `countFile, match: "${text}"`,
    run: () =>
      timeWarm(async (engine) => {
        const options = { workers: 2, inlineBytes: 0, engine, match: text };
        return String((await countFile(path, options)).count);
      }),
  };
}

function findStarted(path: string, pattern: FindPattern): Contender {
  return {
    what: "find, from the start of its workers",
    run: () => time(() => countMatches(path, pattern)),
  };
}

/** Lines that match: as many as matches, where they are rare. */
function rg(path: string, pattern: string, io: string): Contender {
  return command(`rg -c -a ${io}`, "rg", ["-c", "-a", io, pattern, path]);
}

function rgMatches(path: string, args: readonly string[]): Contender {
  const line = ["rg", "-o", "-b", "-a", ...args, path];
  return {
    ...shellCount(`rg ${line.slice(1, -1).join(" ")} | wc -l`, line),
    missing: hasCommand("rg") ? undefined : "rg is not installed",
  };
}

/** Counts the lines that a command prints. */
function shellCount(what: string, line: readonly string[]): Contender {
  const script = '"$@" | wc -l';
  return {
    what,
    run: () =>
      time(() => runCommand("bash", ["-c", script, "-", ...line]).trim()),
  };
}

function pythonCount(path: string, text: string): Contender {
  const script = fileURLToPath(repositoryUrl("bench/python_count.py"));
  const hex = Buffer.from(text).toString("hex");
  return command("Python mmap.find", "python3", [script, hex, path]);
}

function countCommand(path: string, args: readonly string[]): Contender {
  return programCommand(`process count ${args.join(" ")}`, processProgram(), [
    "count",
    "--workers",
    "2",
    ...args,
    path,
  ]);
}

function hasCommand(name: string): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).error ===
    undefined;
}
