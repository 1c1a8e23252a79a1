/**
 * A thread that spins for as long as it is told to and says how many rounds it did.
 *
 * @module
 */
import { parentPort } from "node:worker_threads";

/** Some microseconds, so that asking for the time costs little beside it. */
const STEPS = 20_000;

parentPort?.on("message", (durationMs: number) => {
  const end = performance.now() + durationMs;
  let rounds = 0;
  let state = 1;
  while (performance.now() < end) {
    for (let i = 0; i < STEPS; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
    }
    rounds++;
  }
  // The state is used, so that no compiler drops the loop.
  parentPort?.postMessage(state === 0 ? rounds + 1 : rounds);
});
