/** Shards: whatever runs them, their partials are the same bytes, and joined they give what one machine finds. */
import { utimesSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Engine } from "../src/engine.ts";
import { findInFile } from "../src/find_in_file.ts";
import { countFile, hashFile, profileFile } from "../src/operations.ts";
import { recordRows, recordStats } from "../src/record_stats.ts";
import { blake3Hex } from "../src/shards/blake3_bytes.ts";
import { joinChains } from "../src/find/chain.ts";
import { encodePlain } from "../src/shards/encode.ts";
import { normalChain } from "../src/shards/jobs/chains.ts";
import { encodeJoined, joinPartials } from "../src/shards/join.ts";
import { mergePartials } from "../src/shards/merge.ts";
import {
  checkOperation,
  loadShardedJob,
  makeOperation,
  type Operation,
  type OperationName,
} from "../src/shards/operation.ts";
import {
  checkTask,
  planShards,
  type ShardPlan,
  taskOf,
} from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { planShards as planFile, type ShardedRequest } from "../src/mod.ts";
import { rounds, spread } from "./effort.ts";
import {
  randomLines,
  type RandomSource,
  randomSource,
} from "./shards_random.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const engine = new Engine();
afterAll(() => engine.close());

const KIB = 1024;
const RUNS = [
  { workers: 1 },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 3, inlineBytes: 0, io: "preload", segmentBytes: 128 * KIB },
  { workers: 1, inlineBytes: 0, io: "stream", segmentBytes: 256 * KIB },
  { workers: 2, inlineBytes: 0, io: "map", segmentBytes: 64 * KIB },
] as const;

type Question = readonly [name: OperationName, parameters: object];

const TEXT = { delimiter: ";", names: ["s", "t", "u"], format: "json" };
const QUESTIONS: readonly Question[] = [
  ["hash", { algorithms: ["blake3", "crc32", "crc64nvme", "adler32"] }],
  ["hash", {
    algorithms: ["btv2", "s3-etag", "s3-crc32c", "crc32c"],
    partBytes: 64 * KIB,
    pieceBytes: 32 * KIB,
  }],
  ["hash", {
    algorithms: ["blake3", "crc64xz"],
    blake3: { context: "test 2026", outputBytes: 70, seek: 5 },
  }],
  ["hash", { algorithms: ["s3-sha256"], partBytes: 40_000 }],
  ["count", {}],
  ["count", { match: [{ text: ";1" }] }],
  ["count", { match: [{ text: "11" }, { text: "1;1" }, { hex: "31 3?" }] }],
  ["count", { match: [{ text: "11" }], overlapping: true, start: 70_001 }],
  ["find", { patterns: [{ text: "99" }] }],
  ["find", { patterns: [{ text: "11" }, { text: "111" }, { text: "1" }] }],
  ["find", { patterns: [{ text: "\nST1" }], ignoreCase: true, end: 150_000 }],
  ["find", { patterns: [{ text: "22" }, { text: "2" }], maxCount: 900 }],
  ["find", { patterns: [{ text: "33" }], resumeFrom: 66_000, counts: true }],
  ["find", { patterns: [{ text: "s" }], overlapping: true, counts: true }],
  ["profile", {}],
  ["records", {
    ...TEXT,
    aggregates: ["count", "min", "max", "mean", "sum", "stddev"],
    of: ["t", "u"],
    groupBy: ["s"],
  }],
  ["records", {
    ...TEXT,
    aggregates: ["count", "min", "mean", "max"],
    of: "t",
    groupBy: ["s"],
    sort: "mean:desc",
    top: 7,
  }],
  ["records", {
    ...TEXT,
    aggregates: ["count", "max"],
    of: "t",
    groupBy: ["u"],
    top: 50,
  }],
  ["records", { ...TEXT, aggregates: ["sum"], of: "t * u", where: "t > 0" }],
  ["records", { ...TEXT, where: "t > 98", select: "u as x, s" }],
  ["records", { ...TEXT, format: "csv", sort: "u:desc" }],
  ["records", { ...TEXT, sort: "s", top: 20 }],
  ["records", { ...TEXT, where: "u < 0", head: 300 }],
  ["records", { ...TEXT, sort: "t:desc", head: 5000, top: 9 }],
  ["records", { delimiter: ";", header: true, format: "csv", head: 4000 }],
  ["records", {
    ...TEXT,
    names: ["s", "t"],
    onBad: "report",
    aggregates: ["count"],
  }],
  ["records", {
    struct: "<IdQ",
    names: ["a", "b", "c"],
    format: "json",
    onBad: "skip",
    aggregates: ["count", "sum", "min"],
    of: ["b", "c"],
    where: "a % 3 == 1",
  }],
  ["records", {
    struct: "<IhxQ",
    names: ["a", "b", "c"],
    format: "csv",
    onBad: "skip",
    where: "b > 30000",
  }],
];

/** What a question gives on one machine. */
async function askWhole(
  path: string,
  [name, parameters]: Question,
): Promise<unknown> {
  // deno-lint-ignore no-explicit-any -- each operation has other parameters
  const asked = parameters as any;
  const { patterns, match, format, counts, ...rest } = asked;
  // deno-lint-ignore no-explicit-any
  const plain = (list: any[]) => list.map((one) => one.text ?? one);
  switch (name) {
    case "hash": {
      const { digests, parts, pieceLayer } = await hashFile(path, rest);
      return { digests, parts, pieceLayer };
    }
    case "count": {
      const counted = match === undefined
        ? await countFile(path)
        : await countFile(path, { match: plain(match), ...rest });
      return { count: counted.count };
    }
    case "find": {
      const found: [number, number][] = [];
      const matches = findInFile(path, plain(patterns), rest);
      for await (const { offset, pattern } of matches) {
        found.push([offset, pattern]);
      }
      return counts ? { count: found.length, found: [] } : {
        count: found.length,
        found,
      };
    }
    case "profile": {
      const { stats: _, file: _name, ...profile } = await profileFile(path);
      return profile;
    }
    default:
      return await askRecords(path, rest, format);
  }
}

async function askRecords(
  path: string,
  // deno-lint-ignore no-explicit-any
  asked: any,
  format: "csv" | "json",
): Promise<unknown> {
  const isWhole = asked.aggregates !== undefined ||
    (asked.head !== undefined && asked.sort !== undefined);
  if (isWhole) {
    const { columns, rows, ...result } = await recordStats(path, asked);
    const { records, matched, badCount, bad } = result;
    return { columns, rows, counts: { records, matched, badCount, bad } };
  }
  let text = "";
  let counts: unknown;
  for await (const step of recordRows(path, format, asked)) {
    text += new TextDecoder().decode(step.bytes);
    ({ counts } = step);
  }
  return { text, counts };
}

/** A merged result in the form of {@link askWhole}. */
// deno-lint-ignore no-explicit-any
function resultOf({ name, result }: any): unknown {
  if (name === "find") {
    const found: [number, number][] = [];
    for (const { offsets, patterns } of result.batches) {
      offsets.forEach((offset: number, i: number) =>
        found.push([offset, patterns?.[i] ?? 0])
      );
    }
    return { count: result.count, found };
  }
  if (name !== "records") return { ...result };
  const { columns, rows, pieces, counts } = result;
  if (rows !== undefined) return { columns, rows, counts };
  return { text: Buffer.concat(pieces).toString(), counts };
}

async function runAll(
  path: string,
  plan: ShardPlan,
  random: RandomSource,
): Promise<Uint8Array[]> {
  const partials: Uint8Array[] = [];
  for (const { index } of plan.shards) {
    const how = RUNS[random(RUNS.length)];
    const task = taskOf(plan, index);
    const partial = await runShard(task, { ...how, path, engine });
    partials.splice(random(partials.length + 1), 0, partial);
  }
  return partials;
}

const seed = Date.now();
const shared = randomSource(seed);
let lines = "";
beforeAll(() => {
  lines = files.make(randomLines(300_000, shared));
});

for (const question of spread(QUESTIONS)) {
  const [name, parameters] = question;
  it(`${name} ${JSON.stringify(parameters)}: shards give what one machine finds, in the same partials`, async () => {
    await compareShards(lines, question, randomSource(seed + 1));
  });
}

/** Runs shards in all ways, and compares their partials, and what they are merged to. */
async function compareShards(
  path: string,
  question: Question,
  random: RandomSource,
): Promise<void> {
  const operation = makeOperation(...question);
  const expected = textOf(await askWhole(path, question));
  for (const shards of [1 + random(3), 3 + random(4)]) {
    const about = `seed ${seed}, ${question}, ${shards} shards`;
    const plan = await planShards(path, operation, { shards });
    const partials = await runAll(path, plan, random);
    const again = taskOf(plan, random(shards));
    const others = [RUNS[0], RUNS[1 + random(RUNS.length - 1)]];
    const twice = await Promise.all(
      others.map((how) => runShard(again, { ...how, path, engine })),
    );
    expect(Buffer.compare(twice[0]!, twice[1]!), about).toBe(0);
    const merged = await mergePartials([...partials, twice[0]!]);
    // As text, as comparing a hundred thousand pairs takes long.
    expect(textOf(resultOf(merged)) === expected, about).toBe(true);
  }
}

/** The same text for the same result, whatever the order of properties. */
function textOf(value: unknown): string {
  return Buffer.from(encodePlain(value)).toString("latin1");
}

/** In a text of hardly anything but one letter, which matches count is decided far in front of them. */
const OVERLAPPING: readonly (readonly string[])[] = [
  ["aaa"],
  ["aa", "aaaaa"],
  ["aba", "ab", "ba"],
  ["a".repeat(300)],
  ["a".repeat(150), "a".repeat(111)],
];

for (const texts of spread(OVERLAPPING)) {
  const shown = texts.map((text) => `${text.slice(0, 5)} of ${text.length}`);
  it(`matches of ${shown.join(", ")} that overlap: shards give what one machine finds`, async () => {
    const random = randomSource(seed + 3);
    const every = [1000, 20_000, 1e9][random(3)]!;
    const bytes = new Uint8Array(330_001)
      .map(() => random(every) === 0 ? 0x62 : 0x61);
    const path = files.make(bytes);
    const patterns = texts.map((text) => ({ text }));
    const start = random(2) * random(70_000);
    await compareShards(path, ["count", { match: patterns, start }], random);
    await compareShards(path, ["find", { patterns, start }], random);
    await compareShards(path, ["find", { patterns, counts: true }], random);
  });
}

it("normalChain() leaves nothing of where segments lie", () => {
  const range = { start: 100, end: 300 };
  const left = [{ upTo: Infinity, count: 0, exit: -1 }];
  const right = [
    { upTo: 210, count: 2, exit: 290 },
    { upTo: Infinity, count: 1, exit: 285 },
  ];
  // No match from in front of the range reaches as far as 210.
  const normal = [{ upTo: Infinity, count: 2, exit: 300 }];
  expect(normalChain(joinChains(left, right), range, 20)).toEqual(normal);
  expect(normalChain(normal, range, 20)).toEqual(normal);
  const near = [
    { upTo: 105, count: 4, exit: 310 },
    { upTo: 110, count: 4, exit: 220 },
    { upTo: 115, count: 4, exit: 230 },
    { upTo: Infinity, count: 3, exit: 231 },
  ];
  expect(normalChain(near, range, 20)).toEqual([
    near[0],
    { upTo: 115, count: 4, exit: 300 },
    { upTo: Infinity, count: 3, exit: 300 },
  ]);
});

it("groups are in the same order in a partial, whoever has found them first", async () => {
  const [name, parameters]: Question = ["records", {
    ...TEXT,
    aggregates: ["count", "sum", "min"],
    of: ["t", "u"],
    groupBy: ["u"],
  }];
  const operation = makeOperation(name, parameters);
  const job = await loadShardedJob(operation);
  const { source } = await planShards(lines, operation);
  const states = await Promise.all([0, 1, 2].map((i) => {
    const range = { start: i * 65_536, end: (i + 1) * 65_536 };
    const work = { path: lines, range, source, options: { engine } };
    return job.run(work, operation.parameters);
  }));
  const range = { start: 0, end: 3 * 65_536 };
  const [first, second] = [states, states.toReversed()].map((order) => {
    const state = job.join(order, operation.parameters);
    const body = job.write(state, operation.parameters, range);
    return (body as { found: { table: Uint8Array } }).found.table;
  });
  expect(first!.length).toBeGreaterThan(10_000);
  expect(Buffer.compare(first!, second!)).toBe(0);
});

it("shards of random bytes give what one machine finds", async () => {
  const random = randomSource(seed + 2);
  const sizes = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001];
  for (let round = 0; round < rounds(18); round++) {
    const path = files.make(seededBytes(sizes[round % 7]!, seed + round));
    const [name, parameters] = QUESTIONS[random(15)]!;
    const shards = 1 + random(6);
    const about = `seed ${seed}, round ${round}, ${name} ${
      JSON.stringify(parameters)
    }, ${shards} shards`;
    const operation = makeOperation(name, parameters);
    const plan = await planShards(path, operation, { shards });
    const merged = await mergePartials(await runAll(path, plan, random));
    expect(resultOf(merged), about).toEqual(
      await askWhole(path, [name, parameters]),
    );
  }
});

/** Of a file whose every byte and time is known: another value is another format, and wants another version. */
const GOLDEN: readonly (readonly [Question, string])[] = [
  [
    ["hash", { algorithms: ["blake3", "crc32", "adler32", "btv2"] }],
    "7eec53d034827bd6",
  ],
  [
    ["hash", { algorithms: ["glacier", "s3-crc32"], partBytes: 1 << 20 }],
    "aadabe8b440ad2fb",
  ],
  [["count", {}], "35644fd9b0161f44"],
  [
    ["count", { match: [{ text: "aa" }, { hex: "0a ??" }] }],
    "6094ebfb20db6b5e",
  ],
  [
    ["find", { patterns: [{ hex: "0a" }, { hex: "0a 0a" }] }],
    "a9134653316b4276",
  ],
  [["profile", {}], "abe09a8c22a68233"],
  [["records", {
    struct: "<Bdh",
    names: ["a", "b", "c"],
    format: "json",
    onBad: "skip",
    aggregates: ["count", "sum", "min", "max", "stddev"],
    of: ["b", "c"],
    groupBy: ["a"],
  }], "9e635529fcfd9736"],
  [["records", {
    delimiter: ",",
    names: ["x"],
    format: "csv",
    onBad: "skip",
    sort: "x",
    top: 50,
  }], "0fb9b8e9574a36ea"],
  [["records", {
    struct: "<Q",
    names: ["x"],
    format: "json",
    where: "x % 1000 == 7",
    head: 3,
    onBad: "skip",
  }], "5a9c097b6f8ddfbe"],
];

it("partials are the same bytes on every runtime", async () => {
  const path = files.make(seededBytes(3 * 1024 * KIB + 17, 8));
  utimesSync(path, 1_700_000_000, 1_700_000_000);
  const digests: string[] = [];
  for (const [[name, parameters]] of GOLDEN) {
    const operation = makeOperation(name, parameters);
    const plan = await planShards(path, operation, { shards: 3, file: "f" });
    const how = { ...RUNS[1], path, engine };
    digests.push(
      blake3Hex(await runShard(taskOf(plan, 1), how)).slice(0, 16),
    );
  }
  expect(digests).toEqual(GOLDEN.map(([, digest]) => digest));
});

it("planShards() cuts all of a file, at places where shards may start", async () => {
  const path = files.make(seededBytes(1_000_001, 3));
  const crc = makeOperation("hash", { algorithms: ["crc32"] });
  for (const shards of [1, 3, 16, 40]) {
    const plan = await planShards(path, crc, { shards });
    expect(plan.shards).toHaveLength(shards);
    expect(plan.shards.at(-1)!.end).toBe(1_000_001);
    plan.shards.forEach(({ index, start, end }, i) => {
      expect(index).toBe(i);
      expect(start).toBe(plan.shards[i - 1]?.end ?? 0);
      expect(start % 65_536).toBe(start === 1_000_001 ? start % 65_536 : 0);
      expect(end - start).toBeLessThanOrEqual(
        Math.ceil(16 / shards) * 65_536,
      );
    });
  }
  const sized = await planShards(path, crc, { shardBytes: 100_000 });
  expect(sized.shards.map(({ end }) => end)).toEqual(
    [1, 2, 3, 4, 5, 6, 7].map((i) => i * 131_072).concat(1_000_001),
  );
  const find = makeOperation("find", {
    patterns: [{ text: "x" }],
    start: 200_000,
    end: 300_000,
  });
  const part = await planShards(path, find, { shards: 2 });
  expect(part.cut).toMatchObject({ start: 196_608, end: 300_000 });
});

it("planShards() names a run by file, operation and cut, and by nothing else", async () => {
  const bytes = seededBytes(200_000, 4);
  const [path, copy, other] = [bytes, bytes, seededBytes(200_000, 5)]
    .map((content) => files.make(content)) as [string, string, string];
  for (const one of [path, copy, other]) utimesSync(one, 1e9, 1e9);
  const idOf = async (
    file: string,
    name: OperationName,
    parameters: object,
    shards: number,
  ) =>
    (await planShards(file, makeOperation(name, parameters), { shards })).run;
  const id = await idOf(path, "count", {}, 2);
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(await idOf(copy, "count", {}, 2)).toBe(id);
  expect(await idOf(path, "count", { match: undefined }, 2)).toBe(id);
  for (
    const another of [
      idOf(other, "count", {}, 2),
      idOf(path, "count", { match: [{ text: "a" }] }, 2),
      idOf(path, "count", {}, 3),
      idOf(path, "profile", {}, 2),
    ]
  ) expect(await another).not.toBe(id);
  utimesSync(path, 1e9, 1e9 + 0.001);
  expect(await idOf(path, "count", {}, 2)).not.toBe(id);
});

it("makeOperation() refuses what cannot be done shard by shard, with the reason", () => {
  const wrong: readonly (readonly [OperationName, object, string])[] = [
    ["hash", { algorithms: ["blake3", "md5"] }, "by md5 as each byte needs"],
    ["hash", { algorithms: ["all"] }, "by md5, sha1, sha256, sha512, xxh64"],
    ["hash", { algorithms: ["crc"] }, "must be one of blake3"],
    [
      "hash",
      { algorithms: ["blake3"], blake3: { key: new Uint8Array(32) } },
      "would be written into plans",
    ],
    ["hash", { algorithms: ["blake3"], x: 1 }, `without "x"`],
    [
      "hash",
      { algorithms: ["s3-etag"], partBytes: 2 ** 50 - 1 },
      "multiple of 64 KiB",
    ],
    ["count", { start: 4 }, `with "start" as it needs "match"`],
    ["count", { match: [{ text: "" }] }, "1 to 65536 bytes"],
    ["find", { patterns: [] }, "1 to 4096 patterns"],
    ["find", { patterns: [{ code: "x" }] }, "{ text } or { hex }"],
    ["find", { patterns: [{ text: "a" }], maxCount: 0 }, "from 1 to"],
    ["records", { ...TEXT, quote: "''" }, `"quote" must be one byte`],
    ["records", { format: "json", framing: { kind: "x" } }, "of a framing"],
    [
      "records",
      {
        format: "json",
        framing: { kind: "lengthPrefixed", options: { header: ">H" } },
      },
      "length",
    ],
    ["records", { ...TEXT, set: ["t=0"] }, "Cannot change records shard by"],
    ["records", { ...TEXT, format: "xml" }, "one of csv, json"],
    ["profile", { deep: true }, `without "deep"`],
  ];
  for (const [name, parameters, text] of wrong) {
    expect(() => makeOperation(name, parameters), text).toThrow(text);
  }
  expect(() => checkOperation({ name: "rm", version: 1 })).toThrow("one of");
  expect(() => checkOperation({ name: "count", version: 2, parameters: {} }))
    .toThrow("version 1 of count must be asked for");
  expect(() => checkOperation({ name: "run", version: 1, parameters: {} }))
    .toThrow("the module of the job must be given");
  expect(() => checkOperation(null)).toThrow("must be an object");
});

it("planShards() of the library refuses other operations", async () => {
  const path = files.make("text");
  for (const name of ["nope", undefined, 5, "run"]) {
    const operation = { name } as unknown as ShardedRequest;
    await expect(planFile(path, operation)).rejects
      .toThrow(/^Cannot plan shards as "name" must be one of .*: received/);
  }
});

it("planShards() refuses streams, folders and cuts that cannot be", async () => {
  const path = files.make(seededBytes(5_000_000, 6));
  const count = makeOperation("count", {});
  await expect(planShards("-", count)).rejects.toThrow("standard input");
  await expect(planShards(files.folder, count)).rejects.toThrow("directory");
  await expect(planShards("/dev/zero", count)).rejects.toThrow("a stream");
  await expect(planShards(path, count, { shards: 0 })).rejects.toThrow("1 to");
  await expect(planShards(path, count, { shards: 1, shardBytes: 5 })).rejects
    .toThrow("received both");
  const odd = makeOperation("hash", {
    algorithms: ["s3-etag"],
    partBytes: 1_000_000,
  });
  await expect(planShards(path, odd, { shards: 4 })).rejects.toThrow(
    "must start at multiples of 1,024,000,000, so that no part lies in two: use up to 1",
  );
});

/** Partials of a plan of the count of lines. */
async function counted(
  path: string,
  shards: number,
  parameters = {},
): Promise<Uint8Array[]> {
  const operation = makeOperation("count", parameters);
  const plan = await planShards(path, operation, { shards });
  return await Promise.all(
    plan.shards.map(({ index }) => runShard(taskOf(plan, index), { path })),
  );
}

it("mergePartials() refuses shards that are missing or do not go together", async () => {
  const path = files.make(seededBytes(400_000, 7));
  const all = await counted(path, 6);
  const fails = async (partials: Uint8Array[], text: string) => {
    await expect(mergePartials(partials), text).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(SHARD_MISMATCH|BAD_SHARD)$/),
      message: expect.stringContaining(text),
    });
  };
  await fails([], "there must be at least one");
  await fails([all[1]!, all[4]!], "none of shard 0, shards 2 to 3, shard 5");
  await fails(all.slice(0, 5), "none of shard 5");
  const [others] = await counted(path, 5);
  await fails([...all, others!], "into 6 and 5 shards");
  const [matches] = await counted(path, 6, { match: [{ text: "a" }] });
  await fails([all[0]!, matches!], "different operations, count {} and count");
  const [elsewhere] = await counted(files.make(seededBytes(400_000, 9)), 6);
  await fails([all[0]!, elsewhere!], "shards of different files");
  const joined = encodeJoined(await joinPartials(all.slice(1, 4)));
  await fails([...all.slice(0, 3), joined, ...all.slice(4)], "twice");
  await fails([all[0]!.slice(0, -1)], "changed or cut off");
  const changed = all[0]!.slice();
  changed[40]! ^= 1;
  await fails([changed], "changed or cut off");
  await fails([new Uint8Array(0)], "something else");
  await expect(joinPartials([all[0]!, all[2]!])).rejects.toThrow("shard 1");
});

it("joinPartials() gives partials that are joined further", async () => {
  const path = files.make(seededBytes(700_000, 10));
  const all = await counted(path, 9, { match: [{ text: "a" }, { hex: "0a" }] });
  const whole = await mergePartials(all);
  const part = async (start: number, end: number) =>
    encodeJoined(await joinPartials(all.slice(start, end).reverse()));
  const parts = [await part(5, 9), await part(0, 1), await part(1, 5)];
  expect(await mergePartials(parts)).toEqual(whole);
  expect(await mergePartials([...all, ...all])).toEqual(whole);
});

it("runShard() fails for a file that is not, or no longer, what was planned for", async () => {
  const bytes = seededBytes(300_000, 11);
  const path = files.make(bytes);
  const count = makeOperation("count", {});
  const plan = await planShards(path, count, { shards: 2 });
  const task = taskOf(plan, 1);
  const other = bytes.slice();
  other[150_000]! ^= 1;
  const changed = files.make(other);
  const { atime, mtime } = { atime: 5, mtime: 5 };
  const isChanged = { code: "ERR_FILE_CHANGED" };
  await expect(runShard(task, { path: changed })).rejects.toMatchObject(
    isChanged,
  );
  utimesSync(path, atime, mtime);
  await expect(runShard(task, { path })).rejects.toThrow(
    "received one modified",
  );
  const again = taskOf(await planShards(path, count, { shards: 2 }), 0);
  await expect(runShard(again, {
    path,
    // Called when all was read.
    onProgress: () => utimesSync(path, atime, mtime + 1),
  })).rejects.toMatchObject(isChanged);
  // Probes look where they look: the bytes of a file of this size are all in them.
  utimesSync(changed, 5, 5);
  await expect(runShard(again, { path: changed })).rejects.toThrow("bytes");
});

it("checkTask() takes what JSON brings back, and nothing that was changed", async () => {
  const path = files.make(seededBytes(300_000, 12));
  const operation: Operation = makeOperation("find", {
    patterns: [{ text: "a" }],
  });
  const plan = await planShards(path, operation, { shards: 3 });
  const task = JSON.parse(JSON.stringify(taskOf(plan, 2)));
  expect(checkTask(task)).toEqual(taskOf(plan, 2));
  const changes: readonly [object, string][] = [
    [{ v: 2 }, "of version 1"],
    [{ run: "0".repeat(64) }, "named by"],
    [{ end: task.end + 1 }, "shard 2 must be"],
    [{ index: 3 }, "from 0 to 2"],
    [{ cut: { ...task.cut, unit: 65_537 } }, "named by"],
    [{ cut: { ...task.cut, count: 1e9 } }, "65536"],
    [{ source: { ...task.source, size: 5 } }, "named by"],
    [{ source: undefined }, `"source`],
    [{ operation: { ...task.operation, parameters: {} } }, "patterns"],
  ];
  for (const [change, text] of changes) {
    expect(() => checkTask({ ...task, ...change }), text).toThrow(text);
  }
  expect(() => checkTask("x")).toThrow("version");
});

it("shards.ts: the functions of the library work together, on plans that were JSON", async () => {
  const library = await import("../src/shards.ts");
  const asked = { name: "count", parameters: {} } as const;
  const plan = await library.planShards(lines, asked, { shards: 3 });
  const partials: Uint8Array[] = [];
  for (const { index } of plan.shards) {
    const task = JSON.stringify(await library.shardTask(plan, index));
    partials.push(await library.runShard(JSON.parse(task)));
  }
  const half = await library.joinPartials(partials.slice(1));
  const merged = await library.mergePartials([half, partials[0]!]);
  const { count } = await countFile(lines);
  expect(merged).toMatchObject({ name: "count", result: { count } });
  const changed = { ...await library.shardTask(plan, 0), end: 5 };
  await expect(library.runShard(changed)).rejects.toThrow("shard 0 must be");
});
