/**
 * The real world outside: streams, signals and arguments of this process.
 *
 * @module
 */
import { denoProcess } from "./deno_process.ts";
import { failureLine } from "./failure.ts";
import {
  type CliIo,
  type CliOutput,
  Exit,
  type InterruptedEnd,
  InterruptError,
} from "./io.ts";
import { nodeProcess } from "./node_process.ts";
import type { ProcessHost, SignalName } from "./process_host.ts";
import { readVariable } from "../platform/builtin.ts";

/** Runs `main` as this process, and exits. */
export async function runProcess(
  main: (args: readonly string[], io: CliIo) => Promise<number>,
): Promise<void> {
  // Node's names for its process take Deno 12 ms.
  const host = "Deno" in globalThis ? denoProcess() : nodeProcess();
  const messages = new Messages(host.stderr);
  const io = processIo(host, messages);
  host.onUncaught((error) => {
    void io.stderr.write(failureLine(error, io)).then(() =>
      host.exit(Exit.Failure)
    );
  });
  const code = await main(host.args, io);
  await messages.written;
  host.exit(code);
}

/** Standard error: a message that nobody can read is no failure, and one that nobody waits for gets out, too. */
class Messages implements CliOutput {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  /** Settled once all messages so far are out. */
  written: Promise<unknown> = Promise.resolve();
  readonly #target: CliOutput;

  constructor(target: CliOutput) {
    this.isTty = target.isTty;
    this.columns = target.columns;
    this.#target = target;
  }

  write(data: string | Uint8Array): Promise<void> {
    const message = this.#target.write(data).catch(() => {});
    this.written = this.written.then(() => message);
    return message;
  }
}

function processIo(host: ProcessHost, stderr: CliOutput): CliIo {
  return {
    stdout: host.stdout,
    stderr,
    readStdin: () => host.readStdin(),
    env: environment(),
    ...interrupts(host),
  };
}

/** The environment, as far as this process may see it. */
function environment(): CliIo["env"] {
  return new Proxy({}, {
    get: (_, name) => typeof name === "string" ? readVariable(name) : undefined,
  });
}

/** Time in which an interrupted run has to end; the library promises a quarter of it. */
const WIND_UP_MS = 1000;

/**
 * Aborts at the first SIGINT or SIGTERM, so that work can be wound up. The second ends the
 * process at once, and so does work that does not end.
 *
 * Work that must not be taken for undone says how it ends: its exit code is not that of the signal.
 */
function interrupts(
  host: ProcessHost,
): Pick<CliIo, "signal" | "endAtInterrupt"> {
  const controller = new AbortController();
  let end: InterruptedEnd | undefined;
  const endNow = (name: SignalName, number: number): void => {
    if (end === undefined) return host.endBySignal(name, number);
    if (end.line !== undefined) host.writeLastLine(end.line);
    host.exit(end.code);
  };
  const listen = (name: SignalName, number: number): void => {
    host.onSignal(name, () => {
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
