/** `process plan`, `shard` and `merge`, and `--shard` of the commands. */
import * as fs from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { rounds, spread } from "./effort.ts";
import { type Outcome, runCli, runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { randomLines, randomSource } from "./shards_random.ts";
import { fixture } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const seed = Date.now();
const random = randomSource(seed);

beforeAll(() => {
  fs.writeFileSync(
    join(files.folder, "big.data"),
    randomLines(250_000, random),
  );
});

/** How a command ended; its output as text only, which is quick to compare. */
async function cli(
  ...args: readonly string[]
): Promise<Omit<Outcome, "bytes">> {
  const { bytes: _, ...outcome } = await runCli(args, { cwd: files.folder });
  return outcome;
}

/** Runs a command shard by shard. @returns Names of the partials. */
async function shardsOf(
  args: readonly string[],
  count: number,
): Promise<string[]> {
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const name = `p${random(2 ** 31)}`;
    const shard = ["--shard", `${index}/${count}`, "--partial", name];
    const { code, stdout, stderr } = await cli(...args, ...shard);
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    names.push(name);
  }
  return names;
}

const RECORDS = ["records", "big.data", "--delimiter", ";", "--names", "s,t,u"];

/** What is asked, and how it is printed. */
const COMMANDS: readonly (readonly [readonly string[], readonly string[]])[] = [
  [["hash", "big.data"], []],
  [["hash", "big.data", "--algo", "crc32,blake3"], ["--tag"]],
  [["hash", "big.data", "--algo", "s3-crc32c", "--part-size", "64KiB"], [
    "--base64",
  ]],
  [
    ["hash", "big.data", "--algo", "btv2", "--layers", "--piece-size", "64KiB"],
    ["--zero"],
  ],
  [["hash", "big.data", "--length", "7", "--derive-key", "a b"], [
    "--no-names",
  ]],
  [["count", "big.data"], []],
  [["count", "big.data", "--match", "11", "--hex", "3? 0a"], []],
  [["find", "big.data", "99.9"], []],
  [["find", "-e", "st1", "-e", "1", "--max-count", "40", "big.data"], [
    "--context",
    "5",
  ]],
  [["find", "big.data", "11", "--count"], []],
  [["find", "big.data", "nothing like it"], []],
  [["find", "--hex", "31 ??", "--count", "-m", "9", "big.data"], []],
  [[...RECORDS, "--agg", "mean,max", "--of", "t", "--group-by", "s"], []],
  [[...RECORDS, "--where", "t > 99"], []],
  [[...RECORDS, "--sort", "u:desc", "--top", "30"], []],
  [[...RECORDS, "--where", "t > 95", "--head", "50", "--csv"], []],
  [["records", "big.data", "--struct", "<IQ", "--names", "a,b"], []],
  [
    ["records", "big.data", "--header", "--agg", "count", "--on-bad", "report"],
    [],
  ],
  [["records", "big.data", "--names", "s,t", "--agg", "count"], []],
];

for (const [args, print] of spread(COMMANDS)) {
  it(`process ${args.join(" ")}: process merge prints the same`, async () => {
    const first = await cli(...args, "--shard", "0/2", "--partial", "first");
    if (first.code !== 0) {
      // A bad record of the first shard ends the run, in whichever way it is run.
      expect(first).toEqual(await cli(...args));
      expect(first.stderr).toContain("ERR_");
      return;
    }
    const partials = await shardsOf(args, 1 + random(5));
    for (const json of args.includes("--csv") ? [[]] : [[], ["--json"]]) {
      if (json.length > 0 && print.includes("--zero")) continue;
      const whole = await cli(...args, ...print, ...json);
      const merged = await cli("merge", ...partials, ...print, ...json);
      expect(merged, `seed ${seed}`).toEqual(whole);
    }
  });
}

it("process --shard: the profile is merged, without mode and time", async () => {
  const partials = await shardsOf(["big.data"], 3);
  const whole = await cli("big.data");
  const { stdout } = await cli("merge", ...partials);
  expect(stdout).toBe(
    whole.stdout.replace(/ {2}mode[^]*/, "  mode      3 shards\n"),
  );
  const { io: _, workers: _w, seconds: _s, bytesPerSecond: _b, ...profile } =
    JSON.parse((await cli("big.data", "--json")).stdout);
  const merged = await cli("merge", "--json", ...partials);
  expect(JSON.parse(merged.stdout)).toEqual({ ...profile, shards: 3 });
});

it("process merge ends at the first bad record of the file, as one machine does", async () => {
  const lines = fs.readFileSync(join(files.folder, "big.data"), "utf8")
    .split("\n");
  // The first shard of three has none, and the last one has one too.
  for (const part of [0.6, 0.61, 0.9]) {
    lines[Math.floor(lines.length * part)] = "no;number;here;at all";
  }
  fs.writeFileSync(join(files.folder, "bad.data"), lines.join("\n"));
  const asked = ["records", "bad.data", ...RECORDS.slice(2)];
  for (
    const more of [
      ["--agg", "count,max", "--of", "t"],
      ["--sort", "t", "--top", "9"],
      ["--where", "t > 99", "--csv"],
      ["--where", "t > 99", "--head", "1000", "--csv"],
      ["--where", "t > 99", "--on-bad", "skip"],
    ]
  ) {
    const whole = await cli(...asked, ...more);
    const merged = await cli(
      "merge",
      ...await shardsOf([...asked, ...more], 3),
    );
    expect(merged, more.join(" ")).toEqual(whole);
  }
});

it("process plan prints shards that process shard works on", async () => {
  const ask = ["--op", "hash", "--algo", "crc32c", "--shards", "3"];
  const plan = await cli("plan", "big.data", ...ask);
  expect(plan.stderr).toBe("");
  const lines = plan.stdout.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  expect(lines.map(({ index, start, cut }) => [index, start, cut.count]))
    .toEqual([[0, 0, 3], [1, 65_536, 3], [2, 131_072, 3]]);
  expect(lines[0]).toMatchObject({
    v: 1,
    run: expect.stringMatching(/^[0-9a-f]{64}$/),
    file: "big.data",
    source: { kind: "file", probe: expect.any(String) },
    operation: { name: "hash", parameters: { algorithms: ["crc32c"] } },
  });
  const quoted = ["--op", `hash --algo "crc32c"`, "--shards", "3"];
  expect(await cli("plan", "big.data", ...quoted)).toEqual(plan);
  fs.writeFileSync(join(files.folder, "plan"), plan.stdout);
  fs.renameSync(join(files.folder, "big.data"), join(files.folder, "moved"));
  for (const index of ["2", "0", "1"]) {
    const place = ["--index", index, "--partial", `planned-${index}`];
    const { code, stderr } = await cli("shard", "plan", "moved", ...place);
    expect(code, stderr).toBe(0);
  }
  fs.renameSync(join(files.folder, "moved"), join(files.folder, "big.data"));
  const names = ["planned-0", "planned-1", "planned-2"];
  const merged = await cli("merge", ...names);
  expect(merged).toEqual(await cli("hash", "--algo", "crc32c", "big.data"));
  fs.writeFileSync(join(files.folder, "names"), names.join("\n"));
  expect(await cli("merge", "--list", "names")).toEqual(merged);
  const renamed = await cli("merge", ...names, "--name", "other");
  expect(renamed.stdout).toBe(merged.stdout.replace("big.data", "other"));
  // Written by --shard, joined with those of the plan, and joined in steps.
  const direct = ["--algo", "crc32c", "--shard", "1/3", "--partial", "direct"];
  await cli("hash", "big.data", ...direct);
  const half = await cli("merge", "direct", "planned-2", "--partial", "half");
  expect(half).toMatchObject({ code: 0, stdout: "", stderr: "" });
  expect(await cli("merge", "half", "planned-0")).toEqual(merged);
});

it("process plan takes the options of each operation", async () => {
  const plans: readonly (readonly [readonly string[], object])[] = [
    [["big.data", "st1", "--op", "find", "-m", "3"], {
      patterns: [{ text: "st1" }],
      maxCount: 3,
    }],
    [["big.data", "--op", "find 'a b' --ignore-case"], {
      patterns: [{ text: "a b" }],
      ignoreCase: true,
    }],
    [["--op", "count", "--match", "x", "--start", "64KiB", "big.data"], {
      match: [{ text: "x" }],
      start: 65_536,
    }],
    [["big.data", "--op", `records --names "a b",c --head 2`], {
      names: ["a b", "c"],
      head: 2,
      format: "json",
    }],
    [["--op=profile", "big.data"], {}],
  ];
  for (const [args, parameters] of plans) {
    const { stdout, stderr } = await cli(
      "plan",
      ...args,
      "--shard-size",
      "1GB",
    );
    expect(stderr, args.join(" ")).toBe("");
    expect(JSON.parse(stdout).operation.parameters).toEqual(parameters);
  }
});

it("process run --shard: merged by the same job", async () => {
  const job = join(files.folder, "job.mjs");
  fs.writeFileSync(job, JOB);
  const partials = await shardsOf(["run", job, "big.data", "--opt", "by=2"], 3);
  const whole = await cli("run", job, "big.data", "--opt", "by=2");
  expect(whole.code, whole.stderr).toBe(0);
  expect(await cli("merge", "--job", job, ...partials)).toEqual(whole);
  const unnamed = await cli("merge", ...partials);
  expect(unnamed.stderr).toContain("given, with --job: received none");
  fs.appendFileSync(job, "// another\n");
  const other = await cli("merge", "--job", job, ...partials);
  expect(other.stderr).toContain("must be the one that they were begun with");
  fs.writeFileSync(
    job,
    JOB.replace(
      "framing",
      "lanes: () => [{ name: 'x', start() {}, update() {}, end() {} }],\n  framing",
    ),
  );
  const lanes = await cli(
    "run",
    job,
    "big.data",
    ..."--shard 0/2 --partial x".split(" "),
  );
  expect(lanes.stderr).toContain("as its lanes see all bytes");
});

const JOB = `export default {
  name: "lengths",
  framing: () => ({ before: 0, after: 4 }),
  start: (options, worker) => ({ by: Number(options.by), worker, seen: 0 }),
  scan: (range, state) => {
    state.seen += range.byteLength;
    range.extend(4);
    const next = new Uint8Array(state.worker.memory.buffer, range.address + range.byteLength, range.after);
    return { counts: new Map([[range.bytes[0], 1]]), sum: BigInt(range.byteLength * state.by), last: [...next] };
  },
  end: (state) => state.seen,
  merge: (left, right) => ({ counts: left.counts, sum: left.sum + right.sum, last: right.last }),
  finish: (partial, file, lanes) => ({
    sum: partial.sum, last: partial.last, byteLength: file.byteLength,
    seen: Object.keys(lanes).filter((name) => /^worker/.test(name)).reduce((sum, name) => sum + lanes[name], 0),
  }),
};
`;

/** Arguments, and what the one line of the error has. */
const WRONG: readonly (readonly [string, string])[] = [
  ["hash big.data --shard 3/3 --partial x", "i from 0 to n - 1"],
  ["hash big.data --shard 1of3 --partial x", `received "1of3"`],
  ["hash big.data --shard 0/3", "missing --partial FILE"],
  ["hash big.data --partial x", "missing --shard I/N"],
  ["hash big.data big.data --shard 0/2 --partial x", "more than one file"],
  ["hash --shard 0/2 --partial x", "missing FILE"],
  ["hash --algo md5 big.data --shard 0/2 --partial x", "by md5 as each byte"],
  ["hash --keyed big.data --shard 0/2 --partial x", "key would be written"],
  ["hash --tag big.data --shard 0/2 --partial x", "give it to process merge"],
  ["hash -r big.data --shard 0/2 --partial x", "received --recursive"],
  ["find big.data x -C 4 --shard 0/2 --partial x", "give it to process merge"],
  [
    "records big.data --names a --set a=1 --shard 0/2 --partial x",
    "never wholly old or wholly new",
  ],
  ["count big.data --shard 0/2 --partial big.data", "would replace a file"],
  ["count missing --shard 0/2 --partial x", "no such file"],
  ["count big.data --shard 0/2 --partial no/x", "no such file"],
  ["count /dev/null --shard 0/2 --partial x", "received a stream"],
  ["plan big.data --shards 2", "missing --op"],
  ["plan big.data --op hash", "missing --shards N"],
  ["plan big.data --op patch --shards 2", "never wholly old"],
  ["plan big.data --op view --shards 2", "must be one of hash, count"],
  ["plan big.data --op hash --shards 0", "from 1 to 65536"],
  ["plan big.data --op hash --shards 2 --shard-size 1MB", "together with"],
  ["plan big.data --op hash --algorithm x --shards 2", "unknown option"],
  ["plan big.data --op count --start 5 --shards 2", "needs --match or --hex"],
  ["shard", "missing PLAN"],
  ["shard big.data --partial x", "line must be JSON"],
  ["merge", "missing PARTIAL"],
  ["merge big.data", "big.data: cannot read a partial"],
  ["merge missing", "no such file"],
];

it("process plan, shard and merge say what is wrong in one line, and write nothing", async () => {
  for (const [words, text] of WRONG) {
    const { code, stdout, stderr } = await cli(...words.split(" "));
    expect(stderr, words).toContain(text);
    expect(stderr.split("\n"), words).toHaveLength(2);
    expect([code, stdout], words).toEqual([2, ""]);
    expect(fs.existsSync(join(files.folder, "x")), words).toBe(false);
  }
  const left = fs.readdirSync(files.folder).filter((name) =>
    name.includes(".tmp")
  );
  expect(left).toEqual([]);
});

it("process merge names what is missing, and the partial that is wrong", async () => {
  const [first, , third] = await shardsOf(["count", "big.data"], 3);
  const missing = await cli("merge", first!, third!);
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toBe(
    "process: cannot merge shards as all from 0 to 2 must be there: received none of shard 1 (ERR_SHARD_MISMATCH)\n",
  );
  const [other] = await shardsOf(["count", "big.data"], 2);
  const mixed = await cli("merge", first!, other!);
  expect(mixed.stderr).toContain(`process: ${other}: cannot merge shards`);
  const tag = await cli("merge", first!, third!, "--tag");
  expect(tag.code).toBe(2);
});

/** The fenced blocks of a language, in docs/distributed.md. */
function recipes(mark: string): string {
  const text = fs.readFileSync(fixture("../docs/distributed.md"), "utf8");
  const found = [...text.matchAll(/^```sh\n([^]*?)^```/gm)]
    .map(([, code = ""]) => code)
    .find((code) => code.includes(mark));
  return found ?? "exit 99";
}

const hasParallel = hasTool("parallel");

// `process` has to be a program, as parallel and xargs start it.
const AS_PROGRAM = `mkdir -p bin
printf '#!/bin/sh\\nexec %s "$@"\\n' "$PROCESS" > bin/process
chmod +x bin/process
unset -f process
PATH="$PWD/bin:$PATH"
`;

it.skipIf(!hasParallel)(
  `docs/distributed.md: the recipe for GNU parallel${
    hasParallel ? "" : " (parallel is not installed)"
  }`,
  async () => {
    const script = `${AS_PROGRAM}${recipes("| parallel")}`;
    const { stdout, stderr, code } = await runShell(script, {
      cwd: files.folder,
    });
    expect(code, stderr).toBe(0);
    const whole = await cli("hash", "--algo", "blake3,crc32c", "big.data");
    expect(stdout).toBe(whole.stdout);
  },
);

it.skipIf(rounds(2) < 2 && hasParallel)(
  "docs/distributed.md: the recipe for xargs",
  async () => {
    const script = `${AS_PROGRAM}${recipes("| xargs")}`;
    const { stdout, stderr, code } = await runShell(script, {
      cwd: files.folder,
    });
    expect(code, stderr).toBe(0);
    const whole = await cli("count", "--match", "error", "big.data");
    expect(stdout).toBe(whole.stdout);
  },
);
