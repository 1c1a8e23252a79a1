/**
 * Changes that are begun and not finished: how long they may still take when they are to end, and what is said of them.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { Target } from "./target.ts";

/** A run that is to end may finish if it thereby takes no longer than this. */
export const FINISH_MS = 500;

/** What all messages name that are of a file whose journal is left. */
export const RECOVERS = '"process recover"';

/** Whether the rest of some work takes no longer than that, if it goes on as it went. */
export function isNearlyDone(
  { done, count }: { readonly done: number; readonly count: number },
  startedMs: number,
): boolean {
  const left = count - done;
  return (performance.now() - startedMs) * left <= FINISH_MS * done;
}

/** A failure with what it leaves; what is not of ours stays as it is. @param tell Gets what it says. */
export function retold(
  error: unknown,
  { name }: Target,
  tell: (message: string) => string,
): unknown {
  if (!(error instanceof SabmapError)) return error;
  const { code, message, range } = error;
  return new SabmapError(code, tell(message), {
    file: name,
    range,
    cause: error,
  });
}

/** As {@link retold}, but for a failure that names already what it leaves: whose text has `mark`. */
export function retoldOnce(
  error: unknown,
  target: Target,
  mark: string,
  tell: (message: string) => string,
): unknown {
  const isTold = error instanceof SabmapError && error.message.includes(mark);
  return isTold ? error : retold(error, target, tell);
}

/** The error of a change whose journal is left to be recovered. */
export function hotJournal({ name }: Target, what: string): SabmapError {
  return new SabmapError(
    ErrorCode.HotJournal,
    `${what}, and ${RECOVERS} finishes or undoes them`,
    { file: name },
  );
}
