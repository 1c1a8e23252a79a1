/**
 * The command `process shard`.
 *
 * @module
 */
import type { Command } from "commander";
import { checkTask, type ShardTask } from "../shards/plan.ts";
import { type CliIo, UsageError } from "./io.ts";
import { readChunks, readLines } from "./list_file.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { checkPartial, writeShard } from "./run_shard.ts";

interface RawTaskOptions extends RawCommonOptions {
  readonly index?: string;
  readonly partial?: string;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] PLAN [FILE] --index I --partial OUT")
    .description(
      "Works on one shard of a plan and writes what is found of it, for process merge.",
    )
    .argument(
      "[operands...]",
      'PLAN, what process plan has printed ("-" is standard input); FILE, where the file is if not where the plan says',
    )
    .option(
      "--index <i>",
      "which shard, counted from 0; not needed for a plan of one line",
    )
    .option(
      "--partial <file>",
      'where what is found goes; "-" is standard output',
    )
    .addHelpText(
      "after",
      `
The file must be the one that was planned for, and stay so: its size, time and bytes are looked at before and after.
OUT appears when all of it is on the disk, so a shard that is worked on twice does no harm.

Examples:
  process shard plan.ndjson --index "$SLURM_ARRAY_TASK_ID" --partial "part-$SLURM_ARRAY_TASK_ID"
  process shard plan.ndjson /mnt/share/big.data --index 3 --partial part-3
  sed -n 4p plan.ndjson | process shard - --partial - > part-3`,
    );
}

/** Works on a shard. */
export async function run(
  operands: readonly string[],
  raw: RawTaskOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const index = raw.index === undefined
    ? undefined
    : parseInteger(raw.index, 0, Number.MAX_SAFE_INTEGER, "--index");
  const [plan, file, ...others] = operands;
  if (plan === undefined) throw new UsageError("missing PLAN");
  if (others.length > 0) {
    throw new UsageError(
      `Cannot work on more than one file: received ${others.length + 1}`,
    );
  }
  const output = checkPartial(raw.partial);
  const task = await readTask(plan, index, io);
  return await writeShard(task, file ?? task.file, output, options, io);
}

/** @throws {UsageError} If the plan has no such line. */
async function readTask(
  plan: string,
  index: number | undefined,
  io: CliIo,
): Promise<ShardTask> {
  const chunks = plan === "-" ? io.readStdin() : readChunks(toPath(plan));
  const found: unknown[] = [];
  let count = 0;
  for await (const line of readLines(chunks)) {
    if (line === "") continue;
    count++;
    const json = parseLine(line, plan, count);
    const { index: at } = (json ?? {}) as { index?: unknown };
    if (index === undefined || at === index) found.push(json);
    if (found.length > 1) break;
  }
  if (found.length === 1) return checkTask(found[0]);
  throw new UsageError(
    index === undefined
      ? `Cannot tell which shard is meant as there must be one, or --index: received ${
        count === 0 ? "none" : "more"
      }`
      : `Cannot use --index as the plan must have that shard once: received ${index} of ${count}`,
    plan === "-" ? {} : { file: plan },
  );
}

function parseLine(
  line: string | undefined,
  plan: string,
  number: number,
): unknown {
  try {
    return JSON.parse(line ?? "");
  } catch {
    throw new UsageError(
      `Cannot read a plan as each line must be JSON that process plan has printed: received another in line ${number}`,
      plan === "-" ? {} : { file: plan },
    );
  }
}
