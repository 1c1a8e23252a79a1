import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { sharedBuffer } from "../src/memory/arena.ts";
import { Mutex } from "../src/memory/locks/mutex.ts";
import {
  type LockOwner,
  LockOwners,
  threadOwner,
} from "../src/memory/locks/owners.ts";
import { Mapper } from "../src/memory/mapping.ts";
import { loadLibc } from "../src/platform/platform.ts";
import {
  endThreads,
  killProcesses,
  PATIENCE,
  startProcess,
  startThread,
} from "./lock_threads.ts";
import { RUNTIMES } from "./runtimes.ts";
import { removeFolder, runtime, temporaryFolder } from "./temporary.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  killProcesses();
  await endThreads();
});
afterAll(() => removeFolder(folder));

function makeCells(count = 4096): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * count));
}

/** A table of owners far behind the lock, and several of them, all of this thread. */
function makeOwners(
  cells: Int32Array<SharedArrayBuffer>,
  count: number,
): { owners: LockOwners; each: LockOwner[] } {
  const owners = new LockOwners(cells, 2048);
  return { owners, each: Array.from({ length: count }, () => owners.join()) };
}

/** The same mutex as each of several owners sees it. */
function makeMutexes(count: number): { owners: LockOwners; mutexes: Mutex[] } {
  const cells = makeCells();
  const { owners, each } = makeOwners(cells, count);
  return {
    owners,
    mutexes: each.map((owner) => new Mutex(cells, 7, { owner })),
  };
}

/** The number of a mutex's owner, when it holds it. */
function idOf(mutex: Mutex): number {
  expect(mutex.held).toBe(true);
  return mutex.holder;
}

const isLocked = expect.objectContaining({ code: "ERR_LOCKED" });

test("Mutex refuses cells that are not shared, or not there", () => {
  const own = new Int32Array(4) as unknown as Int32Array<SharedArrayBuffer>;
  expect(() => new Mutex(own)).toThrow(
    new TypeError(
      "Cannot make a Mutex as its cells must be an Int32Array of shared memory: received an Int32Array of its own memory",
    ),
  );
  const bytes = new Uint8Array(new SharedArrayBuffer(4));
  expect(() => new Mutex(bytes as never)).toThrow("received Uint8Array");
  expect(() => new Mutex(undefined as never)).toThrow("received undefined");
  for (const index of [-1, 4, 0.5, Number.NaN]) {
    expect(() => new Mutex(makeCells(4), index)).toThrow(RangeError);
  }
  expect(new Mutex(makeCells(4), 3).holder).toBe(0);
});

test("Mutex.lock() holds the lock until it is unlocked, in its own cell only", () => {
  const cells = makeCells(3);
  const mutex = new Mutex(cells, 1);
  const guard = mutex.lock();
  expect([mutex.held, mutex.holder]).toEqual([true, threadOwner().id]);
  expect([...cells]).toEqual([0, threadOwner().id, 0]);
  expect(guard.ownerDied).toBe(false);
  mutex.unlock();
  expect([mutex.held, mutex.holder]).toEqual([false, 0]);
  expect([...cells]).toEqual([0, 0, 0]);
});

test("Mutex.lock() and tryLock() throw TypeError where the thread would wait for itself", () => {
  const cells = makeCells();
  const mutex = new Mutex(cells), same = new Mutex(cells);
  mutex.lock();
  const text =
    "Cannot lock a Mutex as the calling thread must not hold it already";
  expect(() => mutex.lock()).toThrow(new TypeError(text));
  expect(() => same.lock({ timeoutMs: 0 })).toThrow(new TypeError(text));
  expect(() => mutex.tryLock()).toThrow(new TypeError(text));
  expect(mutex.held).toBe(true);
});

test("Mutex.unlock() throws TypeError where the thread does not hold the lock", () => {
  const { mutexes: [mutex, other] } = makeMutexes(2);
  const text = "Cannot unlock a Mutex as the calling thread must hold it: ";
  expect(() => mutex!.unlock()).toThrow(new TypeError(`${text}nobody does`));
  other!.lock();
  expect(() => mutex!.unlock()).toThrow(
    new TypeError(`${text}owner ${other!.holder} does`),
  );
  expect(other!.held).toBe(true);
});

test("LockGuard.unlock() does nothing at the second call, or after the lock was unlocked", () => {
  const { mutexes: [mutex, other] } = makeMutexes(2);
  const guard = mutex!.lock();
  guard.unlock();
  other!.lock();
  guard.unlock();
  guard[Symbol.dispose]();
  expect(other!.held).toBe(true);
  other!.unlock();
  const first = mutex!.lock();
  mutex!.unlock();
  mutex!.lock();
  first.unlock();
  expect(mutex!.held).toBe(true);
});

test("LockGuard is disposed of by using", () => {
  const mutex = new Mutex(makeCells());
  {
    using guard = mutex.lock();
    expect([guard.ownerDied, mutex.held]).toEqual([false, true]);
  }
  expect(mutex.held).toBe(false);
});

test("Mutex.tryLock() gives undefined while another thread holds the lock", () => {
  const { mutexes: [mutex, other] } = makeMutexes(2);
  const guard = other!.tryLock();
  expect(guard?.ownerDied).toBe(false);
  expect(mutex!.tryLock()).toBeUndefined();
  guard?.unlock();
  expect(mutex!.tryLock()?.ownerDied).toBe(false);
});

test.each([0, 1, 12])(
  "Mutex.lock() throws ERR_LOCKED when the lock does not become free within %i ms",
  async (timeoutMs) => {
    const { mutexes: [mutex, other] } = makeMutexes(2);
    other!.lock();
    const text = `the lock did not become free within ${timeoutMs} ms`;
    const started = performance.now();
    expect(() => mutex!.lock({ timeoutMs })).toThrow(
      expect.objectContaining({ code: "ERR_LOCKED", message: text }),
    );
    await expect(mutex!.lockAsync({ timeoutMs })).rejects.toEqual(isLocked);
    expect(performance.now() - started).toBeGreaterThanOrEqual(timeoutMs);
    other!.unlock();
    expect(mutex!.lock({ timeoutMs }).ownerDied).toBe(false);
  },
);

test("Mutex.lock() refuses timeoutMs that is no time, and holds nothing then", async () => {
  const mutex = new Mutex(makeCells());
  for (const timeoutMs of [-1, Number.NaN, "5", null] as number[]) {
    const error = new RangeError(
      `Cannot lock as timeoutMs must be 0 or more: received ${timeoutMs}`,
    );
    expect(() => mutex.lock({ timeoutMs })).toThrow(error);
    await expect(mutex.lockAsync({ timeoutMs })).rejects.toThrow(error);
  }
  expect(mutex.holder).toBe(0);
});

test("Mutex.withLock() gives what the function returns, and unlocks when it throws", async () => {
  const mutex = new Mutex(makeCells());
  expect(mutex.withLock(() => mutex.held)).toBe(true);
  const fail = () => {
    throw new Error("boom");
  };
  expect(() => mutex.withLock(fail)).toThrow("boom");
  expect(mutex.held).toBe(false);
  await expect(mutex.withLockAsync(fail)).rejects.toThrow("boom");
  const later = () => Promise.resolve().then(() => mutex.held);
  expect(await mutex.withLockAsync(later)).toBe(true);
  expect(mutex.held).toBe(false);
});

test("Mutex excludes threads that add to a cell without atomics", async () => {
  const cells = makeCells();
  const times = 20_000;
  const workers = await Promise.all([1, 2, 3].map(startThread));
  const turns = workers.map((worker) =>
    worker.ask("increment", { cells, times, at: 9 })
  );
  const mutex = new Mutex(cells);
  for (let turn = 0; turn < times; turn++) {
    mutex.withLock(() => {
      cells[9] = cells[9]! + 1;
    });
  }
  await Promise.all(turns);
  expect(cells[9]).toBe(4 * times);
  expect(cells[0]).toBe(0);
});

test("Mutex.lock() in a thread sleeps until another one unlocks", async () => {
  const cells = makeCells();
  const worker = await startThread();
  const mutex = new Mutex(cells);
  mutex.lock();
  worker.tell("lock", { cells });
  // The thread's mark: it found the lock held, and will sleep.
  await vi.waitUntil(() => Atomics.load(cells, 0) < 0, PATIENCE);
  mutex.unlock();
  expect(await worker.answer()).toBe(false);
  expect(mutex.holder).not.toBe(0);
  expect(() => mutex.unlock()).toThrow(TypeError);
  await worker.ask("unlock", { cells });
  expect(mutex.holder).toBe(0);
});

for (const how of ["with", "without"]) {
  test(`Mutex.lockAsync() waits for a thread while the event loop goes on, ${how} Atomics.waitAsync`, async () => {
    const { waitAsync: original } = Atomics as unknown as {
      waitAsync?: () => unknown;
    };
    const waitAsync = how === "with" ? vi.fn(original) : undefined;
    vi.stubGlobal("Atomics", copyOfAtomics({ waitAsync }));
    const cells = makeCells();
    const worker = await startThread();
    await worker.ask("lock", { cells });
    const mutex = new Mutex(cells);
    const locked = mutex.lockAsync();
    expect(waitAsync?.mock.calls.length).toBe(how === "with" ? 1 : undefined);
    // An answer comes by the event loop.
    await worker.ask("thread");
    expect(mutex.held).toBe(false);
    worker.tell("unlock", { cells });
    expect((await locked).ownerDied).toBe(false);
    expect(mutex.held).toBe(true);
  });
}

/** `Atomics` with some functions of its own; they are not enumerable. */
function copyOfAtomics(changes: object): typeof Atomics {
  const names = Object.getOwnPropertyNames(Atomics) as (keyof typeof Atomics)[];
  const all = names.map((name) => [name, Atomics[name]]);
  return { ...Object.fromEntries(all), ...changes };
}

test("Mutex.unlock() wakes one of those who wait, and calls nobody where none does", async () => {
  const cells = makeCells();
  const { each: [a, b, c] } = makeOwners(cells, 3);
  const [first, second, third] = [a!, b!, c!].map((owner) =>
    new Mutex(cells, 7, { owner })
  );
  const notify = vi.spyOn(Atomics, "notify");
  first!.lock();
  first!.unlock();
  expect(notify).not.toHaveBeenCalled();
  first!.lock();
  const waiting = second!.lockAsync();
  first!.unlock();
  expect(notify.mock.calls).toEqual([[cells, 7, 1]]);
  await waiting;
  // It does not know whether it was the only one that waited.
  second!.unlock();
  expect(notify).toHaveBeenCalledTimes(2);
  second!.lock();
  second!.unlock();
  expect(third!.tryLock()).toBeDefined();
  third!.unlock();
  expect(notify).toHaveBeenCalledTimes(2);
});

test("Mutex.unlock() wakes those who waited for an owner that died", () => {
  const { owners, mutexes: [mutex, dead, waiting] } = makeMutexes(3);
  dead!.lock();
  expect(() => waiting!.lock({ timeoutMs: 0 })).toThrow(isLocked);
  owners.markDead(idOf(dead!));
  const notify = vi.spyOn(Atomics, "notify");
  expect(mutex!.lock().ownerDied).toBe(true);
  mutex!.unlock();
  expect(notify).toHaveBeenCalledTimes(1);
});

for (const one of RUNTIMES) {
  test(`Mutex.lockAsync() keeps a process of ${one.name} from ending while it waits`, async () => {
    const { path } = await mapFile(`waiting-${one.name}`);
    const child = await startProcess(one, path, "waitInVain");
    expect(child.output).toBe("ERR_LOCKED");
    expect(await child.finish()).toBe(0);
  });
}

test("Mutex.lockAsync() lets tasks of one thread take turns", async () => {
  const mutex = new Mutex(makeCells());
  let inside = 0, most = 0, turns = 0;
  const task = async () => {
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve));
    inside--;
    turns++;
  };
  await Promise.all(
    Array.from({ length: 5 }, () => mutex.withLockAsync(task)),
  );
  expect([most, turns, mutex.holder]).toEqual([1, 5, 0]);
});

test("Mutex.lock() takes over from an owner that died, and says so once", () => {
  const { owners, mutexes: [mutex, dead, third] } = makeMutexes(3);
  const lost = dead!.lock();
  owners.markDead(idOf(dead!));
  expect(mutex!.lock().ownerDied).toBe(true);
  expect(() => lost.unlock()).toThrow(TypeError);
  expect(mutex!.held).toBe(true);
  mutex!.unlock();
  expect(third!.lock().ownerDied).toBe(false);
});

test("Mutex.tryLock(), lockAsync() and lock() without time take over from an owner that died", async () => {
  const take = [
    (mutex: Mutex) => mutex.tryLock(),
    (mutex: Mutex) => mutex.lock({ timeoutMs: 0 }),
    (mutex: Mutex) => mutex.lockAsync(),
    (mutex: Mutex) => mutex.lockAsync({ timeoutMs: 0 }),
  ];
  for (const each of take) {
    const { owners, mutexes: [mutex, dead] } = makeMutexes(2);
    dead!.lock();
    owners.markDead(idOf(dead!));
    const guard = await each(mutex!);
    expect([guard?.ownerDied, mutex!.held]).toEqual([true, true]);
  }
});

test("Mutex.lock() says so again when the one that took over dies, too", () => {
  const { owners, mutexes: [mutex, first, second] } = makeMutexes(3);
  for (const dying of [first!, second!]) {
    dying.lock();
    owners.markDead(idOf(dying));
  }
  expect(mutex!.lock().ownerDied).toBe(true);
});

test("Mutex.lock() of several threads gives a dead owner's lock to one at a time", async () => {
  const cells = makeCells();
  const { owners, each: [dead] } = makeOwners(cells, 1);
  const mutex = new Mutex(cells, 0, { owner: dead! });
  mutex.lock();
  const workers = await Promise.all([1, 2, 3].map(startThread));
  let answered = 0;
  const answers = workers.map(async (worker) => {
    const id = owners.assign();
    const died = await worker.ask("lockAs", { cells, id, index: 2048 });
    answered++;
    return died;
  });
  const seen = new Set<number>();
  for (let turn = 0; turn < 3; turn++) {
    seen.add(mutex.holder);
    owners.markDead(mutex.holder);
    while (answered === turn) await eventLoopTurn();
    expect(answered).toBe(turn + 1);
  }
  expect(await Promise.all(answers)).toEqual([true, true, true]);
  expect(seen.add(mutex.holder).size).toBe(4);
});

/** Lets messages in. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

for (const then of ["idle", "spin"]) {
  // Deno (2.9) does not end a thread in a loop: it goes on, so its lock is still its own.
  test.skipIf(runtime === "deno" && then === "spin")(
    `Mutex.lock() takes over from a thread that was ended while it held the lock (${then})`,
    async () => {
      const cells = makeCells();
      const worker = await startThread();
      expect(await worker.ask("lock", { cells, then })).toBe(false);
      const mutex = new Mutex(cells);
      expect(mutex.holder).not.toBe(0);
      expect(mutex.tryLock()).toBeUndefined();
      await worker.end();
      expect(mutex.lock().ownerDied).toBe(true);
    },
  );
}

/** Two cells to be equal when nobody is at them, one that stops threads, and one that counts turns. */
const PAIR = { left: 20, right: 21, stop: 22, turns: 23 } as const;

/** Waits until threads have taken the lock so many times more. */
async function turnsPass(
  cells: Int32Array<SharedArrayBuffer>,
  count: number,
): Promise<void> {
  const end = Atomics.load(cells, PAIR.turns) + count;
  while (Atomics.load(cells, PAIR.turns) < end) await eventLoopTurn();
}

test("Mutex.lock() tells each time that a thread was ended in the middle of a change", async () => {
  const cells = makeCells();
  const survivor = await startThread();
  survivor.tell("addUntil", { cells, ...PAIR });
  const rounds = 5;
  for (let round = 0; round < rounds; round++) {
    const victim = await startThread();
    expect(await victim.ask("addToOne", { cells, ...PAIR })).toBe(false);
    await victim.end();
    await turnsPass(cells, 100);
  }
  Atomics.store(cells, PAIR.stop, 1);
  expect(await survivor.answer()).toEqual({ torn: 0, repairs: rounds });
});

test("Mutex.lock() tells of no thread that was ended elsewhere, and hangs on none", async () => {
  const cells = makeCells();
  const survivor = await startThread();
  survivor.tell("addUntil", { cells, ...PAIR });
  for (let round = 0; round < 6; round++) {
    const victim = await startThread();
    victim.tell("addUntil", { cells, ...PAIR });
    await turnsPass(cells, 300 * (round % 3));
    await victim.end();
    await turnsPass(cells, 1000);
  }
  Atomics.store(cells, PAIR.stop, 1);
  expect(await survivor.answer()).toMatchObject({ torn: 0 });
  const { ownerDied } = new Mutex(cells).lock();
  if (!ownerDied) expect(cells[PAIR.left]).toBe(cells[PAIR.right]);
});

/** The cells of a file of 4 KiB, and its path. */
async function mapFile(name: string) {
  const path = join(folder, name);
  fs.writeFileSync(path, new Uint8Array(4096));
  const memory = new WebAssembly.Memory({
    initial: 2,
    maximum: 2,
    shared: true,
  });
  const buffer = sharedBuffer(memory);
  const fd = fs.openSync(path, "r+");
  const source = { fd, offset: 0, access: "write", file: path } as const;
  new Mapper(await loadLibc(), buffer)
    .map({ byteOffset: 65_536, byteLength: 4096 }, source);
  return { path, cells: new Int32Array(buffer, 65_536, 1024) };
}

test("Mutex excludes a Deno, a Bun and a Node process that map one file", async () => {
  const { path, cells } = await mapFile("excluded");
  const times = 20_000;
  const processes = await Promise.all(
    RUNTIMES.map((one) => startProcess(one, path, "increment", times)),
  );
  expect(cells[100]).toBe(3 * times);
  const ends = processes.map((one) => one.finish());
  expect(await Promise.all(ends)).toEqual([0, 0, 0]);
});

for (const one of RUNTIMES) {
  test(`Mutex.lock() takes over from a process of ${one.name} that was killed while it held the lock`, async () => {
    const { path, cells } = await mapFile(`killed-${one.name}`);
    const child = await startProcess(one, path, "hold");
    const mutex = new Mutex(cells);
    expect(mutex.holder).not.toBe(0);
    expect(mutex.tryLock()).toBeUndefined();
    expect(() => mutex.lock({ timeoutMs: 20 })).toThrow(isLocked);
    child.kill();
    expect(mutex.lock().ownerDied).toBe(true);
    mutex.unlock();
    expect(mutex.lock().ownerDied).toBe(false);
  });
}
