/**
 * Works on one shard of a file and writes what is found of it.
 *
 * @module
 */
import { shownPath } from "../remote/is_remote.ts";
import type { RunOptions } from "../runs.ts";
import { makeOperation, type Operation } from "../shards/operation.ts";
import {
  planShards,
  SHARDS_MAX,
  type ShardTask,
  taskOf,
} from "../shards/plan.ts";
import { runShard, type RunShardOptions } from "../shards/run_shard.ts";
import { isFatal } from "./failure.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  type RawCommonOptions,
} from "./options.ts";
import { OutputFile } from "./output_file.ts";
import { runOptions, withProgress } from "./run.ts";
import { askOperation, onlyFile } from "./shard_operation.ts";
import type { RawShardOptions } from "./shard_options.ts";
import { requireUnwritten } from "./written_files.ts";

/**
 * What `--shard i/n --partial FILE` asks of a command.
 *
 * @returns The exit code.
 */
export async function runShardOf(
  name: string,
  operands: readonly string[],
  raw: RawShardOptions & RawCommonOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const place = parseShard(raw.shard);
  const output = checkPartial(raw.partial);
  const { operation, file } = await askOperation(name, operands, raw, io);
  const task = await cutTask(file, operation, place, io);
  return await writeShard(task, file, output, options, io);
}

/** A user's job over a file, as `process run` was asked for it. */
export interface AskedJob {
  readonly job: string;
  readonly names: readonly string[];
  readonly jobOptions: Readonly<Record<string, string>>;
  readonly permissions: RunOptions["permissions"];
}

/** What `--shard i/n --partial FILE` asks of `process run`. @returns The exit code. */
export async function runJobShard(
  { job, names, jobOptions, permissions }: AskedJob,
  raw: RawShardOptions & RawCommonOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const place = parseShard(raw.shard);
  const output = checkPartial(raw.partial);
  const file = onlyFile(names);
  const { moduleUrl } = await import("../jobs/module_url.ts");
  const shardsOf = await import("../shards/jobs/module.ts");
  const module = moduleUrl(job);
  const run = { ...runOptions(io, options), permissions };
  const framing = await shardsOf.checkShardable(module, jobOptions, run);
  const parameters = shardsOf.moduleParameters(module, jobOptions, framing);
  const operation = makeOperation("run", parameters);
  const task = await cutTask(file, operation, place, io);
  const more = { module, permissions };
  return await writeShard(task, file, output, options, io, more);
}

/** Which of how many shards is meant. */
interface ShardPlace {
  readonly index: number;
  readonly shards: number;
}

/** Cuts a file. @returns What is to be done to one of its shards. */
async function cutTask(
  file: string,
  operation: Operation,
  { index, shards }: ShardPlace,
  { signal }: CliIo,
): Promise<ShardTask> {
  const plan = await planShards(toPath(file), operation, {
    shards,
    // Of the other shards' entries nobody here has any use.
    entries: false,
    file: shownPath(file),
    signal,
  });
  return taskOf(plan, index);
}

function parseShard(text: string | undefined): ShardPlace {
  if (text === undefined) {
    throw new UsageError("missing --shard I/N, which --partial goes with");
  }
  const [, first = "", second = ""] = /^([0-9]+)\/([0-9]+)$/.exec(text) ?? [];
  const index = Number(first), shards = Number(second);
  if (first !== "" && index < shards && shards <= SHARDS_MAX) {
    return { index, shards };
  }
  throw new UsageError(
    `Cannot use --shard as it must be i/n, with i from 0 to n - 1 and n up to ${SHARDS_MAX}: received "${text}"`,
  );
}

/** @throws {UsageError} If there is no place to write to. */
export function checkPartial(name: string | undefined): string {
  if (name !== undefined && name !== "") return name;
  throw new UsageError(
    "missing --partial FILE, where what is found of the shard goes",
  );
}

/** Runs a shard and writes its partial. @returns The exit code. */
export async function writeShard(
  task: ShardTask,
  file: string,
  output: string,
  options: CommonOptions,
  io: CliIo,
  more: Pick<RunShardOptions, "module" | "permissions"> = {},
): Promise<number> {
  requireUnwritten(file);
  const path = toPath(file);
  const context = { io, options, engine: undefined };
  await withOutput(output, [file], io, async () => {
    try {
      return await withProgress(
        context,
        (run) => runShard(task, { ...run, ...more, path }),
      );
    } catch (error) {
      throw isFatal(error, io) ? error : aboutFile(error, shownPath(file));
    }
  });
  return Exit.Done;
}

/**
 * Writes what an action gives: under its name once all of it is on the disk, or to standard output.
 *
 * @param inputs Files that must not be replaced.
 */
export async function withOutput(
  name: string,
  inputs: readonly string[],
  io: CliIo,
  action: () => Promise<Uint8Array>,
): Promise<void> {
  if (name === "-") return await io.stdout.write(await action());
  const file = await OutputFile.open(name, "--partial", inputs, io.signal);
  try {
    await file.write(await action(), true);
  } finally {
    if (!file.closed) await file.discard();
  }
}

/** An error of a run as those of commands are: with the file as it was named. */
function aboutFile(error: unknown, file: string): unknown {
  return error instanceof Error ? Object.assign(error, { file }) : error;
}
