import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generateBlocks, generateFile } from "../src/generate/generate.ts";
import { GENERATE_KINDS, type GenerateKind } from "../src/generate/kinds.ts";
import { STATIONS } from "../src/generate/stations.ts";
import { run } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

const MEBIBYTE = 1 << 20;

function generated(
  kind: GenerateKind,
  byteLength: number,
  seed?: number,
): Buffer {
  const blocks: Buffer[] = [];
  for (const block of generateBlocks(kind, { byteLength, seed })) {
    blocks.push(Buffer.from(block));
  }
  return Buffer.concat(blocks);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

describe("generateBlocks()", () => {
  // What these digests are was settled by the first run. That they are the same on every runtime
  // and machine is the point.
  test.each<[GenerateKind, string]>([
    [
      "random",
      "2657677359aeabfd398efe9e4dc7b1d765715f16f99f5dcc5f4ccef973a3d68b",
    ],
    [
      "lines",
      "47a140dce687e13e01fcdc82d448fc56c8c77cec3bfebd8c7d52694145796427",
    ],
    [
      "measurements",
      "fd5960d85f5dd5d4683fb75b06a59897e1910955805019149217ce64a7709b8d",
    ],
    [
      "records",
      "cf7136d7ba27723177781476dfa57430cc66b6362ca6939a7c9b0caa2b966f82",
    ],
  ])("%s: is the same everywhere", (kind, digest) => {
    expect(sha256(generated(kind, 3 * MEBIBYTE + 12_345, 2 ** 40 + 7))).toBe(
      digest,
    );
  });

  test.each(GENERATE_KINDS)(
    "%s: a smaller file is the beginning of a larger one",
    (kind) => {
      const large = generated(kind, 2 * MEBIBYTE + 999);
      for (
        const byteLength of [
          0,
          1,
          31,
          32,
          33,
          MEBIBYTE - 1,
          MEBIBYTE,
          MEBIBYTE + 1,
          2 * MEBIBYTE,
        ]
      ) {
        const small = generated(kind, byteLength);
        const same = kind === "lines"
          ? Math.max(0, small.byteLength - 1)
          : small.byteLength;
        expect(
          small.subarray(0, same).equals(large.subarray(0, same)),
          `${byteLength} bytes`,
        ).toBe(true);
      }
    },
  );

  test.each(GENERATE_KINDS)("%s: another seed makes other bytes", (kind) => {
    const digests = [0, 1, 2, 2 ** 32, 2 ** 32 + 1].map((seed) =>
      sha256(generated(kind, 4096, seed))
    );
    expect(new Set(digests).size).toBe(digests.length);
    expect(sha256(generated(kind, 4096))).toBe(digests[1]);
  });

  test("random: is sfc32, word by word", () => {
    const mask = 0xffff_ffffn;
    const seed = 2n ** 45n + 99n;
    let [a, b, c, counter] = [seed & mask, seed >> 32n, 0n, 1n];
    const next = (): number => {
      const word = (a + b + counter++) & mask;
      a = b ^ (b >> 9n);
      b = (c + (c << 3n)) & mask;
      c = ((((c << 21n) | (c >> 11n)) & mask) + word) & mask;
      return Number(word);
    };
    for (let i = 0; i < 16; i++) next();
    const bytes = generated("random", 4000, Number(seed));
    for (let at = 0; at < 4000; at += 4) {
      expect(bytes.readUInt32LE(at)).toBe(next());
    }
  });

  test("lines: are words and single spaces, and end with a newline", () => {
    const text = generated("lines", 100_000).toString("latin1");
    expect(text.length).toBe(100_000);
    expect(text.endsWith("\n")).toBe(true);
    const lines = text.slice(0, -1).split("\n");
    // The last line is cut.
    for (const line of lines.slice(0, -1)) {
      expect(line).toMatch(/^([a-z]{1,7}( [a-z]{1,7}){0,14})?$/);
    }
    const counts = new Set(
      lines.slice(0, -1).map((line) =>
        line === "" ? 0 : line.split(" ").length
      ),
    );
    expect(counts.size).toBe(16);
    expect(new Set(text.split(/\s+/)).size).toBeGreaterThanOrEqual(64);
  });

  test("measurements: are whole lines of the challenge's stations", () => {
    const byteLength = 8_000_000;
    const bytes = generated("measurements", byteLength);
    expect(bytes.byteLength).toBeLessThanOrEqual(byteLength);
    expect(byteLength - bytes.byteLength).toBeLessThan(40);
    const values = new Map<string, number[]>(
      STATIONS.map(({ name }) => [name, []]),
    );
    const strange: string[] = [];
    for (const line of bytes.toString().slice(0, -1).split("\n")) {
      const [, name = "", number = ""] =
        /^([^;]{1,100});(-?\d{1,2}\.\d)$/.exec(line) ?? [];
      const list = values.get(name);
      if (list === undefined) strange.push(line);
      else list.push(Number(number));
    }
    expect(strange).toEqual([]);
    for (const { name, mean } of STATIONS) {
      const list = values.get(name) ?? [];
      const average = list.reduce((sum, value) => sum + value, 0) / list.length;
      const variance = list.reduce((sum, value) =>
        sum + (value - average) ** 2, 0) / list.length;
      // About 1,400 values each: the mean's own deviation is 0.27, that of the deviation 0.19.
      expect(Math.abs(average - mean), name).toBeLessThan(1.5);
      expect(Math.abs(Math.sqrt(variance) - 10), name).toBeLessThan(1);
    }
  });

  test("records: are <IIdQ8x", () => {
    const count = 40_000;
    const bytes = generated("records", count * 32 + 31);
    expect(bytes.byteLength).toBe(count * 32);
    const kinds = new Set<number>();
    let time = 1_700_000_000_000_000_000n;
    let wrong = 0;
    for (let i = 0; i < count; i++) {
      const record = bytes.subarray(i * 32, (i + 1) * 32);
      kinds.add(record.readUInt32LE(4));
      const step = record.readBigUInt64LE(16) - time;
      time += step;
      const isRight = record.readUInt32LE(0) === i &&
        Math.abs(record.readDoubleLE(8)) <= 1000 &&
        step >= 0n && step < 2n ** 20n && record.readBigUInt64LE(24) === 0n;
      if (!isRight) wrong++;
    }
    expect(wrong).toBe(0);
    expect([...kinds].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 }, (_, i) => i),
    );
    // 40,000 steps of 2**19 on average carry over 2**32 some five times.
    expect(time - 1_700_000_000_000_000_000n).toBeGreaterThan(2n ** 33n);
  });

  test("refuses what is out of range", () => {
    expect(() => generateBlocks("randm" as GenerateKind, { byteLength: 1 }))
      .toThrow(
        /one of random, lines, measurements, records: received "randm"/,
      );
    expect(() =>
      generateBlocks("constructor" as GenerateKind, { byteLength: 1 })
    ).toThrow(RangeError);
    for (const byteLength of [-1, 0.5, NaN, 2 ** 53]) {
      expect(() => generateBlocks("random", { byteLength })).toThrow(
        /size.*received/,
      );
    }
    expect(() => generateBlocks("random", { byteLength: 1, seed: -1 })).toThrow(
      /seed.*received -1/,
    );
  });
});

describe("generateFile()", () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterAll(() => removeFolder(folder));

  function emptyFolder(): string {
    return fs.mkdtempSync(join(folder, "case-"));
  }

  test.each(GENERATE_KINDS)(
    "%s: writes what generateBlocks() makes",
    async (kind) => {
      const path = join(emptyFolder(), "file");
      const byteLength = MEBIBYTE + 77;
      const result = await generateFile(path, kind, { byteLength, seed: 5 });
      const expected = generated(kind, byteLength, 5);
      expect(fs.readFileSync(path).equals(expected)).toBe(true);
      expect(result).toMatchObject({
        file: path,
        kind,
        seed: 5,
        byteLength: expected.byteLength,
      });
    },
  );

  test("replaces a file, keeps its permissions, and leaves nothing else", async () => {
    const here = emptyFolder();
    const path = join(here, "file");
    fs.writeFileSync(path, "old");
    fs.chmodSync(path, 0o640);
    await generateFile(path, "lines", { byteLength: 100 });
    expect(fs.statSync(path).size).toBe(100);
    expect(fs.statSync(path).mode & 0o777).toBe(0o640);
    expect(fs.readdirSync(here)).toEqual(["file"]);
  });

  test("follows a symbolic link", async () => {
    const here = emptyFolder();
    fs.writeFileSync(join(here, "target"), "old");
    fs.symlinkSync("target", join(here, "link"));
    await generateFile(join(here, "link"), "random", { byteLength: 10 });
    expect(fs.readlinkSync(join(here, "link"))).toBe("target");
    expect(fs.statSync(join(here, "target")).size).toBe(10);
    expect(fs.readdirSync(here).sort()).toEqual(["link", "target"]);
  });

  test("leaves the old file, and no other, when it is aborted", async () => {
    const here = emptyFolder();
    const path = join(here, "file");
    fs.writeFileSync(path, "old");
    const controller = new AbortController();
    const reason = new Error("enough");
    const work = generateFile(path, "random", {
      byteLength: 2 ** 40,
      signal: controller.signal,
      onProgress: ({ bytesDone }) => {
        if (bytesDone >= 3 * MEBIBYTE) controller.abort(reason);
      },
    });
    await expect(work).rejects.toBe(reason);
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(here)).toEqual(["file"]);
  });

  test("leaves no file when a new one is aborted", async () => {
    const here = emptyFolder();
    const work = generateFile(join(here, "file"), "random", {
      byteLength: 10,
      signal: AbortSignal.abort(),
    });
    await expect(work).rejects.toThrow();
    expect(fs.readdirSync(here)).toEqual([]);
  });

  test("reports progress up to the end", async () => {
    const seen: number[] = [];
    const byteLength = 2 * MEBIBYTE + 1;
    await generateFile(join(emptyFolder(), "file"), "random", {
      byteLength,
      onProgress: (progress) => seen.push(progress.bytesDone),
    });
    expect(seen).toEqual([MEBIBYTE, 2 * MEBIBYTE, byteLength]);
  });

  test("names the errno of what cannot be written", async () => {
    const here = emptyFolder();
    await expect(generateFile(here, "random", { byteLength: 1 }))
      .rejects.toMatchObject({
        name: "SabmapError",
        code: "EISDIR",
        file: here,
      });
    await expect(
      generateFile(join(here, "no", "file"), "random", { byteLength: 1 }),
    )
      .rejects.toMatchObject({ code: "ENOENT" });
    fs.writeFileSync(join(here, "file"), "");
    await expect(
      generateFile(join(here, "file", "x"), "random", { byteLength: 1 }),
    )
      .rejects.toMatchObject({ code: "ENOTDIR" });
  });

  const hasFull = fs.existsSync("/dev/full");
  test.skipIf(!hasFull)(
    "writes to a device directly: /dev/full is ENOSPC",
    async () => {
      await expect(generateFile("/dev/full", "random", { byteLength: 10 }))
        .rejects.toMatchObject({ code: "ENOSPC" });
      expect(
        (await generateFile("/dev/null", "random", { byteLength: 5_000_000 }))
          .byteLength,
      ).toBe(5_000_000);
      expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
    },
  );

  test.skipIf(!hasTool("mkfifo"))(
    "waits for the reader of a FIFO until it is aborted",
    async () => {
      const path = join(emptyFolder(), "fifo");
      await run(["mkfifo", path]);
      const controller = new AbortController();
      const work = generateFile(path, "random", {
        byteLength: 10,
        signal: controller.signal,
      });
      controller.abort(new Error("enough"));
      await expect(work).rejects.toThrow("enough");
    },
  );
});
