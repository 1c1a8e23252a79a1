/** Shards of objects on web servers: each is read for itself, and what is joined is what the file gives. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunOptions } from "../src/options.ts";
import { mergePartials } from "../src/shards/merge.ts";
import { makeOperation } from "../src/shards/operation.ts";
import { planShards, taskOf } from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { spread } from "./effort.ts";
import { startServer, type TestServer } from "./http_server.ts";
import { runCli } from "./run_cli.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const TEXT = Array.from(
  { length: 40_000 },
  (_, i) => `s${i * 7919 % 13};${(i * 31 % 1999 - 999) / 10}\n`,
).join("");
const files = temporaryFiles();
let server: TestServer;
let file = "";

beforeAll(async () => {
  server = await startServer(new TextEncoder().encode(TEXT));
  file = files.make(TEXT);
});
afterAll(() => server.close());

const RECORDS = ["records", "--delimiter", ";", "--names", "station,temp"];
const COMMANDS: readonly (readonly string[])[] = [
  ["hash", "--algo", "blake3,crc32c", "FILE"],
  ["count", "FILE"],
  ["count", "--match", "9\ns1", "FILE"],
  ["find", "FILE", "99.9\ns"],
  [
    ...RECORDS,
    "--agg",
    "count,mean",
    "--of",
    "temp",
    "--group-by",
    "station",
    "FILE",
  ],
  [...RECORDS, "--where", "temp > 99", "--json", "FILE"],
  // Nines are quotes: where a shard's first record starts depends on all in front of it.
  [...RECORDS, "--quote", "9", "--agg", "count", "--on-bad", "skip", "FILE"],
  ["--json", "FILE"],
];
const SHARDS = 3;

for (const [number, command] of spread([...COMMANDS.entries()])) {
  it(`process ${command.join(" ")}: merges to what the file gives`, async () => {
    const words = command.map((word) => word === "FILE" ? server.url : word);
    const partials: string[] = [];
    for (let index = 0; index < SHARDS; index++) {
      const partial = join(files.folder, `${number}-${index}`);
      partials.push(partial);
      const before = server.requests.length;
      const { code, stderr } = await runCli([
        ...words,
        ...["--shard", `${index}/${SHARDS}`, "--partial", partial],
      ]);
      expect(code, stderr).toBe(0);
      // A record may go on for 1 MiB behind its shard, which is all of this file.
      const isPart =
        bytesAsked(server.requests.slice(before)) < 0.8 * TEXT.length;
      expect(isPart || command[0] === "records", words.join(" ")).toBe(true);
    }
    const merged = await runCli([
      ...["merge", ...partials],
      ...command.filter((word) => word === "--json"),
    ]);
    const whole = await runCli(
      command.map((word) => word === "FILE" ? file : word),
    );
    expect(plain(merged.stdout)).toBe(plain(whole.stdout));
  });
}

it("parts of digests that share the ring: as of the file, on workers", async () => {
  const parameters = {
    algorithms: ["s3-etag", "s3-crc32c", "blake3"],
    // So that groups of parts are none of those of the file (see plan/parts.ts).
    partBytes: 40 * 1024,
  };
  const bytes = seededBytes(1_500_000, 9);
  const large = await startServer(bytes);
  const { result: expected } = await merge(files.make(bytes), parameters, {});
  for (const workers of spread([1, 2, 3])) {
    const run = { workers, inlineBytes: 0, segmentBytes: 256 * 1024 };
    const { result } = await merge(large.url, parameters, run);
    expect(result).toEqual(expected);
  }
  await large.close();
});

async function merge(path: string, parameters: object, run: RunOptions) {
  const operation = makeOperation("hash", parameters);
  const plan = await planShards(path, operation, { shards: 2 });
  const partials: Uint8Array[] = [];
  for (const { index } of plan.shards) {
    partials.push(await runShard(taskOf(plan, index), run));
  }
  return await mergePartials(partials);
}

it("an object that changed between two shards is refused", async () => {
  const partial = join(files.folder, "changed");
  const plan = await runCli([
    "plan",
    server.url,
    "--op",
    "count",
    "--shards",
    "2",
  ]);
  expect(plan.code, plan.stderr).toBe(0);
  const list = files.make(plan.stdout);
  const old = server.etag;
  server.etag = '"two"';
  const { code, stderr } = await runCli([
    ...["shard", list, "--index", "1", "--partial", partial],
  ]);
  server.etag = old;
  expect(code).toBe(2);
  expect(stderr).toContain("ERR_FILE_CHANGED");
});

/** Without the file's name and what depends on time. */
function plain(text: string): string {
  return text
    .replaceAll(server.url, file)
    .replace(/,"(?:io|shards)".*(?=}\n)/, "");
}

function bytesAsked(requests: TestServer["requests"]): number {
  return requests.reduce((sum, { range }) => {
    const [, start, last] = /(\d+)-(\d+)/.exec(String(range)) ?? [];
    return sum + Number(last) - Number(start) + 1;
  }, 0);
}
