/** Which shard of a worker is worked on, and which one waits for its turn. */
import { afterEach, expect, test, vi } from "vitest";
import type { Runner } from "../src/bullmq/runner.ts";
import { Turns } from "../src/bullmq/turns.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Turns cannot tell runners apart by what they do. */
function runner(): Runner {
  const none = () => Promise.reject(new Error("not called"));
  return { run: none, merge: none, close: () => Promise.resolve() };
}

const never = new AbortController().signal;

test("Turns.take() gives runners in the order in which they are asked for", async () => {
  const [one, two] = [runner(), runner()];
  const turns = new Turns([one, two]);
  const taken = [await turns.take(never, 1e6), await turns.take(never, 1e6)];
  expect(new Set(taken)).toEqual(new Set([one, two]));
  const third = turns.take(never, 1e6);
  const fourth = turns.take(never, 1e6);
  turns.give(two);
  turns.give(one);
  expect(await third).toBe(two);
  expect(await fourth).toBe(one);
});

test("Turns.take() gives up when its time is over, and no runner is lost by that", async () => {
  vi.useFakeTimers();
  const one = runner();
  const turns = new Turns([one]);
  await turns.take(never, 500);
  const late = turns.take(never, 500);
  const patient = turns.take(never, 501);
  vi.advanceTimersByTime(500);
  expect(await late).toBeUndefined();
  turns.give(one);
  expect(await patient).toBe(one);
  expect(vi.getTimerCount()).toBe(0);
  turns.give(one);
  expect(await turns.take(never, 0)).toBe(one);
});

test("Turns.take() ends with the lease, and leaves its place to the next", async () => {
  const one = runner();
  const turns = new Turns([one]);
  await turns.take(never, 1e6);
  const lease = new AbortController();
  const lost = turns.take(lease.signal, 1e6);
  const next = turns.take(never, 1e6);
  lease.abort(new Error("lost"));
  await expect(lost).rejects.toThrow("lost");
  turns.give(one);
  expect(await next).toBe(one);
  turns.give(one);
  // A free runner is not taken by what is over.
  await expect(turns.take(lease.signal, 1e6)).rejects.toThrow("lost");
  expect(await turns.take(never, 1e6)).toBe(one);
});
