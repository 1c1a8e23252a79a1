import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, runCli, runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  fs.writeFileSync(join(folder, "check"), "123456789");
  fs.writeFileSync(join(folder, "empty"), "");
  fs.writeFileSync(join(folder, "data"), seededBytes(5_000_000, 3));
  fs.writeFileSync(join(folder, "key"), new Uint8Array(32).fill(65));
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

describe("hash: modes of BLAKE3", () => {
  test.skipIf(!hasTool("b3sum"))("are those of b3sum", async () => {
    const modes = [
      ["--keyed", "--keyed"],
      ["--derive-key 'the context'", "--derive-key 'the context'"],
      ["--length 100", "--length 100"],
      ["-l 7 --keyed", "-l 7 --keyed"],
      ["--derive-key x --length 1000", "--derive-key x --length 1000"],
    ];
    const script = modes.map(([ours, theirs]) =>
      `process hash ${ours} check empty data < key > ours; b3sum ${theirs} check empty data < key | cmp - ours`
    ).join("\n");
    expect(await shell(script)).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("--seek skips output, --key-file is as --keyed, --no-names leaves digests", async () => {
    const digest = async (...args: string[]) =>
      (await cli("hash", "--no-names", ...args, "check")).stdout;
    const whole = await digest("--length", "100");
    expect(whole).toMatch(/^[0-9a-f]{200}\n$/);
    expect(await digest("--length", "60", "--seek", "40")).toBe(
      whole.slice(80),
    );
    expect(await digest("--length", "4", "--seek", "0x10")).toBe(
      `${whole.slice(32, 40)}\n`,
    );
    const keyed = await shell("process hash --no-names --keyed check < key");
    expect(await digest("--key-file", "key")).toBe(keyed.stdout);
    expect(keyed.stdout).not.toBe(`${whole.slice(0, 64)}\n`);
    expect(await digest("--zero")).toBe(`${whole.slice(0, 64)}\0`);
  });

  test("a key is exactly 32 bytes", async () => {
    for (const length of [0, 31, 33, 100_000]) {
      const outcome = await runCli(["hash", "--keyed", "check"], {
        cwd: folder,
        stdin: new Uint8Array(length),
      });
      expect(outcome, String(length)).toMatchObject({ code: 2, stdout: "" });
      expect(outcome.stderr).toMatch(/exactly 32 bytes: received .*\(usage\)/);
    }
    expect(await cli("hash", "--key-file", "gone", "check")).toMatchObject({
      code: 2,
      stdout: "",
    });
  });
});

describe("hash: digests of uploads", () => {
  test.skipIf(!hasTool("md5sum"))(
    "s3-etag for any part size, by hand",
    async () => {
      const script = `
        for size in 1000000 1234567 5000000 8388608; do
          split -b $size data part.
          count=$(ls part.* | wc -l)
          hash=$(md5sum part.* | cut -c1-32 | tr -d '\\n' | perl -pe 's/(..)/chr hex $1/ge' | md5sum | cut -c1-32)
          rm part.*
          process hash --algo s3-etag --part-size $size data > ours
          echo "$hash-$count  data" | cmp - ours
        done`;
      expect(await shell(script)).toMatchObject({
        code: 0,
        stdout: "",
        stderr: "",
      });
    },
  );

  test("--base64 prints what S3 and Google Cloud say", async () => {
    const base64 = async (algorithm: string) =>
      (await cli("hash", "--base64", "--algo", algorithm, "check")).stdout;
    expect(await base64("crc32c")).toBe("4waSgw==  check\n");
    expect(await base64("crc64nvme")).toBe("rosUhgp5mIg=  check\n");
    expect(await base64("s3-sha256")).toMatch(
      /^[A-Za-z0-9+/]{43}=-1 {2}check\n$/,
    );
    const { stdout } = await cli(
      "hash",
      "--base64",
      "--json",
      "--algo",
      "s3-crc32c",
      "--part-size",
      "4",
      "check",
    );
    expect(JSON.parse(stdout)).toEqual({
      file: "check",
      algorithm: "s3-crc32c",
      digest: expect.stringMatching(/^[A-Za-z0-9+/]{6}==-3$/),
      byteLength: 9,
      partBytes: 4,
      parts: 3,
    });
  });

  test("a real upload of S3's console, whose parts are of 17,179,870 bytes", async () => {
    const file = join(folder, "zeros");
    fs.writeFileSync(file, "");
    fs.truncateSync(file, 34_567_890);
    // https://github.com/multiformats/multicodec/issues/342
    const value = "eS1aSUoSnbLv53dDOSSjmhilAUkzfJsEiZKg3+lCjBc=";
    const args = ["--algo", "s3-sha256", "--part-size", "17179870"];
    expect((await cli("hash", "--base64", ...args, "zeros")).stdout).toBe(
      `${value}-3  zeros\n`,
    );
    // S3 leaves the count of parts out in some answers.
    for (const expected of [value, `${value}-3`]) {
      expect(await cli("hash", ...args, "--expect", expected, "zeros"))
        .toMatchObject({ code: 0, stdout: "zeros: OK\n" });
    }
    const etag = await cli(
      ...["hash", "--no-names", "--algo", "s3-etag", "--part-size"],
      ...["17179870", "zeros"],
    );
    expect((await cli("hash", "--s3", etag.stdout.trim(), "zeros")).stdout)
      .toMatch(/^zeros: OK, 3 parts of 17,179,870 bytes/);
  });

  test("--layers adds the piece layer, and the list can still be checked", async () => {
    const args = ["--algo", "btv2", "--layers", "--piece-size", "1MiB"];
    const { stdout } = await cli("hash", ...args, "data", "check");
    expect(stdout).toMatch(
      /^[0-9a-f]{64} {2}data\n(# piece [0-4] [0-9a-f]{64}\n){5}[0-9a-f]{64} {2}check\n$/,
    );
    fs.writeFileSync(join(folder, "layers"), stdout);
    expect(await cli("hash", "--check", "layers")).toMatchObject({
      code: 0,
      stdout: "data: OK\ncheck: OK\n",
    });
    const json = await cli("hash", "--json", ...args, "data");
    const { pieceLayer } = JSON.parse(json.stdout);
    expect(pieceLayer).toEqual(
      stdout.match(/(?<=# piece . )[0-9a-f]{64}/g),
    );
  });
});

describe("hash: wrong usage", () => {
  const sizes = ["0", "-1", "1.5", "x", "9007199254740993", "99999999PB"];
  const wrong: readonly (readonly string[])[] = [
    [],
    ["--algo", "md6", "check"],
    ["--algo", "", "check"],
    ...sizes.map((size) => [
      "--algo",
      "s3-etag",
      "--part-size",
      size,
      "check",
    ]),
    ["--part-size", "1MiB", "check"],
    ["--algo", "btv2", "--layers", "--piece-size", "100000", "check"],
    ["--algo", "btv2", "--layers", "check"],
    ["--algo", "btv2", "--piece-size", "1MiB", "check"],
    ["--layers", "--piece-size", "1MiB", "check"],
    ["--length", "0", "check"],
    ["--length", "x", "check"],
    ["--algo", "md5", "--length", "3", "check"],
    ["--keyed", "--derive-key", "x", "check"],
    ["--keyed", "--key-file", "key", "check"],
    ["--keyed", "-"],
    ["--exclude", "x", "check"],
    ["-r", "--exclude", "{", "check"],
    ["--strict", "check"],
    ["--ignore-missing", "check"],
    ["--status", "check"],
    ["--warn", "check"],
    ["--parts", "3", "check"],
    ["--check", "check", "--expect", "00000000"],
    ["--check", "check", "--base64"],
    ["--check", "check", "-r"],
    ["--s3", "x", "--tag", "check"],
    ["--json", "--zero", "check"],
  ];

  test.each(wrong)("%j %j %j %j %j", async (...args) => {
    const { code, stdout, stderr } = await runInside(["hash", ...args]);
    expect(code, stderr).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^process: [^\n]+ \(usage\)\n$/);
  });

  test("help names every algorithm and option", async () => {
    const { stdout, code } = await runInside(["hash", "--help"]);
    expect(code).toBe(0);
    const { ALGORITHMS } = await import("../src/runs.ts");
    for (const name of ALGORITHMS) expect(stdout).toContain(name);
    for (
      const option of [
        "--algo",
        "--part-size",
        "--layers",
        "--keyed",
        "--recursive",
        "--exclude",
        "--base64",
        "--zero",
        "--check",
        "--strict",
        "--expect",
        "--s3",
        "--parts",
      ]
    ) expect(stdout).toContain(option);
  });
});

/** The command in this process: what refuses its options starts nothing. */
async function runInside(
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { main } = await import("../src/cli/main.ts");
  const texts = { stdout: "", stderr: "" };
  const output = (name: keyof typeof texts) => ({
    isTty: false,
    columns: undefined,
    write: (data: string | Uint8Array) => {
      texts[name] += String(data);
      return Promise.resolve();
    },
  });
  const code = await main(args, {
    stdout: output("stdout"),
    stderr: output("stderr"),
    readStdin: async function* () {},
    env: {},
    signal: new AbortController().signal,
  });
  return { code, ...texts };
}
