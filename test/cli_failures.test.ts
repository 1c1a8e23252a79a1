/** Failures that were told of the wrong file, or not at all. */
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { asJobError } from "../src/cli/job_module.ts";
import { CLI, type Outcome, run, runCli } from "./run_cli.ts";
import { RUNTIMES } from "./runtimes.ts";
import { runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** Runs `process` in the folder of the files, where it fails. @returns Its one line. */
async function failureOf(...args: string[]): Promise<string> {
  return lineOf(await runCli(args, { cwd: files.folder }));
}

function lineOf({ code, stdout, stderr }: Outcome): string {
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^process: [^\n]+ \([A-Za-z_]+\)\n$/);
  return stderr;
}

test("process run names the module that is not there, and not the file it was to work on", async () => {
  const data = files.make("a\n");
  for (const args of [[], ["--shard", "0/1", "--partial", "-"]]) {
    expect(await failureOf("run", "no_such.mjs", data, ...args)).toBe(
      "process: no_such.mjs: no such file or directory (ENOENT)\n",
    );
  }
  expect(await failureOf("run", files.folder, data)).toMatch(
    /^process: .*: is a directory \(EISDIR\)/,
  );
  expect(
    await failureOf("merge", "--job", "a.mjs", "--permissions", "fly", data),
  ).toMatch(/must be all, none, or some of .*received "fly"/);
  expect(await failureOf("merge", "--job", "no_such.mjs", data)).toBe(
    "process: no_such.mjs: no such file or directory (ENOENT)\n",
  );
});

test("process run tells errors of the job from ours", async () => {
  const data = files.make("a\n");
  fs.writeFileSync(
    join(files.folder, "throws.mjs"),
    `throw new Error("not today");`,
  );
  expect(await failureOf("run", "throws.mjs", data)).toBe(
    `process: ${data}: not today (ERR_JOB)\n`,
  );
});

test("asJobError() leaves alone what has a code, and what the library says", () => {
  const coded = Object.assign(new Error("x"), { code: "ENOENT" });
  const usage = new TypeError("Cannot run it as it must: received nothing");
  const bug = new Error("Bug: no slot");
  for (const error of [coded, usage, bug]) {
    expect(asJobError(error)).toBe(error);
  }
  const cause = new RangeError("x is not defined");
  expect(asJobError(cause)).toMatchObject({
    message: "RangeError: x is not defined",
    code: "ERR_JOB",
    cause,
  });
});

test.each([
  ['new RangeError("too hot")', "RangeError: too hot, at offset 4"],
  ['"cold"', "cold"],
  ["undefined", "undefined"],
])(
  "process run says what a job threw, and at which record: %s",
  async (thrown, told) => {
    const data = files.make("a\nb\nc\n");
    const job = join(files.folder, `throws_${told.length}.mjs`);
    const { src, ending } = RUNTIMES.find(({ name }) => name === runtime)!;
    fs.writeFileSync(
      job,
      `import { defineJob, delimited } from "${src}mod${ending}";
export default defineJob({
  name: "third",
  framing: () => delimited("\\n"),
  start: () => undefined,
  scan: (range) => {
    for (const line of range.records()) if (line.text() === "c") throw ${thrown};
  },
  merge: (left) => left,
  finish: (partial) => partial,
});
`,
    );
    expect(await failureOf("run", job, data)).toBe(
      `process: ${data}: ${told} (ERR_JOB)\n`,
    );
  },
);

test.skipIf(!fs.existsSync("/proc/cpuinfo"))(
  "a file of /proc has no shards: it says 0 bytes, and a shard of it would have none",
  async () => {
    const text = /^process: \/proc\/cpuinfo: .*does not have the 0 bytes/;
    expect(
      await failureOf("plan", "/proc/cpuinfo", "--op", "hash", "--shards", "2"),
    ).toMatch(text);
    expect(
      await failureOf(
        ...["hash", "/proc/cpuinfo", "--shard", "0/1", "--partial", "-"],
      ),
    ).toMatch(text);
  },
);

test.skipIf(!fs.existsSync("/dev/full"))(
  "process merge reads no more of what is no partial than its beginning",
  async () => {
    expect(await failureOf("merge", "/dev/full")).toMatch(
      /^process: \/dev\/full: cannot read a partial as .*ERR_BAD_SHARD/,
    );
  },
);

test.skipIf(runtime !== "deno")(
  "Deno with --allow-read alone: failures are told in one line",
  async () => {
    const data = files.make("a\n");
    const command = [process.execPath, "run", "--no-prompt", "--allow-read"]
      .concat(new URL("../src/cli/main.ts", import.meta.url).pathname);
    const failures = [
      [["hash", "no.such"], "no.such: no such file or directory (ENOENT)"],
      [["patch", "--at", "0=41", data], `${data}: permission denied (EACCES)`],
    ] as const;
    for (const [args, text] of failures) {
      expect(lineOf(await run([...command, ...args], {}))).toBe(
        `process: ${text}\n`,
      );
    }
    expect(fs.readFileSync(data, "utf8")).toBe("a\n");
  },
);

test("--help shows defaults as they are typed", async () => {
  const { stdout } = await runCli(["patch", "--help"]);
  expect(stdout).toContain("(default: 20)");
  expect(stdout).not.toMatch(/default: ["[]/);
});

describe.runIf(runtime === "deno")("Deno's permissions", () => {
  const own = fileURLToPath(new URL("../", import.meta.url));

  async function permitted(folders: string[], ...args: string[]) {
    const path = files.make("1\n2\n");
    const flags = ["--no-prompt", `--allow-read=${folders.join()}`];
    const command = CLI.flatMap((word) => word === "-A" ? flags : word);
    return await run([...command, ...args, path]);
  }

  test("are missed on one line where the program itself may not be read", async () => {
    const { code, stdout, stderr } = await permitted([files.folder], "count");
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      /^process: cannot load its own modules: .*read access.*\n$/,
    );
  });

  test("are named by what would grant them", async () => {
    const folders = [own, files.folder];
    const { code, stderr } = await permitted(folders, "count", "--io=map");
    expect(code).toBe(0);
    expect(stderr).toContain("mapping files needs --allow-ffi on Deno");
  });
});
