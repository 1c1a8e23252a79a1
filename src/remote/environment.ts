/**
 * Variables and files of the user, as far as this process may see them.
 *
 * @module
 */
import type * as NodeFs from "node:fs";
import { loadBuiltin, readVariable } from "../platform/builtin.ts";

/** The part of Deno's namespace that is used. */
interface DenoPermissions {
  permissions: {
    querySync(query: { name: "read"; path: string }): { state: string };
  };
}

/** Reads a variable as {@link readVariable} does; one that is empty is none. */
export function readEnvironment(name: string): string | undefined {
  return readVariable(name) || undefined;
}

/** Reads a small file of text. @returns `undefined` if there is none, or none that this process may read. */
export function readUserFile(path: string): string | undefined {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  const query = { name: "read", path } as const;
  if (
    Deno !== undefined && Deno.permissions.querySync(query).state !== "granted"
  ) return undefined;
  try {
    return loadBuiltin<typeof NodeFs>("node:fs").readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
