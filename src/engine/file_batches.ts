/**
 * Batches of whole files, as a worker takes them.
 *
 * @module
 */
import { loadedJob } from "../jobs/registry.ts";
import { FilesControl } from "../memory/files_control.ts";
import {
  type FileOutcome,
  type FilesTask,
  serializeError,
} from "../protocol.ts";
import { WholeFileScanner } from "./whole_files.ts";

/** Scanners that are kept from one batch to the next; lists of digests mix few sets of algorithms. */
const SCANNERS_MAX = 4;

/** By the key of their tasks, the one used last at the end. */
const scanners = new Map<string, WholeFileScanner>();

/** Scans the files of a task, whose job has been imported. What fails is an outcome, and keeps no other file from being scanned. */
export function scanFiles(task: FilesTask): FileOutcome[] {
  const control = new FilesControl(task.control);
  const scanner = scannerOf(task);
  return task.paths.map((path) => {
    if (control.aborted) return undefined;
    try {
      return scanner.scan(path, task.bytesMax, control);
    } catch (error) {
      return { error: serializeError(error) };
    }
  });
}

function scannerOf(
  { key, job, options, kernels }: FilesTask,
): WholeFileScanner {
  if (!("builtin" in job)) {
    throw new Error("Bug: a user's job keeps what it likes in its state");
  }
  const scanner = scanners.get(key) ??
    new WholeFileScanner(loadedJob(job.builtin), options, kernels);
  scanners.delete(key);
  scanners.set(key, scanner);
  const [oldest] = scanners.keys();
  if (scanners.size > SCANNERS_MAX && oldest !== undefined) {
    scanners.delete(oldest);
  }
  return scanner;
}
