import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, runCli, runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";

const FILES = ["f0", "f1", "f1025", "f5000000", "-dash", "a b"];
const LIST = "f0 f1 f1025 f5000000 ./-dash 'a b'";
const ALL_OK =
  "f0: OK\nf1: OK\nf1025: OK\nf5000000: OK\n./-dash: OK\na b: OK\n";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  for (const name of FILES) {
    const [, digits = "77"] = /^f([0-9]+)$/.exec(name) ?? [];
    write(name, seededBytes(Number(digits), 5));
  }
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

function write(name: string, content: string | Uint8Array): void {
  fs.writeFileSync(join(folder, name), content);
}

/** Whether a command is there, and knows its options: cksum of old has no algorithms. */
function works(command: string): boolean {
  const script = `${command} /dev/null > /dev/null 2>&1`;
  return spawnSync("bash", ["-c", script]).status === 0;
}

/** `WARNING: ...` lines, which are those of GNU's tools. */
function warnings({ stderr }: Outcome): string[] {
  return stderr.match(/WARNING: .*$/gm) ?? [];
}

describe("hash --check reads what other tools write, and they read ours", () => {
  const tools: readonly {
    write: string;
    read?: string;
    ours?: string;
  }[] = [
    { write: "sha256sum --binary", read: "sha256sum -c" },
    {
      write: "sha256sum --tag",
      read: "sha256sum -c",
      ours: "--tag --algo sha256",
    },
    {
      write: "sha512sum --tag",
      read: "sha512sum -c",
      ours: "--tag --algo sha512",
    },
    {
      write: "sha1sum --tag",
      read: "sha1sum -c",
      ours: "--tag --algo sha1",
    },
    {
      write: "md5sum --tag",
      read: "md5sum -c",
      ours: "--tag --algo md5",
    },
    {
      write: "cksum -a sha256",
      read: "cksum -a sha256 -c",
      ours: "--tag --algo sha256",
    },
    {
      write: "xxhsum -H1",
      read: "xxhsum -c",
      ours: "--algo xxh64",
    },
    {
      write: "xxhsum -H3",
      read: "xxhsum -c",
      ours: "--tag --algo xxh3",
    },
    { write: "openssl dgst -sha256" },
    { write: "openssl dgst -r -md5" },
    {
      write: "rhash --sfv --crc32",
      read: "rhash --simple --crc32 -c --skip-ok",
      ours: "--algo crc32",
    },
    {
      write: "rhash --bsd --crc32 --crc32c --md5",
      read: "rhash --skip-ok -c",
      ours: "--tag --algo crc32,md5",
    },
    { write: "rhash --bsd --base64 --sha256" },
  ];
  for (const { write, read, ours } of tools) {
    test.skipIf(!works(write))(write, async () => {
      const theirs = await shell(
        `${write} ${LIST} > theirs 2> /dev/null; process hash --check theirs`,
      );
      const lines = theirs.stdout.split("\n");
      expect(theirs, theirs.stderr).toMatchObject({ code: 0, stderr: "" });
      // rhash takes "./" away.
      const names = [...new Set(lines)].join("\n").replace("\n-", "\n./-");
      expect(names).toBe(ALL_OK);
      if (read === undefined || ours === undefined) return;
      const back = await shell(
        `process hash ${ours} ${LIST} > ours && ${read} ours`,
      );
      expect(back.code, back.stdout + back.stderr).toBe(0);
    });
  }

  test.skipIf(!hasTool("sha256sum"))(
    "names that tools escape, and with -z do not",
    async () => {
      const names = `$'n\\nl' 'b\\s' $'c\\rr' ' s ' '*x' '(p) = q'`;
      const script = `for n in ${names}; do echo "$n" > "$n"; done
        sha256sum -z ${names} > theirs
        process hash -z --algo sha256 ${names} > ours; cmp ours theirs
        process hash -z --check theirs
        process hash -z --tag --algo sha256 ${names} > ours
        sha256sum -z --tag ${names} | cmp - ours; process hash -z --check ours > /dev/null`;
      expect(await shell(script)).toMatchObject({
        code: 0,
        stderr: "",
        stdout:
          "\\n\\nl: OK\nb\\s: OK\nc\rr: OK\n s : OK\n*x: OK\n(p) = q: OK\n",
      });
    },
  );

  test("--algo all in every format of ours", async () => {
    const count = (await cli("hash", "--algo", "all", "f1025")).stdout
      .split("\n").length - 1;
    expect(count).toBeGreaterThan(15);
    for (const format of ["", "--tag", "--tag --base64", "-z", "-z --tag"]) {
      // A list shows by itself that its lines end with NUL.
      for (const zero of format.includes("-z") ? ["-z", ""] : [""]) {
        const outcome = await shell(
          `process hash --algo all ${format} f1025 f0 > all; process hash ${zero} --check all`,
        );
        expect(outcome, format).toMatchObject({
          code: 0,
          stderr: "",
          stdout: "f1025: OK\n".repeat(count) + "f0: OK\n".repeat(count),
        });
      }
    }
    const outcome = await shell(
      `process hash --algo crc32c,s3-sha256 --base64 f1 > all
       process hash --check all --algo crc32c,s3-sha256`,
    );
    expect(outcome).toMatchObject({ code: 0, stdout: "f1: OK\nf1: OK\n" });
  });

  test("keyed, derived and longer digests of BLAKE3", async () => {
    write("key", new Uint8Array(32).fill(7));
    for (
      const mode of [
        "--key-file key",
        "--derive-key context",
        "--length 7",
        "--length 100 --seek 99",
      ]
    ) {
      const outcome = await shell(
        `process hash ${mode} f1 f1025 > modes; process hash ${mode} --check modes; process hash --check modes`,
      );
      expect(outcome.stdout, mode).toMatch(/^f1: OK\nf1025: OK\n/);
      // Without the mode no digest matches, or none is of that length.
      expect(outcome.code).toBe(1);
    }
  });
});

describe("hash --check", () => {
  test("finds the parts of ETags of other lengths, unless one is given", async () => {
    await shell(
      `process hash --algo s3-etag --part-size 1MiB f5000000 > etags; process hash --algo s3-etag f1 f5000000 >> etags`,
    );
    expect(fs.readFileSync(join(folder, "etags"), "utf8")).toMatch(
      /^[0-9a-f]{32}-5 {2}f5000000\n/,
    );
    expect(await cli("hash", "--check", "etags")).toMatchObject({
      code: 0,
      stdout: "f5000000: OK\nf1: OK\nf5000000: OK\n",
    });
    expect(await cli("hash", "--check", "etags", "--part-size", "1MiB"))
      .toMatchObject({
        code: 1,
        stdout: "f5000000: OK\nf1: OK\nf5000000: FAILED\n",
      });
  });

  test.skipIf(!hasTool("sha256sum"))(
    "its flags do what those of sha256sum do",
    async () => {
      await shell(
        `echo 1 > good; echo 2 > bad; echo 3 > gone; sha256sum good bad gone > flags
         echo 4 > bad; rm gone; echo junk >> flags
         { sha256sum good; echo junk; } > junked; sha256sum good | sed s/good/gone/ > missing`,
      );
      const flags = ["", "--quiet", "--status", "--strict", "--ignore-missing"];
      flags.push("--status --ignore-missing");
      for (const list of ["flags", "junked", "missing"]) {
        for (const flag of flags) {
          const theirs = await shell(`sha256sum ${flag} -c ${list}`);
          const ours = await shell(
            `process hash --algo sha256 ${flag} -c ${list}`,
          );
          const what = `${flag} ${list}`;
          expect(ours.stdout, what).toBe(theirs.stdout);
          expect(ours.code, what).toBe(theirs.code);
          expect(warnings(ours), what).toEqual(warnings(theirs));
        }
      }
      expect((await cli("hash", "--warn", "-c", "flags")).stderr).toMatch(
        /^process: flags: 4: improperly formatted digest line$/m,
      );
      expect((await cli("hash", "--ignore-missing", "-c", "missing")).stderr)
        .toBe("process: missing: no file was verified (ERR_BAD_CHECK_FILE)\n");
      const silent = ["--status", "--ignore-missing", "-c", "missing"];
      expect(await cli("hash", ...silent)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: "",
      });
    },
  );

  test("finds the algorithm of many plain lines from the first, and of lines of several", async () => {
    await shell(
      `mkdir many; for i in $(seq 300); do echo $i > many/$i; done
       process hash -r --algo sha256 many > plain; process hash --algo sha1,sha256,blake3 f0 f1 f1025 > several`,
    );
    const many = await cli("hash", "--check", "plain");
    expect(many).toMatchObject({ code: 0, stderr: "" });
    expect(many.stdout.match(/: OK$/gm)).toHaveLength(300);
    expect((await cli("hash", "-c", "several")).stdout).toBe(
      ["f0", "f1", "f1025"].map((name) => `${name}: OK\n`.repeat(3)).join(""),
    );
    // One of them was swapped: no other algorithm makes up for it.
    await shell(`sed -i '3s/./x/;4s/^./f/;5s/^../ff/' plain`);
    const swapped = await cli("hash", "--check", "plain");
    expect(swapped.code).toBe(1);
    expect(swapped.stdout.match(/: FAILED$/gm)?.length).toBeGreaterThan(0);
  });

  test("reports missing files, unreadable ones and folders, in order with the rest", async () => {
    await shell(
      "process hash f0 f1 a\\ b > order; sed 's/ f0$/ gone/' order > o2; sed 's/ f1$/ ./' order >> o2; cat order >> o2",
    );
    const outcome = await cli("hash", "-c", "o2");
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toBe(
      "gone: FAILED open or read\nf1: OK\na b: OK\nf0: OK\n.: FAILED open or read\na b: OK\nf0: OK\nf1: OK\na b: OK\n",
    );
    expect(outcome.stderr).toMatch(/^process: gone: .*\(ENOENT\)$/m);
    expect(outcome.stderr).toMatch(/^process: \.: .*\(EISDIR\)$/m);
    expect(warnings(outcome)).toEqual([
      "WARNING: 2 listed files could not be read",
    ]);
  });

  test("truncated lists and mixed line ends", async () => {
    const [line = ""] = (await cli("hash", "f1")).stdout.split("\n");
    const check = async (list: string) => {
      write("list", list);
      return await cli("hash", "-c", "list");
    };
    expect(await check(`${line}\r\n${line}\n\r\n${line}`)).toMatchObject({
      code: 0,
      stdout: "f1: OK\nf1: OK\nf1: OK\n",
      stderr: "",
    });
    // In the middle of the name, of the digest, behind it.
    expect((await check(`${line}\n${line.slice(0, -1)}`)).stdout).toBe(
      "f1: OK\nf: FAILED open or read\n",
    );
    for (const length of [64, 65, 66]) {
      const cut = await check(`${line}\n${line.slice(0, length)}`);
      expect(cut).toMatchObject({ code: 0, stdout: "f1: OK\n" });
      expect(warnings(cut)).toHaveLength(1);
    }
    const cut = await check(`${line}\n${line.slice(1)}`);
    expect(cut).toMatchObject({ code: 0, stdout: "f1: OK\n" });
    expect(warnings(cut)).toHaveLength(1);
  });

  test("--json tells the algorithm that was found", async () => {
    await shell("process hash --algo sha256 f1 > j; echo 00000000 f1 >> j");
    const { stdout } = await cli("hash", "--json", "-c", "j");
    expect(stdout.trimEnd().split("\n").map((line) => JSON.parse(line)))
      .toEqual([
        { file: "f1", algorithm: "sha256", ok: true },
        { file: "f1", algorithm: "crc32", ok: false, reason: "mismatch" },
      ]);
  });
});

describe("hash --expect", () => {
  test("takes a digest in any form, and finds what it is one of", async () => {
    const digest = async (...args: string[]) =>
      (await cli("hash", "--no-names", ...args, "f1025")).stdout.trim();
    const sha256 = await digest("--algo", "sha256");
    const base64 = await digest("--algo", "sha256", "--base64");
    const etag = await digest("--algo", "s3-etag", "--part-size", "100");
    const values = [
      sha256,
      sha256.toUpperCase(),
      `sha256:${sha256}`,
      `SHA-256:${sha256}`,
      `sha256-${base64}`,
      base64,
      await digest(),
      await digest("--algo", "btv2"),
      await digest("--algo", "crc64nvme"),
      `"${await digest("--algo", "md5")}"`,
      await digest("--algo", "s3-sha1"),
    ];
    for (const value of values) {
      expect(await cli("hash", "--expect", value, "f1025"), value)
        .toMatchObject({ code: 0, stdout: "f1025: OK\n", stderr: "" });
    }
    expect(await cli("hash", "--expect", etag, "--part-size", "100", "f1025"))
      .toMatchObject({ code: 0, stdout: "f1025: OK\n" });
    expect(
      JSON.parse(
        (await cli("hash", "--json", "--expect", sha256, "f1025")).stdout,
      ),
    ).toEqual({ file: "f1025", algorithm: "sha256", ok: true });
  });

  test("says FAILED and exits with 1, or 2 if it cannot tell", async () => {
    const value = "0".repeat(64);
    expect(await cli("hash", "--expect", value, "f1")).toMatchObject({
      code: 1,
      stdout: "f1: FAILED\n",
      stderr: "",
    });
    expect(await cli("hash", "--status", "--expect", value, "f1"))
      .toMatchObject({ code: 1, stdout: "" });
    expect(await cli("hash", "--expect", value, "gone")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "process: gone: no such file or directory (ENOENT)\n",
    });
    for (
      const args of [
        ["--expect", "hello", "f1"],
        ["--expect", value, "--algo", "md5", "f1"],
        ["--expect", `md5:${value}`, "f1"],
        ["--expect", value],
        ["--expect", value, "f0", "f1"],
      ]
    ) {
      const outcome = await cli("hash", ...args);
      expect(outcome, args.join(" ")).toMatchObject({ code: 2, stdout: "" });
      expect(outcome.stderr).toMatch(/\(usage\)\n$/);
    }
  });

  test.skipIf(!hasTool("sha256sum"))("reads standard input", async () => {
    const outcome = await shell(
      `process hash --expect $(sha256sum < f1025 | cut -c1-64) - < f1025`,
    );
    expect(outcome).toMatchObject({ code: 0, stdout: "-: OK\n" });
  });
});

describe("hash --s3", () => {
  test("finds the part size and says which", async () => {
    const etag = async (size: string) =>
      (await cli(
        "hash",
        "--no-names",
        "--algo",
        "s3-etag",
        "--part-size",
        size,
        "f5000000",
      ))
        .stdout.trim();
    expect(await cli("hash", "--s3", await etag("2MiB"), "f5000000"))
      .toMatchObject({
        code: 0,
        stdout: "f5000000: OK, 3 parts of 2,097,152 bytes (2 MiB)\n",
      });
    const [digest = ""] = (await etag("1MB")).split("-");
    expect(await cli("hash", "--s3", digest, "--parts", "5", "f5000000"))
      .toMatchObject({ code: 0, stdout: expect.stringContaining("1,000,000") });
    const found = await cli(
      "hash",
      "--json",
      "--s3",
      await etag("8MiB"),
      "f5000000",
    );
    expect(JSON.parse(found.stdout)).toEqual({
      file: "f5000000",
      algorithm: "s3-etag",
      ok: true,
      partBytes: 8_388_608,
      parts: 1,
    });
  });

  test("exits with 1 if there is none, with 2 if it is no ETag", async () => {
    expect(await cli("hash", "--s3", `${"0".repeat(32)}-5`, "f5000000"))
      .toMatchObject({
        code: 1,
        stdout: "f5000000: FAILED\n",
        stderr: expect.stringContaining("--part-size SIZE tries another"),
      });
    expect(await cli("hash", "--s3", "hello", "f1")).toMatchObject({
      code: 2,
      stdout: "",
    });
    expect(await cli("hash", "--s3", `${"0".repeat(32)}-5`)).toMatchObject({
      code: 2,
    });
  });
});
