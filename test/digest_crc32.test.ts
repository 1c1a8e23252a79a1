import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  crc32,
  CRC32_POLYNOMIAL,
  nativeCrc32,
  tableCrc32,
} from "../src/digest/crc32.ts";
import { crcCombine, crcTable, crcUpdate } from "../src/digest/gf2.ts";
import { hashJob } from "../src/jobs/hash.ts";
import {
  JobDriver,
  mergeAll,
  seededBytes,
  seededRandom,
} from "./job_driver.ts";
import * as reference from "./reference.ts";

const KIB = 1024;
const SEED = 20261121;
const CRC32C_POLYNOMIAL = 0x82f63b78;

const driver = new JobDriver();
const longInput = seededBytes(300 * KIB, SEED);
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const hasRhash = spawnSync("rhash", ["--version"]).status === 0;

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
const VECTORS:
  readonly (readonly [name: string, input: Uint8Array, digest: string])[] = [
    ["nothing", new Uint8Array(0), "00000000"],
    ["123456789", new TextEncoder().encode("123456789"), "cbf43926"],
    ["32 zeros", new Uint8Array(32), "190a55ad"],
    ["0 to 31", ascending, "91267e8a"],
    ["a million times a", new Uint8Array(1e6).fill(0x61), "dc25bfbc"],
  ];

function digest(input: Uint8Array): string {
  const options = { algorithms: ["crc32"] };
  const { digests } = driver.run<{ digests: Record<string, string> }>(
    hashJob,
    input,
    options,
    { segmentBytes: 64 * KIB, seed: SEED },
  );
  return digests["crc32"]!;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

describe("crc32", () => {
  it.each(VECTORS)(
    "gives the published value of %s",
    (_name, input, expected) => {
      expect(digest(input)).toBe(expected);
    },
  );

  it.each([1, 2, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 300 * KIB])(
    "agrees with the reference: %i bytes",
    (byteLength) => {
      const input = longInput.subarray(0, byteLength);
      expect(digest(input)).toBe(hex(reference.crc(input, CRC32_POLYNOMIAL)));
    },
  );

  it.skipIf(!hasPython)("agrees with Python's zlib", () => {
    const script =
      "import sys, zlib; print('%08x' % zlib.crc32(sys.stdin.buffer.read()))";
    const { stdout } = spawnSync("python3", ["-c", script], {
      input: longInput,
    });
    expect(digest(longInput)).toBe(stdout.toString().trim());
  });

  it.skipIf(!hasRhash)("agrees with rhash", () => {
    const { stdout } = spawnSync("rhash", ["--crc32", "--simple", "-"], {
      input: longInput,
    });
    expect(digest(longInput)).toBe(stdout.toString().slice(0, 8));
  });

  it("does not depend on how the file is cut and in which order pieces are joined", () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 10 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 5000 }),
        cuts,
        fc.integer(),
        (input, inner, seed) => {
          const within = inner.filter((cut) => cut < input.length).sort((
            a,
            b,
          ) => a - b);
          const ends = [0, ...within, input.length];
          const update = crc32.start(
            driver.context(0, undefined),
            driver.scratch(0),
          );
          const partials = ends.slice(1).map((end, i) =>
            crc32.leaf(
              driver.place(input.subarray(ends[i], end), ends[i]!),
              update,
            )
          );
          const whole = mergeAll(crc32, partials, seededRandom(seed));
          expect(crc32.finish(whole, input.length))
            .toBe(hex(reference.crc(input, CRC32_POLYNOMIAL)));
        },
      ),
    );
  });

  it("refuses to merge ranges that do not touch", () => {
    const part = { byteOffset: 0, byteLength: 5, crc: 1 };
    expect(() => crc32.merge(part, { byteOffset: 6, byteLength: 1, crc: 2 }))
      .toThrow(/^Bug: /);
    expect(() => crc32.merge(part, part)).toThrow(/^Bug: /);
  });

  it("refuses to finish what does not cover the file", () => {
    expect(() => crc32.finish({ byteOffset: 1, byteLength: 5, crc: 1 }, 5))
      .toThrow(/^Bug: /);
    expect(() => crc32.finish({ byteOffset: 0, byteLength: 5, crc: 1 }, 6))
      .toThrow(/^Bug: /);
    expect(() => crc32.finish(undefined, 1)).toThrow(/^Bug: /);
  });
});

describe("nativeCrc32()", () => {
  const native = nativeCrc32();

  it("is there on this runtime", () => {
    expect(native).toBeDefined();
  });

  it("agrees with tableCrc32() and goes on from a value", () => {
    const table = tableCrc32();
    const [front, back] = [
      longInput.subarray(0, 1001),
      longInput.subarray(1001, 5003),
    ];
    expect(native?.(back, native(front, 0))).toBe(table(back, table(front, 0)));
    expect(table(back, table(front, 0)))
      .toBe(reference.crc(longInput.subarray(0, 5003), CRC32_POLYNOMIAL));
  });
});

describe.each([
  ["CRC-32", CRC32_POLYNOMIAL, "cbf43926"],
  ["CRC-32C", CRC32C_POLYNOMIAL, "e3069283"],
])("crcCombine() of %s", (_name, polynomial, check) => {
  const combine = crcCombine(polynomial);
  const table = crcTable(polynomial);
  const crcOf = (text: string) =>
    crcUpdate(new TextEncoder().encode(text), 0, table);

  it.each([0, 1, 4, 8, 9])("joins the check value, cut at %i", (cut) => {
    const [left, right] = ["123456789".slice(0, cut), "123456789".slice(cut)];
    expect(hex(combine(crcOf(left), crcOf(right), right.length))).toBe(check);
  });

  it("agrees with the reference at every length of the right side", () => {
    for (let length = 0; length < 300; length++) {
      const input = longInput.subarray(0, 7 + length);
      const [left, right] = [input.subarray(0, 7), input.subarray(7)];
      const joined = combine(
        crcUpdate(left, 0, table),
        crcUpdate(right, 0, table),
        length,
      );
      expect(joined, `${length} bytes`).toBe(reference.crc(input, polynomial));
    }
  });

  it("is associative for lengths beyond 2^32", () => {
    const length = fc.integer({ min: 0, max: 2 ** 51 });
    const crc = fc.integer({ min: 0, max: 2 ** 32 - 1 });
    fc.assert(
      fc.property(
        crc,
        crc,
        crc,
        length,
        length,
        (a, b, c, bLength, cLength) => {
          const fromLeft = combine(combine(a, b, bLength), c, cLength);
          expect(combine(a, combine(b, c, cLength), bLength + cLength)).toBe(
            fromLeft,
          );
        },
      ),
    );
  });

  it("gives the same for a length seen before as for a new one", () => {
    const joins = Array.from({ length: 200 }, (_, i) => [1, i * 1000] as const);
    const first = joins.map(([crc, byteLength]) => combine(crc, 0, byteLength));
    expect(
      joins.map(([crc, byteLength]) =>
        crcCombine(polynomial)(crc, 0, byteLength)
      ),
    )
      .toEqual(first);
    expect(joins.map(([crc, byteLength]) => combine(crc, 0, byteLength)))
      .toEqual(first);
  });
});
