/** What is computed is the same however it is computed, and what the real tools say. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  countFile,
  Engine,
  hashFile,
  type IoMode,
  profileFile,
  type ProfileResult,
  type RunOptions,
} from "../src/mod.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";
import { firstWord, hasTool } from "./tools.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const ALGORITHMS = ["blake3", "crc32", "md5", "sha1", "sha256", "sha512"];

let folder: string;
let engine: Engine;
beforeAll(() => {
  folder = temporaryFolder();
  engine = new Engine();
});
afterAll(async () => {
  await engine.close();
  removeFolder(folder);
});
afterEach(() => {
  delete process.env.SABMAP_BACKEND;
});

function file(byteLength: number): string {
  const path = join(folder, `${byteLength}`);
  if (!fs.existsSync(path)) {
    fs.writeFileSync(path, seededBytes(byteLength, byteLength));
  }
  return path;
}

/** All that can be said of a file, but how long it took. */
async function everything(path: string, options: RunOptions): Promise<unknown> {
  const { digests } = await hashFile(path, {
    ...options,
    algorithms: ALGORITHMS,
  });
  const { count } = await countFile(path, options);
  const { stats: _stats, ...profile }: ProfileResult = await profileFile(
    path,
    options,
  );
  return { digests, count, profile };
}

const MODES: IoMode[] = ["stream", "preload", "map"];

describe("the result does not depend on how it is computed", () => {
  const LENGTH = 7 * MIB + 12_345;
  let expected: unknown;
  beforeAll(async () => {
    process.env.SABMAP_BACKEND = "scalar";
    expected = await everything(file(LENGTH), {
      workers: 1,
      inlineBytes: Infinity,
    });
  });

  for (const backend of ["simd", "scalar"]) {
    for (const io of MODES) {
      for (const workers of [1, 2, 3, 8]) {
        test(`${backend}, ${io}, ${workers} workers`, async () => {
          process.env.SABMAP_BACKEND = backend;
          const options = { io, workers, engine, inlineBytes: 0 };
          expect(await everything(file(LENGTH), options)).toEqual(expected);
        });
      }
    }
  }

  for (
    const segmentBytes of [64 * KIB, 256 * KIB, 2 * MIB, 8 * MIB, 64 * MIB]
  ) {
    test(`segments of ${segmentBytes} bytes`, async () => {
      for (const io of MODES) {
        const options = {
          io,
          workers: 2,
          engine,
          segmentBytes,
          inlineBytes: 0,
        };
        expect(await everything(file(LENGTH), options)).toEqual(expected);
      }
    });
  }

  test("on the calling thread, in every mode", async () => {
    for (const io of MODES) {
      const options = { io, inlineBytes: Infinity };
      expect(await everything(file(LENGTH), options)).toEqual(expected);
    }
  });
});

const SEGMENT = 64 * KIB;
const LENGTHS = [
  0,
  1,
  63,
  64,
  65,
  1023,
  1024,
  1025,
  2048,
  2049,
  3 * KIB + 1,
  SEGMENT - 1,
  SEGMENT,
  SEGMENT + 1,
  SEGMENT + 1024,
  SEGMENT + 1025,
  2 * SEGMENT - 1,
  2 * SEGMENT,
  2 * SEGMENT + 1,
  3 * SEGMENT + 1,
  5 * SEGMENT,
  7 * SEGMENT - 1025,
  8 * SEGMENT,
  8 * SEGMENT + 1,
  1_000_003,
];

/** The real tools' word on each algorithm. */
const TOOLS: Record<string, (path: string) => string> = {
  blake3: (path) => firstWord("b3sum", "--no-names", path),
  md5: (path) => firstWord("md5sum", path),
  sha1: (path) => firstWord("sha1sum", path),
  sha256: (path) => firstWord("sha256sum", path),
  sha512: (path) => firstWord("sha512sum", path),
};

for (const [algorithm, command] of Object.entries(TOOLS)) {
  const tool = algorithm === "blake3" ? "b3sum" : `${algorithm}sum`;
  test.skipIf(!hasTool(tool))(
    `hashFile() ${algorithm} is what ${tool} says, one around every boundary`,
    async () => {
      for (const length of LENGTHS) {
        const path = file(length);
        const options = {
          algorithms: [algorithm],
          segmentBytes: SEGMENT,
          engine,
        };
        const expected = command(path);
        for (const inlineBytes of [0, Infinity]) {
          const { digests } = await hashFile(path, {
            ...options,
            workers: 3,
            inlineBytes,
          });
          expect(digests[algorithm], `${length} bytes`).toBe(expected);
        }
      }
    },
  );
}

test.skipIf(!hasTool("rhash"))(
  "hashFile() crc32 is what rhash says",
  async () => {
    for (const length of LENGTHS) {
      const path = file(length);
      const options = {
        algorithms: ["crc32"],
        segmentBytes: SEGMENT,
        workers: 3,
        inlineBytes: 0,
        engine,
      };
      const { digests } = await hashFile(path, options);
      expect(digests.crc32, `${length} bytes`).toBe(
        firstWord("rhash", "--crc32", "--simple", path).toLowerCase(),
      );
    }
  },
);

test("countFile() is what wc -l says, one around every boundary", async () => {
  for (const length of LENGTHS) {
    const path = file(length);
    for (const inlineBytes of [0, Infinity]) {
      const { count } = await countFile(path, {
        segmentBytes: SEGMENT,
        workers: 3,
        engine,
        inlineBytes,
      });
      expect(count, `${length} bytes`).toBe(
        Number(firstWord("wc", "-l", path)),
      );
    }
  }
});

test.skipIf(!hasTool("b3sum"))(
  "real files: the executables of this machine's runtimes",
  async () => {
    const paths = [
      "../node_modules/deno/deno",
      "../node_modules/bun/bin/bun.exe",
    ]
      .map((path) => new URL(path, import.meta.url).pathname)
      .filter((path) => fs.existsSync(path));
    for (const path of [...paths, process.execPath]) {
      const options = { workers: 2, engine };
      const { digests } = await hashFile(path, {
        ...options,
        algorithms: ["blake3", "sha256", "md5"],
      });
      expect(digests.blake3).toBe(firstWord("b3sum", "--no-names", path));
      expect(digests.sha256).toBe(firstWord("sha256sum", path));
      expect(digests.md5).toBe(firstWord("md5sum", path));
      expect((await countFile(path, options)).count).toBe(
        Number(firstWord("wc", "-l", path)),
      );
    }
  },
);

test("hashFile() reads a sparse file of more than 4 GiB whole, in every mode", async () => {
  const path = join(folder, "sparse");
  const length = 4 * 1024 * MIB + 70_001;
  const fd = fs.openSync(path, "w");
  // Marks on both sides of 4 GiB and at the end: offsets that wrap would move them.
  const marks: [number, number][] = [[5, 1], [2 ** 32 - 1, 2], [2 ** 32, 3], [
    length - 1,
    4,
  ]];
  for (const [at, byte] of marks) {
    fs.writeSync(fd, new Uint8Array([byte]), 0, 1, at);
  }
  fs.closeSync(fd);
  const sums: string[] = [];
  for (const io of MODES) {
    const { digests, byteLength } = await hashFile(path, {
      algorithms: ["crc32"],
      io,
      workers: 2,
    });
    expect(byteLength).toBe(length);
    sums.push(digests.crc32 ?? "");
  }
  // That is what rhash 1.4.3 says, which takes longer than all modes together.
  expect(new Set(sums)).toEqual(new Set(["7f52b490"]));
  fs.rmSync(path);
});

test("hashFile() of nothing are the digests of nothing", async () => {
  const { digests, byteLength } = await hashFile(file(0), {
    algorithms: ALGORITHMS,
  });
  expect(byteLength).toBe(0);
  expect(digests.sha256).toBe(createHash("sha256").digest("hex"));
  expect(digests.blake3).toBe(
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
  );
  expect(digests.crc32).toBe("00000000");
});
