/**
 * Paired runs: ours, the rival, ours, the rival ... and the ratio taken pair by pair.
 *
 * A machine that is shared is slower at one moment than at another, for both of a pair alike; so
 * ratios of neighbours hold where bare times do not.
 *
 * @module
 */

/** V8 is at work on what its threads run until the third time; on two cores it takes from them what it needs. */
const WARM_RUNS = 3;

/** Runs something as often as it takes for its threads to be up and to have compiled. */
export async function warmUp(run: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < WARM_RUNS; i++) await run();
}

/** One run that was timed. */
export interface Timed {
  readonly seconds: number;
  /** What it found out; `undefined` where it only moves bytes. */
  readonly result: string | undefined;
}

/** One side of a comparison. */
export interface Contender {
  /** How it is called in reports. */
  readonly what: string;
  /** Why it cannot run here; `undefined` if it can. */
  readonly missing?: string | undefined;
  run(): Timed | Promise<Timed>;
}

/** Seconds of two runs, one right after the other. */
export interface Pair {
  readonly ours: number;
  readonly rival: number;
}

/** The result of a run is not that of the rival: a defect, unlike a target that is missed. */
export class WrongResultError extends Error {
  override readonly name = "WrongResultError";
}

/**
 * Runs both sides in turn, after one pair that is not counted.
 *
 * @param count How many pairs to time; 0 only compares the results of the first.
 * @throws {WrongResultError} If the two of a pair have different results.
 */
export async function runPairs(
  ours: Contender,
  rival: Contender,
  count: number,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i <= count; i++) {
    const pair = await runPair(ours, rival);
    if (i > 0) pairs.push(pair);
  }
  return pairs;
}

async function runPair(ours: Contender, rival: Contender): Promise<Pair> {
  const left = await ours.run();
  const right = await rival.run();
  requireSame(ours.what, left.result, rival.what, right.result);
  return { ours: left.seconds, rival: right.seconds };
}

/** @throws {WrongResultError} If both have a result and the two differ. */
export function requireSame(
  what: string,
  result: string | undefined,
  rival: string,
  expected: string | undefined,
): void {
  if (
    result === undefined || expected === undefined || result === expected
  ) return;
  throw new WrongResultError(
    `${what} says "${result}" where ${rival} says "${expected}"`,
  );
}

/** A contender that only says what is right, and takes no time. */
export function known(what: string, result: string): Contender {
  return { what, run: () => ({ seconds: 0, result }) };
}

/** A contender whose results are not to be compared with the other side's. */
export function unchecked(contender: Contender): Contender {
  return {
    ...contender,
    run: async () => ({ ...await contender.run(), result: undefined }),
  };
}

/** A contender each of whose results is held against that of an oracle outside of the pairs. */
export function checkedBy(oracle: Contender, contender: Contender): Contender {
  let expected: Promise<Timed> | undefined;
  return {
    ...contender,
    missing: contender.missing ?? oracle.missing,
    run: async () => {
      const { result } = await (expected ??= Promise.resolve(oracle.run()));
      const timed = await contender.run();
      requireSame(contender.what, timed.result, oracle.what, result);
      return timed;
    },
  };
}

/** Times a call. */
export async function time(
  action: () => string | Promise<string>,
): Promise<Timed> {
  const started = performance.now();
  const result = await action();
  return { seconds: (performance.now() - started) / 1000, result };
}

/** The middle one; the mean of the middle two. @param values At least one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = (sorted.length - 1) / 2;
  const low = sorted[Math.floor(middle)];
  const high = sorted[Math.ceil(middle)];
  if (low === undefined || high === undefined) {
    throw new RangeError("Cannot take the median of nothing");
  }
  return (low + high) / 2;
}
