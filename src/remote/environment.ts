/**
 * Variables and files of the user, as far as this process may see them.
 *
 * @module
 */
import type * as NodeFs from "node:fs";
import { loadBuiltin } from "../platform/builtin.ts";

/** The part of Deno's namespace that is used. */
interface DenoEnvironment {
  env: { get(name: string): string | undefined };
  permissions: {
    querySync(
      query: { name: "env"; variable: string } | { name: "read"; path: string },
    ): { state: string };
  };
}

/** Reads a variable. Never asks for a permission: without one, it is as if there were none. */
export function readEnvironment(name: string): string | undefined {
  const { Deno } = globalThis as { Deno?: DenoEnvironment };
  if (Deno === undefined) return readHere(name);
  const query = { name: "env", variable: name } as const;
  if (Deno.permissions.querySync(query).state !== "granted") return undefined;
  return Deno.env.get(name) || undefined;
}

function readHere(name: string): string | undefined {
  return loadBuiltin<{ env: Record<string, string | undefined> }>(
    "node:process",
  ).env[name] || undefined;
}

/** Reads a small file of text. @returns `undefined` if there is none, or none that this process may read. */
export function readUserFile(path: string): string | undefined {
  const { Deno } = globalThis as { Deno?: DenoEnvironment };
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
