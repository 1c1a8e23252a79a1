/**
 * One measurement, from a path to rows.
 *
 * @module
 */
import { checkLocalPath } from "../check_path.ts";
import type { IoMode } from "../options.ts";
import { openReader } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import {
  checkBenchFile,
  checkBenchOptions,
  type CheckedOptions,
  noteLimits,
} from "./check.ts";
import { type Contender, contenderName } from "./contender.ts";
import { describeMachine } from "./machine.ts";
import { measure, type Measured, type MeasureSetup } from "./measure.ts";
import { makeModels } from "./model.ts";
import { createOperation, type Operation } from "./operation.ts";
import { openPageCache } from "./page_cache.ts";
import { makeRows } from "./rows.ts";
import { chunkedContender, readIntoContender } from "./single_thread.ts";
import type { BenchOptions, BenchResult } from "./types.ts";
import { workersContender } from "./workers.ts";

const IO_MODES: readonly IoMode[] = ["preload", "map", "stream"];

/** Bytes of the pattern that `find` looks for if none is given. */
const PATTERN_BYTES = 8;

/** Measures. Errors are those of `benchFile`. */
export async function runBench(
  path: FilePath | URL,
  options: BenchOptions,
): Promise<BenchResult> {
  options.signal?.throwIfAborted();
  const checked = checkBenchOptions(options);
  const { operation, workers, runs, cold, seed } = checked;
  const name = checkLocalPath(path, "measure a file");
  const byteLength = checkBenchFile(name, operation);
  const notes: string[] = [];
  const note = (text: string) => {
    notes.push(text);
    options.onNote?.(text);
  };
  noteLimits(byteLength, workers, note);
  const date = new Date().toISOString();
  const cache = await openPageCache(name, byteLength, cold, note);
  const pattern = options.pattern ?? middleOf(name, byteLength);
  const made = createOperation(operation, { pattern });
  const contenders = listContenders(name, made, checked, options);
  const { found, measured } = await measure(contenders, {
    file: pathText(name),
    runs,
    seed,
    cache,
    signal: options.signal,
    onRun: progressOf(byteLength, options),
  });
  noteThreads(measured, note);
  const machine = describeMachine();
  const rows = makeRows(measured, byteLength);
  const { cores } = machine;
  const { state } = cache;
  return {
    file: pathText(name),
    byteLength,
    operation,
    found,
    runs,
    seed,
    cache: state,
    machine,
    date,
    notes,
    rows,
    models: makeModels({ rows, byteLength, cache: state, cores }),
  };
}

/** A file of few segments has no work for many. */
function noteThreads(
  measured: readonly Measured[],
  note: (text: string) => void,
): void {
  const idle = measured.filter(({ contender, threads, unavailable }) =>
    unavailable === undefined && threads < contender.workers
  );
  const [first] = idle;
  if (first === undefined) return;
  note(
    `${contenderName(first.contender)} had ${first.threads}${
      idle.length > 1 ? ", and so on" : ""
    }: the file has no more segments`,
  );
}

/** A pattern that the file has at least once. */
function middleOf(path: FilePath, byteLength: number): Uint8Array {
  const length = Math.min(PATTERN_BYTES, byteLength);
  const bytes = new Uint8Array(new SharedArrayBuffer(length));
  const reader = openReader(path);
  try {
    reader.readAt(bytes, Math.floor((byteLength - length) / 2));
    return bytes.slice();
  } finally {
    reader.close();
  }
}

function listContenders(
  path: FilePath,
  operation: Operation,
  { workers }: CheckedOptions,
  { segmentBytes, signal }: BenchOptions,
): Contender[] {
  const settings = { segmentBytes, signal };
  return [
    chunkedContender(path, operation, signal),
    readIntoContender(path, operation, signal),
    ...IO_MODES.flatMap((io) =>
      workers.map((count) =>
        workersContender(path, operation, io, count, settings)
      )
    ),
  ];
}

function progressOf(
  byteLength: number,
  { onProgress }: BenchOptions,
): MeasureSetup["onRun"] {
  const startedAt = performance.now();
  return (done, all) =>
    onProgress?.({
      bytesDone: done * byteLength,
      byteLength: all * byteLength,
      elapsedMs: performance.now() - startedAt,
    });
}
