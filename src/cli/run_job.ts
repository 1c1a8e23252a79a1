/**
 * The command `process run`.
 *
 * @module
 */
import type { Command } from "commander";
import type { RunOptions } from "../runs.ts";
import { isPermissionName, PERMISSION_NAMES } from "../platform/permissions.ts";
import { type CliIo, UsageError } from "./io.ts";
import { nameOnLine, toPath } from "./names.ts";
import { checkCommonOptions, type RawCommonOptions } from "./options.ts";
import { formatResult, resultJson } from "./result_text.ts";
import { forEachFile, withProgress } from "./run.ts";

interface RawRunOptions extends RawCommonOptions {
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
    .argument("[files...]", 'files to work on; "-" is standard input')
    .option(
      "--opt <key=value>",
      "an option for the job, a string; may be repeated",
      (text: string, previous: readonly string[] = []) => [...previous, text],
    )
    .option(
      "--permissions [names]",
      `on Deno, what the job may do: all, or some of ${
        PERMISSION_NAMES.join(", ")
      }, separated by commas (default: nothing; without names: all)`,
    )
    .addHelpText(
      "after",
      `
Examples:
  process run sum.ts big.data --opt kind=3
  process run --json messages.ts capture-*.bin
  zcat big.log.gz | process run slow_requests.ts -`,
    );
}

/** Runs and prints. */
export async function run(
  operands: readonly string[],
  raw: RawRunOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const jobOptions = parseJobOptions(raw.opt ?? []);
  const { permissions, operand } = parsePermissions(raw.permissions);
  const [job, ...names] = putBack(operands, operand);
  if (job === undefined) throw new UsageError("missing JOB and FILE");
  return await forEachFile(names, io, options, async (name, context) => {
    const { processFile } = await import("../runs.ts");
    const { result } = await withProgress(
      context,
      (runOptions: RunOptions) =>
        processFile(toPath(name), job, {
          ...runOptions,
          permissions,
          options: jobOptions,
        }),
    );
    const text = options.json
      ? resultJson({ file: name, result })
      : formatResult(result);
    const head = names.length > 1 && !options.json
      ? `${nameOnLine(name)}:\n`
      : "";
    await io.stdout.write(`${head}${text}\n`);
  });
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

/** What `--permissions` says. `operand` is what the parser took for its value and is none. */
function parsePermissions(raw: string | true | undefined): {
  permissions: RunOptions["permissions"];
  operand?: string;
} {
  if (raw === undefined) return { permissions: undefined };
  if (raw === true || raw === "all") return { permissions: "all" };
  const names = raw.split(",");
  const known = names.filter(isPermissionName);
  if (known.length === 0) return { permissions: "all", operand: raw };
  if (known.length < names.length) {
    throw new UsageError(
      `Cannot use --permissions as it must be all, or some of ${
        PERMISSION_NAMES.join(", ")
      }, separated by commas: received "${raw}"`,
    );
  }
  return { permissions: known };
}

/** Where an operand belongs that stood behind `--permissions`: a module in front, a file at the end. */
function putBack(
  operands: readonly string[],
  operand: string | undefined,
): readonly string[] {
  if (operand === undefined) return operands;
  return /\.[cm]?[jt]s$/.test(operand)
    ? [operand, ...operands]
    : [...operands, operand];
}
