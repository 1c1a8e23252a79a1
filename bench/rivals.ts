/**
 * The rivals: commands of the system, hash-wasm, and two threads of C.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder } from "./inputs.ts";
import { type Contender, time, type Timed } from "./pairs.ts";
import { type Program, repositoryUrl } from "./program.ts";

/** Runs a command to its end. @throws {Error} If it fails. @returns What it printed. */
export function runCommand(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
  });
  if (status === 0) return stdout;
  throw new Error(
    `${command} ${args.join(" ")} ended with ${status}: ${
      error?.message ?? stderr
    }`,
  );
}

/** A command that prints its result as the first word; timed from its start to its end. */
export function command(
  what: string,
  name: string,
  args: readonly string[],
): Contender {
  return {
    what,
    missing: canStart(name) ? undefined : `${name} is not installed`,
    run: () => time(() => firstWord(runCommand(name, args))),
  };
}

/** A program of this runtime that prints its result as the first word. */
export function programCommand(
  what: string,
  program: Program,
  args: readonly string[],
): Contender {
  return command(what, program.command, [...program.args, ...args]);
}

/** Whether a command can be started. */
function canStart(name: string): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).error ===
    undefined;
}

/** First word of a text; empty if there is none. */
function firstWord(text: string): string {
  return text.trim().split(/\s+/)[0] ?? "";
}

/** `wc -l`. */
export function wc(path: string): Contender {
  return command("wc -l", "wc", ["-l", path]);
}

/** `b3sum` with two threads, which maps the file. */
export function b3sum(path: string): Contender {
  const args = ["--num-threads", "2", path];
  return command("b3sum --num-threads 2", "b3sum", args);
}

/** `rhash --crc32`. */
export function rhash(path: string): Contender {
  return rhashOf("crc32", path);
}

/** A digest of rhash's, by the name of its option. */
export function rhashOf(name: string, path: string): Contender {
  return command(`rhash --${name}`, "rhash", [`--${name}`, "--simple", path]);
}

/** BLAKE3 of hash-wasm in this process, fed by reading 1 MiB at a time. */
export async function hashWasm(path: string): Promise<Contender> {
  const what = "hash-wasm blake3";
  try {
    const { blake3OfFile } = await import("./hash_wasm.ts");
    return { what, run: () => time(() => blake3OfFile(path)) };
  } catch {
    const missing = "hash-wasm is not installed";
    return { what, missing, run: () => Promise.reject(new Error(missing)) };
  }
}

/** What the C program does: see `pread.c`. */
export type CMode = "read" | "count" | "map" | "fresh";

/** Two threads of C, timed by themselves from before they start until they have ended. */
export function twoCThreads(
  mode: CMode,
  path: string,
  segmentBytes: number,
): Contender {
  const program = compileC("pread.c");
  const args = [mode, path, String(segmentBytes), "2"];
  return {
    what: `two C threads (${mode})`,
    missing: program === undefined ? "there is no C compiler" : undefined,
    run: () => preadTime(mode, runCommand(program ?? "", args)),
  };
}

/** Bytes are not our result: only newlines can be compared. */
function preadTime(mode: CMode, text: string): Timed {
  const [seconds, count] = text.trim().split(" ");
  return {
    seconds: Number(seconds),
    result: mode === "count" || mode === "map" ? count : undefined,
  };
}

/**
 * Compiles a program, unless that has been done.
 *
 * @param file Its source in this folder.
 * @param target For which processors: by default, this one.
 * @returns Path of the program, or `undefined` where there is no C compiler.
 */
export function compileC(
  file: string,
  target: string = "-march=native",
): string | undefined {
  const source = fileURLToPath(repositoryUrl(`bench/${file}`));
  const flags = ["-O3", target, "-pthread"];
  const version = createHash("sha256").update(fs.readFileSync(source))
    .update(flags.join(" "));
  const name = `${file}-${version.digest("hex").slice(0, 12)}`;
  const program = join(cacheFolder(), name);
  if (fs.existsSync(program)) return program;
  const compiler = ["cc", "gcc", "clang"].find(canStart);
  if (compiler === undefined) return undefined;
  const part = `${program}.${process.pid}`;
  runCommand(compiler, [...flags, source, "-o", part]);
  fs.renameSync(part, program);
  return program;
}
