import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { ScratchSerialDigest } from "../src/digest/xxh.ts";
import { xxh3, xxh64 } from "../src/digest/xxh.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import { hasTool } from "./tools.ts";

const KIB = 1024;
const SEED = 20261121;

const driver = new JobDriver();
const input = seededBytes(300 * KIB, SEED);
const hasXxhsum = hasTool("xxhsum");

/** The tool's switch for each. */
const DIGESTS = [["xxh64", xxh64, "-H1"], ["xxh3", xxh3, "-H3"]] as const;

/** Lengths around those at which the formulas change, and around stripes and blocks. */
const LENGTHS = [
  ...[0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65],
  ...[95, 96, 97, 127, 128, 129, 143, 144, 145, 239, 240, 241, 255, 256, 257],
  ...[1023, 1024, 1025, 1087, 1088, 1089, 4095, 4096, 4097, 200_001],
];

function digestOf(
  { lane }: ScratchSerialDigest,
  bytes: Uint8Array,
  segmentBytes: number,
  worker = 0,
): string {
  const state = lane.start(driver.context(worker, bytes.length));
  for (let offset = 0; offset < bytes.length; offset += segmentBytes) {
    const part = bytes.subarray(offset, offset + segmentBytes);
    lane.update(driver.place(part, offset, worker), state);
  }
  return lane.end(state);
}

function xxhsum(flag: string, bytes: Uint8Array): string {
  const { stdout } = spawnSync("xxhsum", [flag], { input: bytes });
  return /[0-9a-f]{16}/.exec(stdout.toString())?.[0] ?? "";
}

describe("xxh64", () => {
  it("gives the published digests", () => {
    expect(digestOf(xxh64, new Uint8Array(0), KIB)).toBe("ef46db3751d8e999");
    expect(digestOf(xxh64, new TextEncoder().encode("abc"), KIB))
      .toBe("44bc2cf5ad770999");
    // The file of the vectors of BitTorrent and fs-verity.
    const bytes = Uint8Array.from(
      { length: 1e6 },
      (_, i) => (i % 11) + (i % 439) + (i % 1103),
    );
    expect(digestOf(xxh64, bytes, 64 * KIB)).toBe("a1e072eeed8a2d4a");
  });
});

describe("xxh3", () => {
  it("gives the published digests", () => {
    expect(digestOf(xxh3, new Uint8Array(0), KIB)).toBe("2d06800538d394c2");
    expect(digestOf(xxh3, new TextEncoder().encode("abc"), KIB))
      .toBe("78af5f94892f3950");
  });
});

describe.each(DIGESTS)("%s", (_name, digest, flag) => {
  it.skipIf(!hasXxhsum)("agrees with xxhsum", () => {
    for (const byteLength of LENGTHS) {
      const bytes = input.subarray(0, byteLength);
      expect(digestOf(digest, bytes, 64 * KIB), `${byteLength} bytes`)
        .toBe(xxhsum(flag, bytes));
    }
  });

  it("does not depend on segments or the backend", () => {
    const bytes = input.subarray(0, 70_001);
    const expected = digestOf(digest, bytes, Infinity);
    for (const segmentBytes of [1, 100, 1000, 4096, 65_536]) {
      expect(digestOf(digest, bytes, segmentBytes)).toBe(expected);
    }
    const scalar = 1;
    expect(digestOf(digest, bytes, 4097, scalar)).toBe(expected);
  });

  it("is given as 16 digits, also where the first are zeros", () => {
    for (let seed = 0; seed < 300; seed++) {
      const text = digestOf(digest, new TextEncoder().encode(`${seed}`), KIB);
      expect(text).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it("says how much scratch it wants", () => {
    const { byteOffset } = driver.scratch(0);
    const end = byteOffset + digest.scratchBytes;
    driver.bytes.fill(0x77, end, end + 4096);
    digestOf(digest, input, 64 * KIB);
    expect(driver.bytes.subarray(end, end + 4096).every((b) => b === 0x77))
      .toBe(true);
  });
});
