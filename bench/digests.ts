/**
 * How fast are digests of parts, and many digests in one pass?
 *
 *     npm run bench -- digests
 *     bun bench/digests.ts parts/s3-etag
 *     deno run -A bench/digests.ts --check
 *
 * 1 GiB in the page cache, two workers, a new engine for each run. The rival of parts is Python's
 * hashlib, which has one thread; that of many digests is the slowest of them alone, on as many workers.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { hashFile, type HashOptions } from "../src/mod.ts";
import { cpuCount } from "../src/platform/platform.ts";
import { randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, unchecked } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { command, rhashOf } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 1024 ** 3;
const CHECK_BYTES = 20 * 1024 ** 2 + 12_345;
const PART_BYTES = 8 * 1024 ** 2;

/** All that one pass computes, the slowest first: each of them alone is what it is held against. */
const TOGETHER = ["s3-etag", "sha256", "blake3", "crc32c"];

await runSuite({
  name: "digests",
  cache: "1 GiB in page cache, read through before each question",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const path = randomFile(check ? CHECK_BYTES : FILE_BYTES);
  const prepare = () => readThrough(path);
  return [...ofParts(path), ...together(path), ...checksums(path)].map(
    (comparison) => howFast({ ...comparison, prepare }),
  );
}

function ofParts(path: string): Comparison[] {
  const target = atLeast(1.8);
  const targeted = ["s3-etag", "glacier"].map((name) => ({
    name: `parts/${name}/python`,
    ours: hashed([name], path, 2),
    rival: python(name, path),
    target,
  }));
  const others = ["s3-sha256", "dropbox", "btv2"].map((name) => ({
    name: `parts/${name}/python`,
    ours: hashed([name], path, 2),
    rival: python(name, path),
  }));
  return [
    ...targeted,
    ...others,
    {
      name: "parts/s3-etag/one-worker",
      ours: hashed(["s3-etag"], path, 2),
      rival: hashed(["s3-etag"], path, 1),
    },
    {
      // A length that no power of two divides, in private slots.
      name: "parts/s3-etag-console/one-worker",
      ours: hashed(["s3-etag"], path, 2, { partBytes: 17_179_870 }),
      rival: hashed(["s3-etag"], path, 1, { partBytes: 17_179_870 }),
    },
    {
      // A serial digest beside them sends the parts through the ring.
      name: "parts/s3-etag-beside-xxh3/alone",
      ours: hashed(["s3-etag", "xxh3"], path, 2),
      rival: hashed(["s3-etag"], path, 2),
    },
    {
      // What rhash has that is nearest: MD5 of the whole file.
      name: "parts/s3-etag/rhash-md5",
      ours: unchecked(hashed(["s3-etag"], path, 2)),
      rival: unchecked(rhashOf("md5", path)),
    },
  ];
}

/** At most 1.15 times as long as the slowest alone, with as many cores as there are digests. */
function together(path: string): Comparison[] {
  const cores = cpuCount();
  const workers = [...new Set([2, Math.min(TOGETHER.length, cores)])];
  return workers.flatMap((count) => {
    const ours = unchecked(hashed(TOGETHER, path, count));
    return TOGETHER.slice(0, 2).map((name) => ({
      name: `together/${count}-workers/${name}`,
      ours,
      rival: unchecked(hashed([name], path, count)),
      ...count >= TOGETHER.length ? { target: atLeast(1 / 1.15) } : {},
    }));
  });
}

function checksums(path: string): Comparison[] {
  return [
    {
      name: "whole/crc32c/rhash",
      ours: hashed(["crc32c"], path, 2),
      rival: rhashOf("crc32c", path),
    },
    {
      name: "whole/crc64nvme/crc32c",
      ours: unchecked(hashed(["crc64nvme"], path, 2)),
      rival: unchecked(hashed(["crc32c"], path, 2)),
    },
  ];
}

/** The result is the digest of the first algorithm. */
function hashed(
  algorithms: readonly string[],
  path: string,
  workers: number,
  options: HashOptions = {},
): Contender {
  const run = { partBytes: PART_BYTES, inlineBytes: 0, ...options };
  return {
    what: `${algorithms.join(",")}, ${workers} workers`,
    run: () =>
      time(async () => {
        const hashing = hashFile(path, { ...run, algorithms, workers });
        return (await hashing).digests[algorithms[0] ?? ""] ?? "";
      }),
  };
}

function python(name: string, path: string): Contender {
  const script = fileURLToPath(
    repositoryUrl("test/fixtures/part_digests.py"),
  );
  const args = [script, name, path, String(PART_BYTES)];
  return command(`python3 hashlib ${name}`, "python3", args);
}
