/**
 * The process on Node and Bun.
 *
 * @module
 */
// deno-lint-ignore-file no-process-global -- imports would take Deno 25 ms, where nothing of this runs
import { fs } from "../platform/native_file.ts";
import type { CliOutput } from "./io.ts";
import {
  exactArguments,
  outputError,
  type ProcessHost,
  rawArguments,
  toBytes,
} from "./process_host.ts";

/** The process that runs this. */
export function nodeProcess(): ProcessHost {
  return {
    args: exactArguments(
      withDashes(process.argv.slice(2)),
      (path) => fs().readFileSync(path),
    ),
    stdout: new DescriptorOutput(1, () => process.stdout),
    stderr: new DescriptorOutput(2, () => process.stderr),
    readStdin: () => process.stdin,
    onSignal: (name, listener) => process.on(name, listener),
    onUncaught: (listener) => process.on("uncaughtException", listener),
    exit: (code) => process.exit(code),
    endBySignal: (name, number) => {
      if ("Bun" in globalThis) process.exit(128 + number);
      // Node would first wait for a thread that is blocked, as in opening a FIFO that nobody writes to.
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    },
    writeLastLine: (line) => process.stderr.write(line),
  };
}

/** Gives back the first `--` behind the program, which Bun takes for its own. */
function withDashes(args: readonly string[]): readonly string[] {
  if (!("Bun" in globalThis)) return args;
  const raw = rawArguments((path) => fs().readFileSync(path));
  const before = raw.at(-args.length - 1);
  return before !== undefined && toText(before) === "--"
    ? ["--", ...args]
    : args;
}

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Bytes that are written without a stream: a pipe has room for more, so nobody has to wait for its reader. */
const DIRECT_BYTES_MAX = 16 * 1024;

/**
 * An output by its descriptor. What most commands have to say goes to it at once: to make a stream of it takes Bun
 * 9 ms. A stream is made for terminals, and for long output, whose reader may be slow.
 */
class DescriptorOutput implements CliOutput {
  readonly isTty: boolean;
  readonly columns: number | undefined;
  /** Where bytes go without a stream; `undefined` where that might have to wait. */
  readonly #direct: number | undefined;
  readonly #open: () => NodeJS.WriteStream;
  #stream: NodeJS.WriteStream | undefined;
  #directBytes = 0;

  constructor(fd: number, open: () => NodeJS.WriteStream) {
    this.#open = open;
    const kind = outputKind(fd);
    this.#direct = kind === "pipe"
      ? reopenPipe(fd)
      : kind === "socket"
      ? undefined
      : fd;
    const stream = kind === "terminal" ? this.#toStream() : undefined;
    this.isTty = stream?.isTTY === true;
    // A terminal that does not know its width says 0.
    this.columns = this.isTty && stream && stream.columns > 0
      ? stream.columns
      : undefined;
  }

  async write(data: string | Uint8Array): Promise<void> {
    try {
      const rest = this.#writeDirectly(toBytes(data));
      if (rest.byteLength > 0) await writeTo(this.#toStream(), rest);
    } catch (error) {
      throw outputError(error);
    }
  }

  /** @returns What is left for the stream. */
  #writeDirectly(bytes: Uint8Array): Uint8Array {
    this.#directBytes += bytes.byteLength;
    let rest = bytes;
    while (
      rest.byteLength > 0 && this.#stream === undefined &&
      this.#direct !== undefined && this.#directBytes <= DIRECT_BYTES_MAX
    ) {
      try {
        rest = rest.subarray(fs().writeSync(this.#direct, rest));
      } catch (error) {
        // The pipe is full: the stream waits for its reader, and signals are heard meanwhile.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        this.#toStream();
      }
    }
    return rest;
  }

  #toStream(): NodeJS.WriteStream {
    if (this.#stream === undefined) {
      this.#stream = this.#open();
      // Every failure also comes to the callback of the write that it belongs to.
      this.#stream.on("error", () => {});
    }
    return this.#stream;
  }
}

/** The number of `/dev/null` on Linux, where much output goes. */
const NULL_DEVICE = 0x103;

/** What an output is, as far as it matters for writing to it. */
type OutputKind = "terminal" | "pipe" | "socket" | "other";

function outputKind(fd: number): OutputKind {
  try {
    const status = fs().fstatSync(fd);
    if (status.isFIFO()) return "pipe";
    if (status.isSocket()) return "socket";
    return status.isCharacterDevice() && status.rdev !== NULL_DEVICE
      ? "terminal"
      : "other";
  } catch {
    // Closed: whoever writes to it is told.
    return "other";
  }
}

/**
 * Opens a pipe once more, for writes that do not wait where others have filled it: no signal would be heard meanwhile.
 *
 * @returns `undefined` where that cannot be.
 */
function reopenPipe(fd: number): number | undefined {
  try {
    const { O_WRONLY, O_NONBLOCK } = fs().constants;
    return fs().openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

function writeTo(stream: NodeJS.WriteStream, data: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) => error ? reject(error) : resolve());
  });
}
