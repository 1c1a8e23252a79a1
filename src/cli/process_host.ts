/**
 * What the command line asks of a process, and what the runtimes answer alike.
 *
 * @module
 */
import { asSystemError } from "../system_error.ts";
import { type CliIo, ClosedOutputError, OutputError } from "./io.ts";
import { decodeName, encodeName } from "./names.ts";

/** A process, as its runtime shows it. */
export interface ProcessHost {
  /** The arguments of the command, as `names.ts` writes bytes that are not UTF-8. */
  readonly args: readonly string[];
  readonly stdout: CliIo["stdout"];
  /** Fails as other outputs do. */
  readonly stderr: CliIo["stderr"];
  readStdin: CliIo["readStdin"];
  /** Has a signal heard instead of ending the process. */
  onSignal(name: SignalName, listener: () => void): void;
  /** Has errors heard that nobody caught. */
  onUncaught(listener: (error: unknown) => void): void;
  exit(code: number): never;
  /** Ends the process as the signal does. */
  endBySignal(name: SignalName, number: number): void;
  /** Writes to standard error without waiting, as the process is about to end. */
  writeLastLine(line: string): void;
}

/** Signals that are heard. */
export type SignalName = "SIGINT" | "SIGTERM";

/** What is written for text, in which lone surrogates stand for single bytes. */
export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data !== "string"
    ? data
    : data.isWellFormed()
    ? new TextEncoder().encode(data)
    : encodeName(data);
}

/** What a write throws, from what the runtime has thrown. */
export function outputError(error: unknown): Error {
  const { code, message } = asSystemError(error) ??
    { code: "ERR_OUTPUT", message: String(error) };
  if (code === "EPIPE") return new ClosedOutputError("nobody reads the output");
  return new OutputError(code, message, { cause: error });
}

/**
 * Writes arguments as `names.ts` has them: all runtimes replace bytes that are not UTF-8 by U+FFFD; Linux still has
 * them.
 *
 * @param readFile Reads a file of `/proc`.
 */
export function exactArguments(
  args: readonly string[],
  readFile: (path: string) => Uint8Array,
): readonly string[] {
  if (!args.some((arg) => arg.includes("\ufffd"))) return args;
  const raw = rawArguments(readFile).slice(-args.length);
  return args.map((arg, i) => {
    const bytes = raw[i];
    return bytes !== undefined &&
        new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) === arg
      ? decodeName(bytes)
      : arg;
  });
}

/** The words of the command line as bytes, with those of the runtime in front; none where Linux does not tell. */
export function rawArguments(
  readFile: (path: string) => Uint8Array,
): Uint8Array[] {
  try {
    return splitAtZeros(readFile("/proc/self/cmdline"));
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
