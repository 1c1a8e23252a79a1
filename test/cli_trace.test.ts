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
