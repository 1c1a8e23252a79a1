/**
 * Programs as commands of the runtime that this process runs on.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtimeName } from "./stamp.ts";

/** A command and its first arguments. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The command `process`, as a user starts it from a clone. */
export function processProgram(): Program {
  return programOf(
    runtimeName === "node" ? "../src/cli/bin" : "../src/cli/main",
  );
}

/** A module as a program, with the arguments of a user who trusts it. */
export function programOf(module: string): Program {
  const args = runtimeName === "deno" ? ["run", "-A"] : [];
  return { command: process.execPath, args: [...args, modulePath(module)] };
}

/** A file of the repository, also when this module runs from `build/bench/bench/`. */
export function repositoryUrl(path: string): URL {
  const here = import.meta.url;
  return new URL(
    here.endsWith(".ts") ? `../${path}` : `../../../${path}`,
    here,
  );
}

/** Path of a module beside this one: its source, or compiled where this module is. */
function modulePath(module: string): string {
  const here = import.meta.url;
  const ending = here.endsWith(".ts") ? "ts" : "js";
  return fileURLToPath(new URL(`${module}.${ending}`, here));
}
