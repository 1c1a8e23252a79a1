import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CliIo, CliOutput } from "../src/cli/io.ts";
import { LineWriter } from "../src/cli/line_writer.ts";
import { main } from "../src/cli/main.ts";
import { checkCommonOptions } from "../src/cli/options.ts";
import { TotalProgress } from "../src/cli/total_progress.ts";
import { type Outcome, runCli, runShell, startCli } from "./run_cli.ts";
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
  fs.mkdirSync(join(folder, "tree/sub/deep"), { recursive: true });
  fs.mkdirSync(join(folder, "tree/empty"));
  for (let i = 0; i < 400; i++) {
    const name = `tree/sub/${i % 3 === 0 ? "deep/" : ""}n${i}`;
    fs.writeFileSync(join(folder, name), seededBytes(i * 7, i));
  }
  fs.writeFileSync(join(folder, "tree/large"), seededBytes(20_000_001, 1));
  fs.writeFileSync(join(folder, "tree/sub/large"), seededBytes(6_000_001, 2));
  fs.writeFileSync(join(folder, "tree/zero"), "");
  fs.symlinkSync("large", join(folder, "tree/link"));
  fs.symlinkSync("..", join(folder, "tree/sub/up"));
});
afterAll(() => removeFolder(folder));

function cli(...args: string[]): Promise<Outcome> {
  return runCli(args, { cwd: folder });
}

function shell(script: string): Promise<Outcome> {
  return runShell(script, { cwd: folder });
}

describe("hash -r", () => {
  test.skipIf(!hasTool("sha256sum"))(
    "prints what sha256sum prints of all files, by folder and name",
    async () => {
      const outcome = await shell(
        `LC_ALL=C; export LC_ALL; process hash -r --algo sha256 tree > ours
        sha256sum tree/large tree/sub/deep/n* tree/sub/large tree/sub/n* tree/zero > theirs
        cmp ours theirs && sha256sum --quiet -c ours && process hash --quiet --check ours`,
      );
      expect(outcome).toMatchObject({
        code: 0,
        stdout: "",
        stderr: "process: note: 2 symbolic links were not followed\n",
      });
    },
  );

  test("the output depends on no number of workers, no runtime's order, and not on --io", async () => {
    const args = ["-r", "--algo", "blake3,md5", "--tag", "tree", "tree/zero"];
    const { stdout } = await cli("hash", ...args);
    expect(stdout.split("\n")).toHaveLength(2 * 404 + 1);
    for (
      const more of [["--workers", "1"], ["--workers", "5"], [
        "--io",
        "preload",
      ]]
    ) {
      expect((await cli("hash", ...args, ...more)).stdout).toBe(stdout);
    }
  });

  test("--exclude leaves out names and paths; --quiet says nothing of links", async () => {
    const files = async (...args: string[]) => {
      const outcome = await cli("hash", "-r", "--json", "--quiet", ...args);
      expect(outcome).toMatchObject({ code: 0, stderr: "" });
      return outcome.stdout.split("\n").filter((line) => line !== "").map((
        line,
      ) => JSON.parse(line).file);
    };
    expect(await files("--exclude", "n*", "tree")).toEqual([
      "tree/large",
      "tree/sub/large",
      "tree/zero",
    ]);
    expect(
      await files("--exclude", "sub/deep", "--exclude", "n[0-9]*", "tree/"),
    ).toEqual(["tree/large", "tree/sub/large", "tree/zero"]);
    expect(await files("--exclude", "sub/", "--exclude", "large", "tree"))
      .toEqual(["tree/zero"]);
  });

  test("folders without -r are errors in their place, the rest goes on", async () => {
    const outcome = await shell(
      "process hash --algo crc32 tree/zero tree gone tree/zero 2>&1",
    );
    expect(outcome.stdout).toBe(
      "00000000  tree/zero\n" +
        "process: tree: is a directory (EISDIR)\n" +
        "process: gone: no such file or directory (ENOENT)\n" +
        "00000000  tree/zero\n",
    );
    expect(outcome.code).toBe(2);
    expect((await cli("hash", "tree")).code).toBe(2);
  });

  test.skipIf(process.getuid?.() === 0 || !hasTool("bash"))(
    "folders and files that may not be read",
    async () => {
      const outcome = await shell(
        `mkdir -p shut/in; touch shut/a shut/b shut/in/c; chmod 0 shut/a shut/in
         process hash -r --algo crc32 shut 2>&1; code=$?; chmod 700 shut/in; exit $code`,
      );
      expect(outcome.code).toBe(2);
      expect(outcome.stdout).toMatch(
        /^process: shut\/a: .*\(EACCES\)\n00000000 {2}shut\/b\nprocess: shut\/in: .*\(EACCES\)\n$/,
      );
    },
  );

  test.skipIf(!hasTool("mkfifo"))(
    "special files are skipped with a note",
    async () => {
      const outcome = await shell(
        `mkdir special; mkfifo special/b; touch special/a special/c
         process hash -r --algo crc32 special 2>&1`,
      );
      expect(outcome).toMatchObject({
        code: 0,
        stdout: "00000000  special/a\n" +
          "process: note: special/b: skipped, as it is no regular file\n" +
          "00000000  special/c\n",
      });
    },
  );

  test("standard input among files", async () => {
    const outcome = await runCli(
      ["hash", "--algo", "crc32", "tree/zero", "-", "tree/zero"],
      { cwd: folder, stdin: "123456789" },
    );
    expect(outcome).toMatchObject({
      code: 0,
      stdout: "00000000  tree/zero\ncbf43926  -\n00000000  tree/zero\n",
    });
  });

  test.skipIf(runtime === "deno")("names that are not UTF-8", async () => {
    const outcome = await shell(
      `mkdir odd; for n in $'x\\xfe' $'\\xffy' z; do echo 1 > "odd/$n"; done
       process hash -r --algo md5 odd > theirs; (cd odd; LC_ALL=C md5sum *) | sed 's:  :  odd/:' | cmp - theirs`,
    );
    expect(outcome).toMatchObject({ code: 0, stdout: "", stderr: "" });
  });

  test("a closed pipe is success", async () => {
    const outcome = await shell(
      "process hash -r tree tree tree tree tree | head -1; echo ${PIPESTATUS[0]}",
    );
    expect(outcome.stdout).toMatch(/tree\/large\n0\n$/);
    expect(outcome.stderr).toBe("");
  });

  test.skipIf(!hasTool("mkfifo"))("an interrupt is 130", async () => {
    // Standard input would not do: Deno closes it when it sends a signal.
    await shell("mkfifo endless");
    const { child, outcome } = startCli(["hash", "-r", "tree", "endless"], {
      cwd: folder,
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    expect(await outcome).toMatchObject({ code: 130, stderr: "" });
  });
});

/** An output that keeps what is written. */
function recorded(isTty: boolean): CliOutput & { writes: string[] } {
  const writes: string[] = [];
  return {
    isTty,
    columns: isTty ? 100 : undefined,
    writes,
    write: (data) => {
      writes.push(
        typeof data === "string" ? data : new TextDecoder().decode(data),
      );
      return Promise.resolve();
    },
  };
}

describe("LineWriter", () => {
  test("writes what came in one task at once, in order", async () => {
    const output = recorded(false);
    const writer = new LineWriter(output);
    for (let i = 0; i < 1000; i++) await writer.add(`${i}\n`);
    await setImmediate();
    await writer.flush();
    expect(output.writes.length).toBeLessThan(5);
    expect(output.writes.join("")).toBe(
      Array.from({ length: 1000 }, (_, i) => `${i}\n`).join(""),
    );
  });

  test("does not wait for more", async () => {
    const output = recorded(false);
    const writer = new LineWriter(output);
    await writer.add("a\n");
    await setImmediate();
    await setImmediate();
    expect(output.writes).toEqual(["a\n"]);
  });

  test("a failure comes out at the next call", async () => {
    const output = {
      ...recorded(false),
      write: () => Promise.reject(new Error("full")),
    };
    const writer = new LineWriter(output);
    await writer.add("a\n");
    await setImmediate();
    await setImmediate();
    await expect(writer.flush()).rejects.toThrow("full");
    await expect(writer.add("x".repeat(100_000))).rejects.toThrow("full");
  });
});

describe("TotalProgress", () => {
  const options = checkCommonOptions({});
  const io = () => ({
    stdout: recorded(false),
    stderr: recorded(true),
    readStdin: () => {
      throw new Error("nobody asked for it");
    },
    env: {},
    signal: new AbortController().signal,
  });

  test("shows files and bytes, and once all are counted the share and the time left", async () => {
    const world = io();
    let release = () => {};
    const counted = new Promise<void>((resolve) => release = resolve);
    const progress = TotalProgress.for(world, options, async function* () {
      const name = join(folder, "tree/large");
      yield { kind: "file", name };
      yield { kind: "file", name };
      await counted;
    });
    const now = { filesDone: 1, bytesDone: 20_000_001, elapsedMs: 1000 };
    progress?.show(now);
    await import("cli-progress");
    await setImmediate();
    const text = () => world.stderr.writes.join("");
    expect(text()).toContain("19.1 MiB  20.0 MB/s  1 files");
    expect(text()).not.toContain("%");
    release();
    for (let i = 0; i < 100 && !text().includes("%"); i++) {
      await setImmediate();
      progress?.show(now);
    }
    expect(text()).toMatch(
      /50% {2}19\.1 MiB {2}20\.0 MB\/s {2}ETA 0:01 {2}1 of 2 files/,
    );
    progress?.end();
    expect(text().slice(-8)).toBe("\x1b[1G\x1b[2K");
  });

  test("counts many files also while the calling thread is busy", async () => {
    const world = io();
    const count = 5000;
    const progress = TotalProgress.for(world, options, async function* () {
      const name = join(folder, "tree/zero");
      for (let i = 0; i < count; i++) yield { kind: "file", name };
    });
    const now = { filesDone: 1, bytesDone: 1, elapsedMs: 1000 };
    await import("cli-progress");
    const text = () => world.stderr.writes.join("");
    // One turn of the event loop for each file would be too few.
    for (let turn = 0; turn < count / 4 && !text().includes("%"); turn++) {
      progress?.show(now);
      for (const start = performance.now(); performance.now() < start + 1;);
      await setImmediate();
    }
    progress?.end();
    expect(text()).toContain("1 of 5,000 files");
  });

  test("is not there where nobody sees it", () => {
    const world = { ...io(), stderr: recorded(false) };
    expect(TotalProgress.for(world, options, undefined)).toBeUndefined();
  });

  test("leaves the terminal clean behind a command", async () => {
    const world: CliIo & ReturnType<typeof io> = io();
    expect(await main(["hash", "-r", join(folder, "tree")], world)).toBe(0);
    expect(world.stdout.writes.join("").split("\n")).toHaveLength(404);
  });
});
