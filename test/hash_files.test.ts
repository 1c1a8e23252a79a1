import * as fs from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WholeFileScanner } from "../src/engine/whole_files.ts";
import { FilesControl } from "../src/memory/files_control.ts";
import { ALGORITHMS } from "../src/digest/algorithms.ts";
import { loadDigests } from "../src/digest/registry.ts";
import { hashJob } from "../src/jobs/hash.ts";
import { compileKernels } from "../src/kernels/load.ts";
import {
  Engine,
  hashFile,
  hashFiles,
  type HashOutcome,
  SabmapError,
} from "../src/runs.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";
import { runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";

await loadDigests(ALGORITHMS);

const MIB = 1024 ** 2;
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

function make(name: string, byteLength: number, seed = byteLength): string {
  const path = join(folder, name);
  fs.writeFileSync(path, seededBytes(byteLength, seed));
  return path;
}

function makeMany(count: number, byteLength: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => make(`many-${byteLength}-${i}`, byteLength, i + 1),
  );
}

function md5(path: string): string {
  return createHash("md5").update(fs.readFileSync(path)).digest("hex");
}

async function collect(
  outcomes: AsyncIterable<HashOutcome>,
): Promise<HashOutcome[]> {
  const all: HashOutcome[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

describe("hashFiles() tells of patches that were not finished", () => {
  test("beside files, and beside what links lead to", async () => {
    const inner = join(folder, "patched");
    fs.mkdirSync(inner);
    const plain = make("plain", 100);
    const patched = make("patched/data", 100);
    fs.writeFileSync(join(inner, ".data.sabmap-journal"), "");
    const link = join(folder, "link-to-patched");
    fs.symlinkSync(patched, link);
    const notes: string[] = [];
    const outcomes = await collect(hashFiles([plain, patched, link], {
      onNote: (note) => notes.push(note),
    }));
    expect(outcomes.map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(notes.map((note) => /^a patch of (\S+) is/.exec(note)?.[1]))
      .toEqual([patched, link]);
  });
});

describe("WholeFileScanner", () => {
  const options = {
    algorithms: ["blake3", "crc32c", "md5", "s3-etag", "glacier", "btv2"],
    parameters: { partBytes: 700_000, pieceBytes: 32_768 },
  };

  test.each(["simd", "scalar"])(
    "%s: gives what a run of its own gives, file after file",
    async (backend) => {
      const kernels = backend === "simd" ? compileKernels() : undefined;
      const scanner = new WholeFileScanner(hashJob, options, kernels);
      const sizes = [0, 1, 1023, 1024, 65_537, MIB - 1, MIB, MIB + 1];
      if (backend === "simd") sizes.push(3 * MIB + 12_345);
      // Large and small in turn, so that nothing of one may be left for the next.
      for (const size of [...sizes, ...sizes.toReversed()]) {
        const path = make(`whole-${size}`, size);
        const { algorithms, parameters } = options;
        const alone = await hashFile(path, { algorithms, ...parameters });
        const outcome = scanner.scan(path, Infinity, new FilesControl());
        expect(outcome).toMatchObject({
          byteLength: size,
          result: { digests: alone.digests, parts: alone.parts },
        });
        const { result } = outcome as { result: { pieceLayer?: Uint8Array } };
        expect(result.pieceLayer).toEqual(alone.pieceLayer);
      }
    },
  );

  test("leaves what is too large or no file, counts bytes, and stops", () => {
    const scanner = new WholeFileScanner(hashJob, options, undefined);
    const control = new FilesControl();
    const path = make("left", 5000);
    expect(scanner.scan(path, 4999, control)).toEqual({ left: 5000 });
    expect(scanner.scan(folder, 5000, control)).toEqual({ left: undefined });
    expect(control.bytesDone).toBe(0);
    scanner.scan(path, 5000, control);
    expect(control.bytesDone).toBe(5000);
    const other = new FilesControl(control.buffer);
    other.abort();
    expect(scanner.scan(path, 5000, control)).toBeUndefined();
  });

  test.skipIf(!fs.existsSync("/proc/version"))(
    "leaves a file that says it is empty and is not",
    () => {
      const scanner = new WholeFileScanner(hashJob, options, undefined);
      expect(scanner.scan("/proc/version", 5000, new FilesControl())).toEqual({
        left: undefined,
      });
    },
  );
});

describe("hashFiles()", () => {
  test("gives in order what hashFile() gives: small, large, empty, twice the same", async () => {
    const sizes = [
      10,
      20 * MIB,
      0,
      5 * MIB,
      1,
      17 * MIB + 3,
      1024,
      4 * MIB + 1,
    ];
    const paths = sizes.map((size, i) => make(`mixed-${i}`, size));
    paths.push(paths[1] ?? "", paths[0] ?? "");
    const algorithms = ["blake3", "sha1", "s3-etag"];
    const expected = [];
    for (const path of paths) {
      const { digests, byteLength, file } = await hashFile(path, {
        algorithms,
      });
      expected.push({ digests, byteLength, file });
    }
    const settings = [
      { workers: 1 },
      { workers: 2, inlineBytes: 0 },
      { workers: 5 },
      { workers: 2, inlineBytes: 100 * MIB },
    ];
    for (const setting of settings) {
      const outcomes = await collect(
        hashFiles(paths, { algorithms, ...setting }),
      );
      expect(outcomes.map(({ path }) => path)).toEqual(paths);
      expect(outcomes.map(({ result }) => result)).toMatchObject(expected);
    }
  });

  test("works with more files than are begun at once", async () => {
    const paths = makeMany(200, 33);
    const targets = Array.from(
      { length: 9000 },
      (_, i) => paths[(i * 7) % paths.length] ?? "",
    );
    const expected = new Map(paths.map((path) => [path, md5(path)]));
    let index = 0;
    for await (
      const { path, result } of hashFiles(targets, { algorithms: ["md5"] })
    ) {
      if (path !== targets[index]) throw new Error(`${index}: ${path}`);
      if (result?.digests["md5"] !== expected.get(targets[index] ?? "")) {
        throw new Error(`${index}: ${JSON.stringify(result)}`);
      }
      index++;
    }
    expect(index).toBe(targets.length);
  });

  test("starts no worker for a few small files, and several for many", async () => {
    const few = makeMany(3, 1000);
    const outcomes = await collect(hashFiles(few));
    expect(outcomes.map(({ result }) => result?.stats.workers)).toEqual([
      0,
      0,
      0,
    ]);
    const inWorkers = await collect(hashFiles(few, { inlineBytes: 0 }));
    expect(inWorkers.map(({ result }) => result?.stats.workers)).toEqual([
      1,
      1,
      1,
    ]);
  });

  test("gives each file a worker of its own where all digests are serial", async () => {
    const paths = [make("serial-1", 20 * MIB), make("serial-2", 18 * MIB)];
    const outcomes = await collect(
      hashFiles(paths, { algorithms: ["md5"], workers: 2 }),
    );
    expect(outcomes.map(({ result }) => result?.digests["md5"])).toEqual(
      paths.map(md5),
    );
    expect(outcomes.map(({ result }) => result?.stats.workers)).toEqual([1, 1]);
  });

  test("scans on the calling thread beside workers where that is asked for", async () => {
    const sizes = Array.from({ length: 60 }, (_, i) => (i * 37_919) % 700_000);
    const paths = sizes.map((size, i) => make(`beside-${i}`, size));
    // Too large for the calling thread: both workers are started for these.
    paths.push(
      make("beside-large-1", 5 * MIB),
      make("beside-large-2", 6 * MIB),
    );
    const expected = paths.map(md5);
    for (const workers of [1, 2, 3]) {
      const outcomes = await collect(
        hashFiles(paths, { algorithms: ["md5"], workers, callerScans: true }),
      );
      expect(outcomes.map(({ result }) => result?.digests["md5"]))
        .toEqual(expected);
      const inThreads = outcomes.map(({ result }) => result?.stats.workers);
      expect(inThreads[0]).toBe(0);
      expect(inThreads.slice(-2)).toEqual([1, 1]);
    }
  });

  test("obeys io and segmentBytes", async () => {
    const paths = makeMany(3, 200_000);
    const outcomes = await collect(
      hashFiles(paths, { io: "preload", segmentBytes: 65_536, workers: 1 }),
    );
    for (const { result } of outcomes) {
      expect(result?.stats).toMatchObject({
        io: "preload",
        segmentBytes: 65_536,
      });
    }
  });

  test("goes on behind files that fail, each with its error in its place", async () => {
    const good = make("good", 100);
    const targets = [good, join(folder, "gone"), folder, good, "nul\0byte"];
    for (const inlineBytes of [undefined, 0]) {
      const outcomes = await collect(hashFiles(targets, { inlineBytes }));
      const codes = outcomes.map(({ error }) =>
        error instanceof SabmapError ? error.code : error
      );
      expect(codes).toEqual([
        undefined,
        "ENOENT",
        "EISDIR",
        undefined,
        "ERR_FILE_NAME",
      ]);
      expect(outcomes[1]?.error).toMatchObject({
        name: "SabmapError",
        file: join(folder, "gone"),
      });
    }
  });

  test("takes paths, URLs, bytes, and requests with options of their own", async () => {
    const path = make("targets", 1000);
    const outcomes = await collect(hashFiles([
      pathToFileURL(path),
      new TextEncoder().encode(path),
      { path, algorithms: ["md5", "crc32"] },
      { path: pathToFileURL(path), algorithms: ["s3-etag"], partBytes: 100 },
      { path },
    ], { algorithms: ["sha1"] }));
    expect(outcomes.map(({ result }) => Object.keys(result?.digests ?? {})))
      .toEqual([["sha1"], ["sha1"], ["md5", "crc32"], ["s3-etag"], ["sha1"]]);
    expect(outcomes[3]?.result?.parts["s3-etag"]?.count).toBe(10);
  });

  test("takes targets as they come, and gives each outcome before it asks for more", async () => {
    const path = make("one-by-one", 10);
    let given = 0;
    async function* targets() {
      for (let i = 0; i < 20; i++) {
        // What was asked for before has come.
        expect(given).toBe(i);
        yield path;
        await new Promise<void>((resolve) => {
          const look = () => given > i ? resolve() : setImmediate(look);
          look();
        });
      }
    }
    for await (const { result } of hashFiles(targets())) {
      expect(result?.byteLength).toBe(10);
      given++;
    }
    expect(given).toBe(20);
  });

  test("begins no more than 4,096 files that nobody takes", async () => {
    const path = make("window", 10);
    let begun = 0;
    function* targets() {
      for (;;) {
        begun++;
        yield path;
      }
    }
    for await (const _ of hashFiles(targets())) {
      if (begun >= 4096) break;
    }
    expect(begun).toBeLessThan(4200);
  });

  test("nothing to do is done", async () => {
    expect(await collect(hashFiles([]))).toEqual([]);
  });

  test("refuses what is wrong before a file is opened", async () => {
    const wrong = (targets: unknown, options = {}) =>
      collect(hashFiles(targets as string[], options));
    await expect(wrong([], { algorithms: ["sha-256"] })).rejects.toThrow(
      RangeError,
    );
    await expect(wrong([], { partBytes: 0 })).rejects.toThrow(RangeError);
    await expect(wrong([], { workers: 0 })).rejects.toThrow(RangeError);
    await expect(wrong([], { io: "fast" })).rejects.toThrow(RangeError);
    await expect(wrong([3])).rejects.toThrow(TypeError);
    await expect(wrong("a path")).rejects.toThrow(TypeError);
    await expect(wrong(new Uint8Array(3))).rejects.toThrow(TypeError);
    await expect(wrong(undefined)).rejects.toThrow(TypeError);
    await expect(wrong([{ file: "a" }])).rejects.toThrow(TypeError);
    await expect(wrong([{ path: "a", algorithms: [] }])).rejects.toThrow(
      RangeError,
    );
    await expect(wrong([new URL("ftp://x/")])).rejects.toThrow(TypeError);
  });

  test("throws what the targets throw, behind nothing or something", async () => {
    const path = make("thrower", 10);
    async function* targets() {
      yield path;
      await Promise.resolve();
      throw new Error("no more");
    }
    await expect(collect(hashFiles(targets()))).rejects.toThrow("no more");
  });

  test("ends with the reason of its signal: before, meanwhile, in workers", async () => {
    const reason = new Error("stop");
    const paths = makeMany(50, 2000);
    await expect(
      collect(hashFiles(paths, { signal: AbortSignal.abort(reason) })),
    )
      .rejects.toBe(reason);
    for (const inlineBytes of [undefined, 0]) {
      const controller = new AbortController();
      const { signal } = controller;
      const work = async () => {
        for await (const _ of hashFiles(paths, { signal, inlineBytes })) {
          controller.abort(reason);
        }
      };
      await expect(work()).rejects.toBe(reason);
    }
    const large = [make("abort-1", 40 * MIB), make("abort-2", 40 * MIB)];
    for (const algorithms of [["md5"], ["blake3"]]) {
      const controller = new AbortController();
      const { signal } = controller;
      const onProgress = () => controller.abort(reason);
      const targets = Array.from({ length: 400 }, (_, i) => large[i % 2] ?? "");
      await expect(
        collect(hashFiles(targets, { signal, algorithms, onProgress })),
      ).rejects.toBe(reason);
    }
  });

  test("leaving the loop leaves an engine of the caller's of use", async () => {
    const paths = makeMany(300, 3000);
    const engine = new Engine();
    try {
      for (let round = 0; round < 3; round++) {
        for await (
          const { result } of hashFiles(paths, { engine, inlineBytes: 0 })
        ) {
          expect(result).toBeDefined();
          break;
        }
      }
      const path = make("after", 9 * MIB);
      const { digests } = await hashFile(path, { engine, algorithms: ["md5"] });
      expect(digests["md5"]).toBe(md5(path));
      const rest = await collect(
        hashFiles(paths, { engine, inlineBytes: 0, algorithms: ["md5"] }),
      );
      expect(rest.map(({ result }) => result?.digests["md5"])).toEqual(
        paths.map(md5),
      );
    } finally {
      await engine.close();
    }
  });

  test("files in a worker that dies have failed, the rest gets new workers", async () => {
    const paths = makeMany(600, 50_000);
    const engine = new Engine();
    const settings = { heapMebibytes: undefined, sandbox: undefined };
    const algorithms = ["md5"];
    let count = 0;
    try {
      for await (
        const { path, result, error } of hashFiles(paths, {
          engine,
          inlineBytes: 0,
          algorithms,
        })
      ) {
        if (count++ === 0) {
          const pool = await engine.pool(settings, engine.closing);
          pool.fail(new SabmapError("ERR_WORKER_CRASHED", "worker 0 died"));
        }
        if (error === undefined) {
          expect(result?.digests["md5"]).toBe(md5(String(path)));
        } else expect(error).toMatchObject({ code: "ERR_WORKER_CRASHED" });
        if (count === paths.length) expect(result).toBeDefined();
      }
    } finally {
      await engine.close();
    }
    expect(count).toBe(paths.length);
  });

  test("tells how far it is, up to the end", async () => {
    const paths = [make("progress", 20 * MIB), ...makeMany(20, 1000)];
    const seen: { filesDone: number; bytesDone: number }[] = [];
    await collect(hashFiles([...paths, join(folder, "gone")], {
      onProgress: (progress) => seen.push({ ...progress }),
    }));
    expect(seen.at(-1)).toMatchObject({
      filesDone: 22,
      bytesDone: 20 * MIB + 20_000,
    });
    const bytes = seen.map(({ bytesDone }) => bytesDone);
    expect(bytes).toEqual(bytes.toSorted((a, b) => a - b));
  });

  test("a file that grows or shrinks is an error of its own", () => {
    const path = make("changing", MIB + 100);
    const control = new FilesControl();
    const scanner = new WholeFileScanner(
      {
        ...hashJob,
        scan: (range, state) => {
          fs.appendFileSync(path, "x");
          return hashJob.scan(range, state);
        },
      },
      { algorithms: ["blake3"] },
      undefined,
    );
    expect(() => scanner.scan(path, 2 * MIB, control)).toThrow(
      expect.objectContaining({ code: "ERR_FILE_GREW", file: path }),
    );
    // Of a file that comes in one piece the read itself shows it.
    const growing = {
      name: "growing",
      start: () => fs.appendFileSync(path, "x"),
      update: () => {},
      end: () => {},
    };
    const short = new WholeFileScanner(
      { ...hashJob, lanes: () => [growing] },
      { algorithms: ["blake3"] },
      undefined,
    );
    make("changing", 100);
    expect(() => short.scan(path, 1000, control)).toThrow(
      expect.objectContaining({ code: "ERR_FILE_GREW", file: path }),
    );
    const shrinking = new WholeFileScanner(
      {
        ...hashJob,
        scan: (range, state) => {
          fs.truncateSync(path, MIB + 10);
          return hashJob.scan(range, state);
        },
      },
      { algorithms: ["blake3"] },
      undefined,
    );
    make("changing", 3 * MIB);
    expect(() => shrinking.scan(path, 10 * MIB, control)).toThrow(
      expect.objectContaining({ code: "ERR_FILE_SHRANK", file: path }),
    );
  });

  test.skipIf(!hasTool("mkfifo"))(
    "a FIFO that comes to no end holds up only what is behind it",
    async () => {
      await runShell("mkfifo endless", { cwd: folder });
      const paths = [
        make("front-1", 17 * MIB),
        make("front-2", 100),
        make("front-3", 18 * MIB),
        // As bytes it is known at once for one that all workers are to do.
        new TextEncoder().encode(join(folder, "endless")),
        make("behind", 100),
      ];
      const controller = new AbortController();
      const { signal } = controller;
      const taken: string[] = [];
      const work = async () => {
        for await (const { path } of hashFiles(paths, { signal })) {
          taken.push(String(path));
          if (taken.length === 3) controller.abort(new Error("enough"));
        }
      };
      await expect(work()).rejects.toThrow("enough");
      expect(taken).toEqual(paths.slice(0, 3));
      // Whoever leaves the loop need not wait for it either.
      for await (const { path } of hashFiles(paths)) {
        taken.push(String(path));
        if (taken.length === 6) break;
      }
      expect(taken.slice(3)).toEqual(paths.slice(0, 3));
    },
  );

  test.skipIf(!hasTool("mkfifo"))(
    "reads a FIFO once, among files",
    async () => {
      const fifo = join(folder, "fifo");
      await runShell("mkfifo fifo", { cwd: folder });
      const path = make("beside", 3000);
      const writing = runShell("cat beside > fifo", { cwd: folder });
      const outcomes = await collect(
        hashFiles([path, fifo, path], { algorithms: ["md5"] }),
      );
      await writing;
      expect(outcomes.map(({ result }) => result?.digests["md5"])).toEqual([
        md5(path),
        md5(path),
        md5(path),
      ]);
    },
  );
});
