import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { naiveHexdump, patchyBytes } from "./hexdump_oracle.ts";
import { seededRandom } from "./job_driver.ts";
import { type Outcome, runCli, runShell, startCli } from "./run_cli.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";
import { hasTool } from "./tools.ts";

const SEED = 20261121;
const bytes = patchyBytes(5000, seededRandom(SEED)).slice();

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  fs.writeFileSync(join(folder, "data"), bytes);
  fs.writeFileSync(join(folder, "dump"), naiveHexdump(bytes));
  fs.writeFileSync(join(folder, "empty"), "");
  fs.mkdirSync(join(folder, "folder"));
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(["hexdump", ...args], { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

async function expectOutput(
  outcome: Promise<Outcome>,
  expected: string | Uint8Array,
): Promise<void> {
  const { code, stdout, stderr, bytes } = await outcome;
  expect(stderr).toBe("");
  if (typeof expected === "string") expect(stdout).toBe(expected);
  else expect(Buffer.compare(bytes, expected)).toBe(0);
  expect(code).toBe(0);
}

/** One line on standard error that says `text`, nothing on standard output, exit code 2. */
function expectFailure(outcome: Outcome, text: RegExp): void {
  expect(outcome.stderr).toMatch(/^process: [^\n]+ \([A-Za-z_]+\)\n$/);
  expect(outcome.stderr).toMatch(text);
  expect(outcome.stdout).toBe("");
  expect(outcome.code).toBe(2);
}

describe("process hexdump", () => {
  test("is in the help, and has one with its options", async () => {
    expect((await runCli(["--help"])).stdout).toMatch(
      /\n {2}hexdump .*show a file in hexadecimal/,
    );
    const { stdout } = await cli("--help");
    expect(stdout).toMatch(/^Usage: process hexdump \[options\] FILE\n/);
    for (const name of ["--start", "--length", "--columns", "--revert"]) {
      expect(stdout).toContain(name);
    }
    expect(stdout).toMatch(/\nExamples:\n {2}process hexdump /);
  });

  test("prints a file as hexdump -C does", async () => {
    await expectOutput(cli("data"), naiveHexdump(bytes));
    await expectOutput(cli("empty"), "");
  });

  test.skipIf(!hasTool("hexdump"))(
    "prints what the real hexdump -C prints",
    async () => {
      for (const options of [[], ["-s", "100", "-n", "333"], ["-v"]]) {
        const { stdout } = spawnSync("hexdump", ["-C", ...options, "data"], {
          cwd: folder,
          encoding: "latin1",
        });
        const [, start, , length] = options;
        const args = options[0] === "-v"
          ? ["--no-squeeze"]
          : options.length === 0
          ? []
          : ["--start", start!, "--length", length!];
        await expectOutput(cli(...args, "data"), stdout);
      }
    },
  );

  test.each([
    [["--start", "0x10"], 16, Infinity, 16],
    [["--start", "1KiB", "--length", "0x20"], 1024, 32, 16],
    [["--length", "1kB"], 0, 1000, 16],
    [["--columns", "24", "--start", "4999"], 4999, 1, 24],
    [["--columns", "1", "--length", "40"], 0, 40, 1],
    [["--columns", "256"], 0, Infinity, 256],
    [["--start", "5000"], 5000, 0, 16],
    [["--start", "0x1fffffffffffff"], 5000, 0, 16],
    [["--length", "2PiB"], 0, Infinity, 16],
  ])("takes %j", async (args, start, length, columns) => {
    await expectOutput(
      cli(...args, "data"),
      naiveHexdump(bytes.subarray(start, start + length), {
        offset: start,
        columns,
      }),
    );
  });

  test("prints nothing where nothing is asked for", async () => {
    await expectOutput(cli("--length", "0", "data"), "");
    await expectOutput(cli("--length", "0", "--start", "9", "data"), "");
  });

  test("reads standard input, from a start too", async () => {
    const surroundings = { cwd: folder, stdin: bytes };
    await expectOutput(
      runCli(["hexdump", "-"], surroundings),
      naiveHexdump(bytes),
    );
    const part = bytes.subarray(4000, 4500);
    await expectOutput(
      runCli(
        ["hexdump", "-", "--start", "4000", "--length", "500"],
        surroundings,
      ),
      naiveHexdump(part, { offset: 4000 }),
    );
    await expectOutput(
      runCli(["hexdump", "--start", "6000", "-"], surroundings),
      "00001388\n",
    );
    // More than comes at once.
    const long = patchyBytes(200_000, seededRandom(SEED));
    await expectOutput(
      runCli(["hexdump", "--start", "150000", "-"], { stdin: long.slice() }),
      naiveHexdump(long.subarray(150_000), { offset: 150_000 }),
    );
    await expectOutput(runCli(["hexdump", "-"]), "");
    await expectOutput(
      shell("process hexdump - < data"),
      naiveHexdump(bytes),
    );
  });

  test.skipIf(!hasTool("mkfifo"))("reads a FIFO", async () => {
    await expectOutput(
      shell("mkfifo fifo; cat data > fifo & process hexdump fifo; wait"),
      naiveHexdump(bytes),
    );
    await expectOutput(
      shell("cat dump > fifo & process hexdump --revert fifo; wait"),
      bytes,
    );
  });

  test("shows a slow stream as it comes, and ends when it is told to", async () => {
    const { child, outcome } = startCli(["hexdump", "-"], { keepOpen: true });
    child.stdin.write("0123456789abcdefXYZ");
    // Not by child.kill(), with which Deno closes the input, too.
    child.stdout.once("data", () => process.kill(child.pid!, "SIGINT"));
    expect(await outcome).toMatchObject({
      code: 130,
      stdout: naiveHexdump(new TextEncoder().encode("0123456789abcdef"))
        .replace(/.*\n$/, ""),
      stderr: "",
    });
  });

  test("ends when it is told to, in the middle of much", async () => {
    const endless = join(folder, "endless");
    fs.writeFileSync(endless, "some");
    // Sparse: it takes no room, and an hour to read; what repeats prints nothing meanwhile.
    fs.truncateSync(endless, 2 ** 43);
    const { child, outcome } = startCli(["hexdump", "endless"], {
      cwd: folder,
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const { code, stdout, stderr } = await outcome;
    expect(stdout.split("\n")).toHaveLength(4);
    expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
    fs.rmSync(endless);
  });

  test("reads sparse files, beyond 4 GiB with more digits", async () => {
    const sparse = join(folder, "sparse");
    fs.writeFileSync(sparse, "");
    fs.truncateSync(sparse, 2 ** 32 + 40);
    const file = fs.openSync(sparse, "r+");
    fs.writeSync(file, Buffer.from("back"), 0, 4, 2 ** 32 + 36);
    fs.closeSync(file);
    const zeros = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00";
    const dots = ".".repeat(16);
    await expectOutput(
      cli("sparse", "--start", "0xffff0000"),
      `ffff0000  ${zeros}  |${dots}|\n*\n` +
        "100000020  00 00 00 00 62 61 63 6b                           |....back|\n" +
        "100000028\n",
    );
    fs.truncateSync(sparse, 2 ** 43);
    await expectOutput(
      cli("sparse", "--start", "0x7fffffffff0"),
      `7fffffffff0  ${zeros}  |${dots}|\n80000000000\n`,
    );
    fs.rmSync(sparse);
  });

  test("a closed pipe is success, and silent", async () => {
    for (const command of ["hexdump /dev/urandom", "hexdump --revert bomb"]) {
      fs.writeFileSync(join(folder, "bomb"), "0 61 0a\n*\n1fffffffffffe\n");
      const { stdout, stderr } = await shell(
        `process ${command} | head -1; echo "\${PIPESTATUS[@]}"`,
      );
      expect(stdout, command).toMatch(/\n0 0\n$/);
      expect(stderr, command).toBe("");
    }
  });

  test.skipIf(!fs.existsSync("/dev/full"))(
    "a full device is a failure",
    async () => {
      expectFailure(
        await shell("process hexdump data > /dev/full"),
        /standard output: no space left on device \(ENOSPC\)/,
      );
    },
  );
});

describe("process hexdump --revert", () => {
  test("is the inverse, through a pipe too", async () => {
    await expectOutput(cli("--revert", "dump"), bytes);
    await expectOutput(
      shell("process hexdump data | process hexdump --revert -"),
      bytes,
    );
    await expectOutput(
      shell("process hexdump --start 99 data | process hexdump --revert -"),
      bytes.subarray(99),
    );
    await expectOutput(cli("--revert", "empty"), "");
  });

  test.skipIf(!hasTool("hexdump"))(
    "reads what the real hexdump -C writes",
    () =>
      expectOutput(
        shell("hexdump -C data | process hexdump --revert -"),
        bytes,
      ),
  );

  test.skipIf(!hasTool("xxd"))(
    "reads what the real xxd writes, without a note",
    () => expectOutput(shell("xxd data | process hexdump --revert -"), bytes),
  );

  test("notes that a dump may have been cut", async () => {
    const cut = await shell("head -2 dump | process hexdump --revert -");
    expect(cut.stdout).toBe(Buffer.from(bytes.subarray(0, 32)).toString());
    expect(cut.stderr).toBe(
      "process: note: -: the dump does not say where it ends, so it may have been cut\n",
    );
    expect(cut.code).toBe(0);
    expect(
      (await shell("head -2 dump | process hexdump --quiet --revert -")).stderr,
    ).toBe("");
  });

  test("ends only when its note is out, however slow the reader of messages", async () => {
    // The FIFO is full: nothing more goes in before the reader comes.
    const { stdout } = await shell(
      `mkfifo messages && exec 3<> messages && head -c 65536 /dev/zero >&3
      (head -2 dump | process hexdump --revert - > cut 2> messages; echo $? > code) &
      sleep 1; if [ -e code ]; then echo early; exit; fi
      head -c 65615 <&3 | tail -c 79; wait; cat code`,
    );
    expect(stdout).toBe(
      "process: note: -: the dump does not say where it ends, so it may have been cut\n0\n",
    );
  });

  test("says in which line what is wrong", async () => {
    expectFailure(
      await shell("sed 3s/^0/1/ dump | process hexdump --revert -"),
      /^process: -: cannot read a dump back as line 3 must go on at 00000020: received "100000.* \(ERR_BAD_DUMP\)\n$/,
    );
    expectFailure(
      await cli("--revert", "data"),
      /^process: data: cannot .* line 1 .* \(ERR_BAD_DUMP\)\n$/,
    );
  });
});

describe("process hexdump: wrong usage and files", () => {
  test.each([
    [[], /^process: missing required argument "file" \(usage\)\n$/],
    [["data", "dump"], /too many arguments/],
    [
      ["--columns", "0", "data"],
      /cannot use --columns .* 1 to 256: received "0"/,
    ],
    [["--columns", "257", "data"], /--columns/],
    [["--columns", "x", "data"], /--columns/],
    [["--start", "-1", "data"], /--start.*: received "-1" \(usage\)\n$/],
    [["--start", "64K", "data"], /--start.*: received "64K"/],
    [["--start", "0x20000000000000", "data"], /--start.*2\*\*53 - 1/],
    [["--length", "1.5", "data"], /--length.*: received "1.5"/],
    [["--json", "data"], /cannot use --json with hexdump/],
    [["--revert", "--start", "1", "dump"], /--start with --revert/],
    [["--revert", "--length", "1", "dump"], /--length with --revert/],
    [["no.such"], /^process: no\.such: no such file or directory \(ENOENT\)/],
    [["folder"], /^process: folder: is a directory \(EISDIR\)/],
    [["--revert", "no.such"], /no such file or directory \(ENOENT\)/],
    [["--revert", "folder"], /is a directory \(EISDIR\)/],
    [["no\nsuch"], /^process: no\\nsuch: no such file/],
  ])("%j", async (args, text) => {
    expectFailure(await cli(...args), text);
  });
});
