/**
 * The command `process submit`.
 *
 * @module
 */
import type { Command } from "commander";
import type { SubmittedRun } from "../bullmq.ts";
import {
  addFleetOptions,
  checkFleetOptions,
  parseDuration,
  type RawFleetOptions,
} from "./fleet_options.ts";
import { type CliIo, Exit, InterruptError, UsageError } from "./io.ts";
import { readOperation, takeOperationOptions } from "./operation_words.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
} from "./options.ts";
import { parseSize } from "./parse_size.ts";
import type { RawPrintOptions } from "./print_merged.ts";
import { addPrintOptions, parseContext } from "./print_options.ts";
import { ProgressBar } from "./progress.ts";

interface RawSubmitOptions
  extends
    Omit<RawFleetOptions, keyof RawPrintOptions>,
    Omit<RawPrintOptions, "json"> {
  readonly json?: boolean;
  readonly op?: string;
  readonly root?: string;
  readonly shards?: string;
  readonly shardSize?: string;
  readonly attempts?: string;
  readonly backoff?: string;
  readonly redisTimeout?: string;
  readonly detach?: boolean;
  readonly fresh?: boolean;
}

const SHARDS_MAX = 10_000;
const ATTEMPTS_MAX = 100;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  takeOperationOptions(command);
  command
    .usage("[options] FILE --op NAME [options of NAME] --redis URL")
    .description(
      "Has a file worked on by all workers of a queue (see process work), and prints what the command prints on one machine.",
    )
    .argument("[file...]", "the file, or an object's URL")
    .option(
      "--op <name>",
      "hash, count, find, records or profile, with options of that command",
    )
    .option("--shards <n>", `how many shards, up to ${SHARDS_MAX}`)
    .option(
      "--shard-size <size>",
      "or how large each is (default: 64MiB, or more where there would be more than 2000)",
    )
    .option(
      "--root <dir>",
      "the folder that workers serve, as it is called here (default: it is called the same everywhere)",
    );
  addFleetOptions(command);
  command
    .option("--attempts <n>", "how often a shard is tried (default: 3)")
    .option(
      "--backoff <time>",
      "wait before the second try, doubled with each further one (default: 1s)",
    )
    .option(
      "--redis-timeout <time>",
      "how long to wait for a Redis that has gone away (default: 5m)",
    )
    .option("--detach", "print the name of the run, and do not wait")
    .option("--fresh", "run again what has run already");
  addPrintOptions(command);
  command.addHelpText("after", HELP);
}

const HELP = `
The same file, operation and cut are the same run: submitted again, it is waited for, or its result is printed at once
while the queue keeps it (--keep, --fresh). A run that has failed is taken up again where it was.
Interrupted, submit ends, and the run goes on.
Of records in quotes or behind their lengths, the file is read once before anything is queued, for where those of each
shard start.
Commands that change a file (patch, records --set) are refused: a file that several machines write to is never wholly
old or wholly new.
Exit codes: those of the command; 2 if the run failed, with the shard that did.

Examples:
  process submit big.data --op hash --redis redis://localhost
  process submit /mnt/nfs/big.log --root /mnt/nfs --op "count --match error" --shard-size 256MiB
  process submit s3://my-bucket/big.csv --op "records --lines --header --delimiter ," --store s3://my-bucket/partials`;

/** Submits, waits and prints. */
export async function run(
  operands: readonly string[],
  raw: RawSubmitOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const cut = checkCut(raw);
  const contextBytes = parseContext(raw.context);
  const fleet = checkFleetOptions(raw, options, io);
  const { operation, file } = await readOperation(raw.op, operands, io);
  const bar = ProgressBar.for(io, options);
  const { submitRun } = await import("../bullmq.ts");
  const submitted = await submitRun({
    ...{ ...fleet, ...cut, path: file, operation },
    root: raw.root,
    store: raw.store,
    attempts: raw.attempts === undefined
      ? undefined
      : parseInteger(raw.attempts, 1, ATTEMPTS_MAX, "--attempts"),
    backoffMs: timeOption(raw.backoff, "--backoff"),
    patienceMs: timeOption(raw.redisTimeout, "--redis-timeout"),
    fresh: raw.fresh,
    signal: io.signal,
    onProgress: bar && ((progress) => bar.show(progress)),
  });
  try {
    if (raw.detach) return await tellRun(submitted, options, io);
    const merged = await submitted.result();
    await bar?.erase();
    const { printMerged } = await import("./print_merged.ts");
    // Whoever submitted the run first may have named the file otherwise.
    const named = { ...merged, run: { ...merged.run, file } };
    // The one cast: another name changes no type.
    return await printMerged(named as typeof merged, {
      ...{ io, options, raw, contextBytes },
    });
  } catch (error) {
    await bar?.erase();
    if (io.signal.reason instanceof InterruptError) {
      fleet.onNote(
        `run ${submitted.run} goes on: submit it again to wait for it`,
      );
    }
    throw error;
  } finally {
    await bar?.erase();
    await submitted.close();
  }
}

/** @throws {UsageError} If an option is wrong, or there are two that say the same. */
function checkCut(
  { shards, shardSize }: RawSubmitOptions,
): { shards?: number; shardBytes?: number } {
  if (shards !== undefined && shardSize !== undefined) {
    throw new UsageError("Cannot use --shard-size together with --shards");
  }
  if (shards !== undefined) {
    return { shards: parseInteger(shards, 1, SHARDS_MAX, "--shards") };
  }
  if (shardSize === undefined) return {};
  const shardBytes = parseSize(shardSize, "--shard-size");
  if (shardBytes > 0) return { shardBytes };
  throw new UsageError(
    `Cannot use --shard-size as it must be at least 1 byte: received "${shardSize}"`,
  );
}

function timeOption(
  text: string | undefined,
  option: string,
): number | undefined {
  return text === undefined ? undefined : parseDuration(text, option);
}

async function tellRun(
  { run, shards, attached }: SubmittedRun,
  options: CommonOptions,
  io: CliIo,
): Promise<number> {
  await io.stdout.write(
    options.json
      ? `${JSON.stringify({ run, shards, attached })}\n`
      : `${run}\n`,
  );
  return Exit.Done;
}
