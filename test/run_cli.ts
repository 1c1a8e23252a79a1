/**
 * Runs the command line on the runtime that the tests run on: as a process of its own where that matters, else in
 * the test's own process, which has its modules and compiled code already.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { main } from "../src/cli/main.ts";
import type { CliIo, CliOutput } from "../src/cli/io.ts";
import { encodeName } from "../src/cli/names.ts";
import { runtime } from "./temporary.ts";

/** How a process ended and what it wrote. */
export interface Outcome {
  /** Exit code; 128 and more where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The bytes of `stdout`. */
  readonly bytes: Uint8Array;
}

/** What a process is started with. */
export interface Surroundings {
  readonly cwd?: string | undefined;
  /** Standard input; empty if absent. */
  readonly stdin?: string | Uint8Array | undefined;
  /** Leaves standard input open, for the caller to write to. */
  readonly keepOpen?: boolean | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}

/** Program and first arguments of the command line. */
export const CLI: readonly string[] = cliCommand();

function cliCommand(): string[] {
  if (runtime === "deno") {
    return [process.execPath, "run", "-A", pathOf("src/cli/main.ts")];
  }
  if (runtime === "bun") return [process.execPath, pathOf("src/cli/main.ts")];
  const built = pathOf("dist/src/cli/bin.js");
  if (!existsSync(built)) {
    throw new Error(`There is no ${built}: run "npm run build" first`);
  }
  return [process.execPath, built];
}

/** Runs `process` with arguments: here, unless it has to do with standard input or the environment. */
export function runCli(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const { cwd, ...others } = surroundings;
  const usesInput = args.some((arg) => arg === "-" || arg === "--keyed");
  if (usesInput || Object.keys(others).length > 0) {
    return spawnCli(args, surroundings);
  }
  const outcome = lastHere.then(() => runHere(args, cwd ?? process.cwd()));
  lastHere = outcome.catch(() => {});
  return outcome;
}

/** Runs `process` with arguments, as a process of its own. */
export function spawnCli(
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return run([...CLI, ...args], surroundings);
}

/** One after the other, as the working directory belongs to the whole process. */
let lastHere: Promise<unknown> = Promise.resolve();

async function runHere(args: readonly string[], cwd: string): Promise<Outcome> {
  const stdout = new Collector();
  const stderr = new Collector();
  const io: CliIo = {
    stdout,
    stderr,
    readStdin: () => {
      throw new Error("Bug: a command reads standard input, which it has not");
    },
    env: { ...process.env, NO_COLOR: "" },
    signal: new AbortController().signal,
  };
  const before = process.cwd();
  process.chdir(cwd);
  try {
    const code = await main(args, io);
    const { bytes } = stdout;
    return {
      code,
      bytes,
      stdout: Buffer.from(bytes).toString(),
      stderr: Buffer.from(stderr.bytes).toString(),
    };
  } finally {
    process.chdir(before);
  }
}

/** An output that keeps what is written. */
class Collector implements CliOutput {
  readonly isTty = false;
  readonly columns = undefined;
  readonly #chunks: Uint8Array[] = [];

  write(data: string | Uint8Array): Promise<void> {
    // The writer may use its bytes again.
    this.#chunks.push(
      typeof data === "string" ? encodeName(data) : data.slice(),
    );
    return Promise.resolve();
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }
}

/**
 * Runs a script of bash in which `process` is the command line, and `$PROCESS` its words. For pipes, and for names that
 * only the shell can write.
 */
export function runShell(
  script: string,
  surroundings: Surroundings = {},
): Promise<Outcome> {
  const setup = `PROCESS="${CLI.join(" ")}"; process() { $PROCESS "$@"; }\n`;
  return run(["bash", "-c", setup + script], surroundings);
}

/** A process that is running. */
export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;
}

/** Starts `process` and returns while it runs. */
export function startCli(
  args: readonly string[],
  surroundings: Surroundings = {},
): Running {
  return start([...CLI, ...args], surroundings);
}

/** Runs any program. */
export function run(
  command: readonly string[],
  surroundings: Surroundings = {},
): Promise<Outcome> {
  return start(command, surroundings).outcome;
}

function start(
  command: readonly string[],
  surroundings: Surroundings,
): Running {
  const [program = "", ...args] = command;
  const { cwd, stdin = "", keepOpen = false, env } = surroundings;
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "", ...env },
  });
  const output: Uint8Array[] = [];
  const errors: Uint8Array[] = [];
  child.stdout.on("data", (chunk: Uint8Array) => output.push(chunk));
  child.stderr.on("data", (chunk: Uint8Array) => errors.push(chunk));
  // A process may well end before it has read its input.
  child.stdin.on("error", () => {});
  if (!keepOpen) child.stdin.end(stdin);
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const bytes = Buffer.concat(output);
      const stderr = Buffer.concat(errors).toString();
      resolve({
        code: code ?? signalCode(signal),
        stdout: bytes.toString(),
        stderr,
        bytes,
      });
    });
  });
  return { child, outcome };
}

function signalCode(signal: string | null): number {
  return signal === "SIGINT" ? 130 : signal === "SIGTERM" ? 143 : 255;
}
