import * as fs from "node:fs";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { RUNTIMES } from "./runtimes.ts";
import { fixture, runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

interface Answer {
  readonly result?: unknown;
  readonly error?: { name: string; message: string; code?: string };
}

/** A thread of `fixtures/shared_file_worker.mjs`. */
class Thread {
  readonly #worker: Worker;
  readonly #answers: Answer[] = [];
  #awaken: (() => void) | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on("message", (answer: Answer) => {
      this.#answers.push(answer);
      this.#awaken?.();
    });
  }

  /** The next answer, which may be an error. */
  async answer(): Promise<Answer> {
    while (this.#answers.length === 0) {
      await new Promise<void>((resolve) => this.#awaken = resolve);
    }
    return this.#answers.shift()!;
  }

  tell(task: string, options: object = {}): Promise<Answer> {
    this.#worker.postMessage({ task, ...options });
    return this.answer();
  }

  /** As {@link tell}; fails if the answer is an error. */
  async ask(task: string, options: object = {}): Promise<unknown> {
    const { result, error } = await this.tell(task, options);
    if (error !== undefined) throw new Error(`${task}: ${error.message}`);
    return result;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const threads: Thread[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.end();
});

async function startThread(): Promise<Thread> {
  const { src, ending } = RUNTIMES.find(({ name }) => name === runtime)!;
  const worker = new Worker(fixture("fixtures/shared_file_worker.mjs"), {
    workerData: { src, ending },
    execArgv: [],
  });
  const thread = new Thread(worker);
  threads.push(thread);
  expect(await thread.answer()).toEqual({ result: "ready" });
  return thread;
}

/** Threads that have attached to a file. */
async function attach(file: SharedFile, count: number): Promise<Thread[]> {
  const started = await Promise.all(Array.from({ length: count }, startThread));
  const description = file.share();
  for (const thread of started) await thread.ask("attach", { description });
  return started;
}

for (const io of ["map", "preload"] as const) {
  test(`${io}: a thread that attaches has the same bytes`, async () => {
    const bytes = seededBytes(200_000, 1);
    const path = files.make(bytes);
    using file = await SharedFile.open(path, {
      io,
      access: "write",
      offset: 70_000,
    });
    const thread = await startThread();
    const description = file.share();
    expect(await thread.ask("attach", { description }))
      .toEqual({ access: "write", io, byteLength: 130_000, size: 200_000 });
    expect(await thread.ask("load", { offset: 129_999 })).toBe(bytes[199_999]);
    await thread.ask("store", { offset: 5, value: 0xab });
    expect(file.bytes[5]).toBe(0xab);
    file.bytes[6] = 0xcd;
    expect(await thread.ask("load", { offset: 6 })).toBe(0xcd);
    expect(
      await thread.ask("call", {
        method: "find",
        args: [Uint8Array.of(0xab, 0xcd)],
      }),
    ).toBe(5);
    expect(await thread.ask("call", { method: "seek", args: [5] })).toBe(5);
    expect(await thread.ask("call", { method: "readByte", args: [] })).toBe(
      0xab,
    );
    expect(await thread.ask("call", { method: "advise", args: ["normal"] }))
      .toBe(false);
    expect(file.tell()).toBe(0);
    expect(await thread.ask("viewed")).toEqual({
      byteLength: 4,
      readonly: false,
    });
    file.flush();
    expect([...fs.readFileSync(path).subarray(70_005, 70_007)]).toEqual([
      0xab,
      0xcd,
    ]);
  });
}

test("threads that add to the counters of one mapping lose no update", async () => {
  const path = files.make(new Uint8Array(4096));
  using file = await SharedFile.open(path, { access: "write" });
  const started = await attach(file, 2);
  const times = 200_000;
  await Promise.all(started.map((thread) => thread.ask("add", { times })));
  file.flush();
  const bytes = fs.readFileSync(path);
  expect(bytes.readInt32LE(0)).toBe(2 * times);
  expect(bytes.readBigInt64LE(64)).toBe(BigInt(6 * times));
});

test("threads search one mapping at the same time, each for its own needle", async () => {
  const bytes = seededBytes(300_000, 2);
  using file = await SharedFile.open(files.make(bytes));
  const started = await attach(file, 3);
  const needles = started.map((_, i) =>
    bytes.slice(150_000 + 7 * i, 150_008 + 7 * i)
  );
  const found = await Promise.all(
    started.map((thread, i) =>
      thread.ask("find", { needle: needles[i], times: 2000 })
    ),
  );
  expect(found).toEqual(
    needles.map((_, i) => [Array(3).fill(150_000 + 7 * i).join()]),
  );
});

test("an attached thread may not store where access is read, and its stores stay where it is copy", async () => {
  const path = files.make("abc");
  using read = await SharedFile.open(path);
  using copy = await SharedFile.open(path, { access: "copy" });
  const [reader] = await attach(read, 1);
  const [copier] = await attach(copy, 1);
  const store = { method: "write", args: [Uint8Array.of(1)] };
  expect(await reader!.tell("call", store)).toMatchObject({
    error: { name: "TypeError" },
  });
  expect(await copier!.ask("call", store)).toBe(1);
  expect(copy.bytes[0]).toBe(1);
  expect(fs.readFileSync(path, "utf8")).toBe("abc");
});

test("close() closes the file for threads that attached", async () => {
  const file = await SharedFile.open(files.make("abc"), { access: "write" });
  const [thread] = await attach(file, 1);
  expect(await thread!.ask("closed")).toBe(false);
  const closed = thread!.ask("awaitClosed");
  file.close();
  await closed;
  for (
    const [method, ...args] of [["find", "a"], ["read"], ["size"], ["tell"], [
      "share",
    ]]
  ) {
    expect(await thread!.tell("call", { method, args }))
      .toMatchObject({ error: { code: "ERR_CLOSED" } });
  }
  await thread!.ask("close");
  expect(await thread!.ask("closed")).toBe(true);
});

test("close() in a thread that attached lets go there only", async () => {
  using file = await SharedFile.open(files.make("abc"), { access: "write" });
  const [first, second] = await attach(file, 2);
  await first!.ask("close");
  await first!.ask("close");
  expect(await first!.ask("closed")).toBe(true);
  expect(await second!.ask("closed")).toBe(false);
  expect(await second!.ask("load", { offset: 0 })).toBe(0x61);
  expect(file.closed).toBe(false);
  expect(file.find("c")).toBe(2);
});

test("what needs the file itself is left to the thread that opened it", async () => {
  using file = await SharedFile.open(files.make("abc"), { access: "write" });
  const [thread] = await attach(file, 1);
  for (const [method, ...args] of [["flush"], ["resize", 1]]) {
    expect(await thread!.tell("call", { method, args }))
      .toMatchObject({ error: { name: "TypeError" } });
  }
  expect(file.size()).toBe(3);
});

test("resize() refuses while a thread has attached, and old descriptions are of no use then", async () => {
  const path = files.make("abc");
  using file = await SharedFile.open(path, { access: "write" });
  const description = file.share();
  const [thread] = await attach(file, 1);
  expect(() => file.resize(10))
    .toThrow(expect.objectContaining({ code: "ERR_BYTES_HELD" }));
  expect(fs.readFileSync(path, "utf8")).toBe("abc");
  expect(await thread!.ask("load", { offset: 2 })).toBe(0x63);
  expect(file.bytes[2]).toBe(0x63);
  await thread!.ask("close");
  file.resize(10);
  expect(await thread!.tell("attach", { description }))
    .toMatchObject({ error: { code: "ERR_CLOSED" } });
  expect(await thread!.ask("attach", { description: file.share() }))
    .toMatchObject({ byteLength: 10, size: 10 });
});

test("resize() that fails leaves the file as it was, for threads too", async () => {
  const path = files.make("abc");
  using file = await SharedFile.open(path, { access: "write", length: 2 });
  expect(() => file.resize(1)).toThrow(TypeError);
  const [thread] = await attach(file, 1);
  expect(await thread!.ask("load", { offset: 1 })).toBe(0x62);
});

test("close() in a thread that attached releases the views there", () => {
  using file = SharedFile.anonymous(10);
  const attached = SharedFile.attach(file.share());
  const view = attached.view();
  attached.close();
  expect(view.released).toBe(true);
  file.resize(20);
});

test("SharedFile.attach() passes on what another thread attached to", async () => {
  using file = SharedFile.anonymous(1000);
  file.bytes[999] = 7;
  const [thread] = await attach(file, 1);
  // Within this thread too, it is a SharedFile of its own.
  using again = SharedFile.attach(file.share());
  expect([again.io, again.size(), again.bytes[999]]).toEqual([
    "memory",
    1000,
    7,
  ]);
  again.bytes[0] = 9;
  expect(await thread!.ask("load", { offset: 0 })).toBe(9);
  expect(again.share()).toBe(again.share());
});

test("SharedFile.attach() refuses what is no description, and files that are closed", () => {
  for (const wrong of [undefined, null, {}, "file", new Uint8Array(1)]) {
    expect(() => SharedFile.attach(wrong as never)).toThrow(TypeError);
  }
  const file = SharedFile.anonymous(10);
  const description = file.share();
  file.close();
  expect(() => SharedFile.attach(description))
    .toThrow(expect.objectContaining({ code: "ERR_CLOSED" }));
});

test("size() in a thread that attached says if the path leads elsewhere by now", async () => {
  const path = files.make("abc");
  using file = await SharedFile.open(path);
  using attached = SharedFile.attach(file.share());
  fs.appendFileSync(path, "def");
  expect([file.size(), attached.size()]).toEqual([6, 6]);
  fs.renameSync(path, `${path}-old`);
  expect(() => attached.size())
    .toThrow(expect.objectContaining({ code: "ENOENT" }));
  fs.writeFileSync(path, "another");
  expect(() => attached.size())
    .toThrow(expect.objectContaining({ code: "ERR_FILE_CHANGED" }));
  expect(file.size()).toBe(6);
});
