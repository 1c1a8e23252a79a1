/**
 * Holding a lock.
 *
 * @module
 */

/** Holds a lock until it is unlocked, or disposed of by `using`. */
export class LockGuard implements Disposable {
  /**
   * Whether the owner before died with the lock: what it guards may be half changed, and this holder is
   * the one to repair it. Those after it are told nothing, unless it dies too.
   */
  readonly ownerDied: boolean;
  #unlock: ((guard: LockGuard) => void) | undefined;

  /**
   * Not to be called: locks make guards.
   *
   * @param unlock Called once.
   */
  constructor(ownerDied: boolean, unlock: (guard: LockGuard) => void) {
    this.ownerDied = ownerDied;
    this.#unlock = unlock;
  }

  /**
   * Gives the lock free. Does nothing at a second call, or where the lock itself was unlocked.
   *
   * @throws {TypeError} If the calling thread has lost the lock, as one that was said to have died has.
   */
  unlock(): void {
    const unlock = this.#unlock;
    this.#unlock = undefined;
    unlock?.(this);
  }

  /** As {@link unlock}. */
  [Symbol.dispose](): void {
    this.unlock();
  }
}

/** Calls a function while a guard holds a lock, and unlocks it when the function returns or throws. */
export function callHolding<Result>(
  guard: LockGuard,
  action: (guard: LockGuard) => Result,
): Result {
  try {
    return action(guard);
  } finally {
    guard.unlock();
  }
}

/** As {@link callHolding}, until the function's promise settles. */
export async function callHoldingAsync<Result>(
  guard: LockGuard,
  action: (guard: LockGuard) => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await action(guard);
  } finally {
    guard.unlock();
  }
}
