/** What a fleet is made of, without a queue: settings, roots, stores, leases and what is read from a queue. */
import * as fs from "node:fs";
import * as http from "node:http";
import type * as net from "node:net";
import { join } from "node:path";
import process from "node:process";
import { afterEach, expect, test, vi } from "vitest";
import { FolderStore } from "../src/bullmq/folder_store.ts";
import { isPassing, readReason, reasonOf } from "../src/bullmq/job_errors.ts";
import { Lease } from "../src/bullmq/lease.ts";
import { getPartial, putPartial } from "../src/bullmq/partial_ref.ts";
import { redisTarget } from "../src/bullmq/redis_target.ts";
import { pathForWorkers, Roots } from "../src/bullmq/roots.ts";
import {
  checkMergeData,
  checkShardData,
  inlineLimit,
  mergeData,
  partialsOf,
  shardData,
  shardIndex,
  shardJobId,
} from "../src/bullmq/schema.ts";
import { leaseSettings, queueName } from "../src/bullmq/settings.ts";
import { openStore, type Store } from "../src/bullmq/store.ts";
import { ErrorCode, SabmapError } from "../src/errors.ts";
import { makeOperation } from "../src/shards/operation.ts";
import { makePlan, type ShardPlan, taskOf } from "../src/shards/plan.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
afterEach(() => {
  vi.useRealTimers();
});

/** Code of what a call throws. */
function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    return (error as { code?: string }).code ?? (error as Error).name;
  }
  return "none";
}

test("redisTarget() takes secrets out of what is shown", () => {
  const { shown, client } = redisTarget({
    url: "rediss://us%40er:p%3Aw@redis.example:7000/3",
    serverName: "other.example",
  });
  expect(shown).toBe("rediss://redis.example:7000");
  expect(client).toMatchObject({
    host: "redis.example",
    port: 7000,
    db: 3,
    username: "us@er",
    password: "p:w",
    tls: { servername: "other.example", rejectUnauthorized: true },
  });
  expect(redisTarget({ url: "unix:/run/redis.sock?db=2" }).client)
    .toMatchObject({ path: "/run/redis.sock", db: 2 });
  expect(redisTarget({ url: "redis://[::1]" }).client)
    .toMatchObject({ host: "::1", port: 6379, db: 0 });
});

test("redisTarget() refuses what is no URL, or would be read along, and shows no password", () => {
  for (
    const [url, text] of [
      ["localhost:6379", "must start with rediss://"],
      ["secret", "received no URL"],
      ["http://user:secret@localhost", 'received "http:"'],
      ["redis://user:secret@", "received no"],
      ["redis://user:secret@localhost/x", 'received "x"'],
      ["redis://user:secret@localhost?a=b", 'received "?a=b"'],
      ["redis://user:secret@10.0.0.1", "without TLS"],
      ["redis://localhost.example", "without TLS"],
      ["redis://127.0.0.1.example", "without TLS"],
    ] as const
  ) {
    expect(() => redisTarget({ url }), url).toThrow(text);
    expect(() => redisTarget({ url }), url).not.toThrow("secret@");
  }
  const plain = { url: "redis://10.0.0.1", allowPlain: true };
  expect(redisTarget(plain).client).toMatchObject({ host: "10.0.0.1" });
  expect(() => redisTarget({ url: "redis://localhost", caFile: "x" }))
    .toThrow('Cannot use "caFile"');
  expect(() => redisTarget({ url: "rediss://h", keyFile: "x" }))
    .toThrow("without its certificate");
  expect(codeOf(() => redisTarget({ url: "rediss://h", caFile: "/none" })))
    .toBe("ENOENT");
});

test("queueName() and leaseSettings() refuse what Redis or the lock could not bear", () => {
  expect(queueName({})).toEqual({ prefix: "sabmap", name: "shards" });
  for (const name of ["", "a:b", "a b", "x".repeat(65), "é"]) {
    expect(() => queueName({ queue: name })).toThrow("Cannot use a queue");
    expect(() => queueName({ prefix: name })).toThrow("Cannot use a prefix");
  }
  expect(leaseSettings({})).toEqual({ lockMs: 30_000, stalledMs: 15_000 });
  expect(leaseSettings({ lockMs: 2000 })).toEqual({
    lockMs: 2000,
    stalledMs: 1000,
  });
  for (const lockMs of [999, 1.5, NaN, 3_600_001]) {
    expect(() => leaseSettings({ lockMs })).toThrow('Cannot use "lockMs"');
  }
});

test("Lease is lost when three quarters of the lock pass without a renewal", () => {
  vi.useFakeTimers();
  const lease = new Lease(4000, 500);
  vi.advanceTimersByTime(2400);
  expect(lease.signal.aborted).toBe(false);
  lease.renewed();
  vi.advanceTimersByTime(2999);
  expect(lease.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(lease.signal.reason).toMatchObject({ code: "ERR_LEASE_LOST" });
  // What comes late changes nothing.
  lease.renewed();
  expect(lease.signal.aborted).toBe(true);
});

test("Lease is lost at once where it is as old as that, and never once it is closed", () => {
  vi.useFakeTimers();
  const old = new Lease(4000, 3000);
  vi.advanceTimersByTime(0);
  expect(old.signal.aborted).toBe(true);
  const closed = new Lease(4000, 0);
  closed.close();
  vi.advanceTimersByTime(10_000);
  expect(closed.signal.aborted).toBe(false);
  const taken = new Lease(4000, 0);
  taken.lose("another has it");
  expect(taken.signal.reason).toMatchObject({ message: "another has it" });
  expect(vi.getTimerCount()).toBe(0);
});

/** A root with a file, and files beside it that must not be reached. */
function makeRoot(): { root: string; outside: string } {
  const base = fs.mkdtempSync(join(files.folder, "roots-"));
  const root = join(base, "root");
  fs.mkdirSync(join(root, "sub"), { recursive: true });
  fs.writeFileSync(join(root, "sub", "data"), "inside");
  fs.mkdirSync(join(base, "root-beside"));
  const outside = join(base, "root-beside", "secret");
  fs.writeFileSync(outside, "outside");
  fs.symlinkSync(outside, join(root, "leak"));
  fs.symlinkSync(join(base, "root-beside"), join(root, "leaks"));
  fs.symlinkSync("sub/data", join(root, "good"));
  fs.symlinkSync(root, join(base, "alias"));
  return { root, outside };
}

test("Roots.resolve() finds files below the roots, by any path that stays there", () => {
  const { root } = makeRoot();
  const data = join(fs.realpathSync(root), "sub", "data");
  const roots = Roots.open([files.folder + "/.", root]);
  const alias = join(root, "..", "alias");
  for (
    const path of [
      "sub/data",
      "./sub//data",
      "sub/../sub/data",
      "good",
      join(root, "sub/data"),
      join(alias, "sub/data"),
    ]
  ) {
    expect(roots.resolve(path), path).toBe(data);
    expect(Roots.open([alias]).resolve(path), path).toBe(data);
  }
});

test("Roots.resolve() refuses what lies outside, by path or by link, and what is no file", () => {
  const { root, outside } = makeRoot();
  const roots = Roots.open([root]);
  for (
    const path of [
      "../root-beside/secret",
      "sub/../../root-beside/secret",
      outside,
      `${root}-beside/secret`,
      "/etc/passwd",
      "/nonexistent/file",
      "leak",
      "leaks/secret",
      join(root, "leaks", "secret"),
    ]
  ) {
    expect(codeOf(() => roots.resolve(path)), path).toBe("ERR_OUTSIDE_ROOT");
  }
  expect(codeOf(() => roots.resolve("none"))).toBe("ENOENT");
  expect(codeOf(() => roots.resolve("sub"))).toBe("EINVAL");
  expect(codeOf(() => roots.resolve(""))).toBe("ERR_FILE_NAME");
  expect(codeOf(() => roots.resolve("sub/data\0"))).toBe("ERR_FILE_NAME");
  expect(codeOf(() => Roots.open([]).resolve("sub/data"))).toBe(
    "ERR_OUTSIDE_ROOT",
  );
  expect(codeOf(() => Roots.open([join(root, "none")]))).toBe("ENOENT");
  expect(codeOf(() => Roots.open([join(root, "sub", "data")]))).toBe("ENOTDIR");
});

test("pathForWorkers() is relative to the root, and refuses what workers would", () => {
  const { root, outside } = makeRoot();
  const data = join(root, "sub", "data");
  expect(pathForWorkers(data, root)).toBe(join("sub", "data"));
  expect(pathForWorkers(join(root, "good"), root)).toBe(join("sub", "data"));
  expect(pathForWorkers(data, undefined)).toBe(data);
  expect(codeOf(() => pathForWorkers(outside, root))).toBe("ERR_OUTSIDE_ROOT");
  expect(codeOf(() => pathForWorkers(join(root, "leak"), root)))
    .toBe("ERR_OUTSIDE_ROOT");
  expect(codeOf(() => pathForWorkers("a\udc80", root))).toBe("ERR_FILE_NAME");
});

const RUN = "ab".repeat(32);

test("putPartial() and getPartial() pass bytes on, inline or by the store, checked", async () => {
  const store = new FolderStore(join(files.folder, "store"));
  const place = { run: RUN, name: "7", store };
  for (const byteLength of [0, 1, 100, 101, 70_000]) {
    const bytes = new Uint8Array(byteLength).fill(byteLength);
    const ref = await putPartial(bytes, 100, place);
    expect(ref.inline === undefined, `${byteLength}`).toBe(byteLength > 100);
    // Twice, as a worker does that comes late.
    expect(await putPartial(bytes, 100, place)).toEqual(ref);
    expect(await getPartial(ref, place)).toEqual(bytes);
    await expect(getPartial({ ...ref, blake3: "0".repeat(64) }, place))
      .rejects.toThrow(byteLength > 100 ? "no such file" : "received others");
    await expect(getPartial({ ...ref, byteLength: byteLength + 1 }, place))
      .rejects.toMatchObject({ code: "ERR_STORE" });
  }
  expect(fs.readdirSync(join(store.shown, RUN)).length).toBe(2);
});

test("getPartial() refuses a partial that was changed in the store, and a way out of it", async () => {
  const store = new FolderStore(join(files.folder, "changed"));
  const place = { run: RUN, name: "0", store };
  const ref = await putPartial(new Uint8Array(1000), 10, place);
  const [name = ""] = fs.readdirSync(join(store.shown, RUN));
  fs.writeFileSync(join(store.shown, RUN, name), new Uint8Array(1000).fill(1));
  await expect(getPartial(ref, place)).rejects.toThrow("received others");
  fs.writeFileSync(join(store.shown, RUN, name), "short");
  await expect(getPartial(ref, place)).rejects.toThrow("holds 5 bytes");
  await expect(getPartial({ ...ref, blake3: "../../../etc/passwd" }, place))
    .rejects.toThrow("must be 64 digits");
  const none = { ...place, store: undefined };
  await expect(getPartial(ref, none)).rejects.toThrow("received neither");
  await expect(putPartial(new Uint8Array(11), 10, none))
    .rejects.toThrow("there is no store");
});

test("FolderStore removes its own files only: those of shards, and what is old", async () => {
  const folder = join(files.folder, "swept");
  const store = new FolderStore(folder);
  await store.removeShards(RUN);
  await store.removeOld(0);
  const digest = "0".repeat(64);
  await store.put(`${RUN}/1.${digest}`, new Uint8Array(3));
  await store.put(`${RUN}/result.${digest}`, new Uint8Array(3));
  fs.writeFileSync(join(folder, RUN, "1.txt"), "a user's");
  fs.writeFileSync(join(folder, RUN, `2.${digest}.uuid.tmp`), "half");
  fs.mkdirSync(join(folder, "other"));
  fs.writeFileSync(join(folder, "other", `1.${digest}`), "a user's");
  await store.removeShards(RUN);
  const kept = ["1.txt", `result.${digest}`];
  expect(fs.readdirSync(join(folder, RUN)).sort()).toEqual(kept);
  await store.removeOld(60_000);
  expect(fs.readdirSync(join(folder, RUN)).sort()).toEqual(kept);
  await store.removeOld(-60_000);
  expect(fs.readdirSync(join(folder, RUN))).toEqual(["1.txt"]);
  expect(fs.readdirSync(join(folder, "other"))).toEqual([`1.${digest}`]);
  await store.removeShards("../other");
  expect(fs.readdirSync(join(folder, "other"))).toEqual([`1.${digest}`]);
});

test("S3Store keeps bytes as objects, and tells what the server refuses", async () => {
  const objects = new Map<string, Uint8Array>();
  const signatures: string[] = [];
  const server = http.createServer((request, response) => {
    signatures.push(String(request.headers.authorization));
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const name = request.url ?? "";
      if (request.method === "PUT") objects.set(name, Buffer.concat(chunks));
      const found = objects.get(name);
      response.writeHead(name.includes("denied") ? 403 : found ? 200 : 404);
      response.end(request.method === "GET" ? found : undefined);
    });
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve())
  );
  const { port } = server.address() as net.AddressInfo;
  vi.stubEnv("AWS_ENDPOINT_URL_S3", `http://127.0.0.1:${port}`);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
  try {
    const store = await openStore("s3://bucket/prefix/");
    const bytes = new Uint8Array(100_000).fill(3);
    const place = { run: RUN, name: "5", store };
    const ref = await putPartial(bytes, 10, place);
    expect(await getPartial(ref, place)).toEqual(bytes);
    expect([...objects.keys()]).toEqual([
      `/bucket/prefix/${RUN}/5.${ref.blake3}`,
    ]);
    expect(signatures[0]).toContain("AWS4-HMAC-SHA256 Credential=id/");
    await checkS3Failures(store, ref.blake3);
  } finally {
    vi.unstubAllEnvs();
    server.closeAllConnections();
    server.close();
  }
});

async function checkS3Failures(store: Store, digest: string): Promise<void> {
  const name = `${RUN}/5.${digest}`;
  await expect(store.get(name, 99_999)).rejects.toThrow("holds more");
  await expect(store.get(name, 100_001)).rejects.toThrow("holds 100000 bytes");
  await expect(store.get(`${RUN}/6.${digest}`, 1)).rejects.toMatchObject({
    code: "ENOENT",
  });
  await expect(store.get("denied", 1)).rejects.toThrow("status 403");
  await expect(store.put("denied", new Uint8Array(1))).rejects.toThrow("403");
}

/** A plan of three shards that no file is needed for. */
function makeTestPlan(): ShardPlan {
  const source = {
    kind: "file",
    size: 200_000,
    mtimeMs: 5,
    probe: "0".repeat(64),
  } as const;
  const operation = makeOperation("count", {});
  return makePlan("data", source, operation, { shards: 3 });
}

test("checkShardData() and checkMergeData() take what was sent, and nothing else", () => {
  const plan = makeTestPlan();
  const sent = JSON.parse(
    JSON.stringify(shardData("sub/data", taskOf(plan, 1))),
  );
  const id = shardJobId(plan.run, 1);
  expect(checkShardData(sent, id)).toEqual(
    shardData("sub/data", taskOf(plan, 1)),
  );
  const others: [unknown, string][] = [
    [undefined, id],
    [null, id],
    ["text", id],
    [{ ...sent, v: 2 }, id],
    [{ ...sent, path: 5 }, id],
    [{ ...sent, task: { ...sent.task, index: 2 } }, id],
    [{ ...sent, task: { ...sent.task, end: 200_000 } }, id],
    [{ ...sent, task: { ...sent.task, run: RUN } }, id],
    [sent, shardJobId(plan.run, 2)],
    [sent, "1"],
  ];
  for (const [data, jobId] of others) {
    expect(() => checkShardData(data, jobId), JSON.stringify(data)).toThrow(
      SabmapError,
    );
  }
  const operation = { name: "eval", version: 1, parameters: {} };
  const evil = { ...sent, task: { ...sent.task, operation } };
  expect(() => checkShardData(evil, id)).toThrow("must be one of hash");
  const merge = JSON.parse(JSON.stringify(mergeData(plan)));
  expect(checkMergeData(merge, plan.run)).toEqual(mergeData(plan));
  expect(() => checkMergeData(merge, RUN)).toThrow("its id must be");
});

test("partialsOf() puts shards in order, and names the one that is missing", () => {
  const plan = makeTestPlan();
  const value = (byteLength: number) => ({
    v: 1,
    partial: { byteLength, blake3: "0".repeat(64), inline: "" },
  });
  const key = (index: number) => `p:q:${shardJobId(plan.run, index)}`;
  const values = { [key(2)]: value(2), [key(0)]: value(0), [key(1)]: value(1) };
  const lengths = partialsOf(plan, values).map(({ byteLength }) => byteLength);
  expect(lengths).toEqual([0, 1, 2]);
  expect(() => partialsOf(plan, { ...values, [key(1)]: undefined }))
    .toThrow(SabmapError);
  const { [key(1)]: _, ...rest } = values;
  expect(() => partialsOf(plan, { ...rest, [key(3)]: value(3) }))
    .toThrow("received none of shard 1");
  expect(shardIndex(plan.run, key(1))).toBeUndefined();
  expect(shardIndex(plan.run, `${plan.run}-1`)).toBe(1);
  expect(shardIndex(plan.run, `${plan.run}--1`)).toBeUndefined();
});

test("inlineLimit() bounds what a run puts into Redis", () => {
  for (const count of [1, 10, 256, 2000, 10_000]) {
    expect(count * inlineLimit(count, true)).toBeLessThanOrEqual(2 ** 24);
    expect(count * inlineLimit(count, false)).toBeLessThanOrEqual(2 ** 24);
  }
  expect(inlineLimit(10, true)).toBe(65_536);
});

test("isPassing() and reasonOf() keep what an error says on its way", () => {
  const changed = new SabmapError(
    ErrorCode.FileChanged,
    "it (the file) is new",
  );
  expect(reasonOf(changed)).toBe("it (the file) is new (ERR_FILE_CHANGED)");
  expect(readReason(reasonOf(changed))).toEqual({
    message: "it (the file) is new",
    code: "ERR_FILE_CHANGED",
  });
  expect(readReason("plain (text)")).toEqual({
    message: "plain (text)",
    code: undefined,
  });
  for (const code of ["EIO", "ENOENT", "ESTALE", "ERR_WORKER_CRASHED"]) {
    expect(isPassing(new SabmapError(code as "EIO", "")), code).toBe(true);
  }
  for (const code of ["ERR_FILE_CHANGED", "ERR_BAD_RECORD", "ERR_CHECKSUM"]) {
    expect(isPassing(new SabmapError(code as "EIO", "")), code).toBe(false);
  }
  expect(isPassing(new Error("?"))).toBe(true);
  expect(isPassing(new RangeError("?"))).toBe(false);
});

test.skipIf(process.platform === "win32")(
  "Roots.resolve() opens no FIFO",
  async () => {
    const { root } = makeRoot();
    const { spawnSync } = await import("node:child_process");
    spawnSync("mkfifo", [join(root, "fifo")]);
    expect(codeOf(() => Roots.open([root]).resolve("fifo"))).toBe("EINVAL");
  },
);
