/**
 * What Deno can take from a thread.
 *
 * @module
 */

/** One kind of permission. */
export type PermissionName =
  | "read"
  | "write"
  | "net"
  | "env"
  | "run"
  | "sys"
  | "ffi"
  | "import";

/** All kinds of permission. */
export const PERMISSION_NAMES: readonly PermissionName[] = [
  "read",
  "write",
  "net",
  "env",
  "run",
  "sys",
  "ffi",
  "import",
];

/** Tells whether a text names a kind of permission. */
export function isPermissionName(text: string): text is PermissionName {
  return (PERMISSION_NAMES as readonly string[]).includes(text);
}
