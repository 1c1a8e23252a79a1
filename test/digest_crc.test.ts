import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  type CrcAlgorithm,
  crcDigest,
  type CrcPartial,
} from "../src/digest/crc.ts";
import { CRC32, crc32 } from "../src/digest/crc32.ts";
import { CRC32C } from "../src/digest/crc32c.ts";
import { CRC64_NVME, CRC64_XZ } from "../src/digest/crc64.ts";
import { nativeCrc32 } from "../src/digest/native_crc32.ts";
import {
  CRC_DEFINITIONS,
  type CrcDefinition,
  crcHex,
} from "./checksum_oracle.ts";
import {
  JobDriver,
  mergeAll,
  seededBytes,
  seededRandom,
} from "./job_driver.ts";
import { hasTool } from "./tools.ts";
import { rounds } from "./effort.ts";

const KIB = 1024;
const SEED = 20261121;

const driver = new JobDriver();
const longInput = seededBytes(150 * KIB, SEED);
const hasPython = hasTool("python3");
const hasRhash = hasTool("rhash");

const ALGORITHMS: readonly CrcAlgorithm[] = [
  CRC32,
  CRC32C,
  CRC64_NVME,
  CRC64_XZ,
];

const check = new TextEncoder().encode("123456789");
const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
const million = new Uint8Array(1e6).fill(0x61);

/** Published: aws-checksums `tests/crc_test.c` and `crc64_test.c`, RHash `test_lib.c`, the RevEng catalogue. */
const VECTORS:
  readonly (readonly [CrcAlgorithm, string, Uint8Array, string])[] = [
    [CRC32, "nothing", new Uint8Array(0), "00000000"],
    [CRC32, "123456789", check, "cbf43926"],
    [CRC32, "32 zeros", new Uint8Array(32), "190a55ad"],
    [CRC32, "0 to 31", ascending, "91267e8a"],
    [CRC32, "a million times a", million, "dc25bfbc"],
    [CRC32C, "nothing", new Uint8Array(0), "00000000"],
    [CRC32C, "123456789", check, "e3069283"],
    [CRC32C, "32 zeros", new Uint8Array(32), "8a9136aa"],
    [CRC32C, "0 to 31", ascending, "46dd794e"],
    [CRC32C, "a million times a", million, "436fe240"],
    [CRC64_NVME, "nothing", new Uint8Array(0), "0000000000000000"],
    [CRC64_NVME, "123456789", check, "ae8b14860a799888"],
    [CRC64_NVME, "32 zeros", new Uint8Array(32), "cf3473434d4ecf3b"],
    [CRC64_NVME, "0 to 31", ascending, "b9d9d4a8492cbd7f"],
    [CRC64_XZ, "nothing", new Uint8Array(0), "0000000000000000"],
    [CRC64_XZ, "123456789", check, "995dc9bbdf1939fa"],
  ];

/** Digest of `input`, cut at `cuts`, on both backends in turn, joined in any order. */
function digestOf(
  algorithm: CrcAlgorithm,
  input: Uint8Array,
  cuts: readonly number[] = [],
  seed = SEED,
): string {
  const digest = algorithm === CRC32 ? crc32 : crcDigest(algorithm);
  const ends = [0, ...cuts, input.length];
  const updates = [0, 1].map((worker) =>
    digest.start(driver.context(worker, undefined), driver.scratch(worker))
  );
  const partials = ends.slice(1).map((end, i) => {
    const range = driver.place(input.subarray(ends[i], end), ends[i]!, i % 2);
    return structuredClone(digest.leaf(range, updates[i % 2]!));
  });
  const whole = mergeAll(digest, partials, seededRandom(seed));
  return digest.finish(whole, input.length);
}

function multiplesOf(step: number, end: number): number[] {
  return Array.from(
    { length: Math.ceil(end / step) - 1 },
    (_, i) => (i + 1) * step,
  );
}

function definitionOf({ name }: CrcAlgorithm): CrcDefinition {
  return CRC_DEFINITIONS[name];
}

describe("crcDigest()", () => {
  it.each(
    VECTORS.map(([algorithm, what, input, expected]) =>
      [algorithm.name, what, expected, algorithm, input] as const
    ),
  )(
    "%s gives the published value of %s: %s",
    (_name, _what, expected, algorithm, input) => {
      expect(digestOf(algorithm, input)).toBe(expected);
      expect(digestOf(algorithm, input, multiplesOf(64 * KIB, input.length)))
        .toBe(expected);
    },
  );

  it.for(
    [["--crc32", CRC32], ["--crc32c", CRC32C]] as const,
  )("agrees with rhash %s", ([flag, algorithm], { skip }) => {
    if (!hasRhash) skip("rhash is not installed");
    const args = [flag, "--simple", "-"];
    const { stdout } = spawnSync("rhash", args, { input: longInput });
    expect(digestOf(algorithm, longInput)).toBe(stdout.toString().slice(0, 8));
  });

  it.skipIf(!hasPython)("agrees with Python's zlib", () => {
    const script =
      "import sys, zlib; print('%08x' % zlib.crc32(sys.stdin.buffer.read()))";
    const { stdout } = spawnSync("python3", ["-c", script], {
      input: longInput,
    });
    expect(digestOf(CRC32, longInput)).toBe(stdout.toString().trim());
  });

  it.each(ALGORITHMS.map((algorithm) => [algorithm.name, algorithm] as const))(
    "%s does not depend on how the file is cut and in which order pieces are joined",
    (_name, algorithm) => {
      const input = longInput.subarray(0, 60_000);
      const expected = crcHex(input, definitionOf(algorithm));
      const cut = fc.integer({ min: 1, max: input.length - 1 });
      const cuts = fc.uniqueArray(cut, { maxLength: 8 });
      fc.assert(
        fc.property(cuts, fc.integer(), (inner, seed) => {
          const sorted = inner.toSorted((a, b) => a - b);
          expect(digestOf(algorithm, input, sorted, seed)).toBe(expected);
        }),
        { numRuns: rounds(30) },
      );
    },
  );

  it("refuses to merge ranges that do not touch", () => {
    const part: CrcPartial = { byteOffset: 0, byteLength: 5, crc: "00000001" };
    const far = { ...part, byteOffset: 6 };
    expect(() => crc32.merge(part, far)).toThrow(/^Bug: /);
    expect(() => crc32.merge(part, part)).toThrow(/^Bug: /);
  });

  it("refuses to finish what does not cover the file", () => {
    const part: CrcPartial = { byteOffset: 0, byteLength: 5, crc: "00000001" };
    expect(() => crc32.finish({ ...part, byteOffset: 1 }, 5)).toThrow(/^Bug: /);
    expect(() => crc32.finish(part, 6)).toThrow(/^Bug: /);
    expect(() => crc32.finish(undefined, 1)).toThrow(/^Bug: /);
  });
});

describe("nativeCrc32()", () => {
  const native = nativeCrc32();

  it("is there on this runtime", () => {
    expect(native).toBeDefined();
  });

  it("agrees with the definition and goes on from a value", () => {
    const bytes = longInput.subarray(0, 5003);
    const front = native?.(bytes.subarray(0, 1001), 0) ?? 0;
    const whole = native?.(bytes.subarray(1001), front);
    expect(whole?.toString(16).padStart(8, "0"))
      .toBe(crcHex(bytes, CRC_DEFINITIONS.crc32));
  });
});

describe("CRC32", () => {
  it("gives the same on either side of the length from which kernels are used", () => {
    const update = CRC32.start(
      driver.context(0, undefined),
      driver.scratch(0),
    );
    for (const byteLength of [32_767, 32_768, 32_769, 5, 40_000]) {
      const bytes = longInput.subarray(0, byteLength);
      const { address } = driver.place(bytes, 0);
      expect(update(address, byteLength, CRC32.initial), `${byteLength} bytes`)
        .toBe(crcHex(bytes, CRC_DEFINITIONS.crc32));
    }
  });
});

describe.each(
  ALGORITHMS.map((algorithm) => [algorithm.name, algorithm] as const),
)(
  "%s: combine()",
  (_name, algorithm) => {
    const definition = definitionOf(algorithm);
    const { combine, initial } = algorithm;
    const crcOf = (bytes: Uint8Array) => crcHex(bytes, definition);

    it.each([0, 1, 4, 8, 9])("joins the check value, cut at %i", (cut) => {
      const [left, right] = [check.subarray(0, cut), check.subarray(cut)];
      expect(combine(crcOf(left), crcOf(right), right.length))
        .toBe(crcOf(check));
    });

    it("agrees with the definition at every length of the right side", () => {
      for (let length = 0; length < 200; length++) {
        const input = longInput.subarray(0, 7 + length);
        const [left, right] = [input.subarray(0, 7), input.subarray(7)];
        expect(combine(crcOf(left), crcOf(right), length), `${length} bytes`)
          .toBe(crcOf(input));
      }
    });

    it("leaves a value that nothing follows or precedes", () => {
      expect(combine(crcOf(check), initial, 0)).toBe(crcOf(check));
      expect(combine(initial, crcOf(check), 9)).toBe(crcOf(check));
    });

    it("joins zeros of 2^51 bytes in either of two ways", () => {
      // Of 2^k bytes: two halves; or one byte in front of as many as 2^k - 1 are.
      let halves = crcOf(new Uint8Array(1));
      let rest = initial;
      const one = halves;
      for (let k = 0; k < 51; k++) {
        rest = combine(rest, halves, 2 ** k);
        halves = combine(halves, halves, 2 ** k);
        expect(combine(one, rest, 2 ** (k + 1) - 1), `k = ${k}`).toBe(halves);
        if (k < 10) expect(halves).toBe(crcOf(new Uint8Array(2 ** (k + 1))));
      }
    });

    it("is associative for lengths beyond 2^32", () => {
      const length = fc.integer({ min: 0, max: 2 ** 51 });
      const value = fc.uint8Array({
        minLength: initial.length / 2,
        maxLength: initial.length / 2,
      }).map((bytes) =>
        Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("")
      );
      fc.assert(
        fc.property(
          value,
          value,
          value,
          length,
          length,
          (a, b, c, bLength, cLength) => {
            const fromLeft = combine(combine(a, b, bLength), c, cLength);
            expect(combine(a, combine(b, c, cLength), bLength + cLength))
              .toBe(fromLeft);
          },
        ),
      );
    });

    it("gives the same for a length seen before as for a new one", () => {
      const join = (_: unknown, i: number) =>
        combine(crcOf(check), initial, i * 1000);
      const first = Array.from({ length: 200 }, join);
      expect(Array.from({ length: 200 }, join)).toEqual(first);
    });
  },
);
