import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  adler32,
  type AdlerPartial,
  combineAdler32,
} from "../src/digest/adler32.ts";
import * as oracle from "./checksum_oracle.ts";
import {
  JobDriver,
  mergeAll,
  seededBytes,
  seededRandom,
} from "./job_driver.ts";
import { hasTool } from "./tools.ts";
import { rounds } from "./effort.ts";

const SEED = 20261121;

const driver = new JobDriver();
const longInput = seededBytes(200_001, SEED);
const hasPython = hasTool("python3");

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}

function digestOf(
  input: Uint8Array,
  cuts: readonly number[] = [],
  seed = SEED,
): string {
  const ends = [0, ...cuts, input.length];
  const states = [0, 1].map((worker) =>
    adler32.start(driver.context(worker, undefined), driver.scratch(worker))
  );
  const partials = ends.slice(1).map((end, i) => {
    const range = driver.place(input.subarray(ends[i], end), ends[i]!, i % 2);
    return structuredClone(adler32.leaf(range, states[i % 2]!));
  });
  const whole = mergeAll(adler32, partials, seededRandom(seed));
  return adler32.finish(whole, input.length);
}

describe("adler32", () => {
  it("gives the published values", () => {
    expect(digestOf(new TextEncoder().encode("Wikipedia"))).toBe("11e60398");
    expect(digestOf(new Uint8Array(0))).toBe("00000001");
    expect(adler32.finish(undefined, 0)).toBe("00000001");
  });

  it.skipIf(!hasPython)("agrees with Python's zlib", () => {
    const script =
      "import sys, zlib; print('%08x' % zlib.adler32(sys.stdin.buffer.read()))";
    for (const byteLength of [0, 1, 5552, 65_521, 65_536, 200_001]) {
      const input = longInput.subarray(0, byteLength);
      const { stdout } = spawnSync("python3", ["-c", script], { input });
      expect(digestOf(input, [byteLength >> 1]), `${byteLength} bytes`)
        .toBe(stdout.toString().trim());
    }
  });

  it("does not depend on how the file is cut and in which order pieces are joined", () => {
    const byteLength = fc.integer({ min: 0, max: 200_000 });
    const cuts = fc.array(byteLength, { maxLength: 8 });
    fc.assert(
      fc.property(byteLength, cuts, fc.integer(), (length, inner, seed) => {
        const input = longInput.subarray(0, length);
        const sorted = inner.filter((cut) => cut <= length)
          .toSorted((a, b) => a - b);
        expect(digestOf(input, sorted, seed)).toBe(hex(oracle.adler32(input)));
      }),
      { numRuns: rounds(25) },
    );
  });

  it("refuses what does not touch or does not cover the file", () => {
    const part: AdlerPartial = { byteOffset: 0, byteLength: 5, adler: 1 };
    expect(() => adler32.merge(part, part)).toThrow(/^Bug: /);
    expect(() => adler32.finish(part, 6)).toThrow(/^Bug: /);
    expect(() => adler32.finish(undefined, 1)).toThrow(/^Bug: /);
  });
});

describe("combineAdler32()", () => {
  it("joins the published value", () => {
    const [wiki, pedia] = ["Wiki", "pedia"].map((text) =>
      oracle.adler32(new TextEncoder().encode(text))
    );
    expect(hex(combineAdler32(wiki!, pedia!, 5))).toBe("11e60398");
  });

  it("agrees with the rule in integers without end, up to 2^53 bytes", () => {
    const sum = fc.integer({ min: 0, max: 65_520 });
    const length = fc.integer({ min: 0, max: 2 ** 53 - 1 });
    fc.assert(
      fc.property(sum, sum, sum, sum, length, (a1, b1, a2, b2, byteLength) => {
        const low = (BigInt(a1) + BigInt(a2) + 65_520n) % 65_521n;
        const high = (BigInt(b1) + BigInt(b2) +
          BigInt(byteLength) * (BigInt(a1) + 65_520n)) % 65_521n;
        expect(
          combineAdler32(b1 * 65_536 + a1, b2 * 65_536 + a2, byteLength),
        ).toBe(Number(high * 65_536n + low));
      }),
    );
  });

  it("is associative", () => {
    const value = fc.tuple(
      fc.integer({ min: 0, max: 65_520 }),
      fc.integer({ min: 0, max: 65_520 }),
    ).map(([low, high]) => high * 65_536 + low);
    const length = fc.integer({ min: 0, max: 2 ** 51 });
    fc.assert(
      fc.property(value, value, value, length, length, (a, b, c, n, m) => {
        expect(combineAdler32(combineAdler32(a, b, n), c, m))
          .toBe(combineAdler32(a, combineAdler32(b, c, m), n + m));
      }),
    );
  });
});
