/**
 * What the command line knows of the world outside: two outputs, one input, signals.
 *
 * Tests pass their own; `process_io.ts` makes the one of a real process.
 *
 * @module
 */

/** Exit codes of `process`. */
export const Exit = {
  Done: 0,
  /** A negative result, such as a digest that does not match. */
  Negative: 1,
  /** Wrong usage, or a failure of a file or worker. */
  Failure: 2,
} as const;

/** Where text and bytes go. */
export interface CliOutput {
  /**
   * Writes, and waits until the reader keeps up.
   *
   * Lone surrogates U+DC80 to U+DCFF in text stand for single bytes, as in `names.ts`.
   *
   * @throws {ClosedOutputError} If nobody reads any more.
   * @throws {OutputError} If it fails otherwise, as on a full disk.
   */
  write(data: string | Uint8Array): Promise<void>;
  readonly isTty: boolean;
  /** Width of the terminal; `undefined` where there is none. */
  readonly columns: number | undefined;
}

/** The world outside of one call of `main`. */
export interface CliIo {
  readonly stdout: CliOutput;
  /** Never fails: an error message that nobody can read changes nothing. */
  readonly stderr: CliOutput;
  /** Reads standard input to its end. */
  readStdin(): AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted with an {@link InterruptError} when the user or the system asks the process to end. */
  readonly signal: AbortSignal;
  /** Says how an interrupt ends the process from now on, where it is not by the signal. Absent where no process ends. */
  readonly endAtInterrupt?: (end: InterruptedEnd | undefined) => void;
}

/** How an interrupted process ends. */
export interface InterruptedEnd {
  readonly code: number;
  /** Goes to standard error. */
  readonly line?: string;
  /** Whether the work ends by itself soon after the first interrupt: only a second one then ends the process. */
  readonly isSoon?: boolean;
}

/** The reader of an output has gone, as `head` does when it has seen enough. */
export class ClosedOutputError extends Error {
  override readonly name = "ClosedOutputError";
}

/** An output cannot be written to, for another reason. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly code: string;
  readonly file = "standard output";

  constructor(code: string, message: string, options: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** A signal asked the process to end. */
export class InterruptError extends Error {
  override readonly name = "InterruptError";
  readonly exitCode: number;

  constructor(signalName: string, signalNumber: number) {
    super(`interrupted by ${signalName}`);
    this.exitCode = 128 + signalNumber;
  }
}

/** The command was called wrongly. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  /** What stands in brackets behind the message. */
  readonly code: string;
  /** The argument that was taken for a file, if any. */
  readonly file: string | undefined;

  constructor(message: string, about: { code?: string; file?: string } = {}) {
    super(message);
    this.code = about.code ?? "usage";
    this.file = about.file;
  }
}
