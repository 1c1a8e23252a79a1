/**
 * The command `process plan`.
 *
 * @module
 */
import type { Command } from "commander";
import { shownPath } from "../remote/is_remote.ts";
import { planShards, SHARDS_MAX, taskOf } from "../shards/plan.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { readOperation, takeOperationOptions } from "./operation_words.ts";
import { parseSize } from "./parse_size.ts";
import { noteHotFile, withProgress } from "./run.ts";

interface RawPlanOptions extends RawCommonOptions {
  readonly op?: string;
  readonly shards?: string;
  readonly shardSize?: string;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  takeOperationOptions(command);
  command
    .usage("[options] FILE --op NAME [options of NAME] --shards N")
    .description(
      "Cuts a file into shards, which any number of machines can work on, and prints one JSON object for each. " +
        "The same file and operation give the same plan everywhere.",
    )
    .argument("[file...]", "the file, or an object's URL")
    .option(
      "--op <name>",
      "hash, count, find, records or profile, with options of that command",
    )
    .option("--shards <n>", `how many shards, up to ${SHARDS_MAX}`)
    .option("--shard-size <size>", "or how large each is, such as 256MiB")
    .addHelpText(
      "after",
      `
Each line has all that process shard needs besides the file: which bytes, what to do, and what tells the file from
another, or from a later version of itself. A script that knows how many shards there are needs no plan: with
--shard I/N, the commands cut the file in the same way.

Of records in quotes or behind their lengths, all bytes in front of a shard tell where its first record starts: the file
is read once to find that, and each line has it. With --shard I/N, each shard reads the file up to itself for that.

Examples:
  process plan big.data --op hash --algo blake3,crc32c --shards 5 > plan.ndjson
  process plan big.log --op "find needle --max-count 10" --shard-size 256MiB > plan.ndjson
  seq 0 4 | xargs -P 5 -I {} process shard plan.ndjson --index {} --partial part-{}
  process merge part-*`,
    );
}

/** Plans and prints. */
export async function run(
  operands: readonly string[],
  raw: RawPlanOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const cut = checkCut(raw);
  const { operation, file } = await readOperation(raw.op, operands, io);
  const { signal } = io;
  const context = { io, options, engine: undefined };
  await noteHotFile(file, io, options);
  const plan = await withProgress(
    context,
    (run) =>
      planShards(toPath(file), operation, {
        ...cut,
        // Plans go to other machines: no passwords or signatures of URLs in them.
        file: shownPath(file),
        run,
        signal,
      }),
  );
  for (const { index } of plan.shards) {
    await io.stdout.write(`${JSON.stringify(taskOf(plan, index))}\n`);
  }
  return Exit.Done;
}

function checkCut(
  { shards, shardSize }: RawPlanOptions,
): { shards?: number; shardBytes?: number } {
  if (shards !== undefined && shardSize !== undefined) {
    throw new UsageError("Cannot use --shard-size together with --shards");
  }
  if (shards !== undefined) {
    return { shards: parseInteger(shards, 1, SHARDS_MAX, "--shards") };
  }
  if (shardSize === undefined) {
    throw new UsageError("missing --shards N, or --shard-size SIZE");
  }
  const shardBytes = parseSize(shardSize, "--shard-size");
  if (shardBytes > 0) return { shardBytes };
  throw new UsageError(
    `Cannot use --shard-size as it must be at least 1 byte: received "${shardSize}"`,
  );
}
