/**
 * Work that is cut into steps, so that its caller can show progress, hear signals, or lose power in between.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";

/** What a patch is at. */
export type PatchPhase =
  | "plan"
  | "journal"
  | "copy"
  | "check"
  | "apply"
  | "verify"
  | "sync";

/** How far one phase has come. */
export interface Step {
  readonly phase: PatchPhase;
  readonly bytesDone: number;
  readonly byteLength: number;
  /** What the work waits for before it can go on. */
  readonly wait?: Promise<void>;
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
  /** Called when the work is done all the same although `onStep` has thrown, which is what the caller hears of. */
  readonly onDone?: (() => void) | undefined;
}

/** Signals and progress have their turn this often. */
const TURN_MS = 10;

/** Carries work out, with turns of the event loop. The first step of each phase is told of, and later ones now and then. */
export async function drive<Result>(
  steps: Steps<Result>,
  { signal, onStep, onDone }: DriveOptions,
): Promise<Result> {
  // What the caller's function throws takes back what can be taken back, and otherwise is told at the end.
  let failure: { readonly error: unknown } | undefined;
  const tell = (step: Step): void => {
    try {
      onStep?.(step);
    } catch (error) {
      failure ??= { error };
    }
  };
  let turnedMs = performance.now();
  let told: PatchPhase | undefined;
  let next = steps.next(false);
  while (!next.done) {
    const { phase, wait } = next.value;
    const isTurn = wait !== undefined ||
      performance.now() - turnedMs >= TURN_MS;
    if (isTurn || phase !== told) tell(next.value);
    told = phase;
    if (isTurn) {
      await turn(wait);
      turnedMs = performance.now();
    }
    const aborted = signal?.aborted === true;
    const reason = aborted ? signal.reason : failure?.error;
    next = (aborted || failure !== undefined) && !isCommitted(phase)
      ? steps.throw(reason)
      : steps.next(aborted);
  }
  if (failure === undefined) return next.value;
  if (told !== undefined && isCommitted(told)) onDone?.();
  throw failure.error;
}

/** Lets signals in: once round the event loop, or until something has ended, but no longer than a turn. */
async function turn(wait: Promise<void> | undefined): Promise<void> {
  if (wait === undefined) {
    await nextTurn();
    return;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TURN_MS);
  });
  await Promise.race([wait, late]);
  clearTimeout(timer);
}

/** Whether the file may be changed already: then it is not for the caller alone to end the work. */
export function isCommitted(phase: PatchPhase): boolean {
  return phase === "apply" || phase === "verify" || phase === "sync";
}

/** Carries work out at once. It must not have to wait for anything. */
export function driveNow<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const next = steps.next(false);
    if (next.done) return next.value;
    if (next.value.wait !== undefined) {
      throw new Error("Bug: work that waits is carried out at once");
    }
  }
}
