/**
 * Modules of Node's, loaded when they are needed.
 *
 * An import of one takes 5 to 10 ms at the start of every thread on Deno, as does the first touch of
 * `process` there (2.9, Xeon 2.6 GHz, 2026-11-21); counting the lines of 1 GiB takes 80.
 *
 * @module
 */

/** Loads a module that all three runtimes have. */
export function loadBuiltin<Module>(name: `node:${string}`): Module {
  // SAFETY of the cast: the caller names the module and its type on one line.
  // deno-lint-ignore no-process-global -- an import is what this saves
  return process.getBuiltinModule(name) as Module;
}
