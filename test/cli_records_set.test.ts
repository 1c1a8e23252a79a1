/** The command process records with --set. */
import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { runCli } from "./run_cli.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

const TRADES = ["--struct", "<IIdQ8x", "--names", "id,kind,value,ts"];

function trades(count: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(32 * count));
  for (let i = 0; i < count; i++) {
    view.setUint32(32 * i, i, true);
    view.setUint32(32 * i + 4, i % 4, true);
    view.setFloat64(32 * i + 8, i / 2, true);
    view.setBigUint64(32 * i + 16, 2n ** 64n - 1n - BigInt(i), true);
  }
  return new Uint8Array(view.buffer);
}

function set(path: string, ...args: string[]) {
  return runCli(["records", path, ...TRADES, ...args]);
}

function valuesOf(path: string): number[] {
  const { buffer } = Uint8Array.from(fs.readFileSync(path));
  const view = new DataView(buffer);
  return Array.from(
    { length: view.byteLength / 32 },
    (_, i) => view.getFloat64(32 * i + 8, true),
  );
}

describe("process records --set", () => {
  test("sets fields and tells what that came to", async () => {
    const path = files.make(trades(8));
    const outcome = await set(
      path,
      ...["--set", "value=value*1.1", "--where", "kind==3"],
    );
    expect(outcome).toMatchObject({
      code: 0,
      stderr: "",
      stdout:
        `${path}: records set: 2 of 8 records changed, 14 bytes, durability journal\n`,
    });
    expect(valuesOf(path))
      .toEqual([0, 0.5, 1, 1.5 * 1.1, 2, 2.5, 3, 3.5 * 1.1]);
  });

  test("takes several, with the durability that is asked for", async () => {
    for (const durability of ["journal", "copy", "none"]) {
      const path = files.make(trades(3));
      const { code, stdout } = await set(
        path,
        ...["--set", "value = id, id = kind", "--set", "kind=id + 1"],
        ...["--durability", durability, "--json"],
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual({
        file: path,
        records: 3,
        matched: 3,
        changed: 3,
        edits: 5,
        bytesChanged: 6,
        durability,
        dryRun: false,
        undoKept: false,
        badCount: 0,
      });
      expect(valuesOf(path)).toEqual([0, 1, 2]);
    }
  });

  test("--dry-run shows what would change, and changes nothing", async () => {
    const content = trades(4);
    const path = files.make(content);
    const args = ["--set", "value=value+1, ts=ts-1", "--dry-run"];
    const { code, stdout } = await set(path, ...args, "--show", "3");
    expect(code).toBe(0);
    expect(stdout).toBe(
      "0x00000008  value: 0 -> 1\n" +
        "0x00000010  ts: 18446744073709551615 -> 18446744073709551614\n" +
        "0x00000028  value: 0.5 -> 1.5\n" +
        "... and 5 more\n" +
        `${path}: records set: 4 of 4 records would change, 11 bytes, durability journal; nothing was written\n`,
    );
    const json = await set(path, ...args, "--json");
    expect(JSON.parse(json.stdout)).toMatchObject({
      edits: 8,
      dryRun: true,
      shown: [
        {
          offset: 8,
          field: "value",
          from: 0,
          to: 1,
          old: "0000000000000000",
          new: "000000000000f03f",
        },
        { from: "18446744073709551615", to: "18446744073709551614" },
        ...Array.from({ length: 6 }, () => ({})),
      ],
    });
    expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
  });

  test("--keep-undo lets process undo take it back", async () => {
    const content = trades(10);
    const path = files.make(content);
    const { stdout } = await set(path, "--set", "value=7", "--keep-undo");
    expect(stdout).toContain("; kept for process undo\n");
    expect((await runCli(["undo", path])).code).toBe(0);
    expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
  });

  test("--wrap lets integers start again", async () => {
    const path = files.make(trades(2));
    const args = ["--set", "ts = ts + 1", "--where", "id == 0"];
    const refused = await set(path, ...args);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toBe(
      `process: ${path}: cannot set field "ts" of the record at offset 0 as it must be an integer from 0 to 18446744073709551615: received 18446744073709551616 (ERR_VALUE_RANGE)\n`,
    );
    expect((await set(path, ...args, "--wrap")).code).toBe(0);
    expect(fs.readFileSync(path).readBigUInt64LE(16)).toBe(0n);
  });

  test("sets fields of lines that stay as long", async () => {
    const path = files.make("Oslo,12\nRome,31\n");
    const lines = ["records", path, "--names", "city,temp"];
    const { code } = await runCli([
      ...lines,
      ...["--set", 'city="Lima"', "--where", 'city ^= "R"'],
    ]);
    expect(code).toBe(0);
    const { stderr } = await runCli([...lines, "--set", "temp=temp*10"]);
    expect(stderr).toContain("at offset 0 as its text must have 2 bytes");
    expect(fs.readFileSync(path, "utf8")).toBe("Oslo,12\nLima,31\n");
  });

  test("passes bad records over, or stops", async () => {
    const path = files.make(trades(3).subarray(0, 90));
    const stopped = await set(path, "--set", "value=1");
    expect([stopped.code, stopped.stdout]).toEqual([2, ""]);
    expect(stopped.stderr).toContain("(ERR_RECORD_TRUNCATED)");
    const report = await set(path, "--set", "value=1", "--on-bad", "report");
    expect(report.code).toBe(0);
    expect(report.stdout).toContain("2 of 2 records changed");
    expect(report.stderr).toContain("64");
    expect(report.stderr).toContain("1 record could not be read");
    expect(fs.statSync(path).size).toBe(90);
  });
});

describe("process records --set refuses", () => {
  test.each([
    [["--set", "value=1", "--agg", "count"], "--set with --agg"],
    [["--set", "value=1", "--select", "id"], "--set with --select"],
    [["--set", "value=1", "--csv"], "--set with --csv"],
    [["--set", "value=1", "--head", "3"], "--set with --head"],
    [["--set", "value=1", "--group-by", "id"], "--set with --group-by"],
    [["--dry-run"], "--dry-run without --set"],
    [["--durability", "none"], "--durability without --set"],
    [["--set", "price=1"], 'column 1 must be one of the fields "id"'],
    [["--set", "value=kind +"], "column 13 must be a value"],
    [["--set", "value"], 'column 6 must be "="'],
    [["--set", 'value="a"'], 'a number, which field "value" takes'],
    [["--set", "value=1", "--durability", "some"], "auto, journal, copy"],
    [["--set", "value=1", "--show", "-1"], "--show"],
    [
      ["--set", "value=1", "--durability", "none", "--keep-undo"],
      "journal or copy",
    ],
  ])("%j", async (args, text) => {
    const content = trades(2);
    const path = files.make(content);
    const { code, stdout, stderr } = await set(path, ...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
    expect(stderr.trimEnd().split("\n")).toHaveLength(
      stderr.includes("--help") ? 2 : 1,
    );
    expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
  });

  test("standard input, and more than one file", async () => {
    const { code, stderr } = await set("-", "--set", "value=1");
    expect(code).toBe(2);
    expect(stderr).toContain("received a stream");
    expect((await set("a", "b", "--set", "value=1")).code).toBe(2);
    expect((await runCli(["records", ...TRADES, "--set", "id=1"])).code)
      .toBe(2);
  });
});
