/**
 * Commands: ours and JavaScript rivals on each runtime, and those of the system.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Program, repositoryUrl } from "../program.ts";
import { time } from "../pairs.ts";
import type { Contender, RuntimeName } from "./contest.ts";

/** Standard output of a find over a large file. */
const OUTPUT_BYTES_MAX = 2 ** 30;

/** How each runtime starts a module of the repository, named by its path without extension. */
const STARTS: Readonly<Record<RuntimeName, (module: string) => Program>> = {
  deno: (module) => ({
    command: installed("deno"),
    args: ["run", "-A", pathOf(`${module}.ts`)],
  }),
  bun: (module) => ({
    command: installed("bun"),
    args: [pathOf(`${module}.ts`)],
  }),
  // scripts/build_bench.mjs has compiled it.
  node: (module) => ({
    command: "node",
    args: [pathOf(`build/bench/${module}.js`)],
  }),
};

function installed(name: string): string {
  return fs.realpathSync(pathOf(`node_modules/.bin/${name}`));
}

function pathOf(path: string): string {
  return fileURLToPath(repositoryUrl(path));
}

/** A module of the repository as a program of a runtime. */
export function programOn(runtime: RuntimeName, module: string): Program {
  return STARTS[runtime](module);
}

/** The command `process` on a runtime, as a user starts it from a clone. */
export function processOn(runtime: RuntimeName): Program {
  return programOn(
    runtime,
    runtime === "node" ? "src/cli/bin" : "src/cli/main",
  );
}

/** A program as a contender: timed from its start to its end. */
export function contender(
  what: string,
  { command, args }: Program,
  more: readonly string[],
  read: (output: string) => string | undefined,
): Contender {
  return {
    what,
    run: async () => {
      let output = "";
      const { seconds } = await time(() => {
        output = outputOf(command, [...args, ...more]);
        return "";
      });
      return { value: seconds, result: read(output) };
    },
  };
}

/** A command of the system as a contender: missing where it is not installed. */
export function tool(
  command: string,
  args: readonly string[],
  read: (output: string) => string | undefined,
): Contender {
  return {
    ...contender(command, { command, args: [] }, args, read),
    missing: versionOf(command) === undefined
      ? `${command} is not installed`
      : undefined,
  };
}

/** Runs a command to its end. @throws {Error} If it fails. @returns What it printed. */
export function outputOf(command: string, args: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    maxBuffer: OUTPUT_BYTES_MAX,
    // Tools take bytes for bytes then, as we do.
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status === 0) return stdout;
  const why = error?.message ?? (stderr.trim() || `exit code ${status}`);
  throw new Error(`${command} ${args.join(" ")} failed: ${why}`);
}

const versions = new Map<string, string | undefined>();

/** The version that a command says it has; `undefined` if it cannot be started. */
export function versionOf(command: string): string | undefined {
  if (!versions.has(command)) versions.set(command, askVersion(command));
  return versions.get(command);
}

function askVersion(command: string): string | undefined {
  const asked = command === "openssl" ? "version" : "--version";
  const { error, stdout, stderr } = spawnSync(command, [asked], {
    encoding: "utf8",
  });
  if (error !== undefined) return undefined;
  return versionIn(`${stdout}${stderr}`);
}

/** The first thing in a text that looks like a version. */
export function versionIn(text: string): string {
  return /\d+(?:\.\d+)+/.exec(text)?.[0] ?? "of unknown version";
}
