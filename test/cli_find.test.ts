import { describe, expect, test } from "vitest";
import * as fs from "node:fs";
import { run, runCli, runShell, startCli } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { spread } from "./effort.ts";

const files = temporaryFiles();
const SEGMENT = 64 * 1024;

/** Text of few words and byte soup, so that all tools have something to find. */
function sample(): Uint8Array {
  const bytes = seededBytes(5 * SEGMENT + 321, 11);
  const words = ["needle", "Needle", "aaaa", "aaaaaaa", "needleneedle", "abab"];
  for (let i = 0; i < 900; i++) {
    const word = new TextEncoder().encode(words[i % words.length]);
    bytes.set(word, (i * 363) % (bytes.length - 20));
  }
  for (const cut of [SEGMENT, 2 * SEGMENT, 4 * SEGMENT]) {
    bytes.set(new TextEncoder().encode("needle"), cut - 3);
  }
  return bytes;
}

/** Offsets before the first colon of each line. */
function offsetsOf(text: string): string[] {
  return text.split("\n").filter((line) => /^\d+/.test(line))
    .map((line) => line.replace(/:.*/s, ""));
}

const WAYS = [[], ["--workers", "2", "--segment", "64KiB", "--io", "stream"], [
  "--io",
  "map",
  "--segment",
  "64KiB",
]];

describe.skipIf(!hasTool("rg"))("process find and rg -o -b", () => {
  const cases: [string, string[], string[]][] = [
    ["text", ["-e", "needle"], ["-F", "-e", "needle"]],
    ["what overlaps itself", ["-e", "aa"], ["-F", "-e", "aa"]],
    ["either case", ["-i", "-e", "needle"], ["-i", "-F", "-e", "needle"]],
    ["several", ["-e", "abab", "-e", "needle", "-e", "aaa"], [
      ..."-F -e abab -e needle -e aaa".split(" "),
    ]],
    ["hex", ["--hex", "6e 65 65"], ["(?-u)\\x6e\\x65\\x65"]],
    ["wildcards", ["--hex", "6e??65"], ["(?s-u)\\x6e.\\x65"]],
    ["half bytes", ["--hex", "6? 65"], ["(?s-u)[\\x60-\\x6f]\\x65"]],
  ];
  test.each(cases)("agree on %s", async (_name, ours, theirs) => {
    const path = files.make(sample());
    // Of a file with NUL bytes, rg takes lines that end at newlines, across which `.` could not go otherwise.
    const flags = ["-o", "-b", "-a", "-U", "--no-filename", "--no-heading"];
    const expected = await run(["rg", ...flags, ...theirs, path]);
    const offsets = offsetsOf(expected.stdout);
    expect(offsets.length).toBeGreaterThan(0);
    for (const way of spread(WAYS)) {
      const found = await runCli(["find", ...way, ...ours, path]);
      expect(found.stderr).toBe("");
      expect(found.code).toBe(0);
      expect(found.stdout).toBe(offsets.map((at) => `${at}\n`).join(""));
    }
    const counted = await runCli(["find", "--count", ...ours, path]);
    expect(counted.stdout).toBe(`${offsets.length}\n`);
    const asMatch = ours.map((word) => word === "-e" ? "--match" : word);
    const other = await runCli(["count", ...asMatch, path]);
    expect(other.stdout).toBe(`${offsets.length} ${path}\n`);
  });
});

describe.skipIf(!hasTool("grep"))("process find and grep -o -b", () => {
  test.each([
    ["aa"],
    ["needle"],
    ["needle", "needleneedle", "aaa", "aaaaa", "aaaaaaa"],
    ["ab", "abab", "b"],
  ])("agree on %s", async (...words) => {
    const path = files.make(sample());
    const given = words.flatMap((word) => ["-e", word]);
    const expected = await run(
      ["grep", "-o", "-b", "-a", "-F", ...given, path],
      { env: { LC_ALL: "C" } },
    );
    const found = await runCli(["find", ...given, path]);
    expect(found.stdout.split("\n").length).toBeGreaterThan(10);
    expect(found.stdout).toBe(
      offsetsOf(expected.stdout).map((at) => `${at}\n`).join(""),
    );
  });
});

test.skipIf(!hasTool("python3"))(
  "process find --overlapping finds what Python's lookahead does",
  async () => {
    const path = files.make(sample());
    const script =
      "import re,sys;d=open(sys.argv[1],'rb').read();print(*[m.start() for m in re.finditer(b'(?=aa)',d)],sep='\\n')";
    const expected = await run(["python3", "-c", script, path]);
    const found = await runCli(["find", "--overlapping", path, "aa"]);
    expect(found.stdout).toBe(expected.stdout);
  },
);

describe("process find", () => {
  test("prints offsets, and says by its exit code whether there are any", async () => {
    const path = files.make("a needle, a Needle\n");
    expect(await runCli(["find", path, "needle"]))
      .toMatchObject({ code: 0, stdout: "2\n", stderr: "" });
    expect(await runCli(["find", path, "absent"]))
      .toMatchObject({ code: 1, stdout: "", stderr: "" });
    expect(await runCli(["find", "--count", path, "absent"]))
      .toMatchObject({ code: 1, stdout: "0\n" });
    expect(await runCli(["find", path, "NEEDLE", "-i"]))
      .toMatchObject({ code: 0, stdout: "2\n12\n" });
    expect(await runCli(["find", `${path}.none`, "a"]))
      .toMatchObject({ code: 2, stdout: "" });
    const one = await runCli(["find", files.make("x"), "x"]);
    expect(one).toMatchObject({ code: 0, stdout: "0\n" });
  });

  test("reads standard input, short and long", async () => {
    expect(await runCli(["find", "-", "b"], { stdin: "abba" }))
      .toMatchObject({ code: 0, stdout: "1\n2\n" });
    const short = ["find", "--start", "2", "--end", "3", "-", "b"];
    expect((await runCli(short, { stdin: "abba" })).stdout).toBe("2\n");
    const script = "{ head -c 9000000 /dev/zero; printf needle; " +
      "head -c 5000000 /dev/zero; printf needle; } | process find - needle";
    expect(await runShell(script))
      .toMatchObject({ code: 0, stdout: "9000000\n14000006\n" });
    const part = script.replace("find", "find --start 9000001 --end 14000012");
    expect((await runShell(part)).stdout).toBe("14000006\n");
  });

  test("stops reading a stream that has no end after --max-count and --end", async () => {
    expect((await runShell("yes needle | process find -m 2 - needle")).stdout)
      .toBe("0\n7\n");
    const script =
      "yes needle | process find --start 9000000 --end 9000014 - needle";
    expect((await runShell(script)).stdout).toBe("9000005\n");
  });

  test("takes files where patterns are options, and names them", async () => {
    const paths = ["one", "two one", "three"].map((text) => files.make(text));
    const found = await runCli(["find", "-e", "one", "-e", "two", ...paths]);
    expect(found).toMatchObject({
      code: 0,
      stdout: `${paths[0]}:0\n${paths[1]}:0\n${paths[1]}:4\n`,
    });
    const counted = await runCli(["find", "-c", "-e", "one", ...paths]);
    expect(counted.stdout)
      .toBe(`${paths[0]}:1\n${paths[1]}:1\n${paths[2]}:0\n`);
    const missing = await runCli(["find", "-e", "one", "none", paths[1]!]);
    expect(missing).toMatchObject({ code: 2, stdout: `${paths[1]}:4\n` });
    expect(missing.stderr).toMatch(/^process: none: .*\(ENOENT\)\n$/);
  });

  test("writes an object for each match with --json, and which pattern if there are several", async () => {
    const path = files.make("one two");
    const file = JSON.stringify(path);
    expect((await runCli(["find", "--json", path, "two"])).stdout)
      .toBe(`{"file":${file},"offset":4}\n`);
    const several = ["--json", "-e", "two", "--hex", "6f 6e ??", path];
    expect((await runCli(["find", ...several])).stdout).toBe(
      `{"file":${file},"offset":0,"pattern":"6f 6e ??"}\n` +
        `{"file":${file},"offset":4,"pattern":"two"}\n`,
    );
    expect((await runCli(["find", "--json", "-c", path, "o"])).stdout)
      .toBe(`{"file":${file},"count":2}\n`);
  });

  test("shows what is around matches with --context", async () => {
    const path = files.make("0123456789abcdef needle 0123456789");
    expect((await runCli(["find", "-C", "4", path, "needle"])).stdout).toBe(
      "17\n0000000d  64 65 66 20 6e 65 65 64  6c 65 20 30 31 32" +
        "        |def needle 012|\n",
    );
    const two = await runCli(["find", "--context", "1", path, "0"]);
    expect(two.stdout.split("\n")).toHaveLength(6);
    expect((await runCli(["find", "-C", "2", "--json", path, "9"])).stdout)
      .toContain('"offset":9,"before":"3738","match":"39","after":"6162"}');
    expect(await runCli(["find", "-C", "2", "-", "a"], { stdin: "a" }))
      .toMatchObject({ code: 2 });
    const pipe = 'mkfifo "$0/pipe"; process find -C 2 "$0/pipe" a';
    const failed = await runShell(pipe.replaceAll("$0", files.folder));
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(failed.stderr).toMatch(/pipe: cannot use --context .*\(usage\)\n$/);
  });

  test("finds the same with either backend", async () => {
    const path = files.make(sample());
    for (const how of [["-e", "needle"], ["-i", "-e", "aa", "-e", "needle"]]) {
      const args = ["find", ...how, path];
      const scalar = { env: { SABMAP_BACKEND: "scalar" } };
      const found = await runCli(args, { env: { SABMAP_BACKEND: "simd" } });
      expect(found.stdout).not.toBe("");
      expect(await runCli(args, scalar)).toEqual(found);
    }
  });

  test("goes on where it stopped with --resume-from", async () => {
    const path = files.make("aaaaaaaaa");
    const first = await runCli(["find", "-m", "2", path, "aa"]);
    expect(first.stdout).toBe("0\n2\n");
    const rest = await runCli(["find", "--resume-from", "2", path, "aa"]);
    expect(rest.stdout).toBe("4\n6\n");
    const count = ["find", "--resume-from", "0x2", "-c", path, "aa"];
    expect((await runCli(count)).stdout).toBe("2\n");
  });

  test.each([
    [["find"], "missing FILE and PATTERN"],
    [["find", "FILE"], "missing PATTERN"],
    [["find", "FILE", "a", "b"], "use -e PATTERN"],
    [["find", "FILE", ""], "cannot search for an empty pattern"],
    [["find", "--hex", "", "FILE"], "cannot search for an empty pattern"],
    [["find", "--hex", "6", "FILE"], 'two digits or "?": received "6"'],
    [["find", "--hex", "6g", "FILE"], 'two digits or "?": received "6g"'],
    [["find", "-m", "0", "FILE", "a"], "--max-count"],
    [["find", "--start", "x", "FILE", "a"], "--start"],
    [["find", "-e", "a"], "missing FILE"],
    [["count", "--match", "", "FILE"], "cannot search for an empty pattern"],
    [["count", "--hex", "1", "FILE"], 'received "1"'],
    [["count", "--start", "1", "FILE"], "needs --match or --hex"],
    [["count", "-i", "FILE"], "needs --match or --hex"],
  ])("refuses %j in one line", async (args, text) => {
    const path = files.make("text");
    const given = args.map((word) => word === "FILE" ? path : word);
    const { code, stdout, stderr } = await runCli(given);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(text);
    expect(stderr).toMatch(/^process: .*\(usage\)\n$/);
  });

  test("finds bytes that are no UTF-8 as they were typed, and patterns that look like options", async () => {
    const path = files.make(Uint8Array.of(0x61, 0xff, 0xfe, 0x2d, 0x65));
    const shell = `process find "${path}" $'\\xff\\xfe'`;
    // Deno cannot pass such arguments on.
    if (runtime !== "deno") {
      expect((await runShell(shell)).stdout).toBe("1\n");
    }
    expect((await runCli(["find", "-e", "-e", path])).stdout).toBe("3\n");
    expect((await runCli(["find", "--", path, "-e"])).stdout).toBe("3\n");
  });

  test("ends well where nobody reads on", async () => {
    const path = files.make("a".repeat(3_000_000));
    const shell =
      `process find "${path}" a | head -n 1; echo "\${PIPESTATUS[0]}"`;
    expect(await runShell(shell)).toMatchObject({
      stdout: "0\n0\n",
      stderr: "",
    });
  });

  test("ends with 130 when it is interrupted", async () => {
    const path = files.makeSparse(2 ** 40);
    fs.writeFileSync(path, "needle", { flag: "r+" });
    const { child, outcome } = startCli(["find", path, "needle"]);
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await outcome).toMatchObject({ code: 130, stdout: "0\n" });
  });
});

describe("process count --match", () => {
  test("counts what find would find, and the total", async () => {
    const paths = ["aaa", "aAaa"].map((text) => files.make(text));
    expect((await runCli(["count", "--match", "aa", ...paths])).stdout)
      .toBe(`1 ${paths[0]}\n1 ${paths[1]}\n2 total\n`);
    const more = ["--match", "aa", "-i", "--overlapping", "--json"];
    expect((await runCli(["count", ...more, paths[1]!])).stdout)
      .toBe(`{"file":${JSON.stringify(paths[1])},"count":3}\n`);
    const part = ["--hex", "61 ??", "--start", "1", "--end", "3"];
    expect((await runCli(["count", ...part, paths[1]!])).stdout)
      .toBe(`0 ${paths[1]}\n`);
    expect(
      (await runCli(["count", "--match", "b", "-"], { stdin: "abb" })).stdout,
    )
      .toBe("2\n");
  });
});
