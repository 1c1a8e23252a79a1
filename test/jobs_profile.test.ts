import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { toHex } from "../src/digest/hex.ts";
import { profileJob, type ProfileJobResult } from "../src/jobs/profile.ts";
import { addCounts, mergeRegions, regionBytesOf } from "../src/jobs/regions.ts";
import {
  type DriveOptions,
  JobDriver,
  mergeAll,
  seededBytes,
  seededRandom,
} from "./job_driver.ts";
import * as reference from "./reference.ts";

const KIB = 1024;
const MIB = 1024 ** 2;
const SEED = 20261121;

const driver = new JobDriver();

function profile(
  input: Uint8Array,
  drive: Partial<DriveOptions> = {},
): ProfileJobResult {
  return driver.run(profileJob, input, {}, {
    segmentBytes: 64 * KIB,
    seed: SEED,
    ...drive,
  });
}

/** Bytes whose mixture changes along the way: text, zeros, noise, control characters. */
function mixedBytes(byteLength: number, seed: number): Uint8Array {
  const bytes = seededBytes(byteLength, seed);
  const random = seededRandom(seed + 1);
  for (let start = 0; start < byteLength;) {
    const end = start + Math.ceil(random() * 100_000);
    const [low, span] = [[0, 256], [0, 1], [9, 24], [32, 95], [
      128,
      4,
    ]][Math.floor(random() * 5)]!;
    for (let i = start; i < Math.min(end, byteLength); i++) {
      bytes[i] = low! + bytes[i]! % span!;
    }
    start = end;
  }
  return bytes;
}

function expectProfile(actual: ProfileJobResult, input: Uint8Array): void {
  const { entropy, regions, ...exact } = reference.profile(input);
  expect(actual).toMatchObject(exact);
  expect(actual.byteLength).toBe(input.length);
  expect(actual.entropy).toBeCloseTo(entropy, 5);
  expect(actual.regions).toHaveLength(regions.length);
  actual.regions.forEach((value, i) =>
    expect(value, `region ${i}`).toBeCloseTo(regions[i]!, 5)
  );
}

describe("profileJob", () => {
  it("gives the profile of nothing", () => {
    expect(profile(new Uint8Array(0))).toEqual({
      byteLength: 0,
      blake3:
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
      lines: 0,
      classes: { nul: 0, text: 0, high: 0, other: 0 },
      entropy: 0,
      regionBytes: 64 * KIB,
      regions: [],
    });
  });

  it("gives the profile of one byte", () => {
    expect(profile(Uint8Array.of(10))).toEqual({
      byteLength: 1,
      blake3: toHex(reference.blake3(Uint8Array.of(10))),
      lines: 1,
      classes: { nul: 0, text: 1, high: 0, other: 0 },
      entropy: 0,
      regionBytes: 64 * KIB,
      regions: [0],
    });
  });

  it("puts every byte value into its class", () => {
    const { classes, entropy } = profile(
      Uint8Array.from({ length: 256 }, (_, i) => i),
    );
    expect(classes).toEqual({ nul: 1, text: 98, high: 128, other: 29 });
    expect(entropy).toBe(8);
  });

  it.each([
    [0x00, "nul"],
    [0x01, "other"],
    [0x08, "other"],
    [0x09, "text"],
    [0x0a, "text"],
    [0x0b, "other"],
    [0x0c, "other"],
    [0x0d, "text"],
    [0x0e, "other"],
    [0x1f, "other"],
    [0x20, "text"],
    [0x7e, "text"],
    [0x7f, "other"],
    [0x80, "high"],
    [0xff, "high"],
  ])("counts byte %i as %s", (byte, kind) => {
    const none = { nul: 0, text: 0, high: 0, other: 0 };
    expect(profile(new Uint8Array(3).fill(byte)).classes).toEqual({
      ...none,
      [kind]: 3,
    });
  });

  it("gives whole bits for values that are equally frequent", () => {
    const input = new Uint8Array(256 * KIB);
    for (let i = 64 * KIB; i < input.length; i++) {
      input[i] = i % 2 ** Math.floor(i / (64 * KIB));
    }
    expect(profile(input).regions).toEqual([0, 1, 2, 3]);
  });

  it("agrees with the reference for mixed bytes, segments shorter and longer than regions", () => {
    const random = seededRandom(SEED);
    for (let round = 0; round < 8; round++) {
      const seed = SEED + round;
      const input = mixedBytes(
        Math.floor(random() * 9 * MIB / (round % 3 === 0 ? 1 : 20)),
        seed,
      );
      for (const isLengthKnown of [true, false]) {
        const results = [64 * KIB, 256 * KIB]
          .map((segmentBytes) =>
            profile(input, { segmentBytes, seed, isLengthKnown })
          );
        expect(results[1], `seed ${seed}, known: ${isLengthKnown}`).toEqual(
          results[0],
        );
        expectProfile(results[0]!, input);
      }
    }
  });

  it.each([64 * KIB, 4 * MIB, 8 * MIB].flatMap((at) => [at - 1, at, at + 1]))(
    "cuts regions by the length of the file alone: %i bytes",
    (byteLength) => {
      const input = mixedBytes(byteLength, SEED);
      const results = [64 * KIB, MIB, 4 * MIB].flatMap((segmentBytes) =>
        [true, false].map((isLengthKnown) =>
          profile(input, { segmentBytes, isLengthKnown })
        )
      );
      for (const result of results) expect(result).toEqual(results[0]);
      expectProfile(results[0]!, input);
    },
  );

  it("counts the lines that wc counts", ({ skip }) => {
    const input = mixedBytes(300_000, SEED);
    const { status, stdout } = spawnSync("wc", ["-l"], { input });
    if (status !== 0) skip("wc is not installed");
    expect(profile(input).lines).toBe(Number(stdout.toString().trim()));
  });
});

describe("regionBytesOf()", () => {
  it.each([
    [0, 64 * KIB],
    [4 * MIB, 64 * KIB],
    [4 * MIB + 1, 128 * KIB],
    [8 * MIB, 128 * KIB],
    [2 ** 40, 2 ** 34],
    [2 ** 52 + 1, 2 ** 47],
  ])("gives 64 regions at most: %i bytes", (byteLength, expected) => {
    expect(regionBytesOf(byteLength)).toBe(expected);
  });
});

describe("mergeRegions()", () => {
  /** Counts of a segment of zeros, as they are while the length of the file is not known. */
  function zeros(offset: number, byteLength: number) {
    const regionBytes = regionBytesOf(offset + byteLength);
    const counts = Array.from(
      { length: Math.ceil(byteLength / regionBytes) },
      () => {
        const table = new Float64Array(256);
        table[0] = Math.min(regionBytes, byteLength);
        return table;
      },
    );
    return { regionBytes, first: Math.floor(offset / regionBytes), counts };
  }

  it("joins in any order while regions become coarser", () => {
    const segmentBytes = 2 ** 30;
    const segments = Array.from(
      { length: 300 },
      (_, i) => zeros(i * segmentBytes, segmentBytes),
    );
    for (const seed of [1, 2, 3]) {
      const whole = mergeAll(
        { merge: mergeRegions },
        segments,
        seededRandom(seed),
      )!;
      expect(whole.regionBytes, `seed ${seed}`).toBe(2 ** 33);
      // 300 GiB are 37 regions of 8 GiB, whose counts pass 2^32, and half of one.
      expect(whole.counts.map((table) => table[0]))
        .toEqual([...new Array(37).fill(2 ** 33), 2 ** 32]);
    }
  });

  it("changes neither side", () => {
    const [left, right] = [zeros(0, 2 ** 16), zeros(2 ** 22, 2 ** 23)];
    const before = structuredClone([left, right]);
    mergeRegions(left, { ...right, first: 0 });
    expect([left, right]).toEqual(before);
  });
});

describe("addCounts()", () => {
  it("adds beyond 2^32", () => {
    const table = new Float64Array(256).fill(2 ** 32 - 1);
    expect(addCounts(table, table)[255]).toBe(2 ** 33 - 2);
  });
});
