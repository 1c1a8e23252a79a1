import { afterEach, expect, test } from "vitest";
import { LockOwners } from "../src/memory/locks/owners.ts";
import { StripedLock } from "../src/memory/locks/striped_lock.ts";
import { endThreads, startThread } from "./lock_threads.ts";

afterEach(endThreads);

function makeCells(count = 4096): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

/** The same locks as each of two owners sees them. */
function makeLocks(stripes: number) {
  const cells = makeCells();
  const owners = new LockOwners(cells, 2048);
  const make = () =>
    new StripedLock(cells, 1, { stripes, owner: owners.join() });
  return { cells, owners, first: make(), second: make() };
}

/** Two records with one stripe, and one with another. */
function recordsOf(locks: StripedLock): [number, number, number] {
  const stripe = locks.stripeOf(0);
  let same = 1, other = 1;
  while (locks.stripeOf(same) !== stripe) same++;
  while (locks.stripeOf(other) === stripe) other++;
  return [0, same, other];
}

test("StripedLock refuses counts of stripes that are no power of two, and too few cells", () => {
  for (const stripes of [0, -2, 3, 1.5, 2 ** 21, Number.NaN, Infinity]) {
    const text =
      `Cannot make a StripedLock as its stripes must be a power of two from 1 to 1048576: received ${stripes}`;
    expect(() => StripedLock.cellCount(stripes)).toThrow(new RangeError(text));
    expect(() => new StripedLock(makeCells(), 0, { stripes })).toThrow(text);
  }
  expect(StripedLock.cellCount(4)).toBe(64);
  expect(new StripedLock(makeCells(1024)).stripes).toBe(64);
  expect(() => new StripedLock(makeCells(1024), 1)).toThrow(RangeError);
});

test("StripedLock.stripeOf() never changes: files hold locks", () => {
  const locks = new StripedLock(makeCells(), 0, { stripes: 64 });
  const records = [0, 1, 2, 3, 1000, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
  expect(records.map((record) => locks.stripeOf(record))).toEqual([
    0,
    39,
    15,
    54,
    2,
    32,
    36,
    5,
  ]);
  const one = new StripedLock(makeCells(), 0, { stripes: 1 });
  expect(records.map((record) => one.stripeOf(record))).toEqual(
    records.map(() => 0),
  );
});

test("StripedLock.stripeOf() spreads neighbours and every 2^n-th record over all stripes", () => {
  const locks = new StripedLock(makeCells(), 0, { stripes: 64 });
  for (const apart of [1, 2, 64, 4096, 2 ** 20, 2 ** 32]) {
    const counts = new Uint32Array(64);
    for (let i = 0; i < 6400; i++) {
      counts[locks.stripeOf(7 + i * apart)]! += 1;
    }
    expect(Math.min(...counts), `${apart} apart`).toBeGreaterThan(50);
    expect(Math.max(...counts), `${apart} apart`).toBeLessThan(200);
  }
});

test("StripedLock refuses records that are no index", () => {
  const locks = new StripedLock(makeCells());
  for (const record of [-1, 0.5, 2 ** 53, Number.NaN]) {
    const error = new RangeError(
      `Cannot lock a record as its index must be an integer from 0 to 2**53 - 1: received ${record}`,
    );
    expect(() => locks.lock(record)).toThrow(error);
    expect(() => locks.lockAll([1, record])).toThrow(error);
  }
  expect(locks.isHeld(1)).toBe(false);
});

test("StripedLock.lock() keeps others from records of one stripe, and from no other", () => {
  const { first, second } = makeLocks(4);
  const [record, same, other] = recordsOf(first);
  const guard = first.lock(record);
  expect([first.isHeld(same), first.isHeld(other)]).toEqual([true, false]);
  expect(second.tryLock(same)).toBeUndefined();
  expect(second.tryLock(other)?.ownerDied).toBe(false);
  second.unlock(other);
  guard.unlock();
  expect(second.withLock(same, () => second.isHeld(record))).toBe(true);
  expect(() => second.unlock(same)).toThrow(TypeError);
});

test("StripedLock.lockAsync() and withLockAsync() wait for the record", async () => {
  const { first, second } = makeLocks(4);
  first.lock(5);
  const guard = second.lockAsync(5);
  first.unlock(5);
  (await guard).unlock();
  expect(await second.withLockAsync(5, () => second.isHeld(5))).toBe(true);
  expect(second.isHeld(5)).toBe(false);
});

test("StripedLock uses its own cells only", () => {
  const cells = makeCells(100);
  const locks = new StripedLock(cells, 20, { stripes: 4 });
  const guard = locks.lockAll(Array.from({ length: 50 }, (_, i) => i));
  const held = [...cells.keys()].filter((index) => cells[index] !== 0);
  expect(held).toEqual([20, 36, 52, 68]);
  guard.unlock();
  expect(cells.every((cell) => cell === 0)).toBe(true);
});

test("StripedLock.lockAll() takes each stripe once, whatever the records", async () => {
  const { first, second } = makeLocks(4);
  const [record, same, other] = recordsOf(first);
  const guard = first.lockAll([other, same, record, same, other]);
  expect(second.tryLock(record)).toBeUndefined();
  expect(second.tryLock(other)).toBeUndefined();
  guard.unlock();
  guard.unlock();
  const again = await second.lockAllAsync([record, other]);
  expect(again.ownerDied).toBe(false);
  expect(first.tryLock(same)).toBeUndefined();
  again.unlock();
  first.lockAll([]).unlock();
});

test("StripedLock.lockAll() holds nothing when it does not get all", async () => {
  const { first, second } = makeLocks(4);
  const [record, , other] = recordsOf(first);
  for (const taken of [record, other]) {
    const guard = first.lock(taken);
    const all = [record, other];
    const options = { timeoutMs: 0 };
    const isLocked = expect.objectContaining({ code: "ERR_LOCKED" });
    expect(() => second.lockAll(all, options)).toThrow(isLocked);
    await expect(second.lockAllAsync(all, options)).rejects.toEqual(isLocked);
    expect([second.isHeld(record), second.isHeld(other)]).toEqual([
      false,
      false,
    ]);
    guard.unlock();
  }
});

test("StripedLock.lockAll() tells of an owner that died with one of the stripes", () => {
  const { cells, owners, first } = makeLocks(4);
  const [record, , other] = recordsOf(first);
  const dead = owners.join();
  new StripedLock(cells, 1, { stripes: 4, owner: dead }).lock(other);
  owners.markDead(dead.id);
  expect(first.lockAll([record, other]).ownerDied).toBe(true);
});

test("StripedLock.lockAll() lets threads change several records at a time, in any order", async () => {
  const cells = makeCells();
  const accounts = 40;
  cells.fill(100, 0, accounts);
  const threads = await Promise.all([1, 2, 3].map(startThread));
  await Promise.all(
    threads.map((thread, seed) =>
      thread.ask("transfer", {
        cells,
        index: 64,
        accounts,
        times: 5000,
        seed: seed + 1,
      })
    ),
  );
  const sum = cells.subarray(0, accounts).reduce((all, one) => all + one, 0);
  expect(sum).toBe(100 * accounts);
  expect(cells.subarray(0, accounts).some((one) => one !== 100)).toBe(true);
});
