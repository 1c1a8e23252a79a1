/** `process submit` and `process work`, as users call them. */
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDuration } from "../src/cli/fleet_options.ts";
import { spread } from "./effort.ts";
import { hasRedis, RedisServer } from "./redis_server.ts";
import { runCli, type Running, startCli } from "./run_cli.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** Runs `process submit`, which fails before it connects. */
async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli(args);
  expect([code, stdout]).toEqual([2, ""]);
  return stderr;
}

test("submit and work refuse what is wrong, with one line", async () => {
  const path = files.make("text\n");
  const redis = ["--redis", "redis://localhost:1"];
  const { cwd } = { cwd: files.folder };
  const lines: [string, ...string[]][] = [
    ["missing --redis URL", "submit", path, "--op", "count"],
    ["missing --op", "submit", path, ...redis],
    ["missing FILE", "submit", "--op", "count", ...redis],
    ["never wholly old", "submit", path, "--op", "patch", ...redis],
    [
      ...["never wholly old", "submit", path, "--op", "records"],
      ...["--struct", "<I", "--names", "a", "--set", "a=1", ...redis],
    ] as [string, ...string[]],
    ["by md5", "submit", path, "--op", "hash --algo md5", ...redis],
    ["--keep", "submit", path, "--op", "count", "--keep", "5", ...redis],
    [
      ...["together with --shards", "submit", path, "--op", "count"],
      ...["--shards", "2", "--shard-size", "1MiB", ...redis],
    ] as [string, ...string[]],
    ["at least 1 byte", "submit", path, "--op", "count", ...redis].concat([
      "--shard-size",
      "0",
    ]) as [string, ...string[]],
    ["without TLS", "submit", path, "--op", "count", "--redis", "redis://h"],
    ["missing --root", "work", ...redis],
    ["too many arguments", "work", path, ...redis],
    ["no such file", "work", "--root", join(cwd, "none"), ...redis],
    ["no such file", "work", "--root", cwd, "--redis-url-file", "/none"],
    ["cannot be used", "work", "--root", cwd, ...redis],
    ["cannot be used", "submit", path, "--op", "count", ...redis],
  ];
  for (const [text, ...args] of lines) {
    const told = await refusal(...args);
    expect(told, args.join(" ")).toMatch(/^process: [^\n]*\n$/);
    expect(told, args.join(" ")).toContain(text);
  }
  const password = await refusal(
    ...["work", "--root", cwd, "--redis", "redis://:hidden@localhost:1"],
  );
  expect(password).toContain("see the password in --redis");
  expect(password).not.toContain("hidden");
});

test("parseDuration() takes whole numbers with a unit", () => {
  expect(parseDuration("250ms", "--lock")).toBe(250);
  expect(parseDuration("30 s", "--lock")).toBe(30_000);
  expect(parseDuration("2d", "--lock")).toBe(172_800_000);
  for (const text of ["", "5", "s", "1.5s", "-1s", "5 w", "toString"]) {
    expect(() => parseDuration(text, "--lock")).toThrow("Cannot use --lock");
  }
});

describe.skipIf(!hasRedis)("submit and work (need redis-server)", () => {
  let server: RedisServer;
  let worker: Running;
  const events: { event: string; job?: string }[] = [];

  beforeAll(async () => {
    server = await RedisServer.start("--appendonly", "yes");
    worker = startCli([
      ...["work", "--json", "--root", files.folder, "--redis", server.url],
      ...["--lock", "20s", "--workers", "2"],
    ]);
    await new Promise<void>((resolve) => {
      worker.child.stdout.on("data", (chunk) => {
        for (const line of String(chunk).trim().split("\n")) {
          events.push(JSON.parse(line));
        }
        resolve();
      });
      worker.child.on("exit", () => resolve());
    });
    expect(events[0]).toEqual({ event: "ready" });
  });
  afterAll(async () => {
    worker.child.kill("SIGKILL");
    await server.stop();
  });

  const submit = (...args: string[]) =>
    runCli(["submit", "--redis", server.url, "--root", files.folder, ...args]);

  test("submit prints what the command prints on one machine", async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `${i % 7};${i * 31 % 997}`,
    );
    const path = files.make(`${lines.join("\n")}\n`);
    const fields = ["--lines", "--delimiter", ";", "--names", "key,value"];
    const operations = [
      ["hash", "--algo", "blake3,crc32"],
      ["count", "--match", "99"],
      ["find", "--max-count", "5", "99"],
      [
        "records",
        ...fields,
        "--group-by",
        "key",
        "--agg",
        "sum",
        "--of",
        "value",
      ],
      ["records", ...fields, "--where", "value > 990", "--select", "value"],
      ["find", "absent"],
    ] as const;
    for (const [name, ...words] of spread(operations)) {
      for (const json of spread([[], ["--json"]])) {
        // The pattern of find stands in front of the file or behind its options.
        const one = name === "find"
          ? [name, ...json, ...words.slice(0, -1), path, words.at(-1) ?? ""]
          : [name, ...json, ...words, path];
        const many = name === "find"
          ? [path, "--op", name, ...json, ...words]
          : ["--op", name, ...json, ...words, path];
        const here = await runCli(one);
        const there = await submit("--shard-size", "64KiB", ...many);
        expect(there, one.join(" ")).toEqual(here);
      }
    }
  });

  test("--detach prints the name of the run; submitted again, its result is printed", async () => {
    const path = files.make(seededBytes(300_000, 31));
    const asked = [path, "--op", "count", "--shards", "3"];
    const { stdout, stderr } = await submit("--detach", ...asked);
    expect(stdout).toMatch(/^[0-9a-f]{64}\n$/);
    expect(stderr).toBe("");
    const again = await submit(...asked);
    expect(again.stdout).toMatch(/^\d+ .*\n$/);
    const { stdout: told } = await submit("--detach", "--json", ...asked);
    expect(JSON.parse(told)).toEqual({
      run: stdout.trim(),
      shards: 3,
      attached: true,
    });
    const done = events.filter(({ event, job }) =>
      event === "done" && job?.startsWith(stdout.trim())
    );
    expect(done.length).toBe(4);
  });

  test("submit that is interrupted ends, and the run goes on", async () => {
    const path = files.make(seededBytes(100_000, 32));
    const { QueueEvents } = await import("bullmq");
    const queue = new QueueEvents("left", {
      connection: { port: server.port },
      prefix: "sabmap",
    });
    await queue.waitUntilReady();
    const added = new Promise<string>((resolve) =>
      queue.on("waiting", ({ jobId }) => resolve(jobId))
    );
    const args = ["submit", path, "--op", "count", "--queue", "left"];
    const env = { SABMAP_REDIS_URL: server.url };
    const { child, outcome } = startCli(args, { env });
    const [run] = (await added).split("-");
    child.kill("SIGINT");
    const { code, stderr, stdout } = await outcome;
    await queue.close();
    expect([code, stdout]).toEqual([130, ""]);
    expect(stderr).toContain(`run ${run} goes on`);
    const again = await runCli([
      ...args,
      "--detach",
      "--json",
      "--redis",
      server.url,
    ]);
    expect(JSON.parse(again.stdout)).toMatchObject({ run, attached: true });
  });

  test("submit tells of a failure in one line", async () => {
    const path = files.make(seededBytes(100_000, 33));
    const worth = ["records", "--struct", "<IIII", "--names", "a,b,c,d"];
    const args = [...worth, "--agg", "count", "--op"];
    args.splice(0, 1);
    const { code, stdout, stderr } = await submit(
      ...[path, "--op", "records", ...args.slice(0, -1), "--shards", "1"],
    );
    const here = await runCli([...worth, "--agg", "count", path]);
    expect([code, stdout]).toEqual([here.code, here.stdout]);
    expect(stderr).toBe(here.stderr);
    fs.rmSync(path);
    const gone = await submit(path, "--op", "count");
    expect(gone.stderr).toMatch(/^process: .*no such file.*\(ENOENT\)\n$/);
  });

  test("work ends with 0 at SIGTERM", async () => {
    // Deno says of a child that its own `kill` was called for that the signal ended it, whatever it did.
    process.kill(worker.child.pid ?? 0, "SIGTERM");
    const { code, stderr } = await worker.outcome;
    expect(code).toBe(0);
    expect(stderr).toContain("serves the queue sabmap:shards at redis://");
  });
});
