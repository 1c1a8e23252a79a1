/**
 * Files of the kernel's, on every runtime and whatever is permitted.
 *
 * @module
 */
import { loadBuiltin } from "./builtin.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoProc {
  readonly permissions: {
    querySync(
      query: { name: "read"; path: string },
    ): { readonly state: string };
  };
  readTextFileSync(path: string): string;
}

/** @returns A file's text; the code of an error, or nothing, where it cannot be read. */
export function readProcFile(path: string): string {
  const { Deno: deno } = globalThis as unknown as { Deno?: DenoProc };
  try {
    if (deno === undefined) {
      return loadBuiltin<typeof import("node:fs")>("node:fs")
        .readFileSync(path, "latin1");
    }
    // Without the permission, reading would ask the user.
    const { state } = deno.permissions.querySync({ name: "read", path });
    return state === "granted" ? deno.readTextFileSync(path) : "";
  } catch (error) {
    const { code } = error as { code?: unknown };
    return typeof code === "string" ? code : "";
  }
}
