/**
 * What goes wrong between us and a server, in one line each.
 *
 * @module
 */
import {
  type ByteRange,
  ErrorCode,
  groupDigits,
  SabmapError,
} from "../errors.ts";

/** A failure after which the same request may succeed. */
export class TransientError extends Error {
  override readonly name = "TransientError";
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    options: ErrorOptions & { retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options);
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** No connection came about: at the beginning of a run that is probably a wrong name, and not tried again. */
export class UnreachableError extends TransientError {}

/** What an error is about. */
export interface About {
  /** The object, as it may be shown. */
  readonly file: string;
  readonly range?: ByteRange | undefined;
  readonly cause?: unknown;
}

/** The error of a server that cannot be used. */
export function remoteError(message: string, about: About): SabmapError {
  return new SabmapError(ErrorCode.Remote, message, about);
}

/** The error of an object that is another by now. */
export function changedError(what: string, about: About): SabmapError {
  return new SabmapError(
    ErrorCode.FileChanged,
    `the object changed while it was read: ${what}`,
    about,
  );
}

/** A transient failure as the error that ends the run. */
export function finalError(
  error: TransientError,
  tries: number,
  about: About,
): SabmapError {
  const times = tries > 1 ? `, ${tries} times in a row` : "";
  return remoteError(`${error.message}${times}`, { ...about, cause: error });
}

/** A range as texts show it. */
export function showRange({ start, end }: ByteRange): string {
  return `bytes [${groupDigits(start)}, ${groupDigits(end)})`;
}

/**
 * Turns the error of a request that was not answered into one of ours.
 *
 * @param host Who was asked.
 */
export function fetchError(error: unknown, host: string, file: string): Error {
  const { name = "", message = "" } = error as Partial<Error>;
  // Deno, whose own text names the flag but not the host in a form that can be pasted.
  if (name === "NotCapable" || /^Requires net access|EPERM/.test(message)) {
    return new SabmapError(
      "EACCES",
      `cannot reach ${host} as Deno was not permitted to: run it with --allow-net=${host}`,
      { file, cause: error },
    );
  }
  const reason = commonReason(error) ?? (innermostText(error) || message);
  if (/certificate|UnknownIssuer|self.signed|CERT_/i.test(reason)) {
    return remoteError(`cannot trust ${host}: ${reason}`, {
      file,
      cause: error,
    });
  }
  return new UnreachableError(`cannot reach ${host}: ${reason}`, {
    cause: error,
  });
}

/** What the runtimes tell in three ways, in one. */
function commonReason(error: unknown): string | undefined {
  const text = `${(error as { code?: unknown }).code} ${innermostText(error)}`;
  if (/ECONNREFUSED|connection refused/i.test(text)) {
    return "connection refused";
  }
  if (/ENOTFOUND|failed to lookup/i.test(text)) return "no such host";
  if (/ECONNRESET|connection reset/i.test(text)) return "connection reset";
  if (/ENETUNREACH|EHOSTUNREACH|unreachable/i.test(text)) return "no route";
  return undefined;
}

/** The reason at the root of an error, without URLs, which may hold secrets. */
export function innermostText(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) {
    inner = inner.cause;
  }
  if (inner instanceof AggregateError) inner = inner.errors[0];
  const text = inner instanceof Error ? inner.message : String(inner);
  return text
    .replace(/ for url \([^)]*\)/g, "")
    .replace(/^error sending request: client error \(\w+\): /, "")
    .replace(/ For more information, pass .*$/, "")
    .replace(/\b(?:https?|s3):\/\/\S*/g, "")
    .split("\n")[0] ?? "";
}
