/**
 * A fleet whose hosts die, whose link is cut and whose Redis crashes; and a Redis that does not let everyone in.
 *
 * Each is tried on one of the three runtimes, and the fleet that loses a host has workers of all three; the long form
 * is campaigns/fleet.ts.
 */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { redisTarget } from "../src/bullmq/redis_target.ts";
import { Link, notesOf } from "../src/bullmq/connection.ts";
import { countFile } from "../src/mod.ts";
import { Fleet, holdingGate, indexOf } from "./bullmq_fleet.ts";
import { spread } from "./effort.ts";
import { freePort } from "./free_port.ts";
import { CuttableLink, hasRedis, RedisServer } from "./redis_server.ts";
import { RUNTIMES } from "./runtimes.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();
const SIZE = 1_000_003;
/** Short, so that a worker that is lost is missed soon. */
const LEASE = { lockMs: 2000, stalledMs: 250 };
/** What this runtime tries. */
const HERE = spread(["", "host", "link", "server"]);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});
afterAll(async () => {
  for (const server of servers) await (await server).stop();
});
const servers: Promise<RedisServer>[] = [];

/** Starts a server that ends with the tests of this file. */
function startServer(...args: string[]): Promise<RedisServer> {
  const server = RedisServer.start(...args);
  servers.push(server);
  return server;
}

function newFleet(url: string, queue: string): Fleet {
  const fleet = new Fleet(url, files.folder, queue);
  cleanups.push(() => fleet.close());
  return fleet;
}

/** A worker that holds its first shard until a line comes; it tells what it does. */
const WORKER = `
import { startWorker } from "SRC/bullmq";
import { RunnerThread } from "SRC/bullmq/runner_thread";
import process from "node:process";
const [url, root, queue, lease] = process.argv.slice(2);
const go = new Promise((resolve) => process.stdin.once("data", resolve));
const say = (text) => process.stdout.write(text + "\\n");
const openRunner = (settings) => {
  const thread = new RunnerThread();
  return {
    run: async (request) => {
      say("has " + request.task.index);
      await go;
      await thread.open(settings);
      return await thread.run(request);
    },
    merge: async (request) => {
      await thread.open(settings);
      say("merges");
      return await thread.merge(request);
    },
    close: () => Promise.resolve(),
  };
};
await startWorker({
  redis: { url }, queue, prefix: "test", roots: [root],
  openRunner, ...JSON.parse(lease),
});
`;

interface ForeignWorker {
  readonly lines: string[];
  /** Resolves with the index of its first shard. */
  readonly first: Promise<number>;
  go(): void;
  kill(): void;
}

function startForeign(
  { name, command, args, src, ending }: typeof RUNTIMES[number],
  { url, queue }: { url: string; queue: string },
): ForeignWorker {
  const path = join(files.folder, `worker-${name}.mjs`);
  const code = WORKER.replaceAll(
    /"SRC\/([^"]*)"/g,
    (_, module) => `"${src}${module}${ending}"`,
  );
  fs.writeFileSync(path, code);
  const words = [url, files.folder, queue, JSON.stringify(LEASE)];
  const child = spawn(command, [...args, path, ...words], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines: string[] = [];
  const first = new Promise<number>((resolve, reject) => {
    child.stdout.on("data", (chunk) => {
      lines.push(...String(chunk).trim().split("\n"));
      const [, index] = /^has (\d+)$/.exec(lines[0] ?? "") ?? [];
      if (index !== undefined) resolve(Number(index));
    });
    child.on("exit", () => reject(new Error(`the worker on ${name} ended`)));
  });
  first.catch(() => {});
  child.stdin.on("error", () => {});
  const kill = () => void child.kill("SIGKILL");
  cleanups.push(kill);
  return { lines, first, go: () => void child.stdin.write("go\n"), kill };
}

/** A test of one runtime of three. */
function testHere(
  what: string,
  name: string,
  action: () => Promise<void>,
): void {
  if (HERE.includes(what)) test(name, action);
}

describe.skipIf(!hasRedis)("fleet that is hurt (needs redis-server)", () => {
  testHere(
    "host",
    "a host is killed in the middle of a shard: the others, of all runtimes, do it",
    async () => {
      const server = await startServer();
      const place = { url: server.url, queue: "host" };
      const path = files.make(seededBytes(SIZE, 21));
      const fleet = newFleet(server.url, place.queue);
      const run = await fleet.submit(path, "count", {}, { shards: 8 });
      const workers = RUNTIMES.map((runtime) => startForeign(runtime, place));
      const taken = await Promise.all(workers.map(({ first }) => first));
      expect(taken.toSorted()).toEqual([0, 1, 2]);
      const [victim, ...others] = workers;
      victim?.kill();
      for (const worker of others) worker.go();
      const { result } = await run.result();
      expect(result).toEqual({ count: (await countFile(path)).count });
      const did = others.flatMap(({ lines }) => lines);
      // Once each, the lost one too; and one merge.
      expect(did.toSorted()).toEqual(
        [0, 1, 2, 3, 4, 5, 6, 7].map((index) => `has ${index}`).concat(
          "merges",
        ),
      );
    },
  );

  testHere(
    "link",
    "a link is cut for longer than the lock: the worker stops in time, and is of use again",
    async () => {
      const server = await startServer();
      const link = await CuttableLink.open(server.port);
      cleanups.push(() => link.close());
      const path = files.make(seededBytes(SIZE, 22));
      const near = newFleet(server.url, "link");
      const far = newFleet(link.url, "link");
      const hold = holdingGate();
      const cut = await far.work(LEASE, hold.gate);
      const run = await near.submit(path, "count", {}, { shards: 4 });
      const index = await hold.held;
      link.cut();
      const other = await near.work(LEASE);
      const lost = await cut.when(({ event }) => event === "failed");
      expect(lost.reason).toContain("(ERR_LEASE_LOST)");
      // Nobody else has begun it before the one that was cut off has stopped.
      expect(other.events.map(indexOf)).not.toContain(index);
      const { result } = await run.result();
      expect(result).toEqual({ count: (await countFile(path)).count });
      expect(other.done().toSorted()).toEqual([0, 1, 2, 3]);
      await other.worker.close();
      hold.open();
      link.mend();
      const next = await near.submit(path, "count", {}, { shards: 3 });
      await next.result();
      expect(cut.done().toSorted()).toEqual([0, 1, 2]);
    },
  );

  testHere(
    "server",
    "Redis is killed and started again: the run goes on where it was",
    async () => {
      const words = ["--appendonly", "yes", "--appendfsync", "always"];
      const server = await startServer(...words);
      const path = files.make(seededBytes(SIZE, 23));
      const fleet = newFleet(server.url, "server");
      const hold = holdingGate((index) => index === 2);
      const { done, notes } = await fleet.work(LEASE, hold.gate);
      const run = await fleet.submit(path, "count", {}, { shards: 4 });
      const result = run.result();
      await hold.held;
      await server.kill();
      hold.open();
      await server.launch();
      expect((await result).result).toEqual({
        count: (await countFile(path)).count,
      });
      expect(new Set(done())).toEqual(new Set([0, 1, 2, 3]));
      expect(notes[0]).toContain("the connection to redis://127.0.0.1:");
    },
  );

  testHere(
    "server",
    "a shard that takes longer than the lock keeps it",
    async () => {
      const server = await startServer();
      const path = files.make(seededBytes(SIZE, 26));
      const fleet = newFleet(server.url, "long");
      const work = () =>
        new Promise<void>((resolve) => setTimeout(resolve, 1.2 * LEASE.lockMs));
      const { events } = await fleet.work(LEASE, work);
      const run = await fleet.submit(path, "count", {}, { attempts: 1 });
      await run.result();
      const told = events.map(({ event, attempt }) => `${event} ${attempt}`);
      expect(told).toEqual(["start 1", "done 1", "start 1", "done 1"]);
    },
  );

  testHere(
    "server",
    "submitRun() gives up on a server that stays away, and a worker can be closed then",
    async () => {
      const server = await startServer();
      const path = files.make(seededBytes(SIZE, 24));
      const fleet = newFleet(server.url, "away");
      const run = await fleet.submit(path, "count", {}, { patienceMs: 0 });
      const result = run.result();
      const hold = holdingGate();
      const { worker } = await fleet.work({}, hold.gate);
      await hold.held;
      await server.kill();
      await expect(result).rejects.toMatchObject({
        code: "ERR_QUEUE",
        message: expect.stringContaining("has not been reached for"),
      });
      await worker.close();
      await worker.closed;
    },
  );
});

/** What a user is told who connects. */
async function told(
  url: string,
  more: { caFile?: string; serverName?: string } = {},
): Promise<string> {
  try {
    const link = await Link.open(redisTarget({ url, ...more }), () => {});
    link.close();
    return notesOf(link.facts).join("\n");
  } catch (error) {
    const { message, code } = error as { message: string; code: string };
    return `${message} (${code})`;
  }
}

describe.skipIf(!hasRedis)("Redis and its users (needs redis-server)", () => {
  test("Link.open() tells why a server cannot be used, and what is wrong with it", async () => {
    const server = await startServer(
      ...["--requirepass", "secret", "--maxmemory", "100mb"],
      ...["--maxmemory-policy", "allkeys-lru"],
    );
    const { port } = server;
    expect(await told(`redis://127.0.0.1:${port}`)).toMatch(/NOAUTH/);
    const wrong = await told(`redis://:wrong@127.0.0.1:${port}`);
    expect(wrong).toMatch(/^Redis at redis:.* cannot be used: WRONGPASS/);
    expect(wrong).not.toContain("wrong@");
    const notes = await told(`redis://:secret@127.0.0.1:${port}`);
    expect(notes).toContain("maxmemory-policy is allkeys-lru");
    expect(notes).toContain("set appendonly yes");
    await server.kill();
    expect(await told(`redis://127.0.0.1:${port}`)).toMatch(
      /ECONNREFUSED.*\(ERR_QUEUE\)$/,
    );
  });

  test("a user that may touch the keys of its prefix only can do all that a fleet does", async () => {
    const server = await startServer("--appendonly", "yes");
    server.write("users.acl", "");
    const rule = "~test:* &* +@all -@admin -@dangerous +info";
    const { Redis } = await import("ioredis");
    const admin = new Redis(server.port);
    await admin.call(
      "ACL",
      "SETUSER",
      "fleet",
      "on",
      ">pw",
      ...rule.split(" "),
    );
    const path = files.make(seededBytes(SIZE, 25));
    const url = `redis://fleet:pw@127.0.0.1:${server.port}`;
    const fleet = newFleet(url, "acl");
    const { notes } = await fleet.work();
    const run = await fleet.submit(path, "count", {}, { shards: 3 });
    await run.result();
    const fresh = await fleet.submit(path, "count", {}, { fresh: true });
    await fresh.result();
    expect(notes).toEqual([]);
    const log = await admin.call("ACL", "LOG");
    admin.disconnect();
    expect(log).toEqual([]);
  });

  test.skipIf(!hasTool("openssl"))(
    "TLS: the server must have a certificate of the authority, for its name",
    async () => {
      const names = makeCertificates();
      const server = await startServer(
        ...["--tls-port", "0", "--tls-cert-file", names.cert],
        ...["--tls-key-file", names.key, "--tls-ca-cert-file", names.ca],
        ...["--tls-auth-clients", "no"],
      );
      const { Redis } = await import("ioredis");
      const admin = new Redis(server.port);
      const port = await listenForTls(admin);
      admin.disconnect();
      const url = `rediss://localhost:${port}`;
      const caFile = names.ca;
      expect(await told(url)).toMatch(/cannot be used: .*\(ERR_QUEUE\)$/);
      expect(await told(url, { caFile })).toMatch(/\(ERR_QUEUE\)$/);
      expect(await told(url, { caFile, serverName: "redis.test" })).toBe(
        "Redis forgets runs when it is restarted, as it keeps no append-only file: set appendonly yes",
      );
    },
  );
});

/** Has a server that runs listen for TLS. @returns The port. */
async function listenForTls(admin: Redis): Promise<number> {
  for (let tries = 0;; tries++) {
    const port = await freePort();
    try {
      await admin.config("SET", "tls-port", String(port));
      return port;
    } catch (error) {
      // Somebody else may have taken the port meanwhile.
      if (tries === 9) throw error;
    }
  }
}

/** An authority, and a certificate of its for `redis.test`. */
function makeCertificates(): { ca: string; cert: string; key: string } {
  const at = (name: string) => join(files.folder, name);
  const openssl = (...args: string[]) => {
    const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl(
    ...["req", "-x509", ...ec, "-keyout", at("ca.key"), "-out", at("ca.pem")],
    ...["-subj", "/CN=Test authority", "-days", "2"],
  );
  openssl(
    ...["req", ...ec, "-keyout", at("redis.key"), "-out", at("redis.csr")],
    ...["-subj", "/CN=redis.test"],
  );
  fs.writeFileSync(at("redis.ext"), "subjectAltName=DNS:redis.test\n");
  openssl(
    ...["x509", "-req", "-in", at("redis.csr"), "-CA", at("ca.pem")],
    ...["-CAkey", at("ca.key"), "-CAcreateserial", "-days", "2"],
    ...["-extfile", at("redis.ext"), "-out", at("redis.pem")],
  );
  return { ca: at("ca.pem"), cert: at("redis.pem"), key: at("redis.key") };
}
