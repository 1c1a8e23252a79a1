/**
 * The process on Deno, by Deno's own names: the first touch of Node's `process` takes 12 ms there, and that of
 * `node:fs` another 14 (2.9.5, EPYC, 2026-11-22).
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";
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
    stdout: output(deno, deno.stdout),
    stderr: output(deno, deno.stderr),
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

function output(deno: DenoProcess, target: DenoOutput): CliOutput {
  const isTty = target.isTerminal();
  return {
    isTty,
    columns: isTty ? terminalColumns(deno) : undefined,
    write: async (data) => {
      try {
        await writeAll(target, toBytes(data));
      } catch (error) {
        throw outputError(error);
      }
    },
  };
}

/** Not tried again where a pipe is full and does not wait (EAGAIN): Deno does not tell what it has written by then. */
async function writeAll(target: DenoOutput, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) {
    rest = rest.subarray(await target.write(rest));
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
