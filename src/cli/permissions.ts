/**
 * The option `--permissions`: what a job may do on Deno.
 *
 * @module
 */
import { isPermissionName, PERMISSION_NAMES } from "../platform/permissions.ts";
import { statFile } from "../platform/files.ts";
import { isRemote } from "../remote/is_remote.ts";
import type { RunOptions } from "../runs.ts";
import { UsageError } from "./io.ts";
import { toPath } from "./names.ts";

/** What can be said, for help and messages. */
export const PERMISSIONS_HELP: string = `all, none, or some of ${
  PERMISSION_NAMES.join(", ")
}, separated by commas`;

/** @throws {UsageError} If `text` names something else than permissions. */
export function parsePermissions(text: string): RunOptions["permissions"] {
  if (text === "all") return "all";
  if (text === "none") return [];
  const names = text.split(",");
  const known = names.filter(isPermissionName);
  if (known.length === names.length) return known;
  throw new UsageError(
    `Cannot use --permissions as it must be ${PERMISSIONS_HELP}: received "${text}"`,
  );
}

/** What `--permissions` says where names may be left out, and the operands as they were meant. */
export interface Granted {
  readonly permissions: RunOptions["permissions"];
  readonly operands: readonly string[];
}

/**
 * Reads the option where names may be left out, which grants all: the parser has then taken an operand for them.
 *
 * @throws {UsageError} As {@link parsePermissions}: a name that is misspelt must not grant all.
 */
export function readPermissions(
  raw: string | true | undefined,
  operands: readonly string[],
): Granted {
  if (raw === undefined) return { permissions: undefined, operands };
  if (raw === true) return { permissions: "all", operands };
  if (isModule(raw)) {
    return { permissions: "all", operands: [raw, ...operands] };
  }
  if (!raw.split(",").some(isPermissionName) && isThere(raw)) {
    return { permissions: "all", operands: [...operands, raw] };
  }
  return { permissions: parsePermissions(raw), operands };
}

function isModule(text: string): boolean {
  return /\.[cm]?[jt]s$/.test(text);
}

/** Whether there is something to work on. */
function isThere(name: string): boolean {
  if (name === "-" || isRemote(name)) return true;
  if (name === "all" || name === "none") return false;
  try {
    statFile(toPath(name), name);
    return true;
  } catch {
    return false;
  }
}
