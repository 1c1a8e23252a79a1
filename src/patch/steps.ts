/**
 * Work that is cut into steps, so that its caller can show progress, hear signals, or lose power in between.
 *
 * @module
 */

/** What a patch is at. */
export type PatchPhase =
  | "plan"
  | "journal"
  | "copy"
  | "check"
  | "apply"
  | "verify";

/** How far one phase has come. */
export interface Step {
  readonly phase: PatchPhase;
  readonly bytesDone: number;
  readonly byteLength: number;
}

/**
 * Synchronous work that stops now and then.
 *
 * Before `apply` it may be ended by throwing into it: it then takes back what it did. In `apply` it is
 * told whether somebody wants it to end, and decides.
 */
export type Steps<Result> = Generator<Step, Result, boolean>;

/** How work is carried out. */
export interface DriveOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: Step) => void) | undefined;
}

/** Signals and progress have their turn this often. */
const TURN_MS = 10;

/** Carries work out, with turns of the event loop until somebody asks it to end. */
export async function drive<Result>(
  steps: Steps<Result>,
  { signal, onStep }: DriveOptions,
): Promise<Result> {
  let turnedMs = performance.now();
  let next = steps.next(false);
  while (!next.done) {
    const { phase } = next.value;
    if (signal?.aborted !== true && performance.now() - turnedMs >= TURN_MS) {
      onStep?.(next.value);
      // Not once it is to end: the command line kills a process that then goes on turning.
      await new Promise((resolve) => setImmediate(resolve));
      turnedMs = performance.now();
    }
    const aborted = signal?.aborted === true;
    next = aborted && !isCommitted(phase)
      ? steps.throw(signal.reason)
      : steps.next(aborted);
  }
  return next.value;
}

function isCommitted(phase: PatchPhase): boolean {
  return phase === "apply" || phase === "verify";
}

/** Carries work out at once. */
export function driveNow<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next(false);
    if (next.done) return next.value;
  }
}
