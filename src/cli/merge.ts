/**
 * The command `process merge`.
 *
 * @module
 */
import type { Command } from "commander";
import { ErrorCode, SabmapError } from "../errors.ts";
import { encodeJoined, joinPartials } from "../shards/join.ts";
import { mergePartials } from "../shards/merge.ts";
import { beginsAsPartial } from "../shards/partial.ts";
import type { ModuleOfJob } from "../shards/sharded_job.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { readChunks, readLines } from "./list_file.ts";
import { toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  type RawCommonOptions,
} from "./options.ts";
import { parsePermissions } from "./permissions.ts";
import { printMerged, type RawPrintOptions } from "./print_merged.ts";
import { addPrintOptions, parseContext } from "./print_options.ts";
import { runOptions } from "./run.ts";
import { withOutput } from "./run_shard.ts";
import { requireUnwritten } from "./written_files.ts";

interface RawMergeOptions
  extends
    Omit<RawCommonOptions, keyof RawPrintOptions>,
    Omit<RawPrintOptions, "json"> {
  readonly json?: boolean;
  readonly list?: string;
  readonly name?: string;
  readonly partial?: string;
  readonly job?: string;
  readonly permissions?: string;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] PARTIAL...")
    .description(
      "Joins what was found of all shards of a file, and prints what the command prints on one machine.",
    )
    .argument(
      "[partials...]",
      'what --partial has written, in any order; "-" is standard input',
    )
    .option(
      "--list <file>",
      'names of further partials, one in each line; "-" is standard input',
    )
    .option("--name <file>", "how the file is named in what is printed");
  addPrintOptions(command);
  command
    .option("--job <module>", "of run: the job, the same as that of the shards")
    .option(
      "--permissions <names>",
      "with --job, on Deno: what the job may do, as process run has it",
    )
    .option(
      "--partial <file>",
      "print nothing, but write what the shards have in common: they may then be some that follow each other",
    )
    .addHelpText(
      "after",
      `
Shards must be of one run: of one file as it was at one time, of the same operation, and cut alike. If shards are
missing, or do not go together, nothing is printed but what is wrong. A shard that is there twice counts once.
Exit codes: those of the command, such as 1 where find has found nothing.

Examples:
  process merge part-*
  process merge --json part-*
  find parts -name "*.part" | process merge --list -
  process merge part-[0-4] --partial first-half`,
    );
}

/** Joins and prints. */
export async function run(
  operands: readonly string[],
  raw: RawMergeOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const contextBytes = parseContext(raw.context);
  const names = await readNames(operands, raw.list, io);
  const { signal } = io;
  const module = await readModule(raw, options, io);
  const partials = new NamedPartials(names, io);
  if (raw.partial !== undefined) {
    await withOutput(raw.partial, names, io, async () =>
      encodeJoined(
        await partials.tellName(
          joinPartials(partials.read(), { signal, module }),
        ),
      ));
    return Exit.Done;
  }
  const merged = await partials.tellName(
    mergePartials(partials.read(), { signal, module }),
  );
  const named = raw.name === undefined
    ? merged
    : { ...merged, run: { ...merged.run, file: raw.name } };
  // The one cast: another name changes no type.
  return await printMerged(named as typeof merged, {
    io,
    options,
    raw,
    contextBytes,
  });
}

async function readModule(
  { job, permissions }: RawMergeOptions,
  options: CommonOptions,
  io: CliIo,
): Promise<ModuleOfJob | undefined> {
  if (job === undefined) {
    if (permissions === undefined) return undefined;
    throw new UsageError("Cannot use --permissions as it goes with --job");
  }
  const granted = permissions === undefined
    ? undefined
    : parsePermissions(permissions);
  const { checkModuleIsThere } = await import("./job_module.ts");
  checkModuleIsThere(job);
  const { moduleUrl } = await import("../jobs/module_url.ts");
  const run = { ...runOptions(io, options), permissions: granted };
  return { url: moduleUrl(job), options: run };
}

/** @throws {UsageError} If there are none. */
async function readNames(
  operands: readonly string[],
  list: string | undefined,
  io: CliIo,
): Promise<string[]> {
  const names = [...operands];
  if (list !== undefined) {
    if (list === "-" && names.includes("-")) {
      throw new UsageError(
        'Cannot use "-" twice, as there is one standard input',
      );
    }
    const chunks = list === "-" ? io.readStdin() : readChunks(toPath(list));
    for await (const line of readLines(chunks)) {
      if (line !== undefined && line !== "") names.push(line);
    }
  }
  names.forEach(requireUnwritten);
  if (names.length > 0) return names;
  throw new UsageError("missing PARTIAL");
}

/** Partials that are read one after the other, and know which one it was. */
class NamedPartials {
  readonly #names: readonly string[];
  readonly #io: CliIo;
  /** The one that was read last, while it is looked at. */
  #current: string | undefined;

  constructor(names: readonly string[], io: CliIo) {
    this.#names = names;
    this.#io = io;
  }

  async *read(): AsyncGenerator<Uint8Array> {
    for (const name of this.#names) {
      this.#current = name;
      const chunks = name === "-"
        ? this.#io.readStdin()
        : readChunks(toPath(name));
      const all: Uint8Array[] = [];
      for await (const chunk of chunks) {
        all.push(chunk);
        // A large file taken for a partial must not fill the memory; its beginning tells as much.
        if (all.length === 1 && !beginsAsPartial(chunk)) break;
      }
      yield Buffer.concat(all);
    }
    this.#current = undefined;
  }

  /** Waits for what reads them. Its error names the file, if it is about one. */
  async tellName<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading;
    } catch (error) {
      const isOfOne = error instanceof SabmapError &&
        (error.code === ErrorCode.BadShard ||
          error.code === ErrorCode.ShardMismatch);
      throw isOfOne && this.#current !== undefined
        ? Object.assign(error, { file: this.#current })
        : error;
    }
  }
}
