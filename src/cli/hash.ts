/**
 * The command `process hash`.
 *
 * @module
 */
import type { Command } from "commander";
import { LISTED_ALGORITHMS } from "./digest_forms.ts";
import { type RawHashOptions, readCommand } from "./hash_request.ts";
import type { CliIo } from "./io.ts";
import { addShardOptions, asksForShard, workOnShard } from "./shard_options.ts";

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage(
      "[options] FILE...\n       process hash [options] --check SUMS...\n" +
        "       process hash [options] --expect VALUE FILE\n       process hash --s3 ETAG FILE",
    )
    .description(
      "Prints digests of files, or checks files against a list of digests or one digest.\n\n" +
        "Lists are those of b3sum, sha256sum, md5sum, xxhsum, cksfv and their kin, plain or tagged. " +
        "The algorithm of a line is that of its tag, of --algo, or the one that has digests of that " +
        "length and gives this one (64 digits: blake3 is tried first).",
    )
    .argument(
      "[files...]",
      'files or URLs to hash, or lists to check; "-" is standard input',
    );
  addDigestOptions(command);
  addListOptions(command);
  addCheckOptions(command);
  addShardOptions(command);
  command.addHelpText("after", HELP);
}

function addDigestOptions(command: Command): void {
  command
    .option(
      "--algo <names>",
      `one or more of ${
        LISTED_ALGORITHMS.join(", ")
      }, separated by commas, or all (default: blake3)`,
    )
    .option(
      "--part-size <size>",
      "length of the parts of s3-*, any number of bytes (default: 8MiB)",
    )
    .option("--layers", "with btv2, also print the piece layer")
    .option(
      "--piece-size <size>",
      "length of the pieces of --layers: a power of two, at least 16KiB",
    )
    .option("--keyed", "blake3 with a key: 32 bytes from standard input")
    .option("--key-file <file>", "as --keyed, with the key from a file")
    .option("--derive-key <context>", "blake3 as a key derivation function")
    .option("-l, --length <n>", "bytes that blake3 gives (default: 32)")
    .option("--seek <offset>", "where in blake3's output they start");
}

function addListOptions(command: Command): void {
  command
    .option("-r, --recursive", "go through folders, in the order of names")
    .option(
      "--exclude <glob>",
      "leave out what is found in folders with such a name, or path if it has a slash; repeatable",
      (glob: string, globs: readonly string[] = []) => [...globs, glob],
    )
    .option(
      "--tag",
      "print lines with the algorithm's name: BLAKE3 (FILE) = HEX",
    )
    .option("--base64", "print digests in base64, as S3 and Google Cloud do")
    .option("-z, --zero", "end lines with NUL, and escape no names")
    .option("--no-names", "print digests only");
}

function addCheckOptions(command: Command): void {
  command
    .option(
      "-c, --check [sums...]",
      "read digests from these lists and check the files they name",
    )
    .option("--ignore-missing", "with --check, say nothing of missing files")
    .option("--status", "with --check or --expect, print no verdicts")
    .option("--strict", "with --check, fail where a line is malformed")
    .option("-w, --warn", "with --check, say which lines are malformed")
    .option("--expect <value>", "check one file against this digest")
    .option(
      "--s3 <etag>",
      "find the part size with which a file has this ETag, or composite checksum, on S3",
    )
    .option(
      "--parts <n>",
      "with --s3, how many parts the upload had, where the value does not say",
    );
}

const HELP = `
Digests of a file are computed by all workers at once, except for md5, sha1, sha256, sha512, xxh3 and xxh64,
which take one worker each: of several files, several at once.
Several files are read at once: where the disk has to move a head for each, --workers 1 is better.
With several algorithms there is a line for each, in the order asked for; --tag and --json tell them apart.
With --check, --quiet prints nothing for files that match.
Patterns: * and ? stand for characters of a name, [a-z] and [!a-z] for one, {a,b} for either, **/ for folders.
Exit codes: 0 done, 1 a file does not match or cannot be read (--check), 2 wrong usage or failure.

Examples:
  process hash big.data
  process hash --algo sha256,blake3 *.iso > SUMS
  process hash -r --exclude .git --tag . > SUMS
  process hash --algo sha256 --check SHA256SUMS
  process hash --expect 5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030 big.data
  process hash --algo s3-etag,s3-crc32c --part-size 16MiB big.data
  process hash --s3 9b2d7f0bd8a5a1c1ab6c4ee4b5fd2a21-52 big.data
  tar c folder | process hash -`;

/** Hashes and prints, or checks. */
export async function run(
  operands: readonly string[],
  raw: RawHashOptions,
  io: CliIo,
): Promise<number> {
  if (asksForShard(raw)) return await workOnShard("hash", operands, raw, io);
  const command = await readCommand(raw, operands, io);
  if (raw.check !== undefined) {
    const lists = raw.check === true ? operands : [...raw.check, ...operands];
    const { checkLists } = await import("./check.ts");
    return await checkLists(lists, command, io);
  }
  if (raw.expect !== undefined) {
    const { expectDigest } = await import("./expect.ts");
    return await expectDigest(raw.expect, operands, command, io);
  }
  if (raw.s3 !== undefined) {
    const { findPartSize } = await import("./find_part_size.ts");
    return await findPartSize(raw.s3, operands, command, io);
  }
  const { printDigests } = await import("./print_digests.ts");
  return await printDigests(operands, command, io);
}
