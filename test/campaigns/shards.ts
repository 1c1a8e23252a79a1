/**
 * Random questions about random files, shard by shard: what `process merge` prints must be what one machine prints, as
 * text and as JSON, whatever runs the shards and in whichever order and groups they are merged.
 *
 *     bun test/campaigns/shards.ts 200          # so many questions; 50 if nothing is said
 *     SEED=17 bun test/campaigns/shards.ts 1    # one of them again
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runCli } from "../run_cli.ts";
import {
  randomLines,
  type RandomSource,
  randomSource,
} from "../shards_random.ts";
import { removeFolder, temporaryFolder } from "../temporary.ts";

/** A question: what is asked, and what the printing of its result is told. */
interface Question {
  readonly file: string;
  readonly args: readonly string[];
  readonly print: readonly string[];
}

const folder = temporaryFolder();

/** How a command ended; its output as text only. */
async function cli(...args: readonly string[]) {
  const { code, stdout, stderr } = await runCli(args, { cwd: folder });
  return { code, stdout, stderr };
}

function pick<T>(random: RandomSource, list: readonly T[]): T {
  return list[random(list.length)]!;
}

/** Some of a list, in its order, at least one. */
function some<T>(random: RandomSource, list: readonly T[]): T[] {
  const found = list.filter(() => random(3) === 0);
  return found.length > 0 ? found : [pick(random, list)];
}

const PARTED = ["s3-etag", "s3-sha256", "s3-crc32", "s3-crc32c", "btv2"];
const OTHERS = ["glacier", "dropbox", "blake3", "crc32", "crc32c", "crc64xz"];
const SIZES = [1, 2, 3, 5, 16, 80].map((n) => `${64 * n}KiB`)
  .concat(["5MiB", "1MB", "40000", "65535", "100003", "4097"]);

function askHash(random: RandomSource): Question {
  const bytes = new Uint8Array(random(2) === 0 ? random(9e6) : random(4e5));
  for (let i = 0; i < bytes.length; i += 1 + random(64)) bytes[i] = random(256);
  const algorithms = some(random, [...PARTED, ...OTHERS]);
  const args = ["hash", "FILE", "--algo", algorithms.join(",")];
  const isParted = algorithms.some((name) => /^s3/.test(name));
  if (isParted) args.push("--part-size", pick(random, SIZES));
  const isTree = algorithms.includes("btv2") && random(2) === 0;
  if (isTree) args.push("--piece-size", pick(random, ["16KiB", "256KiB"]));
  return { file: write(bytes), args, print: random(2) ? ["--tag"] : [] };
}

function askText(random: RandomSource): Question {
  const file = write(randomLines(1 + random(700_000), random));
  const text = () =>
    pick(random, ["1", "11", "99.9", "st1", "0\n", ";-", "zz"]);
  const patterns = some(random, [0, 1, 2]).flatMap(() => ["-e", text()]);
  const limits = pick(random, [[], ["-m", `${1 + random(900)}`]]);
  const place = pick(random, [[], ["--start", `${random(300_000)}`]]);
  return pick(random, [
    { file, args: ["count", "FILE"], print: [] },
    {
      file,
      args: ["find", "FILE", ...patterns, ...limits, ...place],
      print: pick(random, [[], ["--context", `${random(70)}`]]),
    },
    { file, args: ["find", "FILE", ...patterns, "--count"], print: [] },
  ]);
}

function askRecords(random: RandomSource): Question {
  const isQuoted = random(2) === 0;
  const plain = randomLines(1 + random(500_000), random);
  const text = isQuoted
    ? plain.replace(/st(\d)/g, (all, n) => n === "1" ? `"a\n;${all}"` : all)
    : plain;
  const layout = ["--delimiter", ";", "--names", "s,t,u"]
    .concat(isQuoted ? ["--quote"] : []);
  const where = pick(random, [[], ["--where", `t > ${random(120) - 40}`]]);
  const what = pick(random, [
    ["--agg", "count,sum,mean,stddev", "--of", "t,u", "--group-by", "s"],
    ["--agg", "count,max", "--of", "u", "--group-by", "t", "--top", "9"],
    ["--select", "u,s", "--csv"],
    ["--select", "u as x, s", "--head", `${1 + random(5000)}`],
    ["--sort", pick(random, ["t", "u:desc", "s"]), "--top", `${random(400)}`],
    ["--sort", pick(random, ["t:desc", "s"]), "--csv"],
    ["--sort", "u", "--head", `${random(3000)}`, "--top", `${random(50)}`],
  ]);
  const args = ["records", "FILE", ...layout, ...where, ...what];
  return { file: write(text), args, print: [] };
}

function write(content: string | Uint8Array): string {
  fs.writeFileSync(join(folder, "data"), content);
  return "data";
}

/** Works on all shards, each in a way of its own. @returns Names of the partials; an error's text if one fails. */
async function workOn(
  words: readonly string[],
  count: number,
  random: RandomSource,
): Promise<string[] | string> {
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const name = `p${random(2 ** 31)}`;
    const { code, stderr } = await cli(
      ...words,
      ...["--shard", `${index}/${count}`, "--partial", name],
      ...["--workers", `${1 + random(3)}`],
      ...["--io", pick(random, ["auto", "stream", "preload", "map"])],
      ...["--segment", pick(random, ["64KiB", "128KiB", "1MiB"])],
    );
    if (code !== 0) return stderr;
    names.push(name);
  }
  return names;
}

/** Merges neighbours, now and then, to a partial that stands for them. */
async function joinSome(
  names: readonly string[],
  random: RandomSource,
): Promise<string[]> {
  const left = [...names];
  while (left.length > 1 && random(3) === 0) {
    const at = random(left.length - 1);
    const name = `j${random(2 ** 31)}`;
    const joined = await cli(
      "merge",
      ...left.slice(at, at + 2),
      "--partial",
      name,
    );
    if (joined.code !== 0) throw new Error(joined.stderr);
    left.splice(at, 2, name);
  }
  return left;
}

/** @returns What differs; `undefined` if nothing does, `"refused"` where it cannot be done shard by shard. */
async function compare(random: RandomSource): Promise<string | undefined> {
  const ask = pick(random, [askHash, askText, askRecords]);
  const { file, args, print } = ask(random);
  const words = args.map((word) => word === "FILE" ? file : word);
  const count = 1 + random(9);
  const names = await workOn(words, count, random);
  const shown = `${words.join(" ")} in ${count} shards`;
  if (typeof names === "string") {
    const whole = await cli(...words);
    if (whole.stderr === names) return undefined;
    return /multiple/.test(names) ? "refused" : `${shown}: ${names}`;
  }
  const joined = await joinSome(names, random);
  for (const json of words.includes("--csv") ? [[]] : [[], ["--json"]]) {
    const whole = await cli(...words, ...print, ...json);
    const merged = await cli("merge", ...joined, ...print, ...json);
    if (JSON.stringify(whole) === JSON.stringify(merged)) continue;
    return `${shown} ${[...print, ...json].join(" ")}: ${
      JSON.stringify(whole).slice(0, 300)
    } but merged ${JSON.stringify(merged).slice(0, 300)}`;
  }
  return undefined;
}

const first = Number(process.env["SEED"] ?? Date.now() % 1e9);
const total = Number(process.argv[2] ?? 50);
let refused = 0, wrong = 0;
for (let seed = first; seed < first + total; seed++) {
  const difference = await compare(randomSource(seed));
  for (const name of fs.readdirSync(folder)) fs.rmSync(join(folder, name));
  if (difference === "refused") refused++;
  else if (difference !== undefined) {
    wrong++;
    console.log(`seed ${seed}: ${difference}`);
  }
}
removeFolder(folder);
console.log(`${total} questions, ${refused} refused, ${wrong} wrong`);
process.exit(wrong > 0 ? 1 : 0);
