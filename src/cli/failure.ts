/**
 * Failures as one line of text.
 *
 * @module
 */
import {
  type CliIo,
  ClosedOutputError,
  OutputError,
  UsageError,
} from "./io.ts";
import { showText } from "./names.ts";
import { shownPath } from "../remote/is_remote.ts";
import { asSystemError } from "../system_error.ts";

/**
 * Describes a failure: `process: <file>: <what> (<code>)`.
 *
 * @param name The file that was worked on, if any.
 * @returns One line with its newline; with `SABMAP_DEBUG=1` the stack follows.
 */
export function failureLine(error: unknown, io: CliIo, name?: string): string {
  const { message, code } = describe(error);
  const file = name ?? fileOf(error);
  const parts = file === undefined ? [message] : [shownPath(file), message];
  const line = `process: ${parts.map(showText).join(": ")} (${code})\n`;
  const stack = io.env["SABMAP_DEBUG"] === "1" && error instanceof Error
    ? error.stack
    : undefined;
  return stack === undefined ? line : `${line}${stack}\n`;
}

/** The stable code of a failure, such as `ENOENT`. */
export function failureCode(error: unknown): string {
  return describe(error).code;
}

function describe(error: unknown): { message: string; code: string } {
  if (!(error instanceof Error)) {
    return { message: String(error), code: "ERR_INTERNAL" };
  }
  const system = asSystemError(error);
  if (system !== undefined) return system;
  const message = error.message.replace(/^Cannot /, "cannot ");
  if (isLibraryUsageError(error)) return { message, code: "usage" };
  const code = (error as Error & { code?: unknown }).code;
  if (typeof code === "string") return { message: uncoloured(message), code };
  return { message: `${error.name}: ${error.message}`, code: "ERR_INTERNAL" };
}

/** Without the colours that Deno gives its messages of modules. */
function uncoloured(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}

/** Tells whether an argument check of the library failed. */
function isLibraryUsageError(error: Error): boolean {
  // The engines' own TypeErrors and RangeErrors do not say what was received.
  return (error instanceof TypeError || error instanceof RangeError) &&
    /^Cannot [^]*: received /.test(error.message);
}

function fileOf(error: unknown): string | undefined {
  const file = error instanceof Error
    ? (error as Error & { file?: unknown }).file
    : undefined;
  return typeof file === "string" ? file : undefined;
}

/** Tells whether a failure concerns the whole command, so that the next file need not be tried. */
export function isFatal(error: unknown, io: CliIo): boolean {
  return io.signal.aborted || error instanceof UsageError ||
    error instanceof ClosedOutputError || error instanceof OutputError;
}
