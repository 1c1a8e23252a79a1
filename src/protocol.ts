/**
 * Types of all that crosses a thread, and the error handler that keeps errors whole on the way.
 *
 * Comlink carries control calls (start, result, error). Partials go as plain messages on the same
 * port, in batches, because they need no answer; being on the same port they arrive before the
 * result of the call. Bytes, progress, claims and cancellation go through the arena.
 *
 * @module
 */
import { transferHandlers } from "./comlink.ts";
import type { RunEnd } from "./engine/job_steps.ts";
import type { LeftFile, WholeFile } from "./engine/whole_files.ts";
import { type ErrorCode, SabmapError } from "./errors.ts";
import type { BuiltinJobName } from "./jobs/registry.ts";
import type { JobDescription, Plan } from "./plan.ts";
import type { FilePath } from "./platform/file_path.ts";
import type { SharedTrace } from "./trace/span_ring.ts";
import type { EditBlock } from "./update/edit_block.ts";

/** Which job: a built-in one by name, or a module that exports one as default. */
export type JobRef = { readonly builtin: BuiltinJobName } | {
  readonly module: string;
};

/** The file that each worker opens for itself, with the identity that it must find. */
export interface FileSource {
  readonly path: FilePath;
  readonly byteLength: number;
  readonly device: bigint;
  readonly inode: bigint;
}

/** All that a worker needs to take part in a run. */
export interface WorkerTask {
  readonly run: number;
  /** Which worker this is, `0 <= index < plan.threads`. */
  readonly index: number;
  readonly memory: WebAssembly.Memory;
  /** The compiled SIMD kernels; absent for the scalar backend. */
  readonly kernels: WebAssembly.Module | undefined;
  readonly plan: Plan;
  /** Absent for a stream, which the coordinator feeds. */
  readonly source: FileSource | undefined;
  readonly path: string;
  /** Where to write down what this thread does; absent unless a trace is asked for. */
  readonly trace: SharedTrace | undefined;
  readonly job: JobRef;
  readonly options: unknown;
}

/** Whole files for one thread, one after the other (see engine/whole_files.ts). */
export interface FilesTask {
  /** The same for tasks of one call with the same job and options, which the thread gets ready once. */
  readonly key: string;
  readonly job: JobRef;
  readonly options: unknown;
  /** The compiled SIMD kernels; absent for the scalar backend. */
  readonly kernels: WebAssembly.Module | undefined;
  /** Cells of `FilesControl`. */
  readonly control: SharedArrayBuffer;
  readonly paths: readonly string[];
  /** Files above this size are left. */
  readonly bytesMax: number;
}

/** What became of a file of a {@link FilesTask}; `undefined` if the call was aborted. */
export type FileOutcome =
  | WholeFile
  | LeftFile
  | { readonly error: ThrownRecord }
  | undefined;

/** What a worker offers to the coordinator. */
export interface WorkerApi {
  /** Scans files. @returns As many outcomes as the task has paths. */
  scanFiles(task: FilesTask): Promise<readonly FileOutcome[]>;
  /** Works until no segment is left. @returns The results of the lanes that this worker had, by name. */
  run(task: WorkerTask): Promise<Record<string, unknown>>;
  /** Returns when the thread is up. @param takesSteps Whether it also has to be ready for the steps of a job. */
  ready(takesSteps?: boolean): Promise<void>;
  /** Loads ahead what `run` will need. What fails here fails there again. */
  load(job: JobRef, updates: boolean): Promise<void>;
  // The steps of a job, one run after the other (see engine/job_steps.ts).
  describe(job: JobRef, options: unknown): Promise<JobDescription>;
  begin(memory: WebAssembly.Memory, plan: Plan): Promise<void>;
  accept(partials: readonly SegmentPartial[]): Promise<void>;
  finish(end: RunEnd): Promise<unknown>;
}

/** The partial of `count` consecutive segments from `first`. */
export interface SegmentPartial {
  readonly first: number;
  readonly count: number;
  readonly partial: unknown;
  /** KiB that it counts as held until it is taken (streamed runs, and changes). */
  readonly held?: number;
  /** What the job has changed in these segments, in file order (update/edit_block.ts). */
  readonly edits?: readonly EditBlock[];
}

/** Message from a worker to the coordinator, beside Comlink's own. */
export interface PartialsMessage {
  readonly sabmap: "partials";
  readonly run: number;
  readonly partials: readonly SegmentPartial[];
}

/** Message of a worker whose code asked to end the thread, where the runtime would say nothing. */
export interface ExitMessage {
  readonly sabmap: "exit";
  readonly what: string;
}

/** Tells our messages from Comlink's. */
export function isOwnMessage(
  data: unknown,
): data is PartialsMessage | ExitMessage {
  return typeof data === "object" && data !== null && "sabmap" in data;
}

/** An error as plain data. */
interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: ErrorRecord | { readonly value: unknown } | undefined;
  readonly code: string | undefined;
  readonly file: string | undefined;
  readonly range: { start: number; end: number } | undefined;
}

/** Anything that was thrown, as plain data. */
export type ThrownRecord = ErrorRecord | { readonly value: unknown };

const ERROR_CLASSES: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

/** Deepest chain of causes that is kept; a cycle ends there too. */
const CAUSES_MAX = 8;

/** Writes an error down so that it survives structured cloning in every runtime. */
export function serializeError(
  error: unknown,
  depth = 0,
): ThrownRecord {
  if (!(error instanceof Error)) return { value: cloneable(error) };
  const extra = error as Partial<SabmapError>;
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    cause: error.cause === undefined || depth >= CAUSES_MAX
      ? undefined
      : serializeError(error.cause, depth + 1),
    code: typeof extra.code === "string" ? extra.code : undefined,
    file: typeof extra.file === "string" ? extra.file : undefined,
    range: extra.range === undefined
      ? undefined
      : { start: extra.range.start, end: extra.range.end },
  };
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return String(value);
  }
}

/** Makes the error again: same class where it is ours or a built-in one, same code, range and cause. */
export function deserializeError(record: ThrownRecord): unknown {
  if ("value" in record) return record.value;
  const cause = record.cause === undefined
    ? undefined
    : deserializeError(record.cause);
  const error = reviveError(record, cause);
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}

function reviveError(record: ErrorRecord, cause: unknown): Error {
  if (record.name === "SabmapError") {
    const code = (record.code ?? "EIO") as ErrorCode;
    return new SabmapError(code, record.message, {
      file: record.file,
      range: record.range,
      cause,
    });
  }
  const ErrorClass = ERROR_CLASSES[record.name] ?? Error;
  const error = new ErrorClass(
    record.message,
    cause === undefined ? undefined : { cause },
  );
  if (error.name !== record.name) error.name = record.name;
  const { code, file, range } = record;
  return Object.assign(
    error,
    code === undefined ? {} : { code },
    file === undefined ? {} : { file },
    range === undefined ? {} : { range },
  );
}

/**
 * Replaces Comlink's handler of thrown values, which drops `code`, `cause` and class (4.4).
 *
 * Both sides call it before they use Comlink.
 */
export function keepErrorsWhole(): void {
  const original = transferHandlers.get("throw");
  if (original === undefined) {
    throw new Error("Bug: Comlink has no handler of thrown values");
  }
  transferHandlers.set("throw", {
    canHandle: original.canHandle,
    serialize: (
      thrown: unknown,
    ) => [serializeError((thrown as { value: unknown }).value), []],
    deserialize: (record: unknown) => {
      throw deserializeError(record as ErrorRecord);
    },
  });
}
