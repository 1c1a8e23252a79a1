/**
 * The real world outside: streams, signals and arguments of this process.
 *
 * `node:process` is the same on Deno, Bun and Node.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { failureLine } from "./failure.ts";
import {
  type CliIo,
  type CliOutput,
  ClosedOutputError,
  Exit,
  type InterruptedEnd,
  InterruptError,
  OutputError,
} from "./io.ts";
import { decodeName, encodeName } from "./names.ts";
import { asSystemError } from "../system_error.ts";

/** Runs `main` as this process, and exits. */
export async function runProcess(
  main: (args: readonly string[], io: CliIo) => Promise<number>,
): Promise<void> {
  const io = processIo();
  process.on("uncaughtException", (error) => {
    void io.stderr.write(failureLine(error, io)).then(() =>
      process.exit(Exit.Failure)
    );
  });
  process.exit(await main(processArguments(), io));
}

function processIo(): CliIo {
  return {
    stdout: output(process.stdout),
    stderr: unfailing(output(process.stderr)),
    readStdin: () => process.stdin,
    env: environment(),
    ...interrupts(),
  };
}

/** The part of Deno's namespace that is used. */
interface DenoPermissions {
  readonly permissions: {
    querySync(
      query: { name: "env"; variable: string },
    ): { readonly state: string };
  };
}

/** The environment, as far as this process may see it: without the permission, Deno would ask the user, or throw. */
function environment(): CliIo["env"] {
  const { Deno } = globalThis as { Deno?: DenoPermissions };
  if (Deno === undefined) return process.env;
  // A proxy of `process.env` itself would look there, whatever is asked for.
  return new Proxy({}, {
    get: (_, name) => {
      if (typeof name !== "string") return undefined;
      const query = { name: "env", variable: name } as const;
      const { state } = Deno.permissions.querySync(query);
      return state === "granted" ? process.env[name] : undefined;
    },
  });
}

function output(stream: NodeJS.WriteStream): CliOutput {
  // Every failure also comes to the callback of the write that it belongs to.
  stream.on("error", () => {});
  return {
    write: (data) => writeTo(stream, toBytes(data)),
    isTty: stream.isTTY === true,
    // A terminal that does not know its width says 0.
    columns: stream.isTTY && stream.columns > 0 ? stream.columns : undefined,
  };
}

async function writeTo(
  stream: NodeJS.WriteStream,
  data: string | Uint8Array,
): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      stream.write(data, (error) => error ? reject(error) : resolve());
    });
  } catch (error) {
    throw outputError(error);
  }
}

function toBytes(data: string | Uint8Array): string | Uint8Array {
  return typeof data !== "string" || data.isWellFormed()
    ? data
    : encodeName(data);
}

function outputError(error: unknown): Error {
  const { code, message } = asSystemError(error) ??
    { code: "ERR_OUTPUT", message: String(error) };
  if (code === "EPIPE") return new ClosedOutputError("nobody reads the output");
  return new OutputError(code, message, { cause: error });
}

function unfailing(target: CliOutput): CliOutput {
  return { ...target, write: (data) => target.write(data).catch(() => {}) };
}

/** Time in which an interrupted run has to end; the library promises a quarter of it. */
const WIND_UP_MS = 1000;

/**
 * Aborts at the first SIGINT or SIGTERM, so that work can be wound up. The second ends the
 * process at once, and so does work that does not end.
 *
 * Work that must not be taken for undone says how it ends: its exit code is not that of the signal.
 */
function interrupts(): Pick<CliIo, "signal" | "endAtInterrupt"> {
  const controller = new AbortController();
  let end: InterruptedEnd | undefined;
  const endNow = (name: "SIGINT" | "SIGTERM", number: number): void => {
    if (end === undefined) return endAtOnce(name, number);
    if (end.line !== undefined) process.stderr.write(end.line);
    process.exit(end.code);
  };
  const listen = (name: "SIGINT" | "SIGTERM", number: number): void => {
    process.on(name, () => {
      if (controller.signal.aborted) return endNow(name, number);
      controller.abort(new InterruptError(name, number));
      setInterval(() => {
        if (end?.isSoon !== true) endNow(name, number);
      }, WIND_UP_MS);
    });
  };
  listen("SIGINT", 2);
  listen("SIGTERM", 15);
  return {
    signal: controller.signal,
    endAtInterrupt: (next) => {
      end = next;
    },
  };
}

function endAtOnce(name: "SIGINT" | "SIGTERM", number: number): void {
  if ("Deno" in globalThis || "Bun" in globalThis) process.exit(128 + number);
  // Node would first wait for a thread that is blocked, as in opening a FIFO that nobody writes to.
  process.removeAllListeners(name);
  process.kill(process.pid, name);
}

/**
 * The arguments of the command, as `names.ts` writes bytes that are not UTF-8.
 *
 * All runtimes replace such bytes by U+FFFD; Linux still has them.
 */
function processArguments(): string[] {
  const args = process.argv.slice(2);
  if (!args.some((arg) => arg.includes("\ufffd"))) return args;
  const raw = rawArguments().slice(-args.length);
  return args.map((arg, i) => {
    const bytes = raw[i];
    return bytes !== undefined &&
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) === arg
      ? decodeName(bytes)
      : arg;
  });
}

function rawArguments(): Uint8Array[] {
  try {
    return splitAtZeros(readFileSync("/proc/self/cmdline"));
  } catch {
    return [];
  }
}

function splitAtZeros(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const zero = bytes.indexOf(0, start);
    const end = zero === -1 ? bytes.length : zero;
    parts.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return parts;
}
