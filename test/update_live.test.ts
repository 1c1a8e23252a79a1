/** Several processes, of three runtimes, that change one live file. */
import * as fs from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { run } from "./run_cli.ts";
import { RUNTIMES } from "./runtimes.ts";
import { fixture } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const job = fileURLToPath(fixture("fixtures/jobs/count_up.mjs"));
const TIMES = 200_000;

/** The command line of each runtime. */
const COMMANDS = RUNTIMES.map(({ command, args, src, name }) => {
  const main = name === "node"
    ? fileURLToPath(fixture("../dist/src/cli/bin.js"))
    : fileURLToPath(new URL("cli/main.ts", src));
  return [command, ...args, main];
});

/** Runs the job on a file, in a process of each runtime at once. @returns Its second word then. */
async function countUp(kind: "atomic" | "plain"): Promise<number> {
  const path = files.make(new Uint8Array(100));
  const options = { kind, times: TIMES, processes: COMMANDS.length };
  const given = Object.entries(options)
    .flatMap(([key, value]) => ["--opt", `${key}=${value}`]);
  const outcomes = await Promise.all(
    COMMANDS.map((command) =>
      run([
        ...[...command, "run", "--durability", "none", "--io", "map"],
        ...[...given, job, path],
      ])
    ),
  );
  for (const { code, stderr } of outcomes) {
    expect(stderr).toBe("");
    expect(code).toBe(0);
  }
  return fs.readFileSync(path).readInt32LE(4);
}

test("process run --durability none: Atomics lose no update of three processes", async () => {
  expect(await countUp("atomic")).toBe(3 * TIMES);
});

test("process run --durability none: plain loads and stores lose updates", async () => {
  expect(await countUp("plain")).toBe(1);
});
