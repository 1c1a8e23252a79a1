/** A fleet on Debian's Redis: runs, attaching, failures, handing back. See bullmq_recovery.test.ts for crashes. */
import * as fs from "node:fs";
import { join } from "node:path";
import { QueueEvents } from "bullmq";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { SabmapError } from "../src/errors.ts";
import { countFile, findInFile, hashFile, recordStats } from "../src/mod.ts";
import { Fleet, holdingGate, indexOf } from "./bullmq_fleet.ts";
import { startServer } from "./http_server.ts";
import { hasRedis, RedisServer } from "./redis_server.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const SIZE = 1_000_003;
let server: RedisServer;
let fleet: Fleet;
let queues = 0;

describe.skipIf(!hasRedis)("fleet (needs redis-server)", () => {
  beforeAll(async () => {
    server = await RedisServer.start("--appendonly", "yes");
  });
  afterAll(() => server.stop());
  afterEach(() => fleet.close());

  function newFleet(): Fleet {
    return fleet = new Fleet(server.url, files.folder, `queue-${queues++}`);
  }

  test("submitRun() gives what one machine finds, in threads", async () => {
    const path = files.make(seededBytes(SIZE, 1));
    newFleet();
    await fleet.work({ openRunner: undefined });
    const count = await fleet.submit(path, "count", {}, { shards: 5 });
    expect((await count.result()).result).toEqual({
      count: (await countFile(path)).count,
    });
    const algorithms = ["blake3", "crc32", "s3-etag"];
    const parameters = { algorithms, partBytes: 65_536 };
    const hash = await fleet.submit(path, "hash", parameters, {
      shardBytes: 200_000,
    });
    expect(hash.shards).toBe(4);
    const { digests } = await hashFile(path, parameters);
    expect((await hash.result()).result).toMatchObject({ digests });
    expect(hash.attached).toBe(false);
  });

  test("submitRun() finds where the records of shards start that are in quotes, and says it to the workers", async () => {
    const line = (i: number) => `n${i % 7},"a\nb, ""c"" ${i}",${i}\n`;
    const lines = Array.from({ length: 12_000 }, (_, i) => line(i)).join("");
    const path = files.make(lines);
    const parameters = {
      names: ["a", "b", "n"],
      quote: true,
      aggregates: ["count", "sum"],
      of: "n",
      groupBy: ["a"],
    } as const;
    const { rows } = await recordStats(path, parameters);
    newFleet();
    const { done } = await fleet.work();
    for (const cut of [{ shards: 4 }, { shardBytes: 70_000, fresh: true }]) {
      const asked = { ...parameters, format: "json" };
      const run = await fleet.submit(path, "records", asked, cut);
      const { result } = await run.result() as { result: { rows: unknown } };
      expect(result.rows).toEqual(rows);
    }
    expect(done().length).toBeGreaterThan(4);
  });

  test("submitRun() takes what is larger than 64 KiB by the store, and shards are removed from it", async () => {
    const path = files.make(seededBytes(SIZE, 2));
    newFleet();
    await fleet.work();
    const run = await fleet.submit(path, "find", {
      patterns: [{ hex: "0a" }],
    }, { shards: 3 });
    const { name, result } = await run.result();
    const found = name === "find"
      ? result.batches.flatMap(({ offsets }) => [...offsets])
      : [];
    const offsets: number[] = [];
    for await (const batch of findInFile(path, "\n").batches()) {
      offsets.push(...batch.offsets);
    }
    expect(offsets.length).toBeGreaterThan(10_000);
    expect(found).toEqual(offsets);
    await fleet.close();
    const stored = join(files.folder, ".sabmap-store", run.run);
    expect(fs.readdirSync(stored)).toEqual([
      expect.stringMatching(/^result\.[0-9a-f]{64}$/),
    ]);
  });

  test("submitRun() attaches to a run that is there, and each shard is done once", async () => {
    const path = files.make(seededBytes(SIZE, 3));
    newFleet();
    const hold = holdingGate();
    const one = await fleet.work({}, hold.gate);
    const first = await fleet.submit(path, "count", {}, { shards: 4 });
    await hold.held;
    const second = await fleet.submit(path, "count", {}, { shards: 4 });
    expect([first.attached, second.attached]).toEqual([false, true]);
    expect(second.run).toBe(first.run);
    const two = await fleet.work();
    hold.open();
    const results = await Promise.all([first.result(), second.result()]);
    expect(results[0]).toEqual(results[1]);
    const third = await fleet.submit(path, "count", {}, { shards: 4 });
    expect(await third.result()).toEqual(results[0]);
    expect(third.attached).toBe(true);
    expect([...one.done(), ...two.done()].sort()).toEqual([0, 1, 2, 3]);
  });

  test("submitRun() does again what is asked for as fresh, or whose result is gone", async () => {
    const path = files.make(seededBytes(SIZE, 4));
    const store = join(files.folder, ".sabmap-store");
    newFleet();
    const { done } = await fleet.work();
    const submit = (fresh: boolean) =>
      fleet.submit(path, "find", { patterns: [{ hex: "0a" }] }, {
        shards: 2,
        fresh,
      });
    const first = await (await submit(false)).result();
    expect(await (await submit(true)).result()).toEqual(first);
    expect(done().length).toBe(4);
    fs.rmSync(store, { recursive: true });
    expect(await (await submit(false)).result()).toEqual(first);
    expect(done().length).toBe(6);
  });

  test("a run fails with the shard that did, and is taken up again where it was", async () => {
    const path = files.make(seededBytes(SIZE, 5));
    newFleet();
    let isBroken = true;
    const { done, events } = await fleet.work({}, (index) => {
      if (index !== 1 || !isBroken) return Promise.resolve();
      return Promise.reject(
        new SabmapError("ERR_WORKER_CRASHED", "the thread died"),
      );
    });
    const submit = () => fleet.submit(path, "count", {}, { shards: 3 });
    const failed = await submit();
    await expect(failed.result()).rejects.toMatchObject({
      code: "ERR_WORKER_CRASHED",
      message: "shard 1 [327,680, 655,360) failed 3 times: the thread died",
      range: { start: 327_680, end: 655_360 },
      file: path,
    });
    const attempts = events.filter(({ event }) => event === "failed")
      .map(({ attempt }) => attempt);
    expect(attempts).toEqual([1, 2, 3]);
    isBroken = false;
    const again = await submit();
    expect(again.attached).toBe(false);
    expect((await again.result()).result).toEqual({
      count: (await countFile(path)).count,
    });
    // None of them twice.
    expect(done().toSorted()).toEqual([0, 1, 2]);
  });

  test("a file that is changed after it was submitted fails the run, without further tries", async () => {
    const path = files.make(seededBytes(SIZE, 6));
    newFleet();
    const run = await fleet.submit(path, "count", {}, { shards: 6 });
    fs.appendFileSync(path, "more");
    let isFirst = true;
    const hold = holdingGate(() => !isFirst || (isFirst = false));
    const { events } = await fleet.work({}, hold.gate);
    await expect(run.result()).rejects.toMatchObject({
      code: "ERR_FILE_CHANGED",
      message: expect.stringMatching(
        /^shard [0-5] \[[0-9,]+, [0-9,]+\) failed: /,
      ),
    });
    expect(events.every(({ attempt }) => attempt === 1)).toBe(true);
    // What waits is nobody's work any more.
    const { Queue } = await import("bullmq");
    const { queue = "", prefix = "" } = fleet.base;
    const { port } = server;
    const waiting = new Queue(queue, { connection: { port }, prefix });
    await expect.poll(() => waiting.getWaitingCount()).toBe(0);
    await waiting.close();
    hold.open();
  });

  test("a worker that is closed hands its shard back, as if it had not been tried", async () => {
    const path = files.make(seededBytes(SIZE, 7));
    newFleet();
    const { gate, held } = holdingGate();
    const one = await fleet.work({}, gate);
    const run = await fleet.submit(path, "count", {}, {
      shards: 2,
      attempts: 1,
    });
    const index = await held;
    await one.worker.close();
    expect(one.events.map(({ event }) => event)).toEqual(["start", "returned"]);
    const two = await fleet.work();
    await run.result();
    expect(two.done().toSorted()).toEqual([0, 1]);
    expect(two.events.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(index).toBe(0);
  });

  test("a worker fetches ahead while shards are short, and gives away what gets no turn", async () => {
    const path = files.make(seededBytes(SIZE, 8));
    newFleet();
    const { queue = "", prefix = "" } = fleet.base;
    const connection = { url: server.url };
    const events = new QueueEvents(queue, { connection, prefix });
    await events.waitUntilReady();
    const third = new Promise<void>((resolve) =>
      events.on("active", ({ jobId }) => {
        if (jobId.endsWith("-2")) resolve();
      })
    );
    const { gate, held, open } = holdingGate((index) => index === 1);
    const one = await fleet.work({}, gate);
    const run = await fleet.submit(path, "count", {}, { shards: 3 });
    expect(await held).toBe(1);
    // It is taken by the only worker there is, which is at another.
    await third;
    await events.close();
    const two = await fleet.work();
    const { attempt } = await two.when((event) =>
      event.event === "done" && indexOf(event) === 2
    );
    expect(attempt).toBe(1);
    open();
    await run.result();
    expect(one.done()).toEqual([0, 1]);
    expect(one.events.map(({ event }) => event)).not.toContain("failed");
    expect(two.done()).toEqual([2]);
  });

  test("a worker ends when it is idle for long enough", async () => {
    newFleet();
    const { worker } = await fleet.work({ idleExitMs: 50 });
    await worker.closed;
  });

  test("a worker serves its roots and hosts only", async () => {
    const path = files.make(seededBytes(SIZE, 8));
    const other = join(files.folder, "other-root");
    fs.mkdirSync(other);
    newFleet();
    await fleet.work({ roots: [other] });
    for (const root of [files.folder, undefined]) {
      const run = await fleet.submit(path, "count", {}, {
        root,
        shards: root === undefined ? 2 : 1,
        attempts: 1,
      });
      await expect(run.result()).rejects.toMatchObject({
        code: root === undefined ? "ERR_OUTSIDE_ROOT" : "ENOENT",
      });
    }
    await expect(fleet.submit("/etc/passwd", "count", {})).rejects
      .toMatchObject({ code: "ERR_OUTSIDE_ROOT" });
  });

  test("objects of hosts that are allowed are worked on by range", async () => {
    const bytes = seededBytes(SIZE, 13);
    const web = await startServer(bytes);
    const { host } = new URL(web.url);
    newFleet();
    const submit = (path: string) =>
      fleet.submit(path, "count", {}, { root: undefined, shards: 3 });
    try {
      const refused = await submit(web.url);
      const { worker } = await fleet.work({ allowHosts: ["other.example"] });
      await expect(refused.result()).rejects.toMatchObject({
        code: "ERR_OUTSIDE_ROOT",
      });
      await worker.close();
      await fleet.work({ roots: [], allowHosts: [host] });
      const done = await submit(web.url);
      expect((await done.result()).result).toEqual({
        count: bytes.filter((byte) => byte === 0x0a).length,
      });
      expect(web.requests.some(({ range }) => range === "bytes=0-327679"))
        .toBe(true);
      await expect(submit(web.url.replace("//", "//user:secret@"))).resolves
        .toMatchObject({ attached: true });
      await expect(submit(`${web.url}?X-Amz-Signature=secret`)).rejects.toThrow(
        "a signature or a token",
      );
    } finally {
      await web.close();
    }
  });

  test("a worker refuses jobs that no submitter has made, and goes on", async () => {
    const path = files.make(seededBytes(SIZE, 9));
    newFleet();
    const { when } = await fleet.work();
    const { Queue } = await import("bullmq");
    const { queue = "", prefix = "" } = fleet.base;
    const { port } = server;
    const stranger = new Queue(queue, { connection: { port }, prefix });
    const forged = [
      ["shard", { v: 1, path: "/etc/passwd" }],
      ["shard", "text"],
      ["merge", { v: 1, run: null }],
      ["exec", { v: 1 }],
    ] as const;
    for (const [name, data] of forged) {
      const { id } = await stranger.add(name, data, { attempts: 5 });
      const { reason } = await when(({ event, job }) =>
        event === "failed" && job === id
      );
      expect(reason).toMatch(/\((ERR_BAD_SHARD|ERR_SHARD_MISMATCH)\)$/);
    }
    await stranger.close();
    const run = await fleet.submit(path, "count", {});
    await run.result();
  });

  test("submitRun() tells how far the run is, and when nobody works", async () => {
    const path = files.make(seededBytes(SIZE, 10));
    newFleet();
    const shown: number[] = [];
    let tell = (_note: string): void => {};
    const told = new Promise<string>((resolve) => tell = resolve);
    const run = await fleet.submit(path, "count", {}, {
      shards: 4,
      onProgress: ({ bytesDone, byteLength }) => {
        expect(byteLength).toBe(SIZE);
        shown.push(bytesDone);
      },
      unattendedMs: 0,
      onNote: tell,
    });
    const result = run.result();
    expect(await told).toContain("no worker serves the queue test:queue-");
    await fleet.work();
    await result;
    expect(shown).toEqual(shown.toSorted((left, right) => left - right));
    expect(shown.at(-1)).toBe(SIZE);
  });

  test("submitRun() can be left, and the run goes on", async () => {
    const path = files.make(seededBytes(SIZE, 11));
    newFleet();
    const left = new AbortController();
    const options = { shards: 2, signal: left.signal };
    const run = await fleet.submit(path, "count", {}, options);
    left.abort(new Error("interrupted"));
    await expect(run.result()).rejects.toThrow("interrupted");
    await fleet.work();
    const again = await fleet.submit(path, "count", {}, { shards: 2 });
    expect(again.attached).toBe(true);
    await again.result();
  });

  test("a run that Redis has lost is told, and not waited for", async () => {
    const path = files.make(seededBytes(SIZE, 12));
    newFleet();
    const run = await fleet.submit(path, "count", {});
    const result = run.result();
    const { Redis } = await import("ioredis");
    const redis = new Redis(server.port);
    const keys = await redis.keys(`test:${fleet.base.queue}:*`);
    await redis.del(...keys);
    redis.disconnect();
    await expect(result).rejects.toThrow("does not hold the run any more");
  });
});
