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

/** The command `process`: as npm has it where this module is compiled, from a clone where it is not. */
export function processProgram(): Program {
  return programOf(isCompiled ? "../src/cli/bin" : "../src/cli/main");
}

/** A module as a program, with the arguments of a user who trusts it. */
export function programOf(module: string): Program {
  const args = runtimeName === "deno" ? ["run", "-A"] : [];
  return { command: process.execPath, args: [...args, modulePath(module)] };
}

/** A file of the repository, also when this module runs from `build/bench/bench/`. */
export function repositoryUrl(path: string): URL {
  return new URL(
    isCompiled ? `../../../${path}` : `../${path}`,
    import.meta.url,
  );
}

/** Whether benchmarks run from `build/bench/`, with the library and the command as the npm package has them. */
const isCompiled = import.meta.url.endsWith(".js");

/** Path of a module beside this one: its source, or compiled where this module is. */
function modulePath(module: string): string {
  const ending = isCompiled ? "js" : "ts";
  return fileURLToPath(new URL(`${module}.${ending}`, import.meta.url));
}
