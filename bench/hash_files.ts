/**
 * How fast are many small files hashed?
 *
 *     npm run bench -- hash_files             # on all three runtimes
 *     deno run -A bench/hash_files.ts sha256  # the questions whose names start with "sha256"
 *     bun bench/hash_files.ts --check
 *
 * 10,000 files of 10 KiB in one folder, in page cache: `process hash -r` as a whole command against what
 * others need for the same files, and against reading the list of it back. What is printed is compared.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { cacheFolder, randomFile } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time } from "./pairs.ts";
import { processProgram } from "./program.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 10 * 1024;

await runSuite({
  name: "hash_files",
  cache: "10,000 files of 10 KiB in page cache, read before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const folder = manyFiles(check ? 200 : 10_000);
  const prepare = () => void outputOf("cat", filesOf(folder));
  return comparisons(folder).map((comparison) =>
    howFast({ ...comparison, prepare })
  );
}

function comparisons(folder: string): Comparison[] {
  const blake3 = ours(["-r", folder]);
  const sha256 = ours(["-r", "--algo", "sha256", folder]);
  return [
    { name: "blake3/b3sum", ours: blake3, rival: theirs("b3sum", folder) },
    {
      name: "sha256/sha256sum",
      ours: sha256,
      rival: theirs("sha256sum", folder),
    },
    {
      name: "sha256/one-worker",
      ours: sha256,
      rival: ours(["-r", "--algo", "sha256", folder], 1),
    },
    {
      name: "check/sha256sum",
      ours: checkList(folder, "sha256"),
      rival: theirCheck("sha256sum", folder),
    },
  ];
}

/** `process hash`; the result is a digest of what it prints. */
function ours(args: readonly string[], workers = 2): Contender {
  const { command, args: first } = processProgram();
  const all = [...first, "hash", ...args, "--workers", String(workers)];
  const what = `process hash ${args.slice(0, -1).join(" ")}`;
  return printing(`${what} --workers ${workers}`, command, all);
}

function theirs(tool: string, folder: string): Contender {
  return printing(tool, tool, filesOf(folder));
}

function checkList(folder: string, algorithm: string): Contender {
  const list = `${folder}.${algorithm}`;
  const { command, args } = processProgram();
  const digests = outputOf(command, [
    ...args,
    "hash",
    "-r",
    "--algo",
    algorithm,
    folder,
  ]);
  fs.writeFileSync(list, digests);
  return ours(["--algo", algorithm, "--check", list]);
}

/** Reads the list that {@link checkList} has written. */
function theirCheck(tool: string, folder: string): Contender {
  const list = `${folder}.${tool.replace("sum", "")}`;
  return printing(`${tool} --check`, tool, ["--check", list]);
}

function printing(
  what: string,
  command: string,
  args: readonly string[],
): Contender {
  return {
    what,
    missing: spawnSync(command, ["--version"]).error && `${what}: not there`,
    run: () => time(() => digest(outputOf(command, args))),
  };
}

/** What a command prints: more than `runCommand` takes. @throws {Error} If it fails. */
function outputOf(command: string, args: readonly string[]): Uint8Array {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    maxBuffer: Infinity,
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ended with ${status}: ${error?.message ?? String(stderr)}`,
  );
}

function digest(text: Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Names of all files, in the order in which folders are gone through. */
function filesOf(folder: string): string[] {
  return fs.readdirSync(folder).sort().map((name) => join(folder, name));
}

/** Makes a folder of files with the same bytes in every run, unless it is there. */
function manyFiles(count: number): string {
  const folder = join(cacheFolder(), `files-${count}`);
  if (fs.existsSync(folder)) return folder;
  const part = `${folder}.${process.pid}`;
  fs.mkdirSync(part);
  const bytes = fs.readFileSync(randomFile(count * FILE_BYTES));
  for (let i = 0; i < count; i++) {
    const content = bytes.subarray(i * FILE_BYTES, (i + 1) * FILE_BYTES);
    fs.writeFileSync(join(part, `f${String(i).padStart(6, "0")}`), content);
  }
  fs.renameSync(part, folder);
  return folder;
}
