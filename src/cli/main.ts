/**
 * The command line `process`: a client of the public library.
 *
 * Runs from source on Deno and Bun (`deno run -A src/cli/main.ts`, `bun src/cli/main.ts`).
 * Parser, library and commands are loaded when they are needed, so that `--version` and small
 * files are quick.
 *
 * @module
 */
import { failureLine } from "./failure.ts";
import { type CliIo, ClosedOutputError, Exit, InterruptError } from "./io.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command.
 *
 * @param args The arguments behind the program's name.
 * @returns The exit code: 0 done; 1 a negative result; 2 usage, file or worker failure, with
 * one line on standard error; 130 after SIGINT. Never throws, never exits.
 */
export async function main(
  args: readonly string[],
  io: CliIo,
): Promise<number> {
  try {
    if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
      await io.stdout.write(`${VERSION}\n`);
      return Exit.Done;
    }
    const { runProgram } = await import("./program.ts");
    return await runProgram(args, io);
  } catch (error) {
    if (io.signal.reason instanceof InterruptError) {
      return io.signal.reason.exitCode;
    }
    if (error instanceof ClosedOutputError) return Exit.Done;
    await io.stderr.write(failureLine(error, io));
    return Exit.Failure;
  }
}

if (import.meta.main) {
  const { runProcess } = await import("./process_io.ts").catch(endUnread);
  await runProcess(main);
}

/** Deno loads modules with the permissions of the program. */
function endUnread(error: unknown): never {
  const { Deno: deno } = globalThis as {
    Deno?: { exit(code: number): never };
  };
  if (deno === undefined) throw error;
  const [reason = ""] = String((error as Error).message).split("\n");
  console.error(`process: cannot load its own modules: ${reason}`);
  return deno.exit(Exit.Failure);
}
