import * as fs from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkChromeTrace, type ChromeEvent } from "./chrome_trace_oracle.ts";
import { runCli, runShell } from "./run_cli.ts";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const SEGMENT = 64 * 1024;
const BYTES = seededBytes(5 * 1024 * 1024, 1);
const JOB = fixture("fixtures/jobs/misbehave.mjs").pathname;

let traces = 0;

/** Runs a command with `--trace`. @returns How it ended, and the events that it left. */
async function traced(args: readonly string[]) {
  const file = join(files.folder, `trace-${traces++}.json`);
  const outcome = await runCli([...args, "--trace", file]);
  const events = checkChromeTrace(fs.readFileSync(file, "utf8"));
  return { ...outcome, events };
}

function countNamed(events: readonly ChromeEvent[], name: string): number {
  return events.filter((event) => event.name === name).length;
}

test.each([
  [["count"], 80],
  [["hash", "--algo", "sha256,blake3"], 80],
  [["count", "--match", "a"], 80],
  [["count", "--io", "preload"], 80],
])("--trace shows what the workers of %j did", async (command, segments) => {
  const path = files.make(BYTES);
  const plain = await runCli([...command, path]);
  const args = ["--workers", "2", "--segment", "64KiB"];
  const { code, stdout, events } = await traced([...command, path, ...args]);
  expect([code, stdout]).toEqual([0, plain.stdout]);
  expect(countNamed(events, "scan")).toBe(segments);
  const names = events.filter(({ name }) => name === "thread_name");
  const callerScans = !/preload|sha256/.test(command.join());
  expect(names.map(({ args }) => args?.["name"])).toEqual([
    ...(callerScans ? ["coordinator, worker 0"] : ["coordinator", "worker 0"]),
    "worker 1",
  ]);
});

test("--trace shows all files of a command, and the one that failed", async () => {
  const paths = [files.make(BYTES), "/nowhere", files.make("small\n")];
  const { code, events } = await traced(["count", ...paths]);
  expect(code).toBe(2);
  const runs = events.filter(({ name }) => name === "run");
  expect(runs.map(({ args }) => args?.["file"])).toEqual(paths);
  expect(runs[1]?.args?.["error"]).toBe("no such file or directory");
});

test("--trace is written when a job fails", async () => {
  const path = files.make(BYTES);
  const options = ["--opt", "act=throw", "--opt", `at=${3 * SEGMENT}`];
  const segment = ["--segment", "64KiB", "--workers", "2"];
  const { code, stderr, events } = await traced([
    "run",
    JOB,
    path,
    ...options,
    ...segment,
  ]);
  expect(code).toBe(2);
  expect(stderr).toContain("boom at the record");
  const failed = events.find(({ name, args }) =>
    name === "scan" && args?.["offset"] === 3 * SEGMENT
  );
  expect(failed).toBeDefined();
});

test("--trace shows standard input, which the coordinator reads", async () => {
  const trace = join(files.folder, "stdin.json");
  const path = files.make(BYTES);
  const { stdout } = await runShell(
    `process count - --trace ${trace} < <(cat ${path})`,
  );
  const count = BYTES.filter((byte) => byte === 10).length;
  expect(stdout.trim()).toBe(String(count));
  const events = checkChromeTrace(fs.readFileSync(trace, "utf8"));
  expect(countNamed(events, "fill")).toBeGreaterThan(0);
});

test("--trace says so where no run was to be traced", async () => {
  const args = ["hexdump", "--length", "1", files.make("a")];
  const { code, stderr, events } = await traced(args);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^process: note: .*: there was no run to trace\n$/);
  expect(events.map(({ name }) => name)).toEqual(["process_name"]);
});

test("--trace refuses files that it cannot or must not write, before work begins", async () => {
  const path = files.make(BYTES);
  for (
    const [file, message] of [
      ["-", "results go to standard output"],
      [path, "would replace a file that is worked on"],
      [join(files.folder, "none", "x"), "no such file or directory (ENOENT)"],
      [files.folder, "is a directory (EISDIR)"],
    ] as const
  ) {
    const { code, stdout, stderr } = await runCli([
      "count",
      path,
      "--trace",
      file,
    ]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(stderr.split("\n")).toHaveLength(2);
  }
  expect(fs.readFileSync(path).equals(BYTES)).toBe(true);
});

test.each<[string, string, ...string[]]>([
  ["a listed file", "a", "hash", "--check", "sums"],
  ["the list", "sums", "hash", "--check", "sums"],
  ["a file of a folder", "a", "hash", "-r", "."],
  ["the same by another name", "link", "hash", "-r", "."],
  ["a script", "edits", "patch", "a", "--script", "edits", "--dry-run"],
  ["what is generated", "new", "generate", "lines", "new", "--size", "1KiB"],
  ["the file of a plan", "a", "shard", "plan", "--index=1", "--partial", "p"],
  ["a listed partial", "part-0", "merge", "--list", "parts"],
  ["the list of partials", "parts", "merge", "--list", "parts"],
  ["a description", "framing", "records", "a", "--framing", "framing"],
])("--trace does not replace %s", async (_, trace, ...command) => {
  const folder = fs.mkdtempSync(join(files.folder, "kept-"));
  const write = (name: string, data: string | Uint8Array) =>
    fs.writeFileSync(join(folder, name), data);
  const cli = (...args: string[]) => runCli(args, { cwd: folder });
  write("a", BYTES.subarray(0, 1024));
  write("edits", '{"offset": 0, "bytes": "41"}\n');
  write("framing", '{"kind": "fixed", "bytes": 32}');
  write("sums", (await cli("hash", "a")).stdout);
  write("plan", (await cli("plan", "a", "--op=count", "--shards=2")).stdout);
  for (const index of ["0", "1"]) {
    await cli("shard", "plan", "--index", index, "--partial", `part-${index}`);
  }
  write("parts", "part-0\npart-1\n");
  fs.linkSync(join(folder, "a"), join(folder, "link"));
  const before = contents(folder);
  const { code, stdout, stderr } = await cli(...command, "--trace", trace);
  expect(stderr).toBe(
    `process: ${trace}: cannot use --trace as it would replace a file that is worked on: received "${trace}" (usage)\n`,
  );
  expect([code, stdout]).toEqual([2, ""]);
  expect(contents(folder)).toEqual(before);
});

/** The files of a folder by name. */
function contents(folder: string): Record<string, string> {
  const names = fs.readdirSync(folder).sort();
  return Object.fromEntries(
    names.map((name) => [name, fs.readFileSync(join(folder, name), "latin1")]),
  );
}

test("--trace leaves alone what standard output or error goes to", async () => {
  const path = files.make("1\n2\n");
  for (const [name, redirect] of [["stdout", ">>"], ["stderr", "2>>"]]) {
    const kept = join(files.folder, `kept-${name}`);
    for (const trace of [`/dev/${name}`, kept]) {
      fs.writeFileSync(kept, "before\n");
      const { code, stderr } = await runShell(
        `process count ${path} --trace ${trace} ${redirect} ${kept}`,
      );
      expect(code).toBe(2);
      const written = fs.readFileSync(kept, "utf8") + stderr;
      expect(written).toMatch(/^before\n(\S+ \S+\n)?process: /);
      expect(written).toContain("is where standard output or error goes");
    }
  }
});

test("--trace into a pipe that is closed is success", async () => {
  const { stdout } = await runShell(
    `process count ${
      files.make("1\n")
    } --trace /dev/stdout | head -c 1; echo "|\${PIPESTATUS[0]}"`,
  );
  expect(stdout).toMatch(/^.\|0\n$/s);
});

test("the file that --trace is written under is none of a folder", async () => {
  const folder = fs.mkdtempSync(join(files.folder, "walked-"));
  fs.writeFileSync(join(folder, "a"), "a");
  const args = ["hash", "-r", ".", "--trace", "new.json"];
  const { code, stdout } = await runCli(args, { cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^[0-9a-f]{64} {2}\.\/a\n$/);
});

test("a trace that cannot be put in its place is told of by name, and leaves nothing", async () => {
  const folder = fs.mkdtempSync(join(files.folder, "place-"));
  const place = join(folder, "trace.json");
  const job = join(files.folder, "block.mjs");
  // The folder comes when the trace is open already.
  fs.writeFileSync(
    job,
    `import { mkdirSync } from "node:fs";
    export default {
      name: "block", start: () => mkdirSync(${JSON.stringify(place)}),
      scan: () => 0, merge: () => 0, finish: () => 0,
    };`,
  );
  const { code, stderr } = await runCli(
    ["run", job, files.make("1\n"), "--trace", place, "--permissions"],
  );
  expect(stderr).toMatch(/^process: .*trace\.json: .* \(E[A-Z]+\)\n$/);
  expect(code).toBe(2);
  expect(fs.readdirSync(folder)).toEqual(["trace.json"]);
});

test("--trace shows both scans of an update whose changes are too many for a journal", async () => {
  const path = files.make(new Uint8Array(4 * 1024 * 1024));
  const { code, stdout, events } = await traced([
    "records",
    path,
    "--struct=<I",
    "--names=a",
    "--set=a=a+1",
    "--workers=2",
    "--segment=64KiB",
  ]);
  expect([code, stdout]).toEqual([0, expect.stringContaining("copy")]);
  const byName = (name: string) => events.filter((one) => one.name === name);
  const scanned = byName("scan").map(({ args }) => args?.["offset"]);
  expect(scanned.filter((offset) => offset === 0)).toHaveLength(2);
  const [whole] = byName("run");
  expect(byName("open").filter(({ ts }) => ts === whole?.ts)).toHaveLength(1);
});

test("--trace shows the search of a patch", async () => {
  const path = files.make(BYTES);
  const args = ["patch", path, "--replace", "hex:0102=0201", "--dry-run"];
  const { events, stderr } = await traced([...args, "--segment=64KiB"]);
  expect(stderr).toBe("");
  expect(countNamed(events, "scan")).toBe(80);
});
