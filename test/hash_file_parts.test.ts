/** Digests of parts of real files: the same in every mode, and the same as Python makes them. */
import { execFileSync, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Engine } from "../src/engine.ts";
import { hashFile, type HashOptions } from "../src/operations.ts";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import * as oracle from "./parts_oracle.ts";
import { firstWord, hasTool } from "./tools.ts";
import { rounds } from "./effort.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SEED = 20261121;
const PYTHON = fileURLToPath(fixture("fixtures/part_digests.py"));
const files = temporaryFiles();
const bytes = seededBytes(6 * MIB + 54_321, SEED);

const S3 = Object.keys(oracle.S3_HASHES);
const PARTED = [...S3, "glacier", "dropbox", "btv2"];

function expected(
  bytes: Uint8Array,
  partBytes: number,
): Record<string, string> {
  return {
    ...Object.fromEntries(
      S3.map((name) => [name, oracle.s3(name, bytes, partBytes)]),
    ),
    glacier: oracle.glacier(bytes),
    dropbox: oracle.dropbox(bytes),
    btv2: oracle.btv2(bytes, MIB).root,
  };
}

async function digests(path: string, options: HashOptions) {
  const result = await hashFile(path, { inlineBytes: 0, ...options });
  return result.digests;
}

describe("hashFile() gives digests of parts", () => {
  it("whatever the mode, workers and what is computed beside them", async () => {
    const path = files.make(bytes);
    const engine = new Engine();
    const sizes = [1_000_003, 3 * MIB, 100_000_000];
    for (const partBytes of sizes) {
      const want = expected(bytes, partBytes);
      for (const io of ["stream", "map", "preload"] as const) {
        for (const workers of [1, 3]) {
          for (const beside of [[], ["sha256"], ["crc32", "blake3"]]) {
            const run = { engine, io, workers, partBytes };
            const algorithms = [...beside, ...PARTED];
            const found = await digests(path, { ...run, algorithms });
            expect(found).toMatchObject(want);
          }
        }
      }
    }
    await engine.close();
  });

  it("alone, at any length of parts and segments", async () => {
    const path = files.make(bytes.subarray(0, 3_000_000));
    const whole = bytes.subarray(0, 3_000_000);
    const engine = new Engine();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("s3-etag", "s3-sha256", "s3-crc32c"),
        fc.oneof(
          fc.integer({ min: 3000, max: 3_100_000 }),
          fc.integer({ min: 1, max: 50 }).map((n) => n * 64 * KIB),
        ),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(64 * KIB, 256 * KIB, MIB),
        fc.constantFrom("stream", "map", "preload"),
        async (name, partBytes, workers, segmentBytes, io) => {
          const run = { engine, io, workers, segmentBytes, partBytes } as const;
          const found = await digests(path, { ...run, algorithms: [name] });
          expect(found[name]).toBe(oracle.s3(name, whole, partBytes));
        },
      ),
      { numRuns: rounds(25), seed: SEED },
    );
    await engine.close();
  });

  it("of parts as short as a byte", async () => {
    const short = bytes.subarray(0, 70_001);
    const path = files.make(short);
    for (const partBytes of [1, 2, 7]) {
      const want = oracle.s3("s3-sha1", short, partBytes);
      for (const beside of [[], ["md5"]]) {
        const algorithms = [...beside, "s3-sha1"];
        const run = {
          algorithms,
          partBytes,
          workers: 2,
          segmentBytes: 64 * KIB,
        };
        expect((await digests(path, run))["s3-sha1"]).toBe(want);
      }
    }
  });

  it("of files of any length on the calling thread", async () => {
    for (const length of [0, 1, 16 * KIB, MIB, MIB + 1, 2 * MIB + 17]) {
      const part = bytes.subarray(0, length);
      const { digests, stats } = await hashFile(files.make(part), {
        algorithms: PARTED,
        partBytes: 70_000,
      });
      expect(digests).toEqual(expected(part, 70_000));
      expect(stats.workers).toBe(0);
    }
  });

  it("of a stream", async () => {
    for (const length of [0, 1_000_000, 5 * MIB, bytes.length]) {
      const part = bytes.subarray(0, length);
      const source = files.make(part);
      const path = join(files.folder, `pipe-${length}`);
      execFileSync("mkfifo", [path]);
      const writer = spawn("sh", ["-c", `cat "${source}" > "${path}"`]);
      const algorithms = ["md5", ...PARTED];
      const run = { algorithms, partBytes: 1_234_567, workers: 2 };
      expect(await digests(path, run)).toMatchObject(expected(part, 1_234_567));
      writer.kill();
    }
  });

  it("and the piece layer of a torrent", async () => {
    const path = files.make(bytes);
    for (const pieceBytes of [16 * KIB, 128 * KIB, 4 * MIB, 16 * MIB]) {
      const { pieceLayer } = await hashFile(path, {
        algorithms: ["sha1", "btv2"],
        pieceBytes,
        workers: 2,
      });
      expect(oracle.hex(pieceLayer!)).toBe(
        oracle.btv2(bytes, pieceBytes).layer,
      );
    }
  });
});

describe.skipIf(!hasTool("python3"))("hashFile() agrees with Python", () => {
  const python = (...args: (string | number)[]) =>
    firstWord("python3", PYTHON, ...args.map(String));

  it.each([0, 1, 5 * MIB, 6 * MIB + 54_321])(
    "about a file of %i bytes",
    async (length) => {
      const path = files.make(bytes.subarray(0, length));
      const names = ["s3-etag", "s3-sha1", "s3-sha256", "s3-crc32"];
      const partBytes = 1_000_001;
      const algorithms = [...names, "glacier", "dropbox"];
      const found = await digests(path, { algorithms, partBytes, workers: 2 });
      for (const name of algorithms) {
        expect([name, found[name]]).toEqual([
          name,
          python(name, path, partBytes),
        ]);
      }
    },
  );

  it("about torrents", async () => {
    const path = files.make(bytes);
    const pieceBytes = 256 * KIB;
    const { digests, pieceLayer } = await hashFile(path, {
      algorithms: ["btv2"],
      pieceBytes,
      workers: 2,
    });
    expect(digests["btv2"]).toBe(python("btv2", path));
    expect(oracle.hex(oracle.native("sha256")(pieceLayer!))).toBe(
      python("btv2-layer", path, pieceBytes),
    );
  });
});
