import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { processFile, type SabmapError } from "../src/mod.ts";
import type { RunOptions } from "../src/options.ts";
import { CLI, run, runCli } from "./run_cli.ts";
import {
  fixture,
  removeFolder,
  runtime,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

const job = (name: string) => fixture(`fixtures/jobs/${name}.mjs`);
const jobPath = (name: string) => fileURLToPath(job(name));
let folder: string;
let hello: string;
let large: string;

beforeAll(() => {
  folder = temporaryFolder();
  hello = join(folder, "hello");
  large = join(folder, "large");
  writeFileSync(hello, "Hello, job.\n");
  writeFileSync(large, seededBytes(200_000, 1));
});
afterAll(() => removeFolder(folder));

async function failure(promise: Promise<unknown>): Promise<SabmapError> {
  return await promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as SabmapError,
  );
}

describe("processFile()", () => {
  test("gives the job its options and returns what it made", async () => {
    const options = { options: { kind: 3 }, workers: 2 };
    const { file, byteLength, result, stats } = await processFile(
      hello,
      job("options"),
      options,
    );
    expect({ file, byteLength }).toEqual({ file: hello, byteLength: 12 });
    expect(stats.workers).toBe(1);
    expect(result).toEqual({
      text: "Hello, job.\n",
      byteLength: 12,
      options: { kind: 3 },
      big: 2n ** 64n - 1n,
      map: new Map([["a", 1]]),
      bytes: new Uint8Array([1, 2]),
    });
  });

  test("takes the job as URL, as text of one, and as path", async () => {
    for (
      const name of [job("options"), job("options").href, jobPath("options")]
    ) {
      const { result } = await processFile<{ text: string }>(hello, name);
      expect(result.text).toBe("Hello, job.\n");
    }
  });

  test("has a job import the library that runs it by name, whatever lies beside the job", async () => {
    const other = join(folder, "node_modules/sabmap");
    mkdirSync(other, { recursive: true });
    writeFileSync(
      join(other, "package.json"),
      '{ "name": "sabmap", "exports": "./index.mjs", "type": "module" }',
    );
    writeFileSync(
      join(other, "index.mjs"),
      "export const defineJob = 'another';",
    );
    const path = join(folder, "named.mjs");
    writeFileSync(
      path,
      `import { defineJob } from "sabmap";
      export default defineJob({
        name: "named",
        start: () => 0,
        scan: ({ bytes }) => bytes.byteLength,
        merge: (left, right) => left + right,
        finish: (sum) => sum,
      });`,
    );
    expect((await processFile(hello, path, { workers: 2 })).result).toBe(12);
  });

  test.each([
    [{ signal: 5 }, TypeError, /"signal" must be an AbortSignal: received 5/],
    [{ onProgress: 5 }, TypeError, /"onProgress" must be a function/],
    [{ stallMs: -1 }, RangeError, /"stallMs" must be more than 0: received -1/],
    [{ stallMs: "9" }, TypeError, /"stallMs" must be a number: received "9"/],
    [{ heapMebibytes: 0 }, RangeError, /"heapMebibytes" must be more than 0/],
    [{ permissions: "read" }, TypeError, /"all" or an array of .*"read"/],
    [{ permissions: ["raed"] }, TypeError, /"all" or an array of read, /],
  ])("refuses wrong options: %o", async (options, type, text) => {
    // What JavaScript lets through.
    const wrong = options as RunOptions;
    const error = await failure(processFile(hello, job("hang"), wrong));
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(text);
  });

  test("throws TypeError when the job is no module", async () => {
    for (const bad of [undefined, 7, {}, ""]) {
      const error = await failure(processFile(hello, bad as string));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toMatch(/must be the path or URL of a module/);
    }
    expect(await failure(processFile(hello, job("no_job")))).toBeInstanceOf(
      TypeError,
    );
  });

  test("has a job prepared in each thread before any other step", async () => {
    const { result } = await processFile(large, job("prepared"), {
      options: { byte: 10 },
      workers: 2,
      segmentBytes: 65536,
    });
    const count = seededBytes(200_000, 1).filter((each) => each !== 10).length;
    expect(result).toEqual({ count, byte: 10 });
  });

  test("passes on what a job throws while it is prepared", async () => {
    const options = { options: { fails: true } };
    const error = await failure(processFile(hello, job("prepared"), options));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain("it cannot be prepared");
  });

  const denied = /^NotCapable: Requires read access/;
  test.runIf(runtime === "deno")(
    "shows a job the environment only where it is granted",
    async () => {
      const seen = async (permissions?: readonly ["env"]) =>
        (await processFile<number>(hello, job("environment"), { permissions }))
          .result;
      expect(await seen()).toBe(0);
      expect(await seen(["env"])).toBeGreaterThan(0);
    },
  );

  test.runIf(runtime === "deno")(
    "runs every step of a job without permissions",
    async () => {
      const { result } = await processFile<string[]>(large, job("reach_out"), {
        workers: 2,
        segmentBytes: 65536,
      });
      expect(result).toHaveLength(1);
      expect(result[0]).toMatch(denied);
      // It was the job's threads that lost them.
      expect((await processFile(hello, job("options"))).byteLength).toBe(12);
    },
  );

  test("leaves a job the permissions that it is granted", async () => {
    for (const permissions of ["all", ["read"]] as const) {
      const { result } = await processFile(large, job("reach_out"), {
        workers: 2,
        segmentBytes: 65536,
        permissions,
      });
      expect(result).toEqual(["read"]);
    }
  });

  for (const at of ["framing", "start", "merge", "finish"]) {
    test(`ends with ERR_WORKER_CRASHED when ${at} never returns`, async () => {
      const options = {
        options: { at },
        stallMs: 300,
        workers: 2,
        segmentBytes: 65536,
      };
      const error = await failure(processFile(large, job("hang"), options));
      expect(error.code).toBe("ERR_WORKER_CRASHED");
      expect(error.message).toContain("made no progress for 0.3 s");
    });
  }

  test("rejects with the signal's reason while finish never returns", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const run = processFile(hello, job("hang"), {
      options: { at: "finish" },
      signal: controller.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone === 12) controller.abort(reason);
      },
    });
    expect(await failure(run)).toBe(reason);
  });
});

describe("process run", () => {
  test("prints the result, as JSON where it is no text", async () => {
    const { code, stdout, stderr } = await runCli([
      ...["run", jobPath("options"), hello],
      ...["--opt", "kind=3", "--opt", "name=a=b"],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual({
      text: "Hello, job.\n",
      byteLength: 12,
      options: { kind: "3", name: "a=b" },
      big: "18446744073709551615",
      map: { a: 1 },
      bytes: [1, 2],
    });
    expect(stdout.split("\n").length).toBeGreaterThan(5);
  });

  test("--json prints one line for each file", async () => {
    const { stdout } = await runCli([
      ...["run", "--json", jobPath("misbehave"), hello, large],
      ...["--segment", "64KiB"],
    ]);
    expect(stdout).toBe(
      `{"file":"${hello}","result":1}\n{"file":"${large}","result":4}\n`,
    );
  });

  test("reads standard input", async () => {
    const { stdout } = await runCli(["run", jobPath("misbehave"), "-"], {
      stdin: "some text",
    });
    expect(stdout).toBe("1\n");
  });

  test("--permissions grants all, or what it lists, and takes no operand", async () => {
    const reach = jobPath("reach_out");
    for (
      const args of [
        ["run", reach, hello, "--permissions"],
        ["run", reach, "--permissions", hello],
        ["run", "--permissions", reach, hello],
        ["run", "--permissions", "all", reach, hello],
        ["run", "--permissions=net,read", reach, hello],
      ]
    ) {
      const { stdout, stderr } = await runCli(args);
      expect({ stdout, stderr }).toEqual({
        stdout: '[\n  "read"\n]\n',
        stderr: "",
      });
    }
  });

  test.runIf(runtime === "deno")(
    "--permissions none grants nothing",
    async () => {
      const { stdout } = await runCli([
        ...["run", jobPath("reach_out"), hello, "--permissions", "none"],
      ]);
      expect(stdout).toContain("NotCapable");
    },
  );

  test("refuses wrong usage with one line", async () => {
    const cases: [string[], RegExp][] = [
      [["run"], /missing JOB and FILE/],
      [["run", jobPath("options")], /missing FILE/],
      [
        ["run", jobPath("options"), hello, "--opt", "kind"],
        /key=value.*"kind"/,
      ],
      [["run", jobPath("options"), hello, "--opt", "=3"], /key=value.*"=3"/],
      [
        ["run", jobPath("options"), hello, "--opt", "a=1", "--opt", "a=2"],
        /each key once: received "a=2"/,
      ],
      [
        ["run", jobPath("options"), hello, "--permissions=net,fly"],
        /must be all, none, or some of read, .*"net,fly"/,
      ],
      // Not an operand, which would leave the option to grant all.
      ...["fly", "raed", "", "none,read", "Read"].map((names) =>
        [
          ["run", jobPath("reach_out"), hello, "--permissions", names],
          /must be all, none, or some of read/,
        ] as [string[], RegExp]
      ),
      [["run", join(folder, "none.mjs"), hello], /none\.mjs: no such file/],
      [["run", jobPath("no_job"), hello], /default export must be a job/],
    ];
    for (const [args, text] of cases) {
      const { code, stdout, stderr } = await runCli(args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/^process: [^\n]+ \([A-Za-z_]+\)\n$/);
      expect(stderr).toMatch(text);
    }
  });

  test("says in one line what a job threw, or that it ended", async () => {
    for (
      const [act, text] of [
        ["throw", "boom at the record"],
        ["reject", "died: "],
        ["exit", "died: "],
      ] as const
    ) {
      const { code, stderr } = await runCli([
        ...["run", jobPath("misbehave"), hello],
        ...["--opt", `act=${act}`, "--opt", "at=0"],
      ]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^process: [^\n]+ \([A-Za-z_]+\)\n$/);
      expect(stderr).toContain(text);
    }
  });

  test.runIf(runtime === "deno")(
    "says what Deno needs where it cannot take permissions away",
    async () => {
      const [deno = "", ...args] = CLI;
      // Another configuration file than ours, which has the option.
      const config = join(folder, "deno.json");
      writeFileSync(config, `{"nodeModulesDir": "manual"}`);
      const outcome = await run([
        ...[deno, args[0] ?? "", "--config", config, ...args.slice(1)],
        ...["run", jobPath("options"), hello],
      ]);
      expect(outcome.code).not.toBe(0);
      expect(outcome.stderr).toContain("--unstable-worker-options");
    },
  );
});
