import { afterEach, expect, test, vi } from "vitest";
import { Mutex } from "../src/memory/locks/mutex.ts";
import { LockOwners, threadOwner } from "../src/memory/locks/owners.ts";
import { currentThread, hasThreadEnded } from "../src/platform/threads.ts";
import { endThreads, PATIENCE, startThread } from "./lock_threads.ts";

afterEach(endThreads);

function makeCells(count = 256): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

type Thread = { number: number; stamp: number };

test("currentThread() tells threads apart, and the same thread the same", async () => {
  const workers = await Promise.all([1, 2].map(startThread));
  const threads = await Promise.all(
    workers.map((worker) => worker.ask("thread")),
  ) as Thread[];
  const own = currentThread()!;
  expect(currentThread()).toEqual(own);
  const numbers = [own, ...threads].map(({ number }) => number);
  expect(new Set(numbers).size).toBe(3);
  expect(numbers.every((number) => number > 0 && number < 2 ** 22)).toBe(true);
  expect(own.stamp).toBeGreaterThanOrEqual(0);
  expect(own.stamp).toBeLessThan(256);
});

test("hasThreadEnded() is true for a thread that has, and for one whose number another has now", async () => {
  const worker = await startThread();
  const thread = await worker.ask("thread") as Thread;
  expect(hasThreadEnded(currentThread()!)).toBe(false);
  expect(hasThreadEnded(thread)).toBe(false);
  expect(hasThreadEnded({ ...thread, stamp: thread.stamp ^ 1 })).toBe(true);
  await worker.end();
  // Deno says that it has ended when it has been told to.
  await vi.waitUntil(() => hasThreadEnded(thread), PATIENCE);
  expect(hasThreadEnded({ number: 2 ** 22 - 1, stamp: 0 })).toBe(true);
});

test("threadOwner() is one owner for a thread, alive as long as it is", async () => {
  const worker = await startThread();
  const cells = makeCells();
  await worker.ask("lock", { cells });
  const { holder } = new Mutex(cells);
  const own = threadOwner();
  expect(threadOwner()).toBe(own);
  expect(own.id).toBeGreaterThan(0);
  expect(holder).not.toBe(own.id);
  expect([own.isAlive(own.id), own.isAlive(holder)]).toEqual([true, true]);
  await worker.end();
  await vi.waitUntil(() => !own.isAlive(holder), PATIENCE);
  expect(own.isAlive(holder)).toBe(false);
  expect(own.isAlive(own.id)).toBe(true);
});

test("threadOwner() takes numbers of tables and random ones for alive", () => {
  const other = new LockOwners(makeCells()).join();
  expect(threadOwner().isAlive(other.id)).toBe(true);
  expect(threadOwner().isAlive(12_345)).toBe(true);
});

test("LockOwners refuses cells and capacities that cannot hold a table", () => {
  for (const capacity of [0, -1, 1025, 1.5, Number.NaN]) {
    const text =
      `Cannot lay out owners of locks as their capacity must be an integer from 1 to 1024: received ${capacity}`;
    expect(() => LockOwners.cellCount(capacity)).toThrow(new RangeError(text));
    expect(() => new LockOwners(makeCells(), 0, { capacity })).toThrow(text);
  }
  const cells = makeCells(10);
  expect(() => new LockOwners(cells, 3, { capacity: 4 })).toThrow(RangeError);
  expect(new LockOwners(cells, 2, { capacity: 4 }).capacity).toBe(4);
  expect(LockOwners.cellCount(4)).toBe(8);
  expect(new LockOwners(makeCells(), 0).capacity).toBe(64);
});

test("LockOwners.join() gives each owner a number of its own until all places are taken", () => {
  const cells = makeCells();
  const owners = new LockOwners(cells, 5, { capacity: 3 });
  const ids = [owners.join(), owners.join(), owners.join()].map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
  expect(ids.every((id) => id > 0 && id < 2 ** 31)).toBe(true);
  expect(() => owners.join()).toThrow(
    expect.objectContaining({
      code: "ERR_LOCKED",
      message: "all 3 places for owners of locks are taken",
    }),
  );
  expect(cells.subarray(0, 5).every((cell) => cell === 0)).toBe(true);
  expect(cells.subarray(11).every((cell) => cell === 0)).toBe(true);
});

test("LockOwners.markDead() gives the place free, and the number to nobody else", () => {
  const owners = new LockOwners(makeCells(), 0, { capacity: 1 });
  const seen = new Set<number>();
  for (let turn = 0; turn < 100; turn++) {
    const owner = owners.join();
    expect(owner.isAlive(owner.id)).toBe(true);
    for (const old of seen) expect(owners.isAlive(old)).toBe(false);
    seen.add(owner.id);
    owners.markDead(owner.id);
    expect(owner.isAlive(owner.id)).toBe(false);
  }
  expect(seen.size).toBe(100);
  const last = owners.join();
  for (const old of seen) owners.markDead(old);
  expect(last.isAlive(last.id)).toBe(true);
});

test("LockOwners.markDead() does nothing for numbers that are in no place", () => {
  const owners = new LockOwners(makeCells(), 0, { capacity: 2 });
  const owner = owners.join();
  const larger = new LockOwners(makeCells(), 0, { capacity: 3 });
  const [, , elsewhere] = [1, 2, 3].map(() => larger.assign());
  for (const id of [0, 1, threadOwner().id, elsewhere!]) owners.markDead(id);
  expect(owner.isAlive(owner.id)).toBe(true);
  expect(owner.isAlive(elsewhere!)).toBe(true);
  expect(owner.isAlive(threadOwner().id)).toBe(true);
});

test("LockOwners.adopt() refuses numbers that were not assigned, or are dead", () => {
  const owners = new LockOwners(makeCells(), 0, { capacity: 2 });
  const id = owners.assign();
  expect(owners.adopt(id).id).toBe(id);
  owners.markDead(id);
  for (const wrong of [id, 0, -1, 77, threadOwner().id, id + 1]) {
    const text =
      `Cannot adopt an owner of locks as its number must be one that was assigned: received ${wrong}`;
    expect(() => owners.adopt(wrong)).toThrow(new RangeError(text));
  }
});

test("LockOwners.isAlive() and join() know that a thread with a place has ended", async () => {
  const cells = makeCells();
  const table = { cells, index: 10, capacity: 1 };
  const owners = new LockOwners(cells, 10, { capacity: 1 });
  const worker = await startThread();
  const id = await worker.ask("join", table) as number;
  expect(owners.isAlive(id)).toBe(true);
  expect(() => owners.join()).toThrow("all 1 places");
  await worker.end();
  while (owners.isAlive(id));
  const owner = owners.join();
  expect(owner.id).not.toBe(id);
  expect([owner.isAlive(id), owner.isAlive(owner.id)]).toEqual([false, true]);
});

test("LockOwners.isAlive() knows that a thread without a place has ended, and one that assigned places", async () => {
  const cells = makeCells();
  const owner = new LockOwners(cells, 10).join();
  const worker = await startThread();
  await worker.ask("lock", { cells });
  const { holder } = new Mutex(cells);
  const assigned = await worker.ask("assign", { cells, index: 10 }) as number;
  expect([holder, assigned].map(owner.isAlive)).toEqual([true, true]);
  await worker.end();
  while (owner.isAlive(holder));
  expect([holder, assigned].map(owner.isAlive)).toEqual([false, false]);
});

test("LockOwners.join() of several threads gives each place to one of them", async () => {
  const cells = makeCells();
  const task = { cells, index: 100, capacity: 8, times: 20_000 };
  const threads = await Promise.all([1, 2, 3].map(startThread));
  const shared = threads.map((thread) => thread.ask("joinOften", task));
  expect(await Promise.all(shared)).toEqual([0, 0, 0]);
});

test("LockOwners.assign() counts an owner as alive that has not come up yet", async () => {
  const cells = makeCells();
  const owners = new LockOwners(cells, 10);
  const id = owners.assign();
  expect(owners.isAlive(id)).toBe(true);
  const worker = await startThread();
  await worker.ask("lockAs", { cells, id, index: 10 });
  expect(new Mutex(cells).holder).toBe(id);
  expect(owners.isAlive(id)).toBe(true);
  await worker.end();
  while (owners.isAlive(id));
});

test("Mutex.lock() takes over from a thread that cannot end, as it waits for ever, when it is marked dead", async () => {
  const cells = makeCells();
  const owners = new LockOwners(cells, 10);
  const id = owners.assign();
  const worker = await startThread();
  const task = { cells, id, index: 10, then: "wait" };
  expect(await worker.ask("lockAs", task)).toBe(false);
  const mutex = new Mutex(cells, 0, { owner: owners.join() });
  expect(mutex.tryLock()).toBeUndefined();
  owners.markDead(id);
  expect(mutex.lock().ownerDied).toBe(true);
});
