/**
 * The command `process run`.
 *
 * @module
 */
import type { Command } from "commander";
import type { ProcessResult } from "../runs.ts";
import { changeFile, writeOutcome } from "./change.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { asJobError, checkModuleIsThere } from "./job_module.ts";
import { nameOnLine, toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  type RawCommonOptions,
} from "./options.ts";
import { PERMISSIONS_HELP, readPermissions } from "./permissions.ts";
import { formatResult, resultJson } from "./result_text.ts";
import { forEachFile } from "./run.ts";
import {
  addShardOptions,
  asksForShard,
  type RawShardOptions,
} from "./shard_options.ts";
import {
  checkUpdate,
  configureUpdate,
  describeUpdate,
  type RawUpdateOptions,
  updateJson,
} from "./update.ts";

interface RawRunOptions
  extends RawCommonOptions, RawUpdateOptions, RawShardOptions {
  readonly opt?: readonly string[];
  /** `true` where no list follows. */
  readonly permissions?: string | true;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] JOB FILE...")
    .description(
      "Runs a job of your own over files: JOB is a module that exports one by " +
        "defineJob() as default. What it returns is printed.",
    )
    .argument("[job]", "the module: a path or a URL")
    .argument("[files...]", 'files or URLs to work on; "-" is standard input')
    .option(
      "--opt <key=value>",
      "an option for the job, a string; repeatable",
      (text: string, previous: readonly string[] = []) => [...previous, text],
    )
    .option(
      "--permissions [names]",
      `on Deno, what the job may do: ${PERMISSIONS_HELP} (default: none; without names: all)`,
    )
    .addHelpText(
      "after",
      `
A job whose access is "update" changes the file: all of its changes come into it or none, unless
--durability is none. Exit codes are then those of process patch.

Examples:
  process run sum.ts big.data --opt kind=3
  process run raise.ts trades.bin --dry-run
  process run --json messages.ts capture-*.bin
  zcat big.log.gz | process run slow_requests.ts -`,
    );
  configureUpdate(command);
  addShardOptions(command);
}

/** Runs and prints. */
export async function run(
  operands: readonly string[],
  raw: RawRunOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const jobOptions = parseJobOptions(raw.opt ?? []);
  const update = checkUpdate(raw);
  const granted = readPermissions(raw.permissions, operands);
  const { permissions, operands: [job, ...names] } = granted;
  if (job === undefined) throw new UsageError("missing JOB and FILE");
  checkModuleIsThere(job);
  if (asksForShard(raw)) {
    const { runJobShard } = await import("./run_shard.ts");
    return await runJobShard({ job, names, jobOptions, permissions }, raw, io);
  }
  let failed = false;
  const code = await forEachFile(names, io, options, async (name, context) => {
    const { processFile } = await import("../operations.ts");
    const outcome = await changeFile(
      name,
      context,
      update.durability !== "none",
      (runOptions) =>
        processFile(toPath(name), job, {
          ...runOptions,
          ...update,
          permissions,
          options: jobOptions,
        }).catch((error) => Promise.reject(asJobError(error))),
    );
    if (outcome === undefined) {
      failed = true;
      return;
    }
    // Nothing was changed that must be known to be.
    if (outcome.update === undefined) io.endAtInterrupt?.(undefined);
    const head = names.length > 1 && !options.json
      ? `${nameOnLine(name)}:\n`
      : "";
    await writeOutcome(
      io,
      `${head}${tellResult(name, outcome, options)}\n`,
      outcome.update?.dryRun === false && outcome.update.edits !== 0,
    );
  });
  return failed ? Exit.Failure : code;
}

/** @throws What says that it is the job's result that cannot be told. */
function tellResult(...asked: Parameters<typeof resultText>): string {
  try {
    return resultText(...asked);
  } catch (error) {
    throw asJobError(error);
  }
}

function resultText(
  name: string,
  { result, update }: Pick<ProcessResult<unknown>, "result" | "update">,
  { json }: CommonOptions,
): string {
  if (update === undefined) {
    return json ? resultJson({ file: name, result }) : formatResult(result);
  }
  if (json) return resultJson({ file: name, result, ...updateJson(update) });
  const lines = result === undefined ? [] : [formatResult(result)];
  return [...lines, describeUpdate(name, update)].join("\n");
}

/** @throws {UsageError} If an option is not of the form `key=value`, or is there twice. */
function parseJobOptions(texts: readonly string[]): Record<string, string> {
  const options = new Map<string, string>();
  for (const text of texts) {
    const end = text.indexOf("=");
    const key = text.slice(0, end);
    if (end < 1 || options.has(key)) {
      throw new UsageError(
        `Cannot use --opt as it must be key=value, each key once: received "${text}"`,
      );
    }
    options.set(key, text.slice(end + 1));
  }
  return Object.fromEntries(options);
}
