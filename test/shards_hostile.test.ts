/** Partials that somebody made up: with a checksum that is right, and anything else in them. */
import { beforeAll, expect, it } from "vitest";
import { blake3Hex } from "../src/shards/blake3_bytes.ts";
import { encodePlain } from "../src/shards/encode.ts";
import { mergePartials } from "../src/shards/merge.ts";
import { makeOperation, type OperationName } from "../src/shards/operation.ts";
import { planShards, taskOf } from "../src/shards/plan.ts";
import { encodePartial } from "../src/shards/partial.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { rounds, spread } from "./effort.ts";
import { randomLines, randomSource } from "./shards_random.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const seed = Date.now();
const random = randomSource(seed);
let path = "";
beforeAll(() => {
  path = files.make(randomLines(200_000, random));
});

const TEXT = { delimiter: ";", names: ["s", "t", "u"], format: "json" };
const OPERATIONS: readonly (readonly [OperationName, object])[] = [
  ["hash", { algorithms: ["blake3", "crc32", "btv2", "adler32"] }],
  ["count", { match: [{ text: "11" }] }],
  ["find", { patterns: [{ text: "1" }, { text: "22" }] }],
  ["profile", {}],
  ["records", {
    ...TEXT,
    aggregates: ["count", "mean", "max", "stddev"],
    of: "u",
    groupBy: ["s"],
  }],
  ["records", { ...TEXT, sort: "s", top: 40 }],
  ["records", { ...TEXT, head: 20 }],
];

/** With a checksum that is right again. */
function sealed(content: Uint8Array): Uint8Array {
  const digest = Buffer.from(blake3Hex(content), "hex");
  return Buffer.concat([content, digest]);
}

async function partialsOf(
  name: OperationName,
  parameters: object,
): Promise<Uint8Array[]> {
  const operation = makeOperation(name, parameters);
  const plan = await planShards(path, operation, { shards: 2 });
  const partials: Uint8Array[] = [];
  for (const { index } of plan.shards) {
    partials.push(await runShard(taskOf(plan, index), { path }));
  }
  return partials;
}

for (const [name, parameters] of spread(OPERATIONS)) {
  it(`mergePartials() of changed bytes of ${name} gives a result, or says that they are wrong`, async () => {
    const [first, second] = await partialsOf(name, parameters);
    const content = first!.slice(0, -32);
    let refused = 0;
    const count = rounds(300);
    for (let round = 0; round < count; round++) {
      const changed = content.slice(
        0,
        random(8) === 0 ? random(content.length) : content.length,
      );
      for (let i = 0; i <= random(3); i++) {
        // Mostly in the body: the head is named by the run.
        const at = random(4) === 0 ? random(changed.length) : Math.floor(
          changed.length * (0.5 + random(500) / 1000),
        );
        changed[at] = random(2) === 0 ? random(256) : changed[at]! ^ 1;
      }
      try {
        await mergePartials([sealed(changed), second!]);
      } catch (error) {
        // Parameters are checked as those of any caller: by one line that says what was wrong.
        expect(error, `seed ${seed}, round ${round}`).toMatchObject({
          name: expect.stringMatching(/^(Sabmap|Range|Type)Error$/),
          message: expect.stringMatching(/^Cannot [^]*: received /),
        });
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(0);
  });
}

const BODIES: readonly unknown[] = [
  undefined,
  null,
  {},
  [],
  "x",
  { lists: [{ offsets: Float64Array.of(5, 4) }] },
  { lists: [{ offsets: Float64Array.of(NaN) }] },
  { lists: [{ offsets: Float64Array.of(1), patterns: Uint16Array.of(9) }] },
  { chain: [] },
  { chain: [{ upTo: 5, count: 1, exit: -1 }] },
  { chain: [{ upTo: Infinity, count: -1, exit: -1 }] },
  { lines: 1.5 },
  { tree: [], counts: [new Float64Array(256)] },
  { tree: [], counts: new Array(10_000).fill(new Float64Array(1)) },
  { ranges: { blake3: [{}] }, parts: {} },
  { found: { tally: {}, table: new Uint8Array(40) } },
];

it("mergePartials() refuses bodies that are none", async () => {
  for (const [name, parameters] of OPERATIONS) {
    const operation = makeOperation(name, parameters);
    const plan = await planShards(path, operation, { shards: 1 });
    for (const body of BODIES) {
      const partial = encodePartial(taskOf(plan, 0), body);
      const text = `${name} ${JSON.stringify(body)}`;
      await expect(mergePartials([partial]), text).rejects.toMatchObject({
        code: "ERR_BAD_SHARD",
      });
    }
  }
});

it("mergePartials() refuses heads that are none", async () => {
  const [partial] = await partialsOf("count", {});
  const content = partial!.slice(0, -32);
  const long = content.slice();
  new DataView(long.buffer).setUint32(8, 2 ** 32 - 1, true);
  const heads = [{}, { v: 1 }, { v: 99 }, 5, { v: 1, run: "x", cut: {} }];
  const made = heads.map((head) => {
    const bytes = encodePlain(head);
    const start = content.slice(0, 12);
    new DataView(start.buffer).setUint32(8, bytes.length, true);
    return Buffer.concat([start, bytes, encodePlain([0, 1, { lines: 0 }])]);
  });
  for (const bytes of [long, ...made]) {
    await expect(mergePartials([sealed(bytes)])).rejects.toMatchObject({
      name: "SabmapError",
    });
  }
});

it("mergePartials() refuses operations that hold what JSON has no text for", async () => {
  const plan = await planShards(path, makeOperation("count", {}), {
    shards: 1,
  });
  const { run, version } = { run: taskOf(plan, 0), version: 1 };
  const framing = { kind: "fixed", options: { bytes: 5n } };
  const operations = [
    { name: 5n, version, parameters: {} },
    { name: new Map(), version, parameters: {} },
    { name: "records", version, parameters: { framing } },
    { name: "find", version, parameters: { patterns: [{ text: 5n }] } },
  ];
  for (const operation of operations) {
    // The head as `encodePartial` writes it, around another operation.
    const partial = encodePartial({ ...run, operation } as never, { lines: 0 });
    await expect(mergePartials([partial])).rejects.toMatchObject({
      name: expect.stringMatching(/^(Sabmap|Range|Type)Error$/),
      message: expect.stringMatching(/^Cannot [^]*: received /),
    });
  }
});
