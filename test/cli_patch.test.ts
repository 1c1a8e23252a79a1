/** The commands patch, undo and recover. */
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "./run_cli.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

describe("process patch", () => {
  test("puts, adds, replaces, and tells what it did", async () => {
    const path = files.make("0123456789 foo foo");
    const { code, stdout, stderr } = await runCli([
      "patch",
      path,
      ...["--at", "0x0=text:ab", "--at", "9=58", "--expect", "9=39"],
      ...["--add", "u8@4=1", "--replace", "foo=bar", "--durability", "journal"],
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout)
      .toBe(`${path}: 5 edits, 10 bytes changed, durability journal\n`);
    expect(fs.readFileSync(path, "utf8")).toBe("ab2355678X bar bar");
  });

  test("prints JSON", async () => {
    const path = files.make(new Uint8Array(100));
    const { stdout } = await runCli([
      "patch",
      "--json",
      "--at",
      "5=0102",
      path,
    ]);
    expect(JSON.parse(stdout)).toEqual({
      file: path,
      edits: 1,
      bytesChanged: 2,
      durability: "journal",
      dryRun: false,
    });
  });

  test("--dry-run shows the edits", async () => {
    const path = files.make("aaaaaaaaaa");
    const args = [
      "patch",
      "--replace",
      "a=b",
      "--dry-run",
      "--show",
      "2",
      path,
    ];
    expect((await runCli(args)).stdout).toBe(
      "0x00000000  61 -> 62\n0x00000001  61 -> 62\n... and 8 more\n" +
        `${path}: 10 edits, 10 bytes would change, durability copy; nothing was written\n`,
    );
    const { stdout } = await runCli([...args, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      edits: 10,
      bytesChanged: 10,
      dryRun: true,
      shown: [{ offset: 0, old: "61", new: "62" }, { offset: 1 }],
    });
    expect(fs.readFileSync(path, "utf8")).toBe("aaaaaaaaaa");
  });

  test("reads a script from a file or standard input", async () => {
    const path = files.make("0123456789");
    const script = files.make(
      '{"offset":"0x1","bytes":"7878","expect":"3132"}\n',
    );
    expect((await runCli(["patch", "--script", script, path])).code).toBe(0);
    const { code } = await runCli(["patch", "--script", "-", path], {
      stdin: '{"offset":9,"bytes":"text:!"}',
    });
    expect(code).toBe(0);
    expect(fs.readFileSync(path, "utf8")).toBe("0xx345678!");
    const bad = await runCli(["patch", "--script", "-", path], { stdin: "{}" });
    expect(bad.code).toBe(2);
    expect(bad.stderr).toMatch(
      /line 1 of the script has no "offset".*\(ERR_BAD_SCRIPT\)\n$/,
    );
  });

  test("exit codes and messages of failures", async () => {
    const path = files.make("0123456789");
    const conflict = await runCli([
      "patch",
      "--expect",
      "1=32",
      "--at",
      "0=00",
      path,
    ]);
    expect(conflict.code).toBe(2);
    expect(conflict.stderr).toBe(
      `process: ${path}: the file does not hold what is expected at 1: expected 32, found 31 (ERR_CONFLICT)\n`,
    );
    const nothing = await runCli(["patch", "--replace", "x=y", path]);
    expect(nothing.code).toBe(1);
    for (
      const args of [
        [path],
        ["--at", "x", path],
        ["--at", "10=00", path],
        ["--durability", "safe", "--at", "0=00", path],
        ["--add", "u8@0=300", path],
        ["--at", "0=0001", "--at", "1=02", path],
        ["--at", "0=00"],
      ]
    ) {
      const { code, stderr } = await runCli(["patch", ...args]);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).toMatch(/^process: .*\(usage\)\n$/);
    }
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
  });
});

describe("process undo and process recover", () => {
  const journal = (path: string, what: string) =>
    join(dirname(path), `.${basename(path)}.sabmap-${what}`);

  test("take back, finish, and say what they did", async () => {
    const path = files.make("0123456789");
    const patch = ["patch", "--at", "0=text:ab", "--keep-undo", path];
    expect((await runCli(patch)).stdout).toMatch(/; kept for process undo\n$/);
    expect((await runCli(["undo", path])).stdout)
      .toBe(`${path}: the patch was taken back, 1 edit, 2 bytes\n`);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    const none = await runCli(["undo", path]);
    expect(none.code).toBe(2);
    expect(none.stderr).toMatch(/\(ERR_NO_UNDO\)\n$/);
    expect((await runCli(["recover", path])).stdout)
      .toBe(`${path}: nothing to recover\n`);
  });

  test("what is left of a patch is told of, and recovered", async () => {
    const path = files.make("0123456789");
    await runCli(["patch", "--at", "0=text:ab", "--keep-undo", path]);
    fs.renameSync(journal(path, "undo"), journal(path, "journal"));
    const count = await runCli(["count", path]);
    expect([count.code, count.stdout]).toEqual([0, `0 ${path}\n`]);
    expect(count.stderr).toMatch(
      /^process: note: a patch of .* was not finished/,
    );
    const quiet = await runCli(["count", "--quiet", path]);
    expect(quiet.stderr).toBe("");
    const { code, stdout } = await runCli([
      "recover",
      "--undo",
      "--json",
      path,
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout))
      .toEqual({ file: path, outcome: "undone", edits: 1, bytesWritten: 2 });
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
  });
});
