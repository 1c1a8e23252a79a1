import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Outcome, run, runCli, runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import {
  removeFolder,
  runtime,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

let folder: string;
const names: string[] = [];
beforeAll(() => {
  folder = temporaryFolder();
  for (
    const byteLength of [
      0,
      1,
      63,
      64,
      65,
      1023,
      1024,
      1025,
      65_535,
      65_536,
      65_537,
      1_048_577,
    ]
  ) {
    const name = `f${byteLength}`;
    names.push(name);
    fs.writeFileSync(join(folder, name), seededBytes(byteLength, byteLength));
  }
  // Above the size up to which the calling thread does the work alone.
  names.push("large");
  fs.writeFileSync(join(folder, "large"), seededBytes(9_000_001, 1));
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

function write(name: string, text: string): void {
  fs.writeFileSync(join(folder, name), text);
}

/** Tools that print the same lines, with the options that make ours print theirs. */
const TOOLS = [
  { tool: "b3sum", args: [] },
  { tool: "md5sum", args: ["--algo", "md5"] },
  { tool: "sha1sum", args: ["--algo", "sha1"] },
  { tool: "sha256sum", args: ["--algo", "sha256"] },
  { tool: "sha512sum", args: ["--algo", "sha512"] },
] as const;

describe("hash", () => {
  for (const { tool, args } of TOOLS) {
    test.skipIf(!hasTool(tool))(`prints what ${tool} prints`, async () => {
      const ours = await cli("hash", ...args, ...names);
      expect(ours.stderr).toBe("");
      expect(ours.stdout).toBe(
        (await run([tool, ...names], { cwd: folder })).stdout,
      );
      expect(ours.code).toBe(0);
    });
  }

  test.skipIf(!hasTool("rhash"))("crc32 is that of rhash", async () => {
    const theirs = await run(["rhash", "--crc32", "--simple", ...names], {
      cwd: folder,
    });
    expect((await cli("hash", "--algo", "crc32", ...names)).stdout).toBe(
      theirs.stdout,
    );
  });

  test.skipIf(!hasTool("sha256sum"))(
    "--tag prints what sha256sum --tag prints",
    async () => {
      const theirs = await run(["sha256sum", "--tag", ...names], {
        cwd: folder,
      });
      expect((await cli("hash", "--algo", "sha256", "--tag", ...names)).stdout)
        .toBe(theirs.stdout);
    },
  );

  test("several algorithms: one line each in the order asked", async () => {
    const single: string[] = [];
    for (const algorithm of ["sha1", "blake3", "crc32"]) {
      single.push((await cli("hash", "--algo", algorithm, "large")).stdout);
    }
    expect((await cli("hash", "--algo", "sha1,blake3, crc32", "large")).stdout)
      .toBe(single.join(""));
    const tagged =
      (await cli("hash", "--algo", "sha1,blake3", "--tag", "f1")).stdout;
    expect(tagged).toMatch(
      /^SHA1 \(f1\) = [0-9a-f]{40}\nBLAKE3 \(f1\) = [0-9a-f]{64}\n$/,
    );
  });

  test("--json: one object per file and algorithm", async () => {
    const { stdout } = await cli(
      "hash",
      "--json",
      "--algo",
      "md5,crc32",
      "f0",
      "f65",
    );
    const objects = stdout.trimEnd().split("\n").map((line) =>
      JSON.parse(line)
    );
    expect(
      objects.map((
        { file, algorithm, byteLength },
      ) => [file, algorithm, byteLength]),
    ).toEqual([
      ["f0", "md5", 0],
      ["f0", "crc32", 0],
      ["f65", "md5", 65],
      ["f65", "crc32", 65],
    ]);
    expect(Object.keys(objects[0])).toEqual([
      "file",
      "algorithm",
      "digest",
      "byteLength",
    ]);
    expect(objects[0].digest).toBe("d41d8cd98f00b204e9800998ecf8427e");
  });

  test.skipIf(!hasTool("sha256sum"))(
    "names are escaped as sha256sum escapes them",
    async () => {
      const odd = [
        "a\nb",
        "back\\slash",
        "cr\rlf",
        " space ",
        "*star",
        "(paren) = x",
        "-dash",
        "ünï",
      ];
      for (const name of odd) write(name, name);
      for (const option of [[], ["--tag"]]) {
        const theirs = await run(["sha256sum", ...option, "--", ...odd], {
          cwd: folder,
        });
        const args = ["--algo", "sha256", ...option, "--", ...odd];
        const ours = await cli("hash", ...args);
        expect(ours.stdout).toBe(theirs.stdout);
      }
    },
  );
});

describe("hash --check", () => {
  for (const { tool, args } of TOOLS) {
    test.skipIf(!hasTool(tool))(
      `reads the lists of ${tool}, and ${tool} ours`,
      async () => {
        const files = names.join(" ");
        const theirs = await shell(
          `${tool} ${files} > theirs.sums; process hash --check theirs.sums ${
            args.join(" ")
          }`,
        );
        expect(theirs).toMatchObject({
          code: 0,
          stderr: "",
          stdout: names.map((name) => `${name}: OK\n`).join(""),
        });
        const ours = await shell(
          `process hash ${
            args.join(" ")
          } ${files} > ours.sums; ${tool} --check ours.sums`,
        );
        expect(ours).toMatchObject({
          code: 0,
          stderr: "",
          stdout: theirs.stdout,
        });
      },
    );
  }

  test.skipIf(!hasTool("sha256sum"))(
    "tagged lines need no --algo, in both directions",
    async () => {
      const ours = await shell(
        `sha256sum --tag f1 f65 > t; md5sum --tag f65 >> t; process hash -c t`,
      );
      expect(ours).toMatchObject({
        code: 0,
        stdout: "f1: OK\nf65: OK\nf65: OK\n",
      });
      const theirs = await shell(
        `process hash --tag --algo sha256 f1 f65 > t; sha256sum -c t`,
      );
      expect(theirs).toMatchObject({ code: 0, stdout: "f1: OK\nf65: OK\n" });
    },
  );

  test.skipIf(!hasTool("sha256sum"))(
    "escaped names, in both directions",
    async () => {
      write("n\nl", "1");
      write("b\\s", "2");
      write("c\rr", "3");
      const list = `$'n\\nl' 'b\\s' $'c\\rr'`;
      const theirs = await shell(
        `process hash --algo sha256 ${list} > e; sha256sum -c e`,
      );
      const ours = await shell(
        `sha256sum ${list} > e; process hash --algo sha256 -c e`,
      );
      expect(ours.stdout).toBe(theirs.stdout);
      expect(ours.stdout).toBe("\\n\\nl: OK\nb\\s: OK\nc\rr: OK\n");
      expect(ours.code).toBe(0);
    },
  );

  test.skipIf(!hasTool("sha256sum"))(
    "says what sha256sum says of what is wrong",
    async () => {
      write("good", "1");
      write("bad", "2");
      const script = `sha256sum good bad > w; echo 3 > bad
      { echo hello; echo; echo '# comment'; sed s/good/gone/ w | head -1; } >> w`;
      const theirs = await shell(`${script}; sha256sum -c w`);
      const ours = await shell(`process hash --algo sha256 -c w`);
      expect(ours.stdout).toBe(theirs.stdout);
      expect(ours.stdout).toBe(
        "good: OK\nbad: FAILED\ngone: FAILED open or read\n",
      );
      expect(ours.code).toBe(theirs.code);
      expect(ours.code).toBe(1);
      const warnings = (text: string): string[] =>
        text.match(/WARNING: .*$/gm) ?? [];
      expect(warnings(ours.stderr)).toEqual(warnings(theirs.stderr));
      expect(warnings(ours.stderr)).toHaveLength(3);
      expect(ours.stderr).toMatch(
        /^process: gone: no such file or directory \(ENOENT\)$/m,
      );
    },
  );

  test("--quiet leaves out what matches", async () => {
    write("q1", "1");
    write("q2", "2");
    await shell("process hash q1 q2 > q; printf 3 > q2");
    expect(await cli("hash", "--quiet", "--check", "q")).toMatchObject({
      code: 1,
      stdout: "q2: FAILED\n",
      stderr: "process: WARNING: 1 computed checksum did NOT match\n",
    });
  });

  test("--json tells file, algorithm, and why not", async () => {
    await shell(
      "process hash --tag --algo md5,blake3 f1 f63 > j; printf 'MD5 (gone) = %032d\\nCRC32 (f64) = 00000000\\n' 0 >> j",
    );
    const outcome = await cli("hash", "--json", "-c", "j");
    expect(outcome.code).toBe(1);
    expect(outcome.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)))
      .toEqual([
        { file: "f1", algorithm: "md5", ok: true },
        { file: "f1", algorithm: "blake3", ok: true },
        { file: "f63", algorithm: "md5", ok: true },
        { file: "f63", algorithm: "blake3", ok: true },
        { file: "gone", algorithm: "md5", ok: false, reason: "ENOENT" },
        { file: "f64", algorithm: "crc32", ok: false, reason: "mismatch" },
      ]);
  });

  test.skipIf(!hasTool("mkfifo"))(
    "reads a file once for neighbouring lines",
    async () => {
      // A FIFO has its bytes only once.
      const script =
        `mkfifo once; process hash --tag --algo md5,sha1,crc32 f65 | sed 's/f65/once/' > o
      cat f65 > once & process hash --check o; kill $! 2> /dev/null; wait`;
      expect(await shell(script)).toMatchObject({
        code: 0,
        stdout: "once: OK\n".repeat(3),
      });
    },
  );

  test("several lists, one from standard input, with CRLF and a byte order mark", async () => {
    const script =
      `process hash f1 > l1; process hash --algo md5 f63 | sed 's/$/\\r/' > l2
      (printf '\\xef\\xbb\\xbf'; process hash f64 | sed 's/^[0-9a-f]*/\\U&/') > l3`;
    await shell(script);
    for (
      const args of [
        "--check l1 - l3",
        "l1 - l3 --check",
        "-c l1 -c - -c l3",
        "--check=l1 -- - l3",
      ]
    ) {
      const outcome = await shell(`process hash ${args} < l2`);
      expect(outcome, args).toMatchObject({
        code: 0,
        stdout: "f1: OK\nf63: OK\nf64: OK\n",
      });
    }
  });

  test("a list without digests is an error, a list that cannot be read a failure", async () => {
    write("none", "hello\n\n# nothing\n");
    expect(await cli("hash", "-c", "none")).toMatchObject({
      code: 1,
      stdout: "",
      stderr:
        "process: none: no properly formatted digest lines found (ERR_BAD_CHECK_FILE)\n",
    });
    expect((await cli("hash", "-c", "f0")).code).toBe(1);
    expect(await cli("hash", "-c", "no.list")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: "process: no.list: no such file or directory (ENOENT)\n",
    });
    expect(await cli("hash", "-c", ".")).toMatchObject({ code: 2, stdout: "" });
    expect((await cli("hash", "-c", ".")).stderr).toMatch(
      /^process: \.: .* \(EISDIR\)\n$/,
    );
  });

  test("a binary file taken for a list is refused", async () => {
    const outcome = await cli("hash", "--check", "large");
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toMatch(/ERR_BAD_CHECK_FILE/);
  });

  test("--tag makes no sense with it", async () => {
    expect(await cli("hash", "--tag", "--check", "l1")).toMatchObject({
      code: 2,
      stdout: "",
    });
  });

  test("the algorithm of a plain line is the one asked for, or one of that length", async () => {
    await shell("process hash --algo sha256 f64 f65 > s");
    for (const args of [[], ["--algo", "sha256"], ["--algo", "md5,sha256"]]) {
      expect(await cli("hash", "--check", "s", ...args)).toMatchObject({
        code: 0,
        stdout: "f64: OK\nf65: OK\n",
      });
    }
    expect((await cli("hash", "-c", "s", "--algo", "blake3")).stdout).toBe(
      "f64: FAILED\nf65: FAILED\n",
    );
    expect((await cli("hash", "--check", "s", "--algo", "md5")).stderr).toMatch(
      /ERR_BAD_CHECK_FILE/,
    );
  });

  test.skipIf(runtime === "deno" || !hasTool("sha256sum"))(
    "names that are not UTF-8",
    async () => {
      const outcome = await shell(`name=$'x\\xfe'; echo 1 > "$name"
      sha256sum "$name" > u1; process hash --algo sha256 -c u1
      process hash --algo sha256 "$name" > u2; cmp u1 u2 && sha256sum -c u2`);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      expect(Buffer.from(outcome.bytes).toString("latin1")).toBe(
        "x\xfe: OK\nx\xfe: OK\n",
      );
    },
  );
});
