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

/** What Deno may be asked to grant. */
export type PermissionQuery =
  | { readonly name: "env"; readonly variable: string }
  | { readonly name: "read"; readonly path: string }
  | {
    readonly name: "sys";
    readonly kind: "cpus" | "osRelease" | "statfs" | "systemMemoryInfo" | "uid";
  };

/** Whether Deno has granted something, without asking the user for it. The others grant all. */
export function isGranted(query: PermissionQuery): boolean {
  const { Deno: deno } = globalThis as EnvironmentGlobals;
  return deno === undefined ||
    deno.permissions.querySync(query).state === "granted";
}

/** The parts of the runtimes' globals that lead to the environment. */
interface EnvironmentGlobals {
  readonly Deno?: {
    readonly env: { get(name: string): string | undefined };
    readonly permissions: {
      querySync(query: PermissionQuery): { readonly state: string };
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
  return isGranted({ name: "env", variable: name })
    ? deno.env.get(name)
    : undefined;
}
