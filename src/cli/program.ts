/**
 * Text to raw options: which command is meant, and what is asked of it.
 *
 * @module
 */
import { type Command, CommanderError } from "./commander.ts";
import {
  addCommands,
  type CommandModule,
  commandNamed,
  createProgram,
  DEFAULT_COMMAND,
} from "./commands.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import type { RawCommonOptions } from "./options.ts";

/**
 * Runs the command that the arguments name.
 *
 * @returns The exit code.
 * @throws {UsageError} If the arguments are wrong.
 */
export async function runProgram(
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  let help = "";
  const program = createProgram(io.stdout.columns ?? 80, (text) => {
    help += text;
  });
  try {
    const { command, module } = await chooseCommand(program, args);
    program.parse(args, { from: "user" });
    return await runCommand(command, module, io);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw new UsageError(usageText(error.message));
    await io.stdout.write(help);
    return Exit.Done;
  }
}

/** Runs a command, with a trace if one is asked for. */
async function runCommand(
  command: Command,
  module: CommandModule,
  given: CliIo,
): Promise<number> {
  const { args: operands } = command;
  const raw: RawCommonOptions = command.optsWithGlobals();
  const io = given.stderr.isTty ? await withBarAside(given) : given;
  if (raw.trace === undefined) return await module.run(operands, raw, io);
  const { withTraceFile } = await import("./trace_file.ts");
  const about = {
    name: command.name(),
    operands,
    words: [...operands, ...namedFiles(raw)],
    quiet: raw.quiet === true,
  };
  return await withTraceFile(
    raw.trace,
    about,
    io,
    (onTrace) => module.run(operands, { ...raw, onTrace }, io),
  );
}

/** Loads what only a terminal needs. */
async function withBarAside(io: CliIo): Promise<CliIo> {
  const { besideBar } = await import("./shown_bar.ts");
  return besideBar(io);
}

/** Options that name files which a command writes itself. */
const OUTPUTS = ["trace", "html", "partial"];

/** What the other options may name a file by that a command works on: text. */
function namedFiles(raw: object): string[] {
  return Object.entries(raw)
    .filter(([option]) => !OUTPUTS.includes(option))
    .flatMap(([, value]: [string, unknown]) => value)
    .filter((value) => typeof value === "string");
}

/** Finds the command, loads it and declares its options. */
async function chooseCommand(
  program: Command,
  args: readonly string[],
): Promise<{ command: Command; module: CommandModule }> {
  const name = commandName(program.parseOptions([...args]).operands);
  const entry = name === undefined ? undefined : commandNamed(name);
  addCommands(program, entry && name);
  const command =
    entry && program.commands.find((known) => known.name() === name) || program;
  const module = await (entry ?? DEFAULT_COMMAND).load();
  module.configure(command);
  command.action(() => {});
  return { command, module };
}

function commandName([first, second]: readonly string[]): string | undefined {
  if (first !== "help") return first;
  if (second === undefined || commandNamed(second)) return second;
  throw new UsageError(
    `Cannot print help as there is no such command: received "${second}"`,
  );
}

/** `error: unknown option '--alg'\n(Did you mean --algo?)` on one line and in our quotes, without its prefix. */
export function usageText(message: string): string {
  return message
    .replace(/^error: /, "")
    .replace(/'([^']*)'/g, '"$1"')
    .replace(
      /\n\(Did you mean (one of )?(.*)\?\)$/,
      (_, oneOf = "", names: string) => {
        return ` (did you mean ${oneOf}${names.replace(/[^, ]+/g, '"$&"')}?)`;
      },
    );
}
