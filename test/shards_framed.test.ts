/** Shards of records that begin in the middle of quotes, or behind lengths: joined, they give what one machine finds. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Engine } from "../src/engine.ts";
import type { FramingDescription } from "../src/binary/framing/description.ts";
import { framingFrom } from "../src/binary/framing/description.ts";
import { withEntries } from "../src/shards/plan.ts";
import { mergePartials } from "../src/shards/merge.ts";
import { makeOperation } from "../src/shards/operation.ts";
import {
  checkTask,
  planShards,
  type ShardTask,
  taskOf,
} from "../src/shards/plan.ts";
import { runShard } from "../src/shards/run_shard.ts";
import { rounds, spread } from "./effort.ts";
import { runCli } from "./run_cli.ts";
import { type RandomSource, randomSource } from "./shards_random.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const engine = new Engine();
afterAll(() => engine.close());

const KIB = 1024;
const SEED = Date.now();
const RUNS = [
  { workers: 1 },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB },
  { workers: 3, inlineBytes: 0, io: "preload", segmentBytes: 64 * KIB },
  { workers: 2, inlineBytes: 0, io: "map", segmentBytes: 128 * KIB },
] as const;

/** CSV of quoted fields, with newlines, delimiters and doubled quotes in them; one field may be very long. */
function quotedLines(byteLength: number, random: RandomSource): string {
  const lines = ["name,note,n\n"];
  const longAt = random(4) * 60;
  for (let length = 0; length < byteLength; length += lines.at(-1)!.length) {
    const long = lines.length === longAt ? 80_000 + random(90_000) : 0;
    const filler = "a\nb, c ".repeat(long > 0 ? long / 7 : random(12));
    const note = `"${filler}${random(3) === 0 ? '""' : ""}${random(99)}"`;
    lines.push(`n${random(20)},${note},${random(1000)}\n`);
  }
  return lines.join("");
}

const HEADER = { header: ">BHI", names: ["k", "n", "s"], length: "n" } as const;

/** Records of 7 bytes of header and up to 64 KiB, most of them short. */
function prefixedRecords(byteLength: number, random: RandomSource): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let length = 0, s = 0; length < byteLength; s++) {
    const payload = random(40) === 0 ? random(65_536) : 5 + random(90);
    const part = new Uint8Array(7 + payload).map(() => random(256));
    const view = new DataView(part.buffer);
    view.setUint8(0, random(5));
    view.setUint16(1, payload);
    view.setUint32(3, s);
    parts.push(part);
    length += part.length;
  }
  return Buffer.concat(parts);
}

/** The same, but quotes that are missing or too many turn all behind them round. */
function oddQuotes(byteLength: number, random: RandomSource): string {
  const lines = quotedLines(byteLength, random).split("\n");
  for (let i = 0; i < 30; i++) {
    const at = 1 + random(lines.length - 1);
    lines[at] = lines[at]!.replace(/"/, random(2) === 0 ? "" : '""');
  }
  return lines.join("\n");
}

/** Lines that end with a delimiter which can overlap itself. */
function overlapping(byteLength: number, random: RandomSource): string {
  const letters = "ab|||||;";
  let text = "";
  while (text.length < byteLength) {
    text += random(9) === 0 ? "||" : letters[random(letters.length)];
  }
  return text;
}

interface Kind {
  readonly name: string;
  make(byteLength: number, random: RandomSource): string | Uint8Array;
  /** Options of `process records`. */
  readonly args: readonly string[];
  readonly questions: readonly (readonly string[])[];
}

const PREFIXED: FramingDescription = {
  kind: "lengthPrefixed",
  options: HEADER,
};
const PIPES: FramingDescription = {
  kind: "delimited",
  delimiter: "||",
  options: {},
};

const KINDS: readonly Kind[] = [
  {
    name: "quotes",
    make: quotedLines,
    args: ["--header", "--delimiter", ",", "--quote"],
    questions: [
      ["--agg", "count,sum,max", "--of", "n", "--group-by", "name"],
      ["--where", "n > 500", "--select", "name,note", "--csv"],
      ["--where", "n > 100", "--head", "57", "--json"],
      ["--sort", "n:desc", "--top", "20"],
      ["--sort", "note", "--select", "note,n"],
    ],
  },
  {
    name: "lengths",
    make: prefixedRecords,
    args: ["--framing", "lengthPrefixed.json", "--struct", "<BI"].concat([
      "--names",
      "a,b",
    ]),
    questions: [
      ["--agg", "count,sum", "--of", "b", "--group-by", "a"],
      ["--where", "b > 4e9", "--json"],
      ["--sort", "b", "--top", "30", "--csv"],
      ["--head", "3000", "--where", "a < 9", "--csv"],
    ],
  },
  {
    name: "odd quotes",
    make: oddQuotes,
    args: ["--header", "--quote", "--max-record", "2000", "--on-bad", "report"],
    questions: [
      ["--agg", "count,max", "--of", "n", "--group-by", "name"],
      ["--select", "note,n", "--head", "2000", "--csv"],
      ["--sort", "n", "--top", "40"],
    ],
  },
  {
    name: "a delimiter that overlaps itself",
    make: overlapping,
    args: ["--framing", "delimited.json", "--delimiter", ";"].concat([
      "--names",
      "a",
    ]),
    questions: [
      ["--agg", "count", "--group-by", "a", "--on-bad", "skip"],
      ["--csv", "--on-bad", "skip"],
    ],
  },
];

/** The description of a framing, in a file. */
function framingFile(framing: FramingDescription): string {
  const name = `${framing.kind}.json`;
  fs.writeFileSync(join(files.folder, name), JSON.stringify(framing));
  return name;
}

beforeAll(() => {
  for (const framing of [PREFIXED, PIPES]) framingFile(framing);
});

/** Runs the program on the files. */
async function cli(...args: readonly string[]) {
  const { bytes: _, ...outcome } = await runCli(args, { cwd: files.folder });
  return outcome;
}

/** Writes the partials of a question, each run in a way of its own. */
async function partialsOf(
  asked: readonly string[],
  count: number,
  random: RandomSource,
): Promise<string[]> {
  const names: string[] = [];
  const isPlanned = random(2) === 0;
  if (isPlanned) {
    const [file, ...rest] = asked;
    const op = ["--op", "records", ...rest];
    const plan = await cli("plan", file!, ...op, "--shards", `${count}`);
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    fs.writeFileSync(join(files.folder, "plan"), plan.stdout);
  }
  for (let index = 0; index < count; index++) {
    const name = `p${random(2 ** 31)}`;
    const how = ["--workers", `${1 + random(3)}`, "--segment", "64KiB"]
      .concat(["--io", ["auto", "stream", "preload", "map"][random(4)]!]);
    const what = isPlanned
      ? ["shard", "plan", "--index", `${index}`]
      : ["records", ...asked, "--shard", `${index}/${count}`];
    const outcome = await cli(...what, ...how, "--partial", name);
    expect(outcome).toEqual({ code: 0, stdout: "", stderr: "" });
    names.push(name);
  }
  return names;
}

for (const kind of KINDS) {
  for (const question of spread(kind.questions)) {
    it(`records by ${kind.name}, ${question.join(" ")}: process merge prints what one machine does`, async () => {
      const random = randomSource(SEED + question.length);
      for (let round = 0; round < rounds(2); round++) {
        const bytes = kind.make(150_000 + random(250_000), random);
        const file = files.make(bytes);
        const asked = [file, ...kind.args, ...question];
        const shown = question.filter((word) => word === "--json");
        const worked = asked.filter((word) => word !== "--json");
        const whole = await cli("records", ...asked);
        expect(whole, `seed ${SEED}`).toMatchObject({ code: 0 });
        const names = await partialsOf(worked, 1 + random(7), random);
        const merged = await cli("merge", ...names, ...shown);
        expect(merged, `seed ${SEED}, round ${round}`).toEqual(whole);
      }
    });
  }
}

const QUOTED = {
  delimiter: ",",
  names: ["a", "b", "n"],
  quote: true,
  format: "csv",
} as const;

it("framed shards: the partial is the same whatever the run, the plan, and whether the entry was planned", async () => {
  const random = randomSource(SEED + 50);
  const file = files.make(quotedLines(400_000, random));
  const operation = makeOperation("records", QUOTED);
  const planned = await planShards(file, operation, { shards: 5 });
  const bare = await planShards(file, operation, { shards: 5, entries: false });
  expect(bare.run).toBe(planned.run);
  expect(planned.shards.map(({ entry }) => typeof entry)).toEqual([
    "undefined",
    ...Array(4).fill("number"),
  ]);
  for (const how of RUNS) {
    const again = await withEntries(bare, file, { run: { ...how, engine } });
    expect(again).toEqual(planned);
  }
  for (const index of [0, 1 + random(3), 4]) {
    const expected = await runShard(taskOf(planned, index), { path: file });
    for (const how of RUNS) {
      for (const plan of [planned, bare]) {
        const task = checkTask(JSON.parse(JSON.stringify(taskOf(plan, index))));
        const found = await runShard(task, { ...how, engine, path: file });
        expect(Buffer.compare(found, expected), `seed ${SEED}`).toBe(0);
      }
    }
  }
});

it("entries of a plan are those of a look through the file byte by byte", async () => {
  const random = randomSource(SEED + 51);
  const bytes = Buffer.from(quotedLines(500_000, random));
  const file = files.make(bytes);
  const plan = await planShards(file, makeOperation("records", QUOTED), {
    shards: 6,
  });
  const { indexer } = framingFrom({
    kind: "delimited",
    delimiter: 10,
    options: { quote: '"' },
  });
  for (const { start, entry } of plan.shards.slice(1)) {
    const before = bytes.subarray(0, start);
    const quotes = before.filter((byte) => byte === 0x22).length;
    const follower = indexer!.createFollower(1000);
    follower.update({ offset: 0, bytes: before });
    expect(entry).toBe(follower.exit);
    expect(entry === 2, `seed ${SEED}`).toBe(quotes % 2 === 1);
  }
});

it("entries of records behind lengths are the offsets of the records whose headers do not end in front", async () => {
  const random = randomSource(SEED + 52);
  const bytes = prefixedRecords(500_000, random);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const file = files.make(bytes);
  const operation = makeOperation("records", {
    framing: PREFIXED,
    format: "csv",
  });
  const plan = await planShards(file, operation, { shards: 7 });
  for (const { start, entry } of plan.shards.slice(1)) {
    let at = 0;
    while (at + 7 <= start) at += 7 + view.getUint16(at + 1);
    expect(entry, `seed ${SEED}`).toBe(at);
  }
});

it("shards begin within the header of a record, at each of its bytes", async () => {
  for (let lead = 0; lead <= 7; lead++) {
    const lengths = [65_536 - lead, 65_536, 65_536, 65_536, 40];
    const parts = lengths.map((length, s) => {
      const part = new Uint8Array(length);
      new DataView(part.buffer).setUint16(1, length - 7);
      new DataView(part.buffer).setUint32(3, s);
      return part;
    });
    const file = files.make(Buffer.concat(parts));
    const asked = [file, "--framing", "lengthPrefixed.json", "--csv"].concat(
      ["--struct", "<B", "--names", "a", "--select", "a"],
    );
    const whole = await cli("records", ...asked);
    expect(whole.stdout.split("\n")).toHaveLength(7);
    const random = randomSource(SEED + lead);
    for (const shards of [2, 4]) {
      const names = await partialsOf(asked, shards, random);
      expect(await cli("merge", ...names), `${lead} bytes`).toEqual(whole);
    }
  }
});

it("mergePartials() refuses shards that do not meet, and plans whose entries cannot be", async () => {
  const file = files.make(prefixedRecords(300_000, randomSource(SEED + 53)));
  const parameters = { framing: PREFIXED, format: "csv" };
  const operation = makeOperation("records", parameters);
  const plan = await planShards(file, operation, { shards: 3 });
  const run = (task: ShardTask) => runShard(task, { path: file, engine });
  const [first, second, third] = [0, 1, 2].map((i) => taskOf(plan, i));
  const partials = [await run(first!), await run(third!)];
  const { end, entry = 0 } = second!;
  // A shard that begins behind all of its records finds none, and nothing is wrong with that by itself.
  const late = { ...second!, entry: third!.entry! };
  expect(late.entry).toBeGreaterThanOrEqual(end - 6);
  await expect(mergePartials([...partials, await run(checkTask(late))])).rejects
    .toThrow("each must begin at the record that the one in front ends with");
  expect(await mergePartials([...partials, await run(second!)])).toBeDefined();
  for (const wrong of [second!.start - 7, -1, 0.5, "4", null]) {
    expect(() => checkTask({ ...second, entry: wrong })).toThrow("entry");
  }
  expect(() => checkTask({ ...first, entry })).toThrow("entry");
  const count = await planShards(file, makeOperation("count", {}), {
    shards: 3,
  });
  expect(() => checkTask({ ...taskOf(count, 1), entry: 1 })).toThrow("entry");
});

it("records that are cut off or no records are told as on one machine", async () => {
  const random = randomSource(SEED + 54);
  const whole = prefixedRecords(300_000, random);
  const cut = files.make(whole.subarray(0, whole.length - 3));
  const long = new Uint8Array(whole);
  // The length of the last record that begins in the first half.
  const view = new DataView(long.buffer);
  let at = 0;
  for (let next = 0; next < 150_000; next += 7 + view.getUint16(next + 1)) {
    at = next;
  }
  view.setUint16(at + 1, 65_535);
  const args = ["--framing", "lengthPrefixed.json", "--max-record", "66KB"];
  const strict = ["--framing", "lengthPrefixed.json", "--max-record", "60000"];
  for (
    const [file, more] of [[cut, args], [files.make(long), strict]] as const
  ) {
    const asked = ["records", file, ...more, "--agg", "count"];
    const expected = await cli(...asked);
    expect(expected.code).toBe(2);
    const found = new Set<string>();
    for (let index = 0; index < 3; index++) {
      const shard = ["--shard", `${index}/3`, "--partial", `bad${index}`];
      const { code, stderr } = await cli(...asked, ...shard);
      if (code !== 0) found.add(stderr);
    }
    expect([...found], `seed ${SEED}`).toEqual([expected.stderr]);
  }
});

it("a record that is cut off is skipped as on one machine, whichever shards it lies in", async () => {
  const random = randomSource(SEED + 56);
  const start = prefixedRecords(100_000, random);
  const last = new Uint8Array(120_007);
  new DataView(last.buffer).setUint32(0, 200_000);
  const options = { header: ">IHB", names: ["n", "x", "y"], length: "n" };
  const framing: FramingDescription = { kind: "lengthPrefixed", options };
  fs.writeFileSync(join(files.folder, "long.json"), JSON.stringify(framing));
  const view = new DataView(start.buffer, start.byteOffset);
  let at = 0;
  while (at < start.length) {
    const n = view.getUint16(at + 1);
    view.setUint32(at, n);
    at += 7 + n;
  }
  const file = files.make(Buffer.concat([start, last]));
  const asked = ["records", file, "--framing", "long.json", "--csv"].concat(
    ["--on-bad", random(2) === 0 ? "skip" : "report"],
  );
  const whole = await cli(...asked);
  expect(whole.code).toBe(0);
  for (const shards of [2, 4]) {
    const names = await partialsOf(asked.slice(1), shards, random);
    expect(await cli("merge", ...names), `seed ${SEED}`).toEqual(whole);
  }
});

it("jobs of users tell records apart in shards too", async () => {
  const random = randomSource(SEED + 55);
  const file = files.make(quotedLines(300_000, random));
  const job = join(files.folder, "job.mjs");
  fs.writeFileSync(
    job,
    `import { delimited } from "sabmap";
    export default {
      name: "lengths",
      framing: () => delimited("\\n", { quote: '"' }),
      start: () => undefined,
      scan: (range) => {
        let sum = 0, count = 0;
        for (const line of range.lines()) { count++; sum = (sum * 31 + line.byteLength) % 1000003; }
        return [[sum, count]];
      },
      merge: (left, right) => [...left, ...right],
      finish: (partial) => partial.reduce((all, [, count]) => all + count, 0),
    };`,
  );
  const whole = await cli("run", job, file);
  expect(whole, "whole").toMatchObject({ code: 0, stderr: "" });
  const names = [];
  for (let index = 0; index < 4; index++) {
    const shard = ["--shard", `${index}/4`, "--partial", `run${index}`];
    expect(await cli("run", job, file, ...shard)).toMatchObject({ code: 0 });
    names.push(`run${index}`);
  }
  expect(await cli("merge", "--job", job, ...names)).toEqual(whole);
});
