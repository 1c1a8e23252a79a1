import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { VERSION } from "../src/cli/version.ts";
import { type Outcome, run, runCli, runShell, startCli } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import {
  removeFolder,
  runtime,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  fs.writeFileSync(join(folder, "three"), "a\nb\nc\n");
  fs.writeFileSync(join(folder, "empty"), "");
  fs.writeFileSync(join(folder, "one"), "x");
  fs.mkdirSync(join(folder, "folder"));
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

/** One line on standard error that says `text`, nothing on standard output, exit code 2. */
function expectFailure(outcome: Outcome, text: string | RegExp): void {
  expect(outcome.stderr).toMatch(/^process: [^\n]+ \([A-Za-z_]+\)\n$/);
  expect(outcome.stderr).toMatch(text);
  expect(outcome.stdout).toBe("");
  expect(outcome.code).toBe(2);
}

/** Ends the other side of a FIFO, which would wait for ever where ours has failed. */
const reap = "kill $! 2> /dev/null; wait";

const EMPTY_BLAKE3 =
  "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

describe("process", () => {
  test("--version prints the version of the package", async () => {
    for (const args of [["--version"], ["-V"], ["hash", "--version"]]) {
      expect(await cli(...args)).toMatchObject({
        code: 0,
        stdout: `${VERSION}\n`,
        stderr: "",
      });
    }
  });

  test.each([[["--help"]], [["hash", "--help"]], [["count", "--help"]], [[
    "generate",
    "-h",
  ]]])(
    "%j has a usage, the common options and examples",
    async (args) => {
      const { code, stdout, stderr } = await cli(...args);
      expect(stdout).toMatch(/^Usage: process /);
      for (
        const option of [
          "--workers",
          "--io",
          "--segment",
          "--json",
          "--quiet",
          "--no-progress",
        ]
      ) {
        expect(stdout).toContain(option);
      }
      expect(stdout).toMatch(/\nExamples:\n {2}process .*\n/);
      expect(stdout.endsWith("\n")).toBe(true);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    },
  );

  test("help COMMAND is COMMAND --help", async () => {
    expect((await cli("help", "hash")).stdout).toBe(
      (await cli("hash", "--help")).stdout,
    );
    expectFailure(await cli("help", "hsh"), /no such command.*"hsh"/);
  });

  test("takes common options in front of the command and behind it", async () => {
    const expected = `{"file":"three","count":3}\n`;
    expect((await cli("--json", "--workers", "1", "count", "three")).stdout)
      .toBe(expected);
    expect((await cli("count", "three", "--json", "--workers=1")).stdout).toBe(
      expected,
    );
  });
});

describe("wrong usage", () => {
  test.each(["0", "-1", "1000", "abc", "", "1.5", "513"])(
    "--workers %j",
    async (workers) => {
      expectFailure(
        await cli("--workers", workers, "three"),
        /^process: cannot use --workers.*from 1 to 512.*received "/,
      );
    },
  );

  test.each(["3", "96KiB", "2GiB", "64K"])("--segment %s", async (segment) => {
    expectFailure(
      await cli("count", "--segment", segment, "three"),
      /--segment.*received "/,
    );
  });

  test("--io with an unknown mode names the modes", async () => {
    expectFailure(
      await cli("--io", "mmap", "three"),
      /auto, map, preload, stream.*"mmap"/,
    );
  });

  test.each([
    [
      ["hash", "--alg", "md5", "three"],
      /unknown option "--alg" \(did you mean "--algo"\?\)/,
    ],
    [
      ["--worker", "2", "three"],
      /unknown option "--worker" \(did you mean "--workers"\?\)/,
    ],
    [
      ["count", "--josn", "three"],
      /unknown option "--josn" \(did you mean "--json"\?\)/,
    ],
    [["-x", "three"], /unknown option "-x"/],
    [["hash", "--algo"], /--algo.*argument missing/],
  ])("an unknown or incomplete option: %j", async (args, text) => {
    expectFailure(await cli(...args), text);
  });

  test("an unknown algorithm: names the known ones and the nearest", async () => {
    const outcome = await cli("hash", "--algo", "blake3,sha-265", "three");
    expectFailure(
      outcome,
      /blake3, crc32, .*md5, sha1, sha256, sha512.*"sha-265".*did you mean "sha256"/,
    );
  });

  test("a word that is neither command nor file", async () => {
    expectFailure(
      await cli("hsah", "three"),
      /hsah: no such file or directory, and no command of that name \(did you mean "hash"\?\) \(ENOENT\)/,
    );
  });

  test.each([[[]], [["hash"]], [["count"]], [["hash", "--check"]]])(
    "no file: %j",
    async (args) => {
      expectFailure(await cli(...args), /missing (FILE|list)/);
    },
  );

  test("generate without a file, with a third word, with an unknown kind", async () => {
    expectFailure(
      await cli("generate", "random"),
      /missing required argument "file"/,
    );
    expectFailure(
      await cli("generate", "random", "a", "b"),
      /too many arguments/,
    );
    expectFailure(
      await cli("generate", "randm", "a"),
      /random, lines, measurements, records.*"randm"/,
    );
    expectFailure(
      await cli("generate", "random", "a", "--size", "1G"),
      /--size.*"1G"/,
    );
    expectFailure(
      await cli("generate", "random", "a", "--seed", "-3"),
      /--seed.*"-3"/,
    );
    expect(fs.existsSync(join(folder, "a"))).toBe(false);
  });
});

describe("files that cannot be processed", () => {
  const commands = [[], ["hash"], ["count"]];

  test.each(commands.map((command) => [command]))(
    "%j: no such file",
    async (...[command]) => {
      expectFailure(
        await cli(...command, "no.such"),
        /^process: no\.such: no such file or directory \(ENOENT\)/,
      );
      expectFailure(
        await cli(...command, "three/x"),
        /^process: three\/x: .*\(ENOTDIR\)/,
      );
    },
  );

  test.each(commands.map((command) => [command]))(
    "%j: a folder",
    async (...[command]) => {
      expectFailure(
        await cli(...command, "folder"),
        /^process: folder: is a directory \(EISDIR\)/,
      );
    },
  );

  test("the others are processed all the same, and the exit code tells", async () => {
    const outcome = await cli("count", "three", "no.such", "one", "folder");
    expect(outcome).toMatchObject({
      code: 2,
      stdout: "3 three\n0 one\n3 total\n",
    });
    expect(outcome.stderr.match(/^process: .*\)$/gm)).toEqual([
      "process: no.such: no such file or directory (ENOENT)",
      "process: folder: is a directory (EISDIR)",
    ]);
  });

  const canDropRights = process.getuid?.() === 0 && hasTool("setpriv");
  const isUser = process.getuid?.() !== 0;
  test.skipIf(!canDropRights && !isUser)("no permission", async () => {
    fs.writeFileSync(join(folder, "secret"), "x");
    fs.chmodSync(join(folder, "secret"), 0o000);
    fs.chmodSync(folder, 0o755);
    const drop = isUser
      ? ""
      : "setpriv --reuid=65534 --regid=65534 --clear-groups ";
    // Deno wants a cache folder that the other user may write to.
    const cache = fs.mkdtempSync(join(folder, "cache-"));
    fs.chmodSync(cache, 0o777);
    const outcome = await runShell(`${drop}$PROCESS hash secret`, {
      cwd: folder,
      env: { DENO_DIR: cache, HOME: cache },
    });
    expectFailure(outcome, /^process: secret: permission denied \(EACCES\)/);
  });

  test("SABMAP_DEBUG=1 adds the stack, and nothing else does", async () => {
    const outcome = await runCli(["hash", "no.such"], {
      cwd: folder,
      env: { SABMAP_DEBUG: "1" },
    });
    expect(outcome.stderr).toMatch(
      /^process: no\.such: .*\(ENOENT\)\n.*Error.*\n +at /s,
    );
  });
});

describe("unusual files", () => {
  test("empty: no lines, the digests of nothing", async () => {
    expect((await cli("count", "empty")).stdout).toBe("0 empty\n");
    expect((await cli("hash", "empty")).stdout).toBe(
      `${EMPTY_BLAKE3}  empty\n`,
    );
    const profile = JSON.parse((await cli("--json", "empty")).stdout);
    expect(profile).toMatchObject({
      file: "empty",
      byteLength: 0,
      lines: 0,
      blake3: EMPTY_BLAKE3,
      entropy: 0,
    });
    expect(profile.classes).toEqual({ nul: 0, text: 0, high: 0, other: 0 });
    expect((await cli("empty")).stdout).toMatch(/size +0 bytes\n/);
  });

  test("one byte", async () => {
    expect((await cli("count", "one")).stdout).toBe("0 one\n");
    expect(JSON.parse((await cli("one", "--json")).stdout)).toMatchObject({
      byteLength: 1,
      lines: 0,
      entropy: 0,
    });
  });

  test.skipIf(!fs.existsSync("/dev/null"))("/dev/null is empty", async () => {
    expect((await cli("hash", "/dev/null")).stdout).toBe(
      `${EMPTY_BLAKE3}  /dev/null\n`,
    );
  });

  test.skipIf(!fs.existsSync("/proc/cpuinfo"))(
    "/proc/cpuinfo, of size 0, has lines",
    async () => {
      const outcome = await cli("count", "--json", "/proc/cpuinfo");
      expect(JSON.parse(outcome.stdout).count).toBe(
        fs.readFileSync("/proc/cpuinfo", "utf8").split("\n").length - 1,
      );
    },
  );

  test.skipIf(!hasTool("mkfifo"))("a FIFO is read to its end", async () => {
    fs.writeFileSync(join(folder, "source"), seededBytes(300_001, 4));
    const outcome = await shell(
      `mkfifo fifo; cat source > fifo & process hash --algo sha256,md5 fifo; ${reap}`,
    );
    const expected = await shell(`sha256sum source; md5sum source`);
    expect(outcome.stdout.replaceAll("fifo", "source")).toBe(expected.stdout);
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
  });

  test("standard input", async () => {
    expect(await shell(`printf 'a\\nb\\nc' | process count -`)).toMatchObject({
      code: 0,
      stdout: "2\n",
    });
    expect((await shell(`process count - < three`)).stdout).toBe("3\n");
    expect((await shell(`process count --json - < three`)).stdout).toBe(
      `{"file":"-","count":3}\n`,
    );
    expect((await shell(`process hash - < /dev/null`)).stdout).toBe(
      `${EMPTY_BLAKE3}  -\n`,
    );
    expect((await shell(`cat three | process --json -`)).stdout).toMatch(
      /"file":"-","byteLength":6,/,
    );
  });
});

describe("unusual names", () => {
  test("spaces, quotes, a leading dash, the name of a command, non-ASCII", async () => {
    for (
      const name of [
        "a b",
        "'q\"",
        "-x",
        "--json",
        "hash",
        "help",
        "naïve €",
        " ",
      ]
    ) {
      fs.writeFileSync(join(folder, name), "1\n");
      expect(await cli("count", "--", name), name).toMatchObject({
        code: 0,
        stdout: `1 ${name}\n`,
        stderr: "",
      });
    }
    expect(JSON.parse((await cli("--json", "--", "-x")).stdout)).toMatchObject({
      file: "-x",
      lines: 1,
    });
    expect(JSON.parse((await cli("./hash", "--json")).stdout)).toMatchObject({
      file: "./hash",
      lines: 1,
    });
    expect((await cli("hash", "hash", "--json")).stdout).toMatch(
      /^{"file":"hash","algorithm":"blake3"/,
    );
  });

  test("a newline stays on one line", async () => {
    const name = "a\nb";
    fs.writeFileSync(join(folder, name), "1\n");
    expect((await cli("count", name)).stdout).toBe("1 a\\nb\n");
    expect((await cli("hash", "--algo", "md5", name)).stdout).toMatch(
      /^\\[0-9a-f]{32} {2}a\\nb\n$/,
    );
    expect((await cli("hash", "--json", name)).stdout).toMatch(
      /^{"file":"a\\nb",/,
    );
    expectFailure(
      await cli("hash", "no\n\x1b[31msuch"),
      /^process: no\\n\\x1b\[31msuch: no such file/,
    );
  });

  test.skipIf(process.platform !== "linux" || runtime === "deno")(
    "not UTF-8: the bytes come through",
    async () => {
      const outcome = await shell(
        `name=$'b\\xff\\x80'; printf 'x\\n' > "$name"; process count "$name"; process hash --algo md5 "$name"; md5sum "$name"`,
      );
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      const [count = "", ours, theirs] = Buffer.from(outcome.bytes).toString(
        "latin1",
      ).split("\n");
      expect(count).toBe("1 b\xff\x80");
      expect(ours).toBe(theirs);
      expect((await shell(`process count --json $'b\\xff\\x80'`)).stdout).toBe(
        `{"file":"b\\udcff\\udc80","count":1}\n`,
      );
      expectFailure(
        await shell(`process count $'no\\xff'`),
        /^process: no\\xff: no such file or directory \(ENOENT\)/,
      );
    },
  );

  test.skipIf(process.platform !== "linux" || runtime !== "deno")(
    "not UTF-8: Deno cannot open them, and no other file instead",
    async () => {
      const outcome = await shell(
        `printf 1 > $'c\\xff'; printf 1 > $'c\\xef\\xbf\\xbd'; process hash $'c\\xff'`,
      );
      // Deno 2.9.5 refuses such arguments itself, before anything of ours runs; 2.9.6 passes them on.
      if (
        outcome.stderr.includes(
          "invalid UTF-8 was detected in one or more arguments",
        )
      ) {
        expect(outcome.code).not.toBe(0);
        expect(outcome.stdout).toBe("");
      } else {
        expectFailure(outcome, /^process: c\\xff: .*UTF-8.* \(ERR_FILE_NAME\)/);
      }
      expect((await shell(`process count $'c\\xef\\xbf\\xbd'`)).stdout).toBe(
        "0 c\ufffd\n",
      );
    },
  );
});

describe("count", () => {
  test("agrees with wc -l on odd sizes", async () => {
    const names: string[] = [];
    for (
      const byteLength of [63, 65_535, 65_536, 65_537, 1_048_577, 5_000_011]
    ) {
      names.push(`lines${byteLength}`);
      fs.writeFileSync(
        join(folder, `lines${byteLength}`),
        seededBytes(byteLength, byteLength),
      );
    }
    const theirs = await run(["wc", "-l", ...names], { cwd: folder });
    const ours = await cli(
      "count",
      ...names,
      "--segment",
      "64KiB",
      "--workers",
      "3",
    );
    expect(ours.stdout).toBe(theirs.stdout.replace(/^ +/gm, ""));
  });
});

describe("profile", () => {
  test("--json has every field", async () => {
    const outcome = await cli("--json", "three", "--workers", "2");
    const profile = JSON.parse(outcome.stdout);
    expect(Object.keys(profile)).toEqual([
      "file",
      "byteLength",
      "blake3",
      "lines",
      "classes",
      "entropy",
      "regionBytes",
      "regions",
      "io",
      "workers",
      "seconds",
      "bytesPerSecond",
    ]);
    expect(profile).toMatchObject({
      byteLength: 6,
      lines: 3,
      classes: { nul: 0, text: 6, high: 0, other: 0 },
    });
    expect(profile.bytesPerSecond).toBeCloseTo(6 / profile.seconds);
    expect(outcome.stderr).toBe("");
  });

  test("is drawn up for people", async () => {
    fs.writeFileSync(
      join(folder, "half"),
      Buffer.concat([Buffer.alloc(200_000), seededBytes(200_000, 1)]),
    );
    const { stdout, stderr, code } = await cli("half", "three");
    expect(stdout).toMatch(
      /^half\n {2}size +400,000 bytes \(391 KiB\)\n {2}blake3 +[0-9a-f]{64}\n {2}lines +[\d,]+\n/,
    );
    expect(stdout).toMatch(
      /\n {2}bytes +NUL 50\.\d\d %, text [\d.]+ %, high [\d.]+ %, other [\d.]+ %\n/,
    );
    expect(stdout).toMatch(
      /\n {2}entropy +[\d.]+ of 8 bits per byte.*\n +▁+[▂-█]+\n/,
    );
    expect(stdout).toMatch(
      /\n {2}mode +(map|preload|stream), .*, (simd|scalar)\n {2}time +[\d.]+ s, .*B\/s\n/,
    );
    expect(stdout).toMatch(/\n\nthree\n {2}size +6 bytes\n/);
    expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  });
});

describe("outputs", () => {
  test("a closed pipe is success, and silent", async () => {
    const many = Array.from({ length: 30 }, () => "three").join(" ");
    for (
      const command of [
        `process count ${many}`,
        "process --help",
        "process generate lines - --size 20MB",
      ]
    ) {
      const outcome = await shell(
        `${command} | head -1; echo "\${PIPESTATUS[@]}"`,
      );
      expect(outcome.stdout, command).toMatch(/\n0 0\n$/);
      expect(outcome.stderr, command).toBe("");
    }
    const closed = await shell(`(process count three; echo $? >&2) | true`);
    expect(closed.stderr).toBe("0\n");
  });

  test.skipIf(!fs.existsSync("/dev/full"))(
    "a full device is a failure",
    async () => {
      expectFailure(
        await shell(`process count three > /dev/full`),
        /standard output: no space left on device \(ENOSPC\)/,
      );
    },
  );

  test("a standard error that nobody reads changes nothing", async () => {
    const outcome = await shell(
      `{ process count no.such three; echo $?; } 2>&1 >out | true; cat out`,
    );
    expect(outcome.stdout).toBe("3 three\n3 total\n2\n");
  });
});

describe("signals", () => {
  test.each([["SIGINT", 130], ["SIGTERM", 143]] as const)(
    "%s ends a run that writes",
    async (signal, code) => {
      const { child, outcome } = startCli([
        "generate",
        "random",
        "-",
        "--size",
        "1TB",
      ]);
      child.stdout.once("data", () => child.kill(signal));
      expect(await outcome).toMatchObject({ code, stderr: "" });
    },
  );

  test("SIGINT ends a run whose reader does not read on", async () => {
    const asked = ["generate", "random", "-", "--size", "1TB"];
    const { child, outcome } = startCli(asked);
    child.stdout.once("data", () => {
      child.stdout.pause();
      // Long enough for the pipe to be full.
      setTimeout(() => child.kill("SIGINT"), 300);
    });
    child.once("exit", () => child.stdout.resume());
    expect(await outcome).toMatchObject({ code: 130, stderr: "" });
  });

  test("SIGINT ends workers in the middle of a large file", async () => {
    fs.writeFileSync(join(folder, "huge"), "");
    // Sparse: it takes no room, and hours to read.
    fs.truncateSync(join(folder, "huge"), 2 ** 43);
    const { child, outcome } = startCli([
      "hash",
      "three",
      "huge",
      "--workers",
      "2",
    ], { cwd: folder });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await outcome;
    expect(stdout).toMatch(/^[0-9a-f]{64} {2}three\n$/);
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    fs.rmSync(join(folder, "huge"));
  });

  test("SIGINT ends a run that waits for input", async () => {
    const { child, outcome } = startCli(["hash", "-"], { keepOpen: true });
    // More than a pipe holds: once it is gone, the run is under way.
    child.stdin.write(new Uint8Array(4 << 20), () => child.kill("SIGINT"));
    expect(await outcome).toMatchObject({ code: 130, stdout: "", stderr: "" });
  });

  test.skipIf(!hasTool("mkfifo"))(
    "SIGINT ends a run that waits for a FIFO's writer",
    async () => {
      await shell("mkfifo quiet");
      const { child, outcome } = startCli(["hash", "three", "quiet"], {
        cwd: folder,
      });
      child.stdout.once("data", () => child.kill("SIGINT"));
      expect(await outcome).toMatchObject({ code: 130, stderr: "" });
    },
  );

  test.skipIf(!hasTool("mkfifo"))(
    "SIGINT ends a run that waits for what a FIFO's writer has not written yet",
    async () => {
      await shell("mkfifo slow");
      // For both directions, so that nobody waits for the other end.
      const fd = fs.openSync(join(folder, "slow"), fs.constants.O_RDWR);
      fs.writeSync(fd, "some");
      const { child, outcome } = startCli(["hash", "three", "slow"], {
        cwd: folder,
      });
      // By then it waits; before, it ends as well.
      child.stdout.once("data", () => {
        setTimeout(() => child.kill("SIGINT"), 300);
      });
      expect(await outcome).toMatchObject({ code: 130, stderr: "" });
      fs.closeSync(fd);
    },
  );

  test("SIGINT during generate leaves neither a half file nor a changed one", async () => {
    const here = fs.mkdtempSync(join(folder, "generate-"));
    fs.writeFileSync(join(here, "file"), "old");
    const { child, outcome } = startCli([
      "generate",
      "random",
      "file",
      "--size",
      "1TB",
    ], { cwd: here });
    // Once: a second signal would end the process before it has cleaned up.
    const watcher = fs.watch(here, () => {
      if (fs.readdirSync(here).length === 1) return;
      watcher.close();
      child.kill("SIGINT");
    });
    expect(await outcome).toMatchObject({ code: 130, stderr: "" });
    expect(fs.readdirSync(here)).toEqual(["file"]);
    expect(fs.readFileSync(join(here, "file"), "utf8")).toBe("old");
  });
});

describe("generate", () => {
  test("writes the same bytes to a file and to standard output", async () => {
    const outcome = await cli(
      "generate",
      "lines",
      "g",
      "--size",
      "100KB",
      "--seed",
      "3",
    );
    expect(outcome).toMatchObject({ code: 0, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^process: g: wrote 100,000 bytes .*of lines, seed 3, in .*B\/s\n$/,
    );
    const piped = await cli(
      "generate",
      "lines",
      "-",
      "--size",
      "100KB",
      "--seed",
      "3",
    );
    expect(Buffer.from(piped.bytes).equals(fs.readFileSync(join(folder, "g"))))
      .toBe(true);
    expect(piped.stderr).toBe("");
  });

  test("--json and --quiet", async () => {
    const outcome = await cli(
      "generate",
      "random",
      "g2",
      "--size",
      "4096",
      "--json",
    );
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      file: "g2",
      kind: "random",
      seed: 1,
      byteLength: 4096,
    });
    expect(outcome.stderr).toBe("");
    expect(await cli("generate", "random", "g2", "--size", "1", "--quiet"))
      .toMatchObject({ stdout: "", stderr: "" });
    expectFailure(await cli("generate", "random", "-", "--json"), /--json/);
  });

  test("a size limit of the system is a failure, and leaves the old file", async () => {
    const here = fs.mkdtempSync(join(folder, "limit-"));
    fs.writeFileSync(join(here, "file"), "old");
    const script =
      `trap '' XFSZ; ulimit -f 1024; process generate random file --size 3MiB`;
    expectFailure(
      await runShell(script, { cwd: here }),
      /^process: file: file too large \(EFBIG\)/,
    );
    expect(fs.readdirSync(here)).toEqual(["file"]);
    expect(fs.readFileSync(join(here, "file"), "utf8")).toBe("old");
  });

  test.skipIf(!hasTool("mkfifo"))(
    "writes to a FIFO without replacing it",
    async () => {
      const outcome = await shell(
        `mkfifo ff; wc -c < ff & process generate random ff --size 3MB --quiet
          code=$?; [ $code = 0 ] || { ${reap}; }; wait; test -p ff; echo $?`,
      );
      expect(outcome).toMatchObject({
        code: 0,
        stdout: "3000000\n0\n",
        stderr: "",
      });
    },
  );
});
