import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { sharedBuffer } from "../src/memory/arena.ts";
import { LockOwners } from "../src/memory/locks/owners.ts";
import { RwLock } from "../src/memory/locks/rw_lock.ts";
import { Mapper } from "../src/memory/mapping.ts";
import { loadLibc } from "../src/platform/platform.ts";
import {
  endThreads,
  killProcesses,
  startProcess,
  startThread,
} from "./lock_threads.ts";
import { RUNTIMES } from "./runtimes.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  vi.restoreAllMocks();
  killProcesses();
  await endThreads();
});
afterAll(() => removeFolder(folder));

function makeCells(count = 4096): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

interface Party {
  readonly owners: LockOwners;
  readonly cells: Int32Array<SharedArrayBuffer>;
  /** Says that whoever sees the lock by `lock` has died. */
  kill(lock: RwLock): void;
}

/** The same lock as each of four owners sees it. */
function makeLocks(
  options: { readers?: number } = {},
): Party & { locks: [RwLock, RwLock, RwLock, RwLock] } {
  const cells = makeCells();
  const owners = new LockOwners(cells, 2048);
  const ids = new Map<RwLock, number>();
  const make = () => {
    const owner = owners.join();
    const lock = new RwLock(cells, 3, { ...options, owner });
    ids.set(lock, owner.id);
    return lock;
  };
  return {
    owners,
    cells,
    locks: [make(), make(), make(), make()],
    kill: (lock) => owners.markDead(ids.get(lock)!),
  };
}

/** Lets promises settle that can. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

const isLocked = expect.objectContaining({ code: "ERR_LOCKED" });

test("RwLock refuses counts of readers, and cells that cannot hold it", () => {
  for (const readers of [0, -1, 1025, 1.5, Number.NaN]) {
    const text =
      `Cannot make a RwLock as its readers must be an integer from 1 to 1024: received ${readers}`;
    expect(() => RwLock.cellCount(readers)).toThrow(new RangeError(text));
    expect(() => new RwLock(makeCells(), 0, { readers })).toThrow(text);
  }
  expect([RwLock.cellCount(), RwLock.cellCount(5)]).toEqual([32, 6]);
  expect(() => new RwLock(makeCells(32), 1)).toThrow(RangeError);
  expect(() => new RwLock([0] as never)).toThrow(TypeError);
});

test("RwLock writes in its own cells only, and leaves them 0", () => {
  const cells = makeCells(10);
  const lock = new RwLock(cells, 2, { readers: 4 });
  cells.fill(-1, 0, 2);
  cells.fill(-1, 7);
  const guard = lock.lockRead();
  expect(lock.held).toBe("read");
  guard.unlock();
  lock.lockWrite();
  expect(lock.held).toBe("write");
  lock.unlock();
  expect(lock.held).toBeUndefined();
  expect([...cells]).toEqual([-1, -1, 0, 0, 0, 0, 0, -1, -1, -1]);
});

test("RwLock lets readers in together, and a writer alone", () => {
  const { locks: [a, b, writer, other] } = makeLocks();
  a.lockRead();
  expect(b.tryLockRead()?.ownerDied).toBe(false);
  expect(writer.tryLockWrite()).toBeUndefined();
  a.unlock();
  expect(writer.tryLockWrite()).toBeUndefined();
  // A writer that gave up keeps nobody out.
  expect(other.tryLockRead()).toBeDefined();
  other.unlock();
  b.unlock();
  expect(writer.tryLockWrite()?.ownerDied).toBe(false);
  expect(a.tryLockRead()).toBeUndefined();
  expect(other.tryLockWrite()).toBeUndefined();
  writer.unlock();
  expect(a.tryLockRead()).toBeDefined();
});

test("RwLock.lockWrite() comes before readers that ask later", async () => {
  const { locks: [a, b, writer, late] } = makeLocks();
  a.lockRead();
  b.lockRead();
  const writing = writer.lockWriteAsync();
  expect(late.tryLockRead()).toBeUndefined();
  const reading = late.lockReadAsync();
  a.unlock();
  await eventLoopTurn();
  expect([writer.held, late.held]).toEqual(["write", undefined]);
  // The gate is the writer's already; it has the lock when the last reader is gone.
  let written = false;
  void writing.then(() => written = true);
  await eventLoopTurn();
  expect(written).toBe(false);
  b.unlock();
  expect((await writing).ownerDied).toBe(false);
  expect(late.held).toBeUndefined();
  writer.unlock();
  expect((await reading).ownerDied).toBe(false);
  expect(late.held).toBe("read");
});

test("RwLock.unlock() wakes the writer that waits for a reader, and all that wait for a writer", async () => {
  const { locks: [a, b, writer, late], cells } = makeLocks();
  const notify = vi.spyOn(Atomics, "notify");
  a.lockRead();
  b.lockRead();
  b.unlock();
  expect(notify).not.toHaveBeenCalled();
  const writing = writer.lockWriteAsync();
  a.unlock();
  expect(notify).toHaveBeenCalledTimes(1);
  expect(notify.mock.calls[0]?.[0]).toBe(cells);
  await writing;
  const reading = [a.lockReadAsync(), late.lockReadAsync()];
  writer.unlock();
  expect(notify.mock.calls.slice(1)).toEqual([[cells, 3, Infinity]]);
  await Promise.all(reading);
});

test("RwLock throws TypeError where the thread would wait for itself", () => {
  const { locks: [lock] } = makeLocks();
  const error = new TypeError(
    "Cannot lock a RwLock as the calling thread must not hold it already",
  );
  for (const hold of ["lockRead", "lockWrite"] as const) {
    lock[hold]();
    expect(() => lock.lockRead()).toThrow(error);
    expect(() => lock.lockWrite({ timeoutMs: 0 })).toThrow(error);
    expect(() => lock.tryLockRead()).toThrow(error);
    expect(() => lock.tryLockWrite()).toThrow(error);
    lock.unlock();
  }
});

test("RwLock.unlock() throws TypeError where the thread does not hold the lock", () => {
  const { locks: [lock, other] } = makeLocks();
  const text = "Cannot unlock a RwLock as the calling thread must hold it: ";
  expect(() => lock.unlock()).toThrow(new TypeError(`${text}nobody does`));
  other.lockRead();
  expect(() => lock.unlock()).toThrow(new TypeError(`${text}nobody does`));
  other.unlock();
  other.lockWrite();
  expect(() => lock.unlock()).toThrow(/owner \d+ does$/);
  expect(other.held).toBe("write");
});

test("RwLock: guards unlock once, and what they hold only", () => {
  const { locks: [lock, other] } = makeLocks();
  const reading = lock.lockRead();
  reading.unlock();
  const writing = lock.lockWrite();
  reading.unlock();
  expect(lock.held).toBe("write");
  lock.unlock();
  other.lockWrite();
  writing.unlock();
  expect(other.held).toBe("write");
});

test("RwLock.withReadLock() and withWriteLock() unlock when the function throws", async () => {
  const lock = new RwLock(makeCells());
  const fail = () => {
    throw new Error("boom");
  };
  expect(lock.withReadLock(() => lock.held)).toBe("read");
  expect(lock.withWriteLock(() => lock.held)).toBe("write");
  expect(() => lock.withReadLock(fail)).toThrow("boom");
  expect(() => lock.withWriteLock(fail)).toThrow("boom");
  await expect(lock.withReadLockAsync(fail)).rejects.toThrow("boom");
  await expect(lock.withWriteLockAsync(fail)).rejects.toThrow("boom");
  expect(lock.held).toBeUndefined();
  const later = () => eventLoopTurn().then(() => lock.held);
  expect(await lock.withReadLockAsync(later)).toBe("read");
  expect(await lock.withWriteLockAsync(later)).toBe("write");
  expect(lock.held).toBeUndefined();
});

test("RwLock throws ERR_LOCKED when the lock does not become free in time", async () => {
  const { locks: [lock, other] } = makeLocks();
  for (const timeoutMs of [0, 3]) {
    other.lockRead();
    expect(() => lock.lockWrite({ timeoutMs })).toThrow(isLocked);
    await expect(lock.lockWriteAsync({ timeoutMs })).rejects.toEqual(isLocked);
    expect(lock.held).toBeUndefined();
    other.unlock();
    other.lockWrite();
    expect(() => lock.lockRead({ timeoutMs })).toThrow(isLocked);
    expect(() => lock.lockWrite({ timeoutMs })).toThrow(isLocked);
    await expect(lock.lockReadAsync({ timeoutMs })).rejects.toEqual(isLocked);
    other.unlock();
    expect(lock.lockWrite({ timeoutMs }).ownerDied).toBe(false);
    lock.unlock();
  }
  expect(() => lock.lockRead({ timeoutMs: -1 })).toThrow(RangeError);
  expect(() => lock.lockWrite({ timeoutMs: Number.NaN })).toThrow(RangeError);
});

test("RwLock lets tasks of one thread read together, and write in turns", async () => {
  const lock = new RwLock(makeCells());
  let inside = 0, most = 0;
  const task = async () => {
    most = Math.max(most, ++inside);
    await eventLoopTurn();
    inside--;
  };
  await Promise.all([1, 2, 3].map(() => lock.withReadLockAsync(task)));
  expect([most, lock.held]).toEqual([3, undefined]);
  most = 0;
  await Promise.all([1, 2, 3].map(() => lock.withWriteLockAsync(task)));
  expect([most, lock.held]).toEqual([1, undefined]);
});

test("RwLock.lockReadAsync() waits for a place when all are taken", async () => {
  const { locks: [a, b, late, writer] } = makeLocks({ readers: 2 });
  a.lockRead();
  b.lockRead();
  expect(late.tryLockRead()).toBeUndefined();
  expect(() => late.lockRead({ timeoutMs: 2 })).toThrow(isLocked);
  const reading = late.lockReadAsync();
  await eventLoopTurn();
  expect(late.held).toBeUndefined();
  b.unlock();
  await reading;
  expect([a.held, late.held]).toEqual(["read", "read"]);
  expect(writer.tryLockWrite()).toBeUndefined();
});

test("RwLock clears readers away that died, for writers and for readers without a place", () => {
  const { locks: [a, b, lock, other], kill } = makeLocks({ readers: 2 });
  a.lockRead();
  b.lockRead();
  kill(b);
  expect(lock.tryLockRead()?.ownerDied).toBe(false);
  kill(a);
  expect(other.tryLockWrite()).toBeUndefined();
  lock.unlock();
  expect(other.lockWrite().ownerDied).toBe(false);
  expect(() => a.unlock()).toThrow(TypeError);
});

test("RwLock.lockWrite() waits for the reader that is alive among those that died", async () => {
  const { locks: [a, b, c, writer], kill } = makeLocks();
  for (const reader of [a, b, c]) reader.lockRead();
  kill(a);
  kill(c);
  expect(() => writer.lockWrite({ timeoutMs: 0 })).toThrow(isLocked);
  const writing = writer.lockWriteAsync();
  await eventLoopTurn();
  b.unlock();
  expect((await writing).ownerDied).toBe(false);
});

test("RwLock tells all readers of a writer that died, until another one has written", () => {
  const { locks: [dead, a, b, writer], kill } = makeLocks();
  const lost = dead.lockWrite();
  kill(dead);
  expect(a.lockRead().ownerDied).toBe(true);
  expect(b.tryLockRead()?.ownerDied).toBe(true);
  a.unlock();
  // Known by now, so without a wait.
  expect(a.lockRead({ timeoutMs: 0 }).ownerDied).toBe(true);
  expect(writer.tryLockWrite()).toBeUndefined();
  a.unlock();
  b.unlock();
  expect(writer.lockWrite().ownerDied).toBe(true);
  expect(a.tryLockRead()).toBeUndefined();
  writer.unlock();
  expect(a.lockRead().ownerDied).toBe(false);
  expect(() => lost.unlock()).toThrow(TypeError);
});

test("RwLock tells the next writer, too, when one gave up before it got the lock", async () => {
  const { locks: [dead, reader, impatient, writer], kill } = makeLocks();
  dead.lockWrite();
  kill(dead);
  reader.lockRead();
  expect(impatient.tryLockWrite()).toBeUndefined();
  expect(() => impatient.lockWrite({ timeoutMs: 0 })).toThrow(isLocked);
  await expect(impatient.lockWriteAsync({ timeoutMs: 0 })).rejects.toEqual(
    isLocked,
  );
  reader.unlock();
  expect(writer.tryLockWrite()?.ownerDied).toBe(true);
});

test("RwLock.lockWrite() says so again when the writer that took over dies, too", () => {
  const { locks: [first, second, writer], kill } = makeLocks();
  for (const dying of [first, second]) {
    dying.lockWrite();
    kill(dying);
  }
  expect(writer.lockWrite().ownerDied).toBe(true);
});

test("RwLock shows threads that read what no thread is in the middle of writing", async () => {
  const cells = makeCells();
  const times = 3000;
  const task = { cells, left: 100, right: 101 };
  const threads = await Promise.all([1, 2, 3, 4].map(startThread));
  const [reads, moreReads, writes, moreWrites] = await Promise.all([
    threads[0]!.ask("read", { ...task, times: 2 * times }),
    threads[1]!.ask("read", { ...task, times: 2 * times }),
    threads[2]!.ask("write", { ...task, times }),
    threads[3]!.ask("write", { ...task, times }),
  ]);
  expect([cells[100], cells[101]]).toEqual([2 * times, 2 * times]);
  for (const one of [reads, moreReads, writes, moreWrites]) {
    expect(one).toMatchObject({ torn: 0 });
  }
  expect(cells.subarray(0, 32).every((cell) => cell === 0)).toBe(true);
});

test("RwLock goes on when threads are ended that read or write", async () => {
  const cells = makeCells();
  const lock = new RwLock(cells);
  const reader = await startThread();
  await reader.ask("lockRead", { cells });
  expect(lock.tryLockWrite()).toBeUndefined();
  await reader.end();
  expect(lock.lockWrite().ownerDied).toBe(false);
  lock.unlock();
  const writer = await startThread();
  await writer.ask("lockWrite", { cells });
  expect(lock.tryLockRead()).toBeUndefined();
  await writer.end();
  expect(lock.lockRead().ownerDied).toBe(true);
  lock.unlock();
  expect(lock.lockWrite().ownerDied).toBe(true);
});

for (const one of RUNTIMES) {
  test(`RwLock goes on when a process of ${one.name} is killed that reads or writes`, async () => {
    const path = join(folder, one.name);
    fs.writeFileSync(path, new Uint8Array(4096));
    const memory = new WebAssembly.Memory({
      initial: 2,
      maximum: 2,
      shared: true,
    });
    const buffer = sharedBuffer(memory);
    const fd = fs.openSync(path, "r+");
    new Mapper(await loadLibc(), buffer).map(
      { byteOffset: 65_536, byteLength: 4096 },
      { fd, offset: 0, access: "write", file: path },
    );
    const lock = new RwLock(new Int32Array(buffer, 65_536, 1024));
    const reader = await startProcess(one, path, "read");
    expect(lock.tryLockWrite()).toBeUndefined();
    expect(lock.withReadLock((guard) => guard.ownerDied)).toBe(false);
    reader.kill();
    expect(lock.withWriteLock((guard) => guard.ownerDied)).toBe(false);
    const writer = await startProcess(one, path, "write");
    expect(lock.tryLockRead()).toBeUndefined();
    writer.kill();
    expect(lock.withReadLock((guard) => guard.ownerDied)).toBe(true);
    expect(lock.withWriteLock((guard) => guard.ownerDied)).toBe(true);
    expect(lock.withReadLock((guard) => guard.ownerDied)).toBe(false);
  });
}
