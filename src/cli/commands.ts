/**
 * The commands there are.
 *
 * @module
 */
import { Command, type Option } from "./commander.ts";
import type { CliIo } from "./io.ts";
import { addCommonOptions } from "./options.ts";
import { VERSION } from "./version.ts";

/** What the module of a command offers. */
export interface CommandModule {
  /** Declares arguments, options and help. No I/O. */
  configure(command: Command): void;
  /**
   * Checks the raw options and does the work.
   *
   * @param operands The arguments that are no options.
   * @param raw The options as `configure` declared them, and the common ones.
   * @returns The exit code.
   */
  run(operands: readonly string[], raw: object, io: CliIo): Promise<number>;
}

/** A command, its module not loaded yet: most calls of `process` need none but one. */
export interface CommandEntry {
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** The commands by name, in the order of the help text. */
const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map([
  ["hash", {
    summary: "print digests of files, or check files against them",
    load: () => import("./hash.ts"),
  }],
  ["count", {
    summary: "count the lines of files, or how often patterns occur",
    load: () => import("./count.ts"),
  }],
  ["find", {
    summary: "print where patterns occur in files",
    load: () => import("./find.ts"),
  }],
  ["records", {
    summary: "select, count, add up and group the records of a file",
    load: () => import("./records.ts"),
  }],
  ["run", {
    summary: "run a job of your own over files",
    load: () => import("./run_job.ts"),
  }],
  ["patch", {
    summary: "change bytes of a file: all of them, or none",
    load: () => import("./patch.ts"),
  }],
  ["undo", {
    summary: "take back the last patch that was kept",
    load: () => import("./undo.ts"),
  }],
  ["recover", {
    summary: "finish, or take back, a patch that a crash interrupted",
    load: () => import("./recover.ts"),
  }],
  ["hexdump", {
    summary: "show a file in hexadecimal, or turn a dump back into bytes",
    load: () => import("./hexdump.ts"),
  }],
  ["bench", {
    summary:
      "measure on a file what ways of reading cost, with how many workers",
    load: () => import("./bench.ts"),
  }],
  ["generate", {
    summary: "make a file to try things on",
    load: () => import("./generate.ts"),
  }],
  ["plan", {
    summary: "cut a file into shards for several machines",
    load: () => import("./plan.ts"),
  }],
  ["shard", {
    summary: "work on one shard of a plan",
    load: () => import("./shard.ts"),
  }],
  ["merge", {
    summary: "join what was found of all shards of a file",
    load: () => import("./merge.ts"),
  }],
  ["submit", {
    summary: "have a file worked on by the workers of a queue",
    load: () => import("./submit.ts"),
  }],
  ["work", {
    summary: "work on shards of files that were submitted to a queue",
    load: () => import("./work.ts"),
  }],
]);

/** The command when none is named. */
export const DEFAULT_COMMAND: CommandEntry = {
  summary: "tell what files are made of",
  load: () => import("./profile.ts"),
};

/** Finds a command by its name. */
export function commandNamed(name: string): CommandEntry | undefined {
  return COMMANDS.get(name);
}

/**
 * Makes a parser that knows the common options. Commands are added with {@link addCommands}.
 *
 * It never exits and prints nothing: help goes to `writeHelp`, errors are thrown.
 */
export function createProgram(
  columns: number,
  writeHelp: (text: string) => void,
): Command {
  const program = new Command("process")
    .exitOverride()
    .configureHelp({
      showGlobalOptions: true,
      optionDescription: describeOption,
    })
    .configureOutput({
      writeOut: writeHelp,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .version(VERSION, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command");
  addCommonOptions(program);
  return program;
}

/** Adds all commands to a parser, or one: all take a millisecond in code that is not compiled yet. */
export function addCommands(program: Command, only?: string): void {
  for (const [name, { summary }] of COMMANDS) {
    if (only !== undefined && name !== only) continue;
    program.command(name).summary(summary).helpOption(
      "-h, --help",
      "print this help",
    );
  }
}

/** As the parser does it, but without quotes around a default, and without a word of lists that start empty. */
function describeOption({ description, defaultValue }: Option): string {
  return typeof defaultValue === "string"
    ? `${description} (default: ${defaultValue})`
    : description;
}

/**
 * Tells which command a word was meant to be.
 *
 * @returns `undefined` if none is near.
 */
export function nearestCommand(word: string): string | undefined {
  try {
    const program = createProgram(80, () => {});
    addCommands(program);
    program.parse(["--", word], { from: "user" });
  } catch (error) {
    // The parser has no other way to ask for its suggestions.
    const text = error instanceof Error ? error.message : "";
    return /Did you mean (?:one of )?([^?,]*)/.exec(text)?.[1];
  }
  return undefined;
}
