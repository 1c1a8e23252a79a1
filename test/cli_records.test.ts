/** The command `process records`. */
import { describe, expect, test } from "vitest";
import { runCli, runShell } from "./run_cli.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

const MEASUREMENTS =
  "Hamburg;12.0\nZürich;-0.4\nHamburg;-1.5\n東京;8.9\nZürich;0.35\n";
const STATIONS = ["--lines", "--delimiter", ";", "--names", "station,temp"];
const BY_STATION = [
  ...STATIONS,
  "--agg",
  "min,mean,max",
  "--of",
  "temp",
  "--group-by",
  "station",
];

/** Runs on a file with this content. `FILE` in `stderr` stands for its name. */
async function records(
  content: string | Uint8Array,
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const path = files.make(content);
  const { code, stdout, stderr } = await runCli(["records", path, ...args]);
  return { code, stdout, stderr: stderr.replaceAll(path, "FILE") };
}

describe("process records prints", () => {
  test("groups as a table, with numbers to the right", async () => {
    expect(await records(MEASUREMENTS, BY_STATION)).toEqual({
      code: 0,
      stdout: [
        "station    min   mean    max",
        "───────  ─────  ─────  ─────",
        "Hamburg  -1.50   5.25  12.00",
        "Zürich   -0.40  -0.02   0.35",
        "東京      8.90   8.90   8.90",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  test("one decimal where there is one, as the One Billion Row Challenge does", async () => {
    const content = "a;0.0\na;-0.1\nb;0.2\nb;0.3\nb;0.3\nc;-0.0";
    const { stdout } = await records(content, [...BY_STATION, "--csv"]);
    expect(stdout).toBe(
      "station,min,mean,max\na,-0.1,0.0,0.0\nb,0.2,0.3,0.3\nc,0.0,0.0,0.0\n",
    );
  });

  test("rows as a table, CSV and JSON", async () => {
    const args = [...STATIONS, "--where", "temp > 0", "--head", "2"];
    const table = await records(MEASUREMENTS, args);
    expect(table.stdout)
      .toBe("station  temp\n───────  ────\nHamburg  12.0\n東京     8.9\n");
    const csv = await records(MEASUREMENTS, [...args, "--csv"]);
    expect(csv.stdout).toBe("station,temp\nHamburg,12.0\n東京,8.9\n");
    const json = await records(MEASUREMENTS, [
      ...args,
      "--json",
      "--select",
      "station as s, temp * 2 as t",
    ]);
    expect(json.stdout).toBe('{"s":"Hamburg","t":24}\n{"s":"東京","t":17.8}\n');
  });

  test("sorted groups as JSON, with integers of 64 bits as text", async () => {
    const content = new Uint8Array(
      new BigUint64Array([5n, 2n ** 64n - 1n, 5n]).buffer,
    );
    const { stdout } = await records(content, [
      ..."--struct <Q --names v --group-by v --agg count,sum --of v --json"
        .split(" "),
      "--sort",
      "sum:desc",
    ]);
    expect(stdout).toBe(
      '{"v":"18446744073709551615","count":1,"sum":"18446744073709551615"}\n' +
        '{"v":"5","count":2,"sum":"10"}\n',
    );
  });

  test("records of standard input", async () => {
    const { code, stdout } = await runShell(
      `printf 'k,v\\na,1\\nb,2\\na,3\\n' | process records - --header --names k,v --of v --agg sum --group-by k --csv`,
    );
    expect([code, stdout]).toEqual([0, "k,sum\na,4\nb,2\n"]);
  });

  test("what a header names, with quotes of its own in front of the file", async () => {
    const path = files.make('k,"v 1"\n"a,b",2\n');
    const args = ["--header", "--select", "k, `v 1` + 1 as n", "--csv"];
    const { stdout } = await runCli(["records", ...args, "--quote", path]);
    expect(stdout).toBe('k,n\n"a,b",3\n');
    const other = files.make("k|'v|1'\n");
    const options = ["--delimiter", "|", "--quote", "'", "--names", "a,b"];
    const result = await runCli(["records", other, ...options, "--json"]);
    expect(result.stdout).toBe('{"a":"k","b":"v|1"}\n');
  });

  test("records whose framing a file describes", async () => {
    const framing = files.make(JSON.stringify({
      header: ">B",
      names: ["length"],
      length: "length",
    }));
    const content = Uint8Array.of(2, 0, 7, 3, 1, 0, 9);
    const args = ["--framing", framing, "--struct", ">H", "--names", "v"];
    const { stdout } = await records(content, [...args, "--csv"]);
    expect(stdout).toBe("length,v\n2,7\n3,256\n");
  });

  test("what all of several conditions and lists ask for", async () => {
    const content = "a,b\n1,2\n2,3\n3,1\n-4,5\n";
    const rows = ["--where", "a > 0", "--where", "b > 2 or b < 2"];
    const selected = [...rows, "--select", "b", "--select", "a as c"];
    expect((await records(content, ["--header", "--csv", ...selected])).stdout)
      .toBe("b,c\n3,2\n1,3\n");
    const groups = ["--agg", "count", "--agg", "sum", "--of", "a", "--of", "b"];
    const grouped = [...rows, ...groups, "--group-by", "b", "--group-by", "a"];
    expect((await records(content, ["--header", "--csv", ...grouped])).stdout)
      .toBe("b,a,count,sum_a,sum_b\n1,3,1,3,1\n3,2,1,2,3\n");
  });

  test("groups of bytes that are no text, in CSV as they are", async () => {
    const lines = ["k,v", "\xff,1", "\xfe,2", "\xe9t\xe9,3", "\xff,4", "ok,5"];
    const content = Buffer.from(lines.join("\n"), "latin1");
    const args = ["--header", "--agg", "sum", "--of", "v", "--group-by", "k"];
    const path = files.make(content);
    const csv = await runCli(["records", path, ...args, "--csv"]);
    expect(Buffer.from(csv.bytes).toString("latin1"))
      .toBe("k,sum\nok,5\n\xe9t\xe9,3\n\xfe,2\n\xff,5\n");
    const { stdout } = await records(content, [...args, "--json"]);
    expect(stdout.trimEnd().split("\n").map((line) => JSON.parse(line)))
      .toEqual([
        { k: "ok", sum: 5 },
        { k: "\ufffdt\ufffd", sum: 3 },
        { k: "\ufffd", sum: 2 },
        { k: "\ufffd", sum: 5 },
      ]);
  });
});

describe("process records tells of bad records", () => {
  const content = "a;1\nbad\nb;x\nc;3\n";
  const args = [...STATIONS, "--where", "temp > 0", "--csv"];
  const rows = "station,temp\na,1\nc,3\n";

  test("and stops, by default", async () => {
    expect(await records(content, args)).toEqual({
      code: 2,
      stdout: "station,temp\na,1\n",
      stderr:
        "process: FILE: cannot read the record at offset 4 as it must have 2 fields: received 1 (ERR_BAD_RECORD)\n",
    });
  });

  test("or counts them", async () => {
    expect(await records(content, [...args, "--on-bad", "skip"])).toEqual({
      code: 0,
      stdout: rows,
      stderr: "process: note: FILE: 2 records could not be read\n",
    });
    const quiet = [...args, "--on-bad", "skip", "--quiet"];
    expect((await records(content, quiet)).stderr).toBe("");
  });

  test("or names them", async () => {
    const { code, stdout, stderr } = await records(content, [
      ...args,
      "--on-bad",
      "report",
    ]);
    expect([code, stdout]).toEqual([0, rows]);
    expect(stderr.split("\n")).toEqual([
      "process: FILE: cannot read the record at offset 4 as it must have 2 fields: received 1 (ERR_BAD_RECORD)",
      'process: FILE: cannot read the record at offset 8 as field "temp" must be a number: received "x" (ERR_BAD_RECORD)',
      "process: note: FILE: 2 records could not be read",
      "",
    ]);
  });

  test("that are too long", async () => {
    const { code, stderr } = await records(`${"x".repeat(2000)};1\n`, [
      ...STATIONS,
      "--max-record",
      "1KiB",
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain("ERR_RECORD_TOO_LONG");
  });
});

describe("process records refuses", () => {
  test.each([
    [
      ["--decimals", "x"],
      'cannot use --decimals as it must be an integer from 0 to 100, or all: received "x" (usage)',
    ],
    [
      ["--header", "--quote", ","],
      'cannot read records as "delimiter" and "quote" must differ, and be no newline: received "," and "," (usage)',
    ],
    [["--names", "a", "--where", "a >"], "column 4 must be a value"],
    [["--names", "a", "--agg", "median", "--of", "a"], "received median"],
    [["--names", "a", "--csv", "--json"], "--csv with --json"],
    [["--names", "a", "--top", "x"], "--top"],
    [["--names", "a", "--max-record", "x"], "--max-record"],
    [["--names", "a", "--max-record", "0"], "--max-record as it must be"],
    [["--names", "a", "--max-record", "1GiB"], "from 1 byte to 512 MiB"],
    [["--struct", "<I", "--lines", "--names", "a"], "--lines with --struct"],
    [["--framing", "/dev/null", "--names", "a"], "must be JSON"],
    [["--names", "a", "--group-by", "b"], 'received "b"'],
    [["other", "--names", "a"], "more than one file"],
    [[], '"names" or a "header"'],
  ])("%j", async (args, text) => {
    const { code, stdout, stderr } = await records("1\n", args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^process: .*\(usage\)\n$/);
  });

  test("a description of the framing that is not there, by its name", async () => {
    const { code, stderr } = await records("1\n", ["--framing", "/no/framing"]);
    expect([code, stderr]).toEqual([
      2,
      "process: /no/framing: no such file or directory (ENOENT)\n",
    ]);
  });

  test("no file", async () => {
    const { code, stderr } = await runCli(["records"]);
    expect([code, stderr]).toEqual([
      2,
      'process: missing FILE (use "-" for standard input) (usage)\n',
    ]);
  });
});
