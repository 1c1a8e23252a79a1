/**
 * Modules of Node's, loaded when they are needed, and variables of the environment without them.
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

/** The parts of the runtimes' globals that lead to the environment. */
interface EnvironmentGlobals {
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined };
    readonly permissions: {
      querySync(
        query: { name: "env"; variable: string },
      ): { readonly state: string };
    };
  };
  readonly process?: {
    readonly env: Readonly<Record<string, string | undefined>>;
  };
}

/** Reads a variable. Never asks for a permission: without one, it is as if there were none. */
export function readVariable(name: string): string | undefined {
  // SAFETY: each member is checked before it is used.
  const globals = globalThis as EnvironmentGlobals;
  const deno = globals.Deno;
  if (deno === undefined) return globals.process?.env[name];
  const { state } = deno.permissions.querySync({ name: "env", variable: name });
  return state === "granted" ? deno.env.get(name) : undefined;
}
