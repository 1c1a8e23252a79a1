/** `process run` of jobs that change their file. */
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { spread } from "./effort.ts";
import { run, runCli, spawnCli } from "./run_cli.ts";
import { fixture, runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const stamp = fileURLToPath(fixture("fixtures/jobs/stamp_words.mjs"));
const reader = fileURLToPath(fixture("fixtures/jobs/options.mjs"));

/** Nine bytes of zero, and what the job makes of them. */
const BEFORE = new Uint8Array(9);
const AFTER = [7, 0, 0, 0, 7, 0, 0, 0, 7];

describe("process run", () => {
  test.each(spread(["journal", "copy", "none"] as const))(
    "--durability %s changes the file, and says how",
    async (durability) => {
      const path = files.make(BEFORE);
      const args = ["run", "--durability", durability, stamp, path];
      const { stdout, stderr, code } = await runCli([...args, "--opt", "by=7"]);
      expect(stderr).toBe("");
      expect(code).toBe(0);
      const what = {
        journal: "1 edit, 3 bytes changed",
        copy: "3 bytes changed",
        none: "updated",
      }[durability];
      expect(stdout).toBe(
        `3\n${path}: ${what}, durability ${durability}\n`,
      );
      expect([...fs.readFileSync(path)]).toEqual(AFTER);
    },
  );

  test("--dry-run shows the edits, and changes nothing", async () => {
    const path = files.make(BEFORE);
    const args = ["run", "--dry-run", stamp, path, "--opt", "by=7"];
    const { stdout, code } = await runCli(args);
    expect(stdout).toBe(
      `3\n0x00000000  000000000000000000 -> 070000000700000007\n` +
        `${path}: 1 edit, 3 bytes would change, durability journal; nothing was written\n`,
    );
    expect(code).toBe(0);
    const none = await runCli([...args, "--show", "0"]);
    expect(none.stdout).toContain("... and 1 more\n");
    expect([...fs.readFileSync(path)]).toEqual([...BEFORE]);
  });

  test("--json has what was done beside the result", async () => {
    const path = files.make(BEFORE);
    const args = ["run", "--json", stamp, path, "--opt", "by=7"];
    const dry = await runCli([...args, "--dry-run"]);
    const common = { file: path, result: 3, edits: 1, bytesChanged: 3 };
    expect(JSON.parse(dry.stdout)).toEqual({
      ...common,
      durability: "journal",
      dryRun: true,
      undoKept: false,
      shown: [
        { offset: 0, old: "000000000000000000", new: "070000000700000007" },
      ],
    });
    const real = await runCli([...args, "--keep-undo"]);
    expect(JSON.parse(real.stdout)).toEqual({
      ...common,
      durability: "journal",
      dryRun: false,
      undoKept: true,
    });
    expect([...fs.readFileSync(path)]).toEqual(AFTER);
    await runCli(["undo", path]);
    expect([...fs.readFileSync(path)]).toEqual([...BEFORE]);
    const copy = await runCli([...args, "--durability", "copy"]);
    expect(JSON.parse(copy.stdout)).toMatchObject({ edits: null });
  });

  test("works on several files, and goes on after one that fails", async () => {
    const paths = [files.make(BEFORE), files.make(BEFORE)];
    const [first = "", second = ""] = paths;
    const missing = join(files.folder, "missing");
    const { stdout, stderr, code } = await runCli(
      ["run", stamp, first, missing, second, "--opt", "by=7"],
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^process: .*missing: no such file .*\(ENOENT\)\n$/);
    expect(stdout.match(/durability journal/g)).toHaveLength(2);
    for (const path of paths) expect([...fs.readFileSync(path)]).toEqual(AFTER);
  });

  test("refuses what makes no sense, in one line", async () => {
    const path = files.make(BEFORE);
    for (
      const [args, text] of spread(
        [
          [["--durability", "copy", reader], /its access must be "update"/],
          [["--durability", "all", stamp], /must be one of auto, journal/],
          [["--show", "3", stamp], /--show without --dry-run/],
          [["--durability", "none", "--keep-undo", stamp], /journal or copy/],
          [["--dry-run", reader], /its access must be "update"/],
        ] as const,
      )
    ) {
      const { stderr, code } = await runCli(["run", ...args, path]);
      expect(stderr).toMatch(text);
      expect(stderr.trim().split("\n")).toHaveLength(1);
      expect(code).toBe(2);
    }
    const input = await spawnCli(["run", stamp, "-"], { stdin: "abc" });
    expect(input.stderr).toMatch(/standard input cannot be changed/);
    expect(input.code).toBe(2);
    expect([...fs.readFileSync(path)]).toEqual([...BEFORE]);
  });
});

test("examples/raise_kind.ts adds to a field of each record", async () => {
  const path = join(files.folder, "trades.bin");
  await runCli(["generate", "records", path, "--size", "100KiB"]);
  const before = fs.readFileSync(path);
  const { stdout, code } = await runCli(
    ["run", await example(), path, "--opt", "by=1000", "--json"],
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout).result).toEqual({ records: 3200 });
  for (let at = 4; at < before.length; at += 32) {
    before.writeUInt32LE(before.readUInt32LE(at) + 1000, at);
  }
  expect(fs.readFileSync(path).equals(before)).toBe(true);
});

/** Node 20 reads no TypeScript: there the example loses its types. */
async function example(): Promise<string> {
  const path = fileURLToPath(fixture("../examples/raise_kind.ts"));
  if (runtime !== "node") return path;
  const target = join(files.folder, "raise_kind.mjs");
  const bun = fileURLToPath(fixture("../node_modules/.bin/bun"));
  const built = await run([
    ...[bun, "build", "--no-bundle", path, "--outfile", target],
  ]);
  expect(built.code, built.stderr).toBe(0);
  return target;
}
