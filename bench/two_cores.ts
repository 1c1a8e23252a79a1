/**
 * Are two cores really there? Virtual ones sometimes get no more than 0.9 to 1.7 real ones, and a
 * neighbour's work takes its share; no counter of the system shows either.
 *
 * @module
 */
import { setTimeout } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { CORES_MIN } from "./report.ts";

/** How long threads spin. Below 50 ms the scheduler's slices show. */
const SPIN_MS = 120;

/** How often to look for cores that are missing, with a pause in which a neighbour may finish. */
const TRIES = 6;
const PAUSE_MS = 1000;

/** Most that one thread alone ever did in {@link SPIN_MS}: what a whole core is worth. */
let aloneMost = 0;

/**
 * Lets one thread spin, then two, and compares what they get done.
 *
 * @returns 2 if both have a core each, 1 if they share one. The best of {@link TRIES}, or the first
 * that is enough.
 */
export async function countCores(): Promise<number> {
  const spinners = [startSpinner(), startSpinner()] as const;
  try {
    await spinBoth(spinners);
    let togetherMost = 0;
    for (let i = 0; i < TRIES; i++) {
      if (i > 0) await setTimeout(PAUSE_MS);
      for (const { spin } of spinners) {
        aloneMost = Math.max(aloneMost, await spin(SPIN_MS));
      }
      togetherMost = Math.max(togetherMost, await spinBoth(spinners));
      if (togetherMost >= CORES_MIN * aloneMost) break;
    }
    return togetherMost / aloneMost;
  } finally {
    await Promise.all(spinners.map((spinner) => spinner.stop()));
  }
}

async function spinBoth(
  [left, right]: readonly [Spinner, Spinner],
): Promise<number> {
  const rounds = await Promise.all([left.spin(SPIN_MS), right.spin(SPIN_MS)]);
  return rounds[0] + rounds[1];
}

interface Spinner {
  /** @returns How many rounds it did in so many milliseconds. */
  spin(durationMs: number): Promise<number>;
  stop(): Promise<unknown>;
}

function startSpinner(): Spinner {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const url = new URL(`./spin_worker.${ending}`, import.meta.url);
  const worker = new Worker(url, { execArgv: [] });
  return {
    spin: (durationMs) =>
      new Promise((resolve, reject) => {
        worker.once("error", reject);
        worker.once("message", (rounds: number) => {
          worker.off("error", reject);
          resolve(rounds);
        });
        worker.postMessage(durationMs);
      }),
    stop: () => worker.terminate(),
  };
}
