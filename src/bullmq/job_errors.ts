/**
 * Errors on their way through the queue, which keeps one text of each.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";

/** What may be gone when the shard is tried again, on this host or another. Names of errnos are all of this kind. */
const PASSING: ReadonlySet<string> = new Set([
  ErrorCode.WorkerCrashed,
  ErrorCode.ShortRead,
  ErrorCode.Aborted,
  ErrorCode.LeaseLost,
  ErrorCode.Queue,
  ErrorCode.Store,
  // A host may have an older program, or know other servers.
  ErrorCode.ShardMismatch,
  ErrorCode.FileName,
  "ERR_REMOTE",
]);

/** Whether trying again can help: not if the file has changed, its content is wrong, or it may not be read. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined) {
    return !(error instanceof TypeError || error instanceof RangeError);
  }
  return !code.startsWith("ERR_") || PASSING.has(code);
}

/** The text that goes through the queue: message and code. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = codeOf(error);
  return code === undefined ? message : `${message} (${code})`;
}

/** Takes a text of {@link reasonOf} apart. */
export function readReason(
  reason: string,
): { readonly message: string; readonly code: `E${string}` | undefined } {
  const [, message, code] = /^([^]*) \((E[A-Z0-9_]+)\)$/.exec(reason) ?? [];
  return message === undefined || code === undefined
    ? { message: reason, code: undefined }
    : { message, code: code as `E${string}` };
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error
    ? (error as Partial<SabmapError>).code
    : undefined;
  return typeof code === "string" ? code : undefined;
}
