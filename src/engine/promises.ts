/**
 * Promises that end early, or soon.
 *
 * @module
 */

/** Follows `promise`, but rejects with the signal's reason as soon as there is one. */
export async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  // Whoever comes late has no listener any more.
  promise.catch(() => {});
  signal.throwIfAborted();
  let onAbort = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Waits so many milliseconds. @throws The reason of `signal`, as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await abortable(over, signal).finally(() => clearTimeout(timer));
}

/** @returns Whether `promise` settled, either way, within `ms` milliseconds. */
export async function settlesWithin(
  promise: Promise<unknown>,
  ms: number,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = promise.then(() => true as const, () => true as const);
  const result = await Promise.race([settled, late]);
  clearTimeout(timer);
  return result;
}

/**
 * Lets signals, timers and messages have their turn: returns once round the event loop.
 *
 * @throws The reason of `signal`, if it is aborted by then.
 */
export async function nextTurn(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
