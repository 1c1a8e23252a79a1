/**
 * What goes wrong with the module of a job, told as such.
 *
 * @module
 */
import { type ByteRange, groupDigits, SabmapError } from "../errors.ts";
import { statFile } from "../platform/files.ts";
import { InterruptError } from "./io.ts";
import { toPath } from "./names.ts";

/**
 * Looks whether the module of a job is there, or the message would be about the file that it is to work on.
 *
 * @param job A path, or a URL: those of other machines are left to the runtime.
 * @throws {SabmapError} `ENOENT`, `ENOTDIR` or `EISDIR`, with the module as its file. What else is wrong with it, the
 * import will say.
 */
export function checkModuleIsThere(job: string): void {
  // As `moduleUrl` tells them.
  if (job === "" || /^[a-z][a-z0-9+.-]+:/i.test(job)) return;
  if (kindOf(job) !== "directory") return;
  throw new SabmapError("EISDIR", "is a directory", { file: job });
}

function kindOf(job: string): string | undefined {
  try {
    return statFile(toPath(job), job).kind;
  } catch (error) {
    if (error instanceof SabmapError && /^ENO(ENT|TDIR)$/.test(error.code)) {
      throw error;
    }
    // It may be imported where it may not be looked at.
    return undefined;
  }
}

/**
 * Gives an error of the job's own, which mostly has no code, one that says so, and where it was.
 *
 * @returns The error; another with the first as its cause if that has no code, or is no error.
 */
export function asJobError(error: unknown): unknown {
  if (!(error instanceof Error)) return jobError(String(error), error);
  if ("code" in error || error instanceof InterruptError) return error;
  // Argument checks and assertions of the library say so themselves.
  if (/^Bug:|^Cannot [^]*: received /.test(error.message)) return error;
  const { name, message } = error;
  const told = name === "Error" ? message : `${name}: ${message}`;
  const failure = jobError(`${told}${placeOf(error)}`, error);
  return Object.assign(failure, { stack: error.stack });
}

function jobError(message: string, cause: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code: "ERR_JOB" });
}

/** Which record it was, where an error of `scan` knows. */
function placeOf({ range }: Error & { readonly range?: ByteRange }): string {
  return range === undefined ? "" : `, at offset ${groupDigits(range.start)}`;
}
