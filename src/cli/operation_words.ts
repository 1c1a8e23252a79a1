/**
 * Operations as users write them: `--op hash --algo crc32`, or `--op "hash --algo crc32"`.
 *
 * @module
 */
import { type Command, CommanderError } from "./commander.ts";
import {
  addCommands,
  commandNamed,
  createProgram,
  DEFAULT_COMMAND,
} from "./commands.ts";
import { type CliIo, UsageError } from "./io.ts";
import { usageText } from "./program.ts";
import {
  type AskedOperation,
  askOperation,
  SHARDED_COMMANDS,
} from "./shard_operation.ts";

/** Lets a command take the options of an operation among its own: they come with the operands. */
export function takeOperationOptions(command: Command): void {
  command.allowUnknownOption().allowExcessArguments();
}

/**
 * Reads an operation: the name of a command, and the options that it has.
 *
 * @param op What `--op` says: the name, and options or operands of the command, as a shell would take them.
 * @param operands The file, and further options and operands of the command.
 * @throws {UsageError} If it is none.
 * @throws {SabmapError} If it cannot be done shard by shard, with the reason.
 */
export async function readOperation(
  op: string | undefined,
  operands: readonly string[],
  io: CliIo,
): Promise<AskedOperation> {
  const [name, ...more] = splitWords(op ?? "");
  if (name === undefined) {
    throw new UsageError(
      `missing --op: one of ${SHARDED_COMMANDS.join(", ")}, with its options`,
    );
  }
  // Refused here, as a file of that name would be profiled.
  const entry = name === "profile" ? DEFAULT_COMMAND : commandNamed(name);
  if (entry === undefined || !SHARDED_COMMANDS.includes(name)) {
    return await askOperation(name, [], {}, io);
  }
  const module = await entry.load();
  const program = createProgram(80, () => {});
  addCommands(program, name);
  const command = program.commands.find((known) => known.name() === name) ??
    program;
  module.configure(command);
  command.action(() => {});
  const words = command === program ? [] : [name];
  parse(program, [...words, ...operands, ...more]);
  return await askOperation(name, command.args, command.optsWithGlobals(), io);
}

function parse(program: Command, words: readonly string[]): void {
  try {
    program.parse(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    throw new UsageError(usageText(error.message));
  }
}

/**
 * Cuts a line into words, as a shell does: quotes keep blanks in a word, and a backslash takes what follows as it is.
 *
 * @throws {UsageError} If a quote is not closed.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const part = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)|(\s+)/gy;
  let word: string | undefined;
  let at = 0;
  for (; at < line.length; at = part.lastIndex) {
    part.lastIndex = at;
    const match = part.exec(line);
    if (match === null) {
      throw new UsageError(
        `Cannot use --op as each quote must be closed: received "${line}"`,
      );
    }
    const [, single, double, escaped, plain, blank] = match;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const text = single ?? double?.replace(/\\(["\\$`])/g, "$1") ?? escaped ??
      plain ?? "";
    word = (word ?? "") + text;
  }
  if (word !== undefined) words.push(word);
  return words;
}
