/**
 * The process on Deno, by Deno's own names: the first touch of Node's `process` takes 12 ms there, and that of
 * `node:fs` another 14 (2.9.5, EPYC, 2026-11-22).
 *
 * @module
 */
import { isGranted, loadBuiltin } from "../platform/builtin.ts";
import type { CliOutput } from "./io.ts";
import {
  exactArguments,
  outputError,
  type ProcessHost,
  type SignalName,
  toBytes,
} from "./process_host.ts";

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoProcess {
  readonly args: readonly string[];
  readonly stdout: DenoOutput;
  readonly stderr: DenoOutput;
  consoleSize(): { readonly columns: number };
  readFileSync(path: string): Uint8Array;
  addSignalListener(name: SignalName, listener: () => void): void;
  exit(code: number): never;
}

interface DenoOutput {
  isTerminal(): boolean;
  write(bytes: Uint8Array): Promise<number>;
  writeSync(bytes: Uint8Array): number;
}

/** The process that runs this. */
export function denoProcess(): ProcessHost {
  const { Deno: deno } = globalThis as unknown as { Deno: DenoProcess };
  return {
    args: exactArguments(deno.args, (path) => deno.readFileSync(path)),
    stdout: output(deno, deno.stdout, 1),
    stderr: output(deno, deno.stderr, 2),
    readStdin: () =>
      loadBuiltin<typeof import("node:process")>("node:process").stdin,
    onSignal: (name, listener) => deno.addSignalListener(name, listener),
    onUncaught,
    exit: (code) => deno.exit(code),
    endBySignal: (_name, number) => deno.exit(128 + number),
    writeLastLine: (line) => {
      deno.stderr.writeSync(new TextEncoder().encode(line));
    },
  };
}

function onUncaught(listener: (error: unknown) => void): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    listener((event as ErrorEvent).error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    listener((event as Event & { reason: unknown }).reason);
  });
}

function output(
  deno: DenoProcess,
  target: DenoOutput,
  fd: number,
): CliOutput {
  const isTty = target.isTerminal();
  let piece: number | undefined;
  return {
    isTty,
    columns: isTty ? terminalColumns(deno) : undefined,
    write: async (data) => {
      piece ??= isTty ? Infinity : pieceBytes(deno, fd);
      try {
        await writeAll(target, toBytes(data), piece);
      } catch (error) {
        throw outputError(error);
      }
    },
  };
}

/** PIPE_BUF of Linux: a pipe takes so many bytes at once, or none of them. */
const ATOMIC_BYTES = 4096;

/** O_NONBLOCK of Linux, as it stands in `/proc/self/fdinfo`. */
const NONBLOCK = 0o4000;

/**
 * How many bytes to write at a time: all of them, but few where somebody else has made an output one that does not
 * wait. Deno does not tell how much of a larger piece it has written when that is full.
 */
function pieceBytes(deno: DenoProcess, fd: number): number {
  const path = `/proc/self/fdinfo/${fd}`;
  // Nobody is to be asked for a permission.
  if (!isGranted({ name: "read", path })) return Infinity;
  try {
    const info = new TextDecoder().decode(deno.readFileSync(path));
    const flags = Number.parseInt(/^flags:\s*(\d+)/m.exec(info)?.[1] ?? "0", 8);
    return (flags & NONBLOCK) === 0 ? Infinity : ATOMIC_BYTES;
  } catch {
    // Not ours to read.
    return Infinity;
  }
}

/** How long to wait for the reader of a full pipe that does not wait by itself. */
const RETRY_MS = 1;

async function writeAll(
  target: DenoOutput,
  bytes: Uint8Array,
  piece: number,
): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) {
    try {
      rest = rest.subarray(await target.write(rest.subarray(0, piece)));
    } catch (error) {
      if (
        piece > ATOMIC_BYTES || (error as { code?: unknown }).code !== "EAGAIN"
      ) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** @returns `undefined` for a terminal that does not know its width. */
function terminalColumns(deno: DenoProcess): number | undefined {
  try {
    const { columns } = deno.consoleSize();
    return columns > 0 ? columns : undefined;
  } catch {
    return undefined;
  }
}
