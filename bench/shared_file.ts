/**
 * How fast does a SharedFile find a rare needle, against Python's `mmap`?
 *
 *     npm run bench -- shared_file       # on all three runtimes
 *     bun bench/shared_file.ts find      # the questions whose names start with "find"
 *     deno run -A bench/shared_file.ts --check
 *
 * Random bytes, of which the last 16 are looked for (the first, by `rfind`), and text, in which the needle
 * is not; both in the page cache, and mapped by both sides. The time is that of the fastest of several
 * searches, with the pages there; `open` is that of mapping the file and the first search, most of which
 * pages take to come in, and `preload` of searching a file that was read into memory instead.
 *
 * 64 MiB are in reach of the processor's caches. Of 512 MiB memory is the limit: a loop of AVX2 in C that
 * only loads such a file has 12.7 GB/s, and Python 2 (one thread; Xeon 2.6 GHz, 2026-11-21). Backward
 * Python has another loop, which is faster where the first byte is rare.
 *
 * @module
 */
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { SharedFile } from "../src/memory/shared_file.ts";
import { linesFile, randomFile, readThrough } from "./inputs.ts";
import { type Contender, time, type Timed } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { command, runCommand } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const MEBIBYTE = 1024 ** 2;
const CHECK_BYTES = 3 * MEBIBYTE + 12_345;
const NEEDLE_BYTES = 16;

/** What is looked for in which file, and what is timed. */
interface Search {
  readonly method: "find" | "rfind";
  readonly content: "random" | "text";
  readonly mebibytes: number;
  readonly pass: "open" | "again" | "preload";
}

const SEARCHES: readonly Search[] = [
  { method: "find", content: "random", mebibytes: 64, pass: "again" },
  { method: "find", content: "text", mebibytes: 64, pass: "again" },
  { method: "find", content: "random", mebibytes: 512, pass: "again" },
  { method: "find", content: "text", mebibytes: 512, pass: "again" },
  { method: "find", content: "text", mebibytes: 512, pass: "open" },
  { method: "find", content: "text", mebibytes: 512, pass: "preload" },
  { method: "rfind", content: "random", mebibytes: 64, pass: "again" },
  { method: "rfind", content: "text", mebibytes: 64, pass: "again" },
];

/** Searches of which the fastest counts. */
function passesOf({ mebibytes }: Search): number {
  return mebibytes < 100 ? 8 : 2;
}

await runSuite({
  name: "shared_file",
  cache: "in page cache, read through before each question",
  questions: ({ check }) => SEARCHES.map((search) => ask(search, check)),
});

function ask(search: Search, check: boolean): Question {
  const { method, content, mebibytes, pass } = search;
  const byteLength = check ? CHECK_BYTES : mebibytes * MEBIBYTE;
  const path = content === "random"
    ? randomFile(byteLength)
    : linesFile(byteLength);
  const needle = needleOf(search, path);
  const comparison: Comparison = {
    name: `${method}/${content}/${mebibytes}MiB/${pass}`,
    ours: ours(search, path, needle),
    rival: python(search, path, needle),
    prepare: () => readThrough(path),
  };
  const hasTarget = method === "find" && pass === "again" && mebibytes < 100;
  const target = hasTarget ? { target: atLeast(5) } : {};
  return { ...howFast({ ...comparison, ...target }), twoThreads: false };
}

/** Bytes that are at the other end of the file, or nowhere. */
function needleOf({ method, content }: Search, path: string): Uint8Array {
  if (content === "text") return new TextEncoder().encode("haystack, needle");
  const end = fs.statSync(path).size - NEEDLE_BYTES;
  return bytesAt(path, method === "find" ? end : 0);
}

function ours(search: Search, path: string, needle: Uint8Array): Contender {
  const { method, pass } = search;
  return {
    what: `SharedFile.${method}`,
    run: async () => {
      let file: SharedFile | undefined;
      const first = await time(async () => {
        const io = pass === "preload" ? "preload" : "map";
        file = await SharedFile.open(path, { io });
        return `${file[method](needle)}`;
      });
      const again: Timed[] = [];
      for (let i = 0; i < passesOf(search); i++) {
        again.push(await time(() => `${file?.[method](needle)}`));
      }
      file?.close();
      return pass === "open" ? first : fastest(again);
    },
  };
}

function fastest(runs: readonly Timed[]): Timed {
  return runs.reduce((best, run) => run.seconds < best.seconds ? run : best);
}

function python(search: Search, path: string, needle: Uint8Array): Contender {
  const script = fileURLToPath(repositoryUrl("bench/python_mmap.py"));
  const { method, pass } = search;
  const hex = Buffer.from(needle).toString("hex");
  const args = [script, method, hex, String(passesOf(search)), path];
  const { missing } = command("Python", "python3", args);
  return {
    what: `mmap.${method} of Python`,
    missing,
    run: () => {
      const [first, again, result] = runCommand("python3", args).trim()
        .split(" ");
      return { seconds: Number(pass === "open" ? first : again), result };
    },
  };
}

/** The needle at a position of a file. */
function bytesAt(path: string, position: number): Uint8Array {
  const fd = fs.openSync(path, "r");
  const needle = new Uint8Array(NEEDLE_BYTES);
  fs.readSync(fd, needle, 0, NEEDLE_BYTES, position);
  fs.closeSync(fd);
  return needle;
}
