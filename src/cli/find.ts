/**
 * The command `process find`.
 *
 * @module
 */
import type { Command } from "commander";
import { isRemote } from "../remote/is_remote.ts";
import type { FindOptions, FindPattern } from "../runs.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseOffset } from "./parse_size.ts";
import {
  addPatternOption,
  addSearchOptions,
  checkPatterns,
  checkRange,
  type GivenPattern,
  type RawPatternOptions,
  toPatterns,
} from "./patterns.ts";
import { MatchPrinter } from "./print_matches.ts";
import { type CommandContext, forEachFile, withProgress } from "./run.ts";
import {
  addShardOptions,
  asksForShard,
  type RawShardOptions,
  workOnShard,
} from "./shard_options.ts";
import { WriteBehind } from "./write_behind.ts";

/** The options as the parser leaves them. */
export interface RawFindOptions
  extends RawCommonOptions, RawPatternOptions, RawShardOptions {
  readonly maxCount?: string;
  readonly resumeFrom?: string;
  readonly context?: string;
  readonly count?: boolean;
}

/** Bytes of context at most: each match is shown with its own. */
export const CONTEXT_BYTES_MAX: number = 1024 * 1024;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage(
      "[options] FILE PATTERN\n       process find [options] -e PATTERN... FILE...\n       process find [options] --hex BYTES... FILE...",
    )
    .description(
      "Prints the offsets at which patterns occur in files, in file order.\n\n" +
        "A pattern is text as it stands (no escapes, no regular expression), or bytes in hexadecimal, where ? stands " +
        "for any digit. Matches do not overlap: each is the first behind the end of the one before; at one offset, " +
        "the longest pattern wins.",
    )
    .argument(
      "[operands...]",
      'FILE PATTERN, or files or URLs; "-" is standard input',
    );
  addPatternOption(
    command,
    "-e, --text <pattern>",
    "text to look for; repeatable",
    false,
  );
  addPatternOption(
    command,
    "--hex <bytes>",
    'bytes to look for, such as "DE AD ?? 4?"; repeatable',
    true,
  );
  addSearchOptions(command);
  command
    .option("-m, --max-count <n>", "stop after so many matches of a file")
    .option(
      "--resume-from <offset>",
      "go on behind the match at this offset, the last one printed (of --overlapping matches, behind all that start there)",
    )
    .option("-c, --count", "print only how many matches there are")
    .option(
      "-C, --context <bytes>",
      "show each match with so many bytes before and behind it, as hexdump does",
    );
  addShardOptions(command);
  command
    .addHelpText(
      "after",
      `
Of several files, lines begin with FILE: and --max-count holds for each of them.
--ignore-case concerns text; bytes of --hex are exact.
Exit codes: 0 something was found, 1 nothing was, 2 wrong usage or failure.

Examples:
  process find big.data needle
  process find --hex '7f 45 4c 46' --context 32 disk.img
  process find -e error -e warning --ignore-case --json *.log
  process find --start 1GiB --max-count 10 big.data needle
  process find --resume-from 1073745920 --max-count 10 big.data needle`,
    );
}

/** What is searched for, and how, checked. */
export interface Request {
  readonly given: readonly GivenPattern[];
  readonly patterns: readonly FindPattern[];
  readonly options: FindOptions;
  readonly contextBytes: number | undefined;
  readonly counts: boolean;
}

/** Finds and prints. */
export async function run(
  operands: readonly string[],
  raw: RawFindOptions,
  io: CliIo,
): Promise<number> {
  if (asksForShard(raw)) return await workOnShard("find", operands, raw, io);
  const common = checkCommonOptions(raw);
  const { names, given } = splitOperands(operands, raw.patterns);
  const request = checkRequest(given, raw);
  await checkPatterns(request.patterns);
  if (request.contextBytes !== undefined && names.includes("-")) {
    throw new UsageError(
      "Cannot use --context with standard input, which can be read only once",
    );
  }
  if (request.contextBytes !== undefined && names.some(isRemote)) {
    throw new UsageError(
      "Cannot use --context with an object on another machine, as each match would be a request",
    );
  }
  let found = false;
  const code = await forEachFile(names, io, common, async (name, context) => {
    const prefix = names.length > 1 ? name : undefined;
    const count = request.counts
      ? await printCount(name, prefix, request, context)
      : await printMatches(name, prefix, request, context);
    if (count > 0) found = true;
  });
  return code === Exit.Done && !found ? Exit.Negative : code;
}

/** Tells files from the pattern. */
export function splitOperands(
  operands: readonly string[],
  patterns: readonly GivenPattern[] | undefined,
): { names: readonly string[]; given: readonly GivenPattern[] } {
  if (patterns !== undefined) return { names: operands, given: patterns };
  const [name, text] = operands;
  if (name === undefined || text === undefined) {
    throw new UsageError(
      name === undefined
        ? `missing FILE and PATTERN (use "-" for standard input)`
        : "missing PATTERN (or -e PATTERN, or --hex BYTES)",
    );
  }
  if (operands.length > 2) {
    throw new UsageError(
      `Cannot tell files from patterns as there are ${operands.length} operands: use -e PATTERN`,
    );
  }
  return { names: [name], given: [{ text, isHex: false }] };
}

/** Checks the options. */
export function checkRequest(
  given: readonly GivenPattern[],
  raw: RawFindOptions,
): Request {
  const { ignoreCase = false, overlapping = false } = raw;
  const { maxCount, resumeFrom, context } = raw;
  return {
    given,
    patterns: toPatterns(given, ignoreCase),
    options: {
      ignoreCase,
      overlapping,
      ...checkRange(raw),
      maxCount: maxCount === undefined
        ? undefined
        : parseInteger(maxCount, 1, Number.MAX_SAFE_INTEGER, "--max-count"),
      resumeFrom: resumeFrom === undefined
        ? undefined
        : parseOffset(resumeFrom, "--resume-from"),
    },
    contextBytes: context === undefined
      ? undefined
      : parseInteger(context, 0, CONTEXT_BYTES_MAX, "--context"),
    counts: raw.count === true,
  };
}

async function printMatches(
  name: string,
  prefix: string | undefined,
  { given, patterns, options, contextBytes }: Request,
  context: CommandContext,
): Promise<number> {
  const { findInFile } = await import("../find_in_file.ts");
  const output = new WriteBehind(context.io.stdout);
  const printer = await MatchPrinter.open({
    name,
    prefix,
    labels: given.map(({ text }) => text),
    lengths: patterns.map(byteLengthOf),
    json: context.options.json,
    contextBytes,
    output,
  });
  try {
    return await withProgress(context, async (runOptions) => {
      const matches = findInFile(toPath(name), patterns, {
        ...runOptions,
        ...options,
      });
      let count = 0;
      for await (const batch of matches.batches()) {
        await printer.print(batch);
        count += batch.offsets.length;
      }
      return count;
    });
  } finally {
    printer.close();
    // Also where it has failed: the matches of the next file go to the same output.
    await output.end();
  }
}

/** Bytes of what a pattern fits. */
export function byteLengthOf(pattern: FindPattern): number {
  if (typeof pattern === "string") {
    return new TextEncoder().encode(pattern).length;
  }
  if (pattern instanceof Uint8Array) return pattern.length;
  return pattern.hex.replace(/\s/g, "").length / 2;
}

async function printCount(
  name: string,
  prefix: string | undefined,
  request: Request,
  context: CommandContext,
): Promise<number> {
  const count = await withProgress(
    context,
    (runOptions) => countOf(name, request, { ...runOptions }),
  );
  const { json } = context.options;
  await context.io.stdout.write(
    json
      ? `${JSON.stringify({ file: name, count })}\n`
      : prefix === undefined
      ? `${count}\n`
      : `${prefix}:${count}\n`,
  );
  return count;
}

/** Counts with the job that only counts, unless the count depends on where the search stops or goes on. */
async function countOf(
  name: string,
  { patterns, options }: Request,
  runOptions: FindOptions,
): Promise<number> {
  const { countFile } = await import("../operations.ts");
  const { findInFile } = await import("../find_in_file.ts");
  const { maxCount, resumeFrom, ...search } = options;
  if (maxCount === undefined && resumeFrom === undefined) {
    const match = patterns;
    const all = { ...runOptions, ...search, match };
    return (await countFile(toPath(name), all)).count;
  }
  let count = 0;
  const matches = findInFile(toPath(name), patterns, {
    ...runOptions,
    ...options,
  });
  for await (const { offsets } of matches.batches()) count += offsets.length;
  return count;
}
