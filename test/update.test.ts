/** Jobs that change their file, through processFile(): what is in the file, and what is told of it. */
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../src/engine.ts";
import { processFile, type ProcessOptions } from "../src/operations.ts";
import type { Durability } from "../src/patch_file.ts";
import { patchFile, undoPatch } from "../src/patch_file.ts";
import { withSession } from "../src/patch/session.ts";
import { rounds } from "./effort.ts";
import { changeBytes } from "./fixtures/jobs/change_bytes.mjs";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import {
  changed,
  type ChangeOptions,
  differences,
  FILE_KINDS,
} from "./update_oracle.ts";

const files = temporaryFiles();
const change = fixture("fixtures/jobs/change.mjs");
const meddle = fixture("fixtures/jobs/meddle.mjs");
const DURABILITIES: readonly Durability[] = ["journal", "copy", "none"];

let engine: Engine;
beforeAll(() => {
  engine = new Engine();
});
afterAll(() => engine.close());

/** What stands beside a file and is ours. */
function beside(path: string): string[] {
  return fs.readdirSync(dirname(path))
    .filter((name) => name.startsWith(`.${basename(path)}.sabmap`))
    .map((name) => name.slice(basename(path).length + 2));
}

async function runChange(
  path: string,
  options: ChangeOptions,
  run: ProcessOptions<ChangeOptions> = {},
) {
  return await processFile<number, ChangeOptions>(path, change, {
    workers: 2,
    engine,
    ...run,
    options,
  });
}

/** The error of a call that fails. */
async function failure(
  promise: Promise<unknown>,
): Promise<Error & { code?: string }> {
  return await promise.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as Error,
  );
}

describe("jobs with access: update", () => {
  test("change what a naive model changes, however they are run", async () => {
    const random = fc.integer({ min: 1, max: 2 ** 31 - 2 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FILE_KINDS),
        fc.tuple(fc.integer({ min: 0, max: 300_000 }), random),
        fc.constantFrom(1, 3, 97, 20_011, 2 ** 31),
        fc.record({
          durability: fc.constantFrom("auto", ...DURABILITIES),
          io: fc.constantFrom("auto", "map", "preload", "stream"),
          segmentBytes: fc.constantFrom(65_536, 131_072, undefined),
          workers: fc.integer({ min: 1, max: 3 }),
        }),
        async (kind, [byteLength, seed], every, run) => {
          const before = kind.make(byteLength, generator(seed));
          const path = files.make(before);
          const after = changed(before, kind, every);
          const { update } = await runChange(
            path,
            { ...kind.options, every },
            run,
          );
          expect(fs.readFileSync(path).equals(after)).toBe(true);
          const count = update?.bytesChanged;
          expect(count).toBe(
            run.durability === "none" ? undefined : differences(before, after),
          );
          if (run.durability !== "auto") {
            expect(update?.durability).toBe(run.durability);
          }
          expect(beside(path)).toEqual([]);
          fs.rmSync(path);
        },
      ),
      { numRuns: rounds(45) },
    );
  });

  test.each(DURABILITIES)("%s: tell what they did", async (durability) => {
    const path = files.make(new Uint8Array(200_000).fill(1));
    const options = { every: 10_007 };
    const { update, result } = await runChange(path, options, { durability });
    const after = changed(
      new Uint8Array(200_000).fill(1),
      FILE_KINDS[0]!,
      10_007,
    );
    const count = differences(new Uint8Array(200_000).fill(1), after);
    expect(result).toBe(200_000);
    expect(update).toEqual({
      durability,
      dryRun: false,
      edits: durability === "journal" ? count : undefined,
      bytesChanged: durability === "none" ? undefined : count,
      recovered: "none",
      shown: [],
      undoKept: false,
    });
  });

  test("a dry run shows what would change, and changes nothing", async () => {
    const before = seededBytes(150_000, 1);
    const path = files.make(before);
    const options = { every: 1009 };
    const { update } = await runChange(path, options, {
      dryRun: true,
      shown: 3,
    });
    const after = changed(before, FILE_KINDS[0]!, 1009);
    expect(update?.bytesChanged).toBe(differences(before, after));
    expect(update?.edits).toBeGreaterThan(3);
    expect(update).toMatchObject({ dryRun: true, durability: "journal" });
    expect(update?.shown).toHaveLength(3);
    for (const { offset, old, new: next } of update?.shown ?? []) {
      expect(before.subarray(offset, offset + old.length)).toEqual(old);
      expect(after.subarray(offset, offset + next.length)).toEqual(next);
    }
    expect(fs.readFileSync(path).equals(before)).toBe(true);
    expect(beside(path)).toEqual([]);
  });

  test.each(["journal", "copy"] as const)(
    "%s: undoPatch() takes back what was kept",
    async (durability) => {
      const before = seededBytes(150_000, 2);
      const path = files.make(before);
      const run = { durability, keepUndo: true };
      const { update } = await runChange(path, { every: 1009 }, run);
      expect(update?.undoKept).toBe(true);
      expect(fs.readFileSync(path).equals(before)).toBe(false);
      expect(beside(path)).toEqual(["sabmap-undo"]);
      await undoPatch(path);
      expect(fs.readFileSync(path).equals(before)).toBe(true);
    },
  );

  test("auto takes a copy where most pages change, unless it breaks links", async () => {
    const before = seededBytes(1_100_000, 3);
    const path = files.make(before);
    const many = await runChange(path, { every: 1009 });
    expect(many.update?.durability).toBe("copy");
    const few = await runChange(path, { every: 100_003 });
    expect(few.update?.durability).toBe("journal");
    fs.linkSync(path, `${path}.link`);
    const linked = await runChange(path, { every: 1009 });
    expect(linked.update?.durability).toBe("journal");
    expect(fs.readFileSync(`${path}.link`).equals(fs.readFileSync(path)))
      .toBe(true);
    const refused = await failure(
      runChange(path, { every: 1009 }, { durability: "copy" }),
    );
    expect(refused.code).toBe("ERR_COPY_REFUSED");
    const broken = await runChange(path, { every: 1009 }, { breakLinks: true });
    expect(broken.update?.durability).toBe("copy");
    expect(beside(path)).toEqual([]);
  });

  test("keep their file's permissions, and touch none that they do not change", async () => {
    const path = files.make(seededBytes(100_000, 4));
    fs.chmodSync(path, 0o640);
    await runChange(path, { every: 97 }, { durability: "copy" });
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
    const before = fs.statSync(path);
    for (const durability of DURABILITIES) {
      await runChange(path, { every: 2 ** 31 }, { durability });
    }
    // Offset 0 is the one that every job changes.
    expect(fs.statSync(path).size).toBe(before.size);
  });
});

test("none: few changes of a large file go through a mapping, which ends with the run", async () => {
  const byteLength = 65 * 1024 ** 2 + 5, stride = 300_000;
  const path = files.make(new Uint8Array(byteLength));
  const stamp = fixture("fixtures/jobs/stamp.mjs");
  const run = { durability: "none", workers: 2, engine } as const;
  // On Deno, threads that may open no files are fed, and map nothing.
  const permissions = "all";
  await processFile(path, stamp, {
    ...run,
    permissions,
    options: { stride, byte: 9 },
  });
  // What the next run reads comes into the same memory.
  const other = files.make(new Uint8Array(3 * 1024 ** 2).fill(1));
  await processFile(other, stamp, {
    ...run,
    permissions,
    options: { stride, byte: 7 },
  });
  const expected = new Uint8Array(byteLength);
  for (let at = 0; at < byteLength; at += stride) {
    expected.fill(9, at, at + 4);
  }
  expect(fs.readFileSync(path).equals(expected)).toBe(true);
  fs.rmSync(path);
});

test("none: few changes of a large file of length-prefixed records are all there, and nothing else", async () => {
  // Its segments go round in slots that all threads fill.
  const recordBytes = 60_000, count = 1_200;
  const before = new Uint8Array(count * recordBytes);
  const headers = new DataView(before.buffer);
  for (let i = 0; i < count; i++) {
    headers.setUint32(i * recordBytes, recordBytes - 4, true);
    before.fill(i, i * recordBytes + 4, (i + 1) * recordBytes);
  }
  const path = files.make(before);
  const options = {
    framing: {
      kind: "lengthPrefixed",
      parameters: [{ header: "<I", length: 0 }],
    },
    headerBytes: 4,
    every: 1_000_003,
    letters: false,
  } as const;
  for (let run = 0; run < 3; run++) {
    await runChange(path, options, {
      durability: "none",
      permissions: "all",
      workers: 3,
    });
    for (let i = 0; i < count; i++) {
      const start = i * recordBytes;
      const record = before.subarray(start + 4, start + recordBytes);
      changeBytes(record, start, options);
    }
    expect(fs.readFileSync(path).equals(before)).toBe(true);
  }
});

describe("none: a large file most of whose pages change", () => {
  const byteLength = 66 * 1024 ** 2 + 4099;
  const job = fixture("fixtures/jobs/grow_data.mjs");

  test.each(["auto", "map", "stream"] as const)(
    "is changed everywhere, once, with --io %s",
    async (io) => {
      const before = new Uint8Array(byteLength).fill(3);
      const path = files.make(before);
      // On Deno, threads that may open no files are fed.
      for (const permissions of ["all", undefined] as const) {
        for (const workers of [1, 2]) {
          const { result } = await processFile<number>(path, job, {
            durability: "none",
            engine,
            io,
            workers,
            ...(permissions === undefined ? {} : { permissions }),
          });
          expect(result).toBe(Math.ceil(byteLength / 4096));
          for (let i = 0; i < byteLength; i += 4096) before[i]! += 1;
          expect(fs.readFileSync(path).equals(before)).toBe(true);
        }
      }
      fs.rmSync(path);
    },
  );

  // It fills holes of a mapping that are loaded from.
  test.skipIf(!fs.existsSync("/dev/shm"))(
    "keeps its holes on a tmpfs",
    async () => {
      const folder = fs.mkdtempSync("/dev/shm/sabmap-holes-");
      try {
        const path = join(folder, "data");
        fs.writeFileSync(path, new Uint8Array(4096).fill(3));
        fs.truncateSync(path, byteLength);
        const { result } = await processFile<number>(path, job, {
          durability: "none",
          engine,
          workers: 2,
          permissions: "all",
        });
        expect(result).toBe(1);
        expect(fs.readFileSync(path)[0]).toBe(4);
        expect(fs.statSync(path).blocks * 512).toBe(4096);
      } finally {
        fs.rmSync(folder, { recursive: true });
      }
    },
  );

  test.each(["auto", "map"] as const)(
    "keeps its holes with --io %s",
    async (io) => {
      const data = new Uint8Array(8 * 1024 ** 2).fill(3);
      const path = files.make(data);
      fs.truncateSync(path, byteLength);
      const { result } = await processFile<number>(path, job, {
        durability: "none",
        engine,
        io,
        workers: 2,
        permissions: "all",
      });
      expect(result).toBe(data.byteLength / 4096);
      const occupied = fs.statSync(path).blocks * 512;
      expect(occupied).toBeLessThan(2 * data.byteLength);
      fs.rmSync(path);
    },
  );
});

test("options may have cells that all workers share", async () => {
  const count = 200;
  const path = files.make(new Uint8Array(count * 4096));
  const cells = new Int32Array(new SharedArrayBuffer(4));
  await processFile(path, fixture("fixtures/jobs/shared_cells.mjs"), {
    options: { cells },
    workers: 3,
    segmentBytes: 65_536,
    durability: "none",
  });
  expect(cells[0]).toBe(count);
  const after = fs.readFileSync(path);
  const numbers = Array.from(
    { length: count },
    (_, i) => after.readUInt16LE(i * 4096),
  );
  expect(numbers.toSorted((a, b) => a - b))
    .toEqual(numbers.map((_, i) => i + 1));
});

describe("failures of jobs with access: update", () => {
  test.each(["auto", "journal", "copy"] as const)(
    "%s: an error of the job leaves the file as it was",
    async (durability) => {
      const before = seededBytes(320_000, 5);
      const path = files.make(before);
      const framing = { kind: "fixed", parameters: [32] } as const;
      const options = { framing, every: 3, failAt: 200_000 };
      const error = await failure(runChange(path, options, { durability }));
      expect(error.message).toBe("job failed");
      expect(fs.readFileSync(path).equals(before)).toBe(true);
      expect(beside(path)).toEqual([]);
    },
  );

  test("none: an error of the job is told with what it means", async () => {
    const path = files.make(seededBytes(320_000, 5));
    const framing = { kind: "fixed", parameters: [32] } as const;
    const notes: string[] = [];
    const error = await failure(
      runChange(path, { framing, every: 3, failAt: 200_000 }, {
        durability: "none",
        onNote: (note) => notes.push(note),
      }),
    );
    expect(error.message).toBe("job failed");
    expect(notes).toEqual([
      `${path} may be changed in part, as its durability was none`,
    ]);
  });

  test("an abort leaves no trace, and says so where it may have left one", async () => {
    const before = seededBytes(3 * 1024 ** 2, 6);
    for (const durability of DURABILITIES) {
      const path = files.make(before);
      const controller = new AbortController();
      const run = runChange(path, { every: 3 }, {
        durability,
        signal: controller.signal,
        segmentBytes: 65_536,
        onProgress: () => controller.abort(new Error("enough")),
      });
      const ended = await run.then(() => undefined, (error: Error) => error);
      if (durability === "none") {
        // All may have been scanned by then.
        if (ended !== undefined) {
          expect(ended).toMatchObject({ code: "ERR_ABORTED" });
        }
        continue;
      }
      expect(ended?.message).toBe("enough");
      expect(fs.readFileSync(path).equals(before)).toBe(true);
      expect(beside(path)).toEqual([]);
    }
  });

  test("a file that is changed meanwhile is a conflict, and stays as it is", async () => {
    for (
      const [how, durability] of [
        ["write", "journal"],
        ["append", "journal"],
        ["replace", "copy"],
        ["append", "none"],
      ] as const
    ) {
      const before = new Uint8Array(100_000);
      const path = files.make(before);
      const error = await failure(
        processFile(path, meddle, {
          options: { path, how },
          durability,
          permissions: "all",
          workers: 1,
        }),
      );
      expect(error.code, how).toBe("ERR_CONFLICT");
      if (durability !== "none") expect(fs.readFileSync(path)[0]).toBe(0);
      expect(beside(path)).toEqual([]);
    }
  });

  test("none: a file that is cut off is not made longer again", async () => {
    const path = files.make(new Uint8Array(100_000));
    const error = await failure(
      processFile(path, meddle, {
        options: { path, how: "cut" },
        durability: "none",
        io: "stream",
        permissions: "all",
        workers: 1,
        segmentBytes: 128 * 1024,
      }),
    );
    expect(error.code).toBe("ERR_FILE_SHRANK");
    expect(fs.statSync(path).size).toBe(10);
  });

  test("a locked file is not changed; updates with none share it", async () => {
    const path = files.make(seededBytes(1000, 7));
    const run = (durability: Durability) =>
      runChange(path, { every: 3 }, { durability });
    await withSession(path, "write", {}, async () => {
      for (const durability of DURABILITIES) {
        expect((await failure(run(durability))).code).toBe("ERR_LOCKED");
      }
    });
    await withSession(path, "share", {}, async () => {
      expect((await failure(run("journal"))).code).toBe("ERR_LOCKED");
      expect((await run("none")).update?.durability).toBe("none");
    });
  });

  test.each(["journal", "none"] as const)(
    "%s: what an earlier patch has left is finished first",
    async (durability) => {
      const before = new Uint8Array(5000);
      const path = files.make(before);
      await patchFile(path, {
        edits: [{ offset: 4000, bytes: Uint8Array.of(9, 9) }],
        keepUndo: true,
      });
      // As a crash right before the first byte was changed leaves it.
      fs.writeFileSync(path, before);
      const folder = dirname(path), name = `.${basename(path)}.sabmap`;
      fs.renameSync(
        `${folder}/${name}-undo`,
        `${folder}/${name}-journal`,
      );
      const notes: string[] = [];
      const { update } = await runChange(path, { every: 4999 }, {
        durability,
        onNote: (note) => notes.push(note),
      });
      expect(update?.recovered).toBe("redone");
      expect(notes.join()).toContain("it was redone first");
      before.set([9, 9], 4000);
      const after = changed(before, FILE_KINDS[0]!, 4999);
      expect(fs.readFileSync(path).equals(after)).toBe(true);
      expect(beside(path)).toEqual(["sabmap-undo"]);
    },
  );

  test("wrong calls are refused before anything is opened", async () => {
    const path = files.make("x");
    const options = { every: 3 };
    const wrong = (run: object) => failure(runChange(path, options, run));
    expect((await wrong({ durability: "all" })).message).toMatch(
      /"durability" must be auto, journal, copy or none: received "all"/,
    );
    expect((await wrong({ durability: "none", keepUndo: true })).message)
      .toMatch(/its durability must be journal or copy/);
    const stream = await failure(runChange("-", options, {}));
    expect(stream.message).toMatch(/standard input cannot be changed/);
    const reader = fixture("fixtures/jobs/options.mjs");
    const read = await failure(
      processFile(path, reader, { durability: "journal", engine }),
    );
    expect(read).toBeInstanceOf(TypeError);
    expect(read.message).toMatch(/its access must be "update" for that/);
    const folder = await failure(runChange(dirname(path), options));
    expect(folder.code).toBe("EISDIR");
  });
});

/** Numbers from 0 to 1, the same for a seed. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
