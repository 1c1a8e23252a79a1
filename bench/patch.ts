/**
 * How fast are explicit edits of a large file, journal and syncs included?
 *
 *     npm run bench -- patch             # on all three runtimes
 *     bun bench/patch.ts replace         # the questions whose names start with "replace"
 *     deno run -A bench/patch.ts --check
 *
 * 1 GiB in which a pattern of 4 bytes occurs about 250,000 times, which is nearly every page of it: `process patch
 * --replace` against tools that write a new file. They do not wait for the disk, and we do, which takes as long as the
 * disk takes for 1 GiB; so there are three forms of the question:
 *
 * - `replace/journal/perl`: as it is, with our syncs and without any of theirs;
 * - `replace/journal/perl+sync`: what is on the disk when the command ends, on both sides;
 * - `replace/memory/perl`: in a file system without a disk, where a sync takes no time.
 *
 * `limit/replace/perl` is how a program fares that knows all places, writes them and syncs once.
 *
 * Each run turns the pattern into the one that the next run looks for, and what a tool has left in the cache is
 * brought to the disk before our turn. A small patch: 100 edits in a sparse file of 10 GiB.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cacheFolder, randomFile, readThrough, sparseFile } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, unchecked } from "./pairs.ts";
import { processProgram, type Program, programOf } from "./program.ts";
import { atLeast, atMost } from "./report.ts";
import { runCommand } from "./rivals.ts";
import { figureOf, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 1024 ** 3;
const CHECK_BYTES = 8 * 1024 ** 2;
const SPARSE_BYTES = 10 * 1024 ** 3;
/** One occurrence in so many bytes: 250,000 in 1 GiB. */
const STRIDE = 4294;
const SMALL_EDITS = 100;
const SYNCS_MAX = 5;

/** A program that replaces text in files. */
interface Tool {
  readonly name: string;
  /** What the shell is told; the file is `$1`. */
  script(old: string, next: string): string;
}

const TOOLS: readonly Tool[] = [
  {
    name: "perl",
    script: (old, next) => `perl -pi -e 's/${old}/${next}/g' "$1"`,
  },
  { name: "sed", script: (old, next) => `sed -i 's/${old}/${next}/g' "$1"` },
  {
    // Writes another file only.
    name: "bbe",
    script: (old, next) =>
      `bbe -e 's/${old}/${next}/' -o "$1.bbe" "$1" && mv "$1.bbe" "$1"`,
  },
];
const SYNC = 'sync -d "$1"';

/** A file system in memory. */
const MEMORY_FOLDER = "/dev/shm";

const PATTERNS = ["\x01ABA", "\x01ABB"] as const;
/** Which of the patterns a file holds. */
const state = new Map<string, 0 | 1>();

await runSuite({
  name: "patch",
  cache: "1 GiB in page cache, read through before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const byteLength = check ? CHECK_BYTES : FILE_BYTES;
  const path = patternFile(cacheFolder(), byteLength);
  const count = Math.floor(byteLength / STRIDE);
  const ours = replaceByPatch(path, count);
  const prepare = () => readThrough(path);
  return [
    ...TOOLS.flatMap((tool) => [
      howFast({
        name: `replace/journal/${tool.name}`,
        ours,
        rival: replaceByTool(path, tool, "unsynced"),
        target: atLeast(3),
        prepare,
      }),
      howFast({
        name: `replace/journal/${tool.name}+sync`,
        ours,
        rival: replaceByTool(path, tool, "synced"),
        target: atLeast(3),
        prepare,
      }),
    ]),
    ...replaceInMemory(byteLength),
    ...TOOLS.map((tool) =>
      howFast({
        name: `limit/replace/${tool.name}`,
        ours: writeAndSync(path, byteLength),
        rival: replaceByTool(path, tool, "unsynced"),
        prepare,
      })
    ),
    howFast({
      name: "replace/journal/one-worker",
      ours,
      rival: replaceByPatch(path, count, 1),
      prepare,
    }),
    howFast({
      name: "replace/journal/none",
      ours,
      rival: replaceByPatch(path, count, 2, "none"),
      prepare,
    }),
    ...smallPatch(sparseFile(SPARSE_BYTES)),
    smallSyncs(sparseFile(SPARSE_BYTES)),
  ];
}

/** The same where no disk takes part. The file is removed when this process ends. */
function replaceInMemory(byteLength: number): Question[] {
  if (!fs.existsSync(MEMORY_FOLDER)) return [];
  const folder = fs.mkdtempSync(join(MEMORY_FOLDER, "sabmap-bench-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true }));
  const path = patternFile(folder, byteLength);
  const count = Math.floor(byteLength / STRIDE);
  return TOOLS.map((tool) =>
    howFast({
      name: `replace/memory/${tool.name}`,
      ours: replaceByPatch(path, count),
      rival: replaceByTool(path, tool, "unsynced"),
      target: atLeast(3),
    })
  );
}

/** Lines of other bytes, as tools that work line by line need them, with the pattern in between. */
function patternFile(folder: string, byteLength: number): string {
  const path = join(folder, `pattern-${byteLength}`);
  fs.copyFileSync(randomFile(byteLength), path);
  const fd = fs.openSync(path, "r+");
  const pattern = Buffer.from(PATTERNS[0]);
  for (let at = STRIDE >> 1; at + 4 <= byteLength; at += STRIDE) {
    fs.writeSync(fd, pattern, 0, 4, at);
  }
  fs.fsyncSync(fd);
  fs.closeSync(fd);
  state.set(path, 0);
  return path;
}

/** The pattern that is there, and the one that is to come. */
function swap(path: string): { old: string; next: string } {
  const now = state.get(path) ?? 0;
  state.set(path, now === 0 ? 1 : 0);
  return { old: PATTERNS[now], next: PATTERNS[now === 0 ? 1 : 0] };
}

function replaceByPatch(
  path: string,
  count: number,
  workers = 2,
  durability = "journal",
): Contender {
  const { command, args } = processProgram();
  return {
    what:
      `process patch --replace --durability ${durability} --workers ${workers}`,
    run: () =>
      time(() => {
        const { old, next } = swap(path);
        const replacement = `hex:${toHex(old)}=${toHex(next)}`;
        const output = runCommand(command, [
          ...args,
          ...["patch", "--json", "--replace", replacement],
          ...["--durability", durability, "--workers", String(workers), path],
        ]);
        const { edits } = JSON.parse(output) as { edits: number };
        if (Math.abs(edits - count) > 2) {
          throw new Error(`${edits} of ${count} occurrences were replaced`);
        }
        return String(edits);
      }),
  };
}

/**
 * The least that brings the same bytes to the disk: no search, no journal, one write for each place and one sync. What
 * the disk takes for it is what no way of changing the file in place can save.
 */
function writeAndSync(path: string, byteLength: number): Contender {
  return unchecked({
    what: "bare writes at known places, one sync",
    run: () =>
      time(() => {
        const pattern = Buffer.from(swap(path).next);
        const fd = fs.openSync(path, "r+");
        for (let at = STRIDE >> 1; at + 4 <= byteLength; at += STRIDE) {
          fs.writeSync(fd, pattern, 0, 4, at);
        }
        fs.fdatasyncSync(fd);
        fs.closeSync(fd);
        return "";
      }),
  });
}

/** @param disk Whether the time in which the disk takes the new file counts. */
function replaceByTool(
  path: string,
  { name, script }: Tool,
  disk: "synced" | "unsynced",
): Contender {
  const isThere = spawnSync(name, ["--version"]).error === undefined;
  return unchecked({
    what: disk === "synced" ? `${name}, sync` : name,
    missing: isThere ? undefined : `${name} is not installed`,
    run: async () => {
      const { old, next } = swap(path);
      const command = script(escaped(old), escaped(next));
      const timed = await time(() => {
        shell(command, path);
        if (disk === "synced") shell(SYNC, path);
        return "";
      });
      if (disk === "unsynced") shell(SYNC, path);
      return timed;
    },
  });
}

function shell(script: string, path: string): void {
  const { status } = spawnSync("sh", ["-c", script, "sh", path], {
    env: { LC_ALL: "C", PATH: process.env["PATH"] },
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
}

function escaped(pattern: string): string {
  return pattern.replace("\x01", "\\x01");
}

function toHex(text: string): string {
  return Buffer.from(text, "latin1").toString("hex");
}

/** 100 places in a file of 10 GiB, against programs of the same runtime that do nothing but start. */
function smallPatch(path: string): Question[] {
  const { command, args } = processProgram();
  const version = ["--version"];
  const started = (start: Program, more: readonly string[]): Contender => ({
    what: `${start.command.split("/").at(-1)} ${more[0] ?? "empty"}`,
    run: () =>
      time(() => {
        runCommand(start.command, [...start.args, ...more]);
        return "";
      }),
  });
  // The ratios are how much longer the patch takes than the other side.
  const rival = smallRun("process patch --script", {
    command,
    args: [...args, "patch", "--json", "--script"],
  }, path);
  const questions = [
    howFast({
      name: "small/start",
      ours: started({ command, args }, version),
      rival,
      target: atMost(1.5),
    }),
    // As many reads, writes and syncs, without a parser, a plan, locks or checks.
    howFast({
      name: "limit/small/start",
      ours: started({ command, args }, version),
      rival: smallRun("least program", programOf("./least_patch"), path),
    }),
    // The runtime alone, which loads nothing of ours.
    howFast({
      name: "small/empty-program",
      ours: started(programOf("./empty"), []),
      rival,
    }),
  ];
  return questions.map((question) => ({ ...question, twoThreads: false }));
}

/** A small patch with other bytes in each run, as one that changes nothing syncs nothing. */
function smallRun(
  what: string,
  { command, args }: Program,
  path: string,
): Contender {
  return {
    what,
    run: () => {
      const script = smallScript();
      return time(() => {
        const output = runCommand(command, [...args, script, path]);
        const { bytesChanged } = JSON.parse(output) as { bytesChanged: number };
        if (bytesChanged === 0) throw new Error("nothing was changed");
        return "";
      });
    },
  };
}

function smallScript(): string {
  const path = join(cacheFolder(), "small.ndjson");
  const lines = Array.from(
    { length: SMALL_EDITS },
    (_, i) =>
      JSON.stringify({
        offset: i * Math.floor(SPARSE_BYTES / SMALL_EDITS) + 5,
        bytes: (Date.now() + i).toString(16).padStart(16, "0"),
      }),
  );
  fs.writeFileSync(path, lines.join("\n"));
  return path;
}

/** How many syncs a small patch waits for. */
function smallSyncs(path: string): Question {
  const { command, args } = processProgram();
  const hasStrace = spawnSync("strace", ["-V"]).error === undefined;
  return {
    name: "small/syncs",
    twoThreads: false,
    missing: hasStrace ? undefined : "strace is not installed",
    answer: () => {
      const trace = join(cacheFolder(), "syncs.txt");
      runCommand("strace", [
        ...["-f", "-qq", "-e", "trace=fsync,fdatasync,msync,sync_file_range"],
        ...["-o", trace, command, ...args, "patch", "--script", smallScript()],
        path,
      ]);
      // Node syncs its standard output and error as it ends.
      const count = fs.readFileSync(trace, "utf8")
        .match(/sync\((?![012]\))\d+/g)?.length;
      if (count === undefined || count > SYNCS_MAX) {
        throw new Error(
          `${count} syncs, where at most ${SYNCS_MAX} are allowed`,
        );
      }
      return Promise.resolve(figureOf([count], "x", "syncs"));
    },
    target: atMost(SYNCS_MAX),
  };
}
