/**
 * Who takes part in a question: our command on each runtime, programs of the system, scripts.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { repositoryUrl } from "../program.ts";
import type { Contender, Rival, RuntimeName } from "./contest.ts";
import { contender, processOn, programOn, tool } from "./programs.ts";

/** Threads and processes that rivals are given. */
export const CORES: string = String(availableParallelism());

/** Our command, once made for each runtime. */
export function ours(
  args: readonly string[],
  read: (output: string) => string | undefined,
): (runtime: RuntimeName) => Contender {
  return onEach((runtime) =>
    contender(
      `process ${args[0]} on ${runtime}`,
      processOn(runtime),
      args,
      read,
    )
  );
}

/** Remembers what was made, because a contender is known by its identity. */
export function onEach<T>(
  make: (runtime: RuntimeName) => T,
): (runtime: RuntimeName) => T {
  const made = new Map<RuntimeName, T>();
  return (runtime) => {
    const known = made.get(runtime) ?? make(runtime);
    made.set(runtime, known);
    return known;
  };
}

/** A rival that is one program. */
export function single(label: string, contender: Contender): Rival {
  return { label, on: () => contender };
}

/** A rival in JavaScript: a module of this repository's on the same runtime as ours. */
export function javascript(
  label: string,
  module: string,
  args: readonly string[],
  read: (output: string) => string,
): Rival {
  return {
    label,
    on: onEach((runtime) =>
      contender(
        `${label} on ${runtime}`,
        programOn(runtime, module),
        args,
        read,
      )
    ),
  };
}

/** A rival in Python. */
export function python(
  label: string,
  args: readonly string[],
  read: (output: string) => string,
): Rival {
  const script = pathOf("bench/peers/python_rivals.py");
  return single(label, tool("python3", [script, ...args], read));
}

/** A file of this repository. */
export function pathOf(path: string): string {
  return fileURLToPath(repositoryUrl(path));
}
