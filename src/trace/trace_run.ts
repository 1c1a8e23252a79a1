/**
 * A run with a trace.
 *
 * @module
 */
import { checkPath } from "../check_path.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { RunTracer } from "./run_tracer.ts";
import type { RunTrace } from "./types.ts";

/**
 * Carries out a run and hands out its trace, also if the run fails.
 *
 * @param carryOut Does the work, and tells the tracer how far it is.
 * @throws What `carryOut` throws.
 */
export async function traceRun<T>(
  path: FilePath | URL,
  onTrace: (trace: RunTrace) => void,
  carryOut: (tracer: RunTracer) => Promise<T>,
): Promise<T> {
  const name = checkPath(path);
  const tracer = new RunTracer(pathText(name), performance.now());
  let failure: { readonly error: unknown } | undefined;
  try {
    return await carryOut(tracer);
  } catch (error) {
    failure = { error };
    throw error;
  } finally {
    onTrace(tracer.end(failure));
  }
}
