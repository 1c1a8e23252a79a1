/**
 * The command `process hash`.
 *
 * @module
 */
import type { Command } from "commander";
import type { HashResult } from "../runs.ts";
import { LISTED_ALGORITHMS, sumLine, tagLine } from "./sum_lines.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { forEachFile, withProgress } from "./run.ts";

interface RawHashOptions extends RawCommonOptions {
  readonly algo?: string;
  readonly tag?: boolean;
  /** Names of lists; `true` when they stand before the option. */
  readonly check?: readonly string[] | true;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] FILE...\n       process hash [options] --check SUMS...")
    .description(
      "Prints digests of files, or checks files against a list of digests.\n\n" +
        "Lists are those of b3sum, sha256sum, md5sum and their kin, plain or tagged. The algorithm " +
        "of a line is that of its tag, of --algo, or the one that has digests of that length " +
        "(64 digits: blake3).",
    )
    .argument(
      "[files...]",
      'files to hash, or lists to check; "-" is standard input',
    )
    .option(
      "--algo <names>",
      `one or more of ${
        LISTED_ALGORITHMS.join(", ")
      }, separated by commas (default: blake3)`,
    )
    .option(
      "--tag",
      "print lines with the algorithm's name: BLAKE3 (FILE) = HEX",
    )
    .option(
      "-c, --check [sums...]",
      "read digests from these lists and check the files they name",
    )
    .addHelpText(
      "after",
      `
With --check, --quiet prints nothing for files that match.
Exit codes: 0 done, 1 a file does not match or cannot be read (--check), 2 wrong usage or failure.

Examples:
  process hash big.data
  process hash --algo sha256,blake3 *.iso > SUMS
  process hash --algo sha256 --check SHA256SUMS
  tar c folder | process hash -`,
    );
}

/** Hashes and prints, or checks. */
export async function run(
  operands: readonly string[],
  raw: RawHashOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const algorithms = await checkAlgorithms(raw.algo);
  if (raw.check === undefined) {
    return await hash(operands, algorithms ?? ["blake3"], raw, io);
  }
  if (raw.tag) {
    throw new UsageError(
      "Cannot use --tag with --check, which prints no digests",
    );
  }
  const lists = raw.check === true ? operands : [...raw.check, ...operands];
  const { checkLists } = await import("./check.ts");
  return await checkLists(lists, algorithms, io, options);
}

async function checkAlgorithms(
  text: string | undefined,
): Promise<string[] | undefined> {
  if (text === undefined) return undefined;
  const { parseAlgorithms } = await import("../runs.ts");
  return parseAlgorithms(text.split(",").map((name) => name.trim()));
}

async function hash(
  names: readonly string[],
  algorithms: readonly string[],
  raw: RawHashOptions,
  io: CliIo,
): Promise<number> {
  return await forEachFile(
    names,
    io,
    checkCommonOptions(raw),
    async (name, context) => {
      const { hashFile } = await import("../runs.ts");
      const result = await withProgress(
        context,
        (options) => hashFile(toPath(name), { ...options, algorithms }),
      );
      const lines = algorithms.map((algorithm) =>
        digestLine(name, algorithm, result, raw)
      );
      await io.stdout.write(lines.join(""));
    },
  );
}

function digestLine(
  file: string,
  algorithm: string,
  { digests, byteLength }: HashResult,
  { json, tag }: RawHashOptions,
): string {
  const digest = digests[algorithm];
  if (digest === undefined) {
    throw new Error(`Bug: no ${algorithm} digest came back`);
  }
  if (json) {
    return `${JSON.stringify({ file, algorithm, digest, byteLength })}\n`;
  }
  return tag ? tagLine(file, algorithm, digest) : sumLine(file, digest);
}
