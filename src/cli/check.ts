/**
 * `process hash --check`: files against lists of digests, as `sha256sum --check` does it.
 *
 * @module
 */
import type { HashResult, RunOptions } from "../runs.ts";
import { failureCode, failureLine, isFatal } from "./failure.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { readChunks, readLines } from "./list_file.ts";
import { toPath } from "./names.ts";
import type { CommonOptions } from "./options.ts";
import { painter } from "./paint.ts";
import { type CommandContext, withEngine, withProgress } from "./run.ts";
import { escapeName, type ListedDigest, parseSumLine } from "./sum_lines.ts";

/** Why a file that could be read does not pass; what cannot be read has an error code instead. */
const MISMATCH = "mismatch";

/** How the lines of one list came out. */
interface Tally {
  wellFormed: number;
  malformed: number;
  unreadable: number;
  mismatched: number;
}

/**
 * Checks the files that lists name.
 *
 * @param lists Names of lists, at least one; `"-"` is standard input.
 * @param algorithms What lines without a tag may be; all if `undefined`.
 * @returns The exit code: 1 if a file does not match or cannot be read, or a list holds no
 * digests; 2 if a list cannot be read.
 * @throws {UsageError} If there are no lists.
 */
export async function checkLists(
  lists: readonly string[],
  algorithms: readonly string[] | undefined,
  io: CliIo,
  options: CommonOptions,
): Promise<number> {
  if (lists.length === 0) {
    throw new UsageError('missing list to check (use "-" for standard input)');
  }
  // How many files there are is not known before the lists have been read.
  return await withEngine(Infinity, io, options, async (context) => {
    let code: number = Exit.Done;
    for (const list of lists) {
      code = Math.max(code, await checkList(list, algorithms, context));
    }
    return code;
  });
}

async function checkList(
  list: string,
  algorithms: readonly string[] | undefined,
  context: CommandContext,
): Promise<number> {
  const { io } = context;
  const tally: Tally = {
    wellFormed: 0,
    malformed: 0,
    unreadable: 0,
    mismatched: 0,
  };
  try {
    for await (
      const group of sameFile(readDigests(list, algorithms, io, tally))
    ) {
      await checkFile(group, context, tally);
    }
  } catch (error) {
    if (isFatal(error, io)) throw error;
    await io.stderr.write(failureLine(error, io, list));
    return Exit.Failure;
  }
  return await summarize(list, tally, io);
}

async function* readDigests(
  list: string,
  algorithms: readonly string[] | undefined,
  io: CliIo,
  tally: Tally,
): AsyncGenerator<ListedDigest> {
  const chunks = list === "-" ? io.readStdin() : readChunks(toPath(list));
  let isFirst = true;
  for await (const line of readLines(chunks)) {
    // Editors on Windows put a byte order mark in front.
    const text = isFirst ? line?.replace(/^\ufeff/, "") : line;
    isFirst = false;
    const found = text === undefined
      ? undefined
      : parseSumLine(text, algorithms);
    if (found === "empty") continue;
    if (found === undefined) {
      tally.malformed++;
      continue;
    }
    tally.wellFormed++;
    yield found;
  }
}

/** Gathers neighbouring lines about one file, so that it is read once for all its algorithms. */
async function* sameFile(
  digests: AsyncIterable<ListedDigest>,
): AsyncGenerator<ListedDigest[]> {
  let group: ListedDigest[] = [];
  for await (const listed of digests) {
    if (group.length > 0 && group[0]?.file !== listed.file) {
      yield group;
      group = [];
    }
    group.push(listed);
  }
  if (group.length > 0) yield group;
}

async function checkFile(
  group: readonly ListedDigest[],
  context: CommandContext,
  tally: Tally,
): Promise<void> {
  const { file } = group[0] ?? { file: "" };
  const { hashFile } = await import("../runs.ts");
  const algorithms = [...new Set(group.map(({ algorithm }) => algorithm))];
  let digests: Readonly<Record<string, string>> = {};
  let failure: string | undefined;
  try {
    const call = (options: RunOptions): Promise<HashResult> =>
      hashFile(toPath(file), { ...options, algorithms });
    ({ digests } = await withProgress(context, call));
  } catch (error) {
    if (isFatal(error, context.io)) throw error;
    await context.io.stderr.write(failureLine(error, context.io, file));
    failure = failureCode(error);
  }
  for (const listed of group) {
    const mismatch = digests[listed.algorithm] === listed.digest
      ? undefined
      : MISMATCH;
    await printOutcome(listed, failure ?? mismatch, context, tally);
  }
}

/** @param reason Why the file does not pass; `undefined` if it does. */
async function printOutcome(
  { file, algorithm }: ListedDigest,
  reason: string | undefined,
  { io, options }: CommandContext,
  tally: Tally,
): Promise<void> {
  if (reason === MISMATCH) tally.mismatched++;
  else if (reason !== undefined) tally.unreadable++;
  if (reason === undefined && options.quiet) return;
  const ok = reason === undefined;
  if (options.json) {
    await io.stdout.write(
      `${JSON.stringify({ file, algorithm, ok, reason })}\n`,
    );
    return;
  }
  const paint = painter(io, options);
  const verdict = ok
    ? "OK"
    : paint.red(reason === MISMATCH ? "FAILED" : "FAILED open or read");
  // As sha256sum: other names that a list escapes do not break the line.
  const name = file.includes("\n") ? `\\${escapeName(file)}` : file;
  await io.stdout.write(`${name}: ${verdict}\n`);
}

/** Tells on standard error what was wrong with a list. @returns The exit code. */
async function summarize(
  list: string,
  tally: Tally,
  io: CliIo,
): Promise<number> {
  if (tally.wellFormed === 0) {
    const error = Object.assign(
      new Error("no properly formatted digest lines found"),
      {
        code: "ERR_BAD_CHECK_FILE",
      },
    );
    await io.stderr.write(failureLine(error, io, list));
    return Exit.Negative;
  }
  await warn(
    io,
    tally.malformed,
    "line is improperly formatted",
    "lines are improperly formatted",
  );
  await warn(
    io,
    tally.unreadable,
    "listed file could not be read",
    "listed files could not be read",
  );
  await warn(
    io,
    tally.mismatched,
    "computed checksum did NOT match",
    "computed checksums did NOT match",
  );
  return tally.unreadable + tally.mismatched > 0 ? Exit.Negative : Exit.Done;
}

async function warn(
  io: CliIo,
  count: number,
  one: string,
  many: string,
): Promise<void> {
  if (count > 0) {
    await io.stderr.write(
      `process: WARNING: ${count} ${count === 1 ? one : many}\n`,
    );
  }
}
