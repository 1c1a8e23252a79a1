import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import {
  blake3,
  BLAKE3_SCRATCH_BYTES,
  blake3Digest,
  blake3Piece,
  startBlake3,
} from "../src/digest/blake3.ts";
import { chainingValue, rootOutput } from "../src/digest/blake3_compress.ts";
import { keyedMode } from "../src/digest/blake3_modes.ts";
import {
  type Blake3Partial,
  HASH_MODE,
  mergePartials,
  rootInput,
} from "../src/digest/blake3_tree.ts";
import { toHex } from "../src/digest/hex.ts";
import type { Kernels } from "../src/kernels/kernels.ts";
import { ALGORITHMS } from "../src/digest/algorithms.ts";
import { loadDigests } from "../src/digest/registry.ts";
import { hashJob } from "../src/jobs/hash.ts";
import {
  BLAKE3_EXTENDED_1025,
  BLAKE3_VECTOR_KEY,
  BLAKE3_VECTORS,
} from "./blake3_vectors.ts";
import {
  JobDriver,
  mergeAll,
  seededBytes,
  seededRandom,
} from "./job_driver.ts";
import * as reference from "./reference.ts";
import { rounds } from "./effort.ts";

await loadDigests(ALGORITHMS);

const KIB = 1024;
const MIB = 1024 ** 2;
const SEED = 20261121;

const driver = new JobDriver();
const longInput = reference.blake3TestInput(5 * MIB);
const hasB3sum = spawnSync("b3sum", ["--version"]).status === 0;

function digest(
  input: Uint8Array,
  segmentBytes = 64 * KIB,
  seed = SEED,
): string {
  const options = { algorithms: ["blake3"] };
  const drive = { segmentBytes, seed };
  const { digests } = driver.run<{ digests: Record<string, string> }>(
    hashJob,
    input,
    options,
    drive,
  );
  return digests["blake3"]!;
}

function b3sum(input: Uint8Array): string {
  const { stdout } = spawnSync("b3sum", ["--no-names"], { input });
  return stdout.toString().trim();
}

/** Partial of the bytes from `start` to `end` of `input`, as worker 0 computes it. */
function partialOf(
  input: Uint8Array,
  start: number,
  end: number,
): Blake3Partial {
  const state = startBlake3(driver.context(0, undefined), driver.scratch(0));
  return blake3Piece(driver.place(input.subarray(start, end), start), state);
}

/** Lengths one below, at and one above each of `boundaries`. */
function around(...boundaries: number[]): number[] {
  return boundaries.flatMap((
    boundary,
  ) => [boundary - 1, boundary, boundary + 1]);
}

describe("blake3 of a file that is one segment", () => {
  const state = startBlake3(driver.context(0, undefined), driver.scratch(0));
  const digestOf = (input: Uint8Array): Blake3Partial => {
    return blake3.leaf(driver.place(input, 0, 0, 0, true), state);
  };

  it("is what pieces give, at every length that has another tree", () => {
    const chunks = Array.from({ length: 35 }, (_, i) => i * KIB);
    const lengths = [0, 63, 64, 65, 1023, ...chunks, 100 * KIB, MIB - KIB, MIB];
    for (const least of lengths) {
      for (const byteLength of [least, least + 1, least + 64]) {
        const input = longInput.subarray(0, byteLength);
        const partial = digestOf(input);
        const whole = blake3.finish(partial, byteLength);
        if (byteLength === 0) continue;
        const root = rootInput(partialOf(input, 0, byteLength), byteLength);
        expect(whole, `${byteLength} bytes`).toBe(toHex(rootOutput(root)));
        expect(partial.digest).toBe(byteLength > MIB ? undefined : whole);
      }
    }
  });

  it("leaves bytes around its scratch alone", () => {
    const { byteOffset } = driver.scratch(0);
    const end = byteOffset + BLAKE3_SCRATCH_BYTES;
    driver.bytes.fill(0x77, byteOffset - 64, byteOffset);
    driver.bytes.fill(0x77, end, end + 4096);
    digestOf(longInput.subarray(0, MIB));
    const around = [
      ...driver.bytes.subarray(byteOffset - 64, byteOffset),
      ...driver.bytes.subarray(end, end + 4096),
    ];
    expect(around.every((byte) => byte === 0x77)).toBe(true);
  });
});

describe("blake3", () => {
  it.each(BLAKE3_VECTORS)(
    "gives the published digest of %i bytes",
    (byteLength, expected) => {
      expect(digest(longInput.subarray(0, byteLength))).toBe(expected);
    },
  );

  it("gives the published digest of a million times a", () => {
    expect(digest(new Uint8Array(1e6).fill(0x61))).toBe(
      "616f575a1b58d4c9797d4217b9730ae5e6eb319d76edef6549b46f4efe31ff8b",
    );
  });

  it.each(
    around(1, 2, 3, 4, 5, 7, 8, 16, 31, 32, 63).map((chunks) => chunks * KIB),
  )(
    "agrees with the reference at a chunk or subtree boundary: %i bytes",
    (byteLength) => {
      const input = longInput.subarray(0, byteLength);
      expect(digest(input)).toBe(toHex(reference.blake3(input)));
    },
  );

  it.each(around(64, 127, 128, 192, 256, 257, 448).map((kib) => kib * KIB))(
    "agrees with the reference at a segment boundary: %i bytes",
    (byteLength) => {
      const input = longInput.subarray(0, byteLength);
      expect(digest(input)).toBe(toHex(reference.blake3(input)));
    },
  );

  it.skipIf(!hasB3sum)("agrees with b3sum at every published length", () => {
    for (const [byteLength] of BLAKE3_VECTORS) {
      const input = longInput.subarray(0, byteLength);
      expect(digest(input), `${byteLength} bytes`).toBe(b3sum(input));
    }
  });

  it.each(around(MIB, 2 * MIB, 4 * MIB, 4.5 * MIB))(
    "does not depend on the length of segments: %i bytes",
    (byteLength) => {
      const input = seededBytes(byteLength, SEED);
      const digests = [64 * KIB, 256 * KIB, MIB, 2 * MIB, 4 * MIB]
        .map((segmentBytes) => digest(input, segmentBytes));
      expect(new Set(digests)).toEqual(
        new Set([toHex(reference.blake3(input))]),
      );
    },
  );

  it("agrees with the reference where a segment has many blocks", () => {
    const input = longInput.subarray(0, 4 * MIB + 3 * KIB + 5);
    expect(digest(input, 4 * MIB)).toBe(toHex(reference.blake3(input)));
  });

  it("does not depend on how the file is cut and in which order pieces are joined", () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 199 }), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 * KIB }),
        cuts,
        fc.integer(),
        (byteLength, chunks, seed) => {
          const input = longInput.subarray(0, byteLength);
          const inner = chunks.map((chunk) => chunk * KIB).filter((cut) =>
            cut < byteLength
          );
          const ends = [0, ...inner.sort((a, b) => a - b), byteLength];
          const partials = ends.slice(1).map((end, i) =>
            partialOf(input, ends[i]!, end)
          );
          const whole = mergeAll(blake3, partials, seededRandom(seed));
          expect(blake3.finish(whole, byteLength)).toBe(
            toHex(reference.blake3(input)),
          );
        },
      ),
      { numRuns: rounds(60) },
    );
  });

  it("keeps partials short whatever the order of joins", () => {
    const input = longInput.subarray(0, 2 * MIB);
    const partials = Array.from(
      { length: 32 },
      (_, i) => partialOf(input, i * 64 * KIB, (i + 1) * 64 * KIB),
    );
    const [left, right] = [partials.slice(1, 17), partials.slice(17, 31)]
      .map((part) => mergeAll(blake3, part, seededRandom(SEED))!);
    // Segments 1 to 16 are 1 + 2 + 4 + 8 + 1, and 17 to 30 are 1 + 2 + 4 + 4 + 2 + 1.
    expect(left!.nodes.map((node) => node.chunkCount / 64)).toEqual([
      1,
      2,
      4,
      8,
      1,
    ]);
    expect(right!.nodes.map((node) => node.chunkCount / 64)).toEqual([
      1,
      2,
      4,
      4,
      2,
      1,
    ]);
    expect(mergeAll(blake3, partials, seededRandom(SEED))!.nodes).toHaveLength(
      1,
    );
  });

  it("counts chunks beyond 2^32", () => {
    const input = seededBytes(64 * KIB, SEED);
    const offset = 2 ** 42 + 2 ** 33;
    const state = startBlake3(driver.context(0, undefined), driver.scratch(0));
    const { nodes } = blake3Piece(driver.place(input, offset), state);
    const expected = reference.blake3Subtree(
      input,
      BigInt(offset / KIB),
      reference.BLAKE3_IV,
      0,
    );
    expect(nodes.map((node) => chainingValue(node.top)))
      .toEqual([reference.blake3Compress(expected).slice(0, 8)]);
  });

  it("counts a single chunk beyond 2^32", () => {
    const input = seededBytes(1000, SEED);
    const offset = 2 ** 42 + 2 ** 33;
    const state = startBlake3(driver.context(0, undefined), driver.scratch(0));
    const { nodes } = blake3Piece(driver.place(input, offset), state);
    const expected = reference.blake3Chunk(
      input,
      BigInt(offset / KIB),
      reference.BLAKE3_IV,
      0,
    );
    expect(chainingValue(nodes[0]!.top)).toEqual(
      reference.blake3Compress(expected).slice(0, 8),
    );
  });

  it.each([0, 1000, 70 * KIB + 1])(
    "hashes %i bytes with a key where the mode says so",
    (byteLength) => {
      const input = longInput.subarray(0, byteLength);
      const key = new TextEncoder().encode("whats the Elvish word for friend");
      const mode = {
        key: reference.wordsOf(key),
        flags: reference.Blake3Flag.KeyedHash,
      };
      const state = startBlake3(
        driver.context(0, undefined),
        driver.scratch(0),
        mode,
      );
      const partials = [0, 64 * KIB].filter((start) => start < byteLength).map((
        start,
      ) =>
        blake3Piece(
          driver.place(input.subarray(start, start + 64 * KIB), start),
          state,
        )
      );
      const whole = mergeAll(blake3, partials, seededRandom(SEED));
      const root = rootInput(whole, byteLength, mode);
      expect(toHex(rootOutput(root))).toBe(
        toHex(reference.blake3Keyed(key, input)),
      );
      if (byteLength > 0) expect(rootInput(whole, byteLength)).toEqual(root);
    },
  );

  it("writes to its own scratch only", () => {
    const { byteOffset } = driver.scratch(0);
    const end = byteOffset + BLAKE3_SCRATCH_BYTES;
    driver.bytes.fill(0x77, byteOffset - 64, byteOffset);
    driver.bytes.fill(0x77, end, end + 4096);
    partialOf(longInput, 0, 4 * MIB);
    expect(
      driver.bytes.subarray(byteOffset - 64, byteOffset).every((b) =>
        b === 0x77
      ),
    ).toBe(true);
    expect(driver.bytes.subarray(end, end + 4096).every((b) => b === 0x77))
      .toBe(true);
  });

  it("needs no more scratch for 2 GiB in one piece, of which it hashes each chunk once", () => {
    const scratch = driver.scratch(0);
    const chunks: (readonly [input: number, count: number, counter: number])[] =
      [];
    let writtenEnd = 0;
    const kernels: Partial<Kernels> = {
      blake3Chunks(input, count, counter, _key, _flags, cvs) {
        chunks.push([input, count, counter]);
        writtenEnd = Math.max(writtenEnd, cvs + 32 * count);
      },
      blake3Parents(children, count, _key, _flags, cvs) {
        writtenEnd = Math.max(
          writtenEnd,
          children + 64 * count,
          cvs + 32 * count,
        );
      },
    };
    const worker = {
      ...driver.context(0, undefined),
      kernels: kernels as Kernels,
    };
    const state = startBlake3(worker, scratch);
    const { nodes } = blake3Piece({
      offset: 0,
      address: 4096,
      byteLength: 2048 * MIB,
    }, state);
    expect(nodes.map((node) => node.chunkCount)).toEqual([2 ** 21]);
    expect(writtenEnd).toBe(scratch.byteOffset + BLAKE3_SCRATCH_BYTES);
    expect(chunks).toEqual(
      Array.from({ length: 2048 }, (_, i) => [4096 + i * MIB, 1024, 1024 * i]),
    );
  });
});

describe("rootOutput()", () => {
  it("gives the published extended output", () => {
    const root = rootInput(partialOf(longInput, 0, 1025), 1025);
    expect(toHex(rootOutput(root, 131))).toBe(BLAKE3_EXTENDED_1025);
  });

  it.each([0, 1, 1000, 1024, 3000])(
    "gives any part of the output of %i bytes",
    (byteLength) => {
      const partial = byteLength === 0
        ? undefined
        : partialOf(longInput, 0, byteLength);
      const root = rootInput(partial, byteLength);
      const whole = reference.blake3(longInput.subarray(0, byteLength), 300);
      for (const start of [0, 1, 31, 63, 64, 65, 128, 199]) {
        for (const count of [0, 1, 32, 64, 65, 101]) {
          const expected = toHex(whole.subarray(start, start + count));
          expect(
            toHex(rootOutput(root, count, start)),
            `${count} from ${start}`,
          ).toBe(expected);
        }
      }
    },
  );

  it("gives output beyond block 2^32", () => {
    const input = longInput.subarray(0, 5000);
    const block = 2 ** 34 + 1;
    const top = reference.blake3Subtree(input, 0n, reference.BLAKE3_IV, 0);
    const flags = top.flags | reference.Blake3Flag.Root;
    const words = reference.blake3Compress({
      ...top,
      counter: BigInt(block),
      flags,
    });
    const root = rootInput(partialOf(longInput, 0, 5000), 5000);
    expect(toHex(rootOutput(root, 64, 64 * block))).toBe(
      toHex(reference.bytesOf(words)),
    );
  });
});

describe("mergePartials()", () => {
  const [a, b, c] = [0, 1, 2].map((i) =>
    partialOf(longInput, i * 64 * KIB, (i + 1) * 64 * KIB)
  );

  it("refuses ranges that do not touch", () => {
    expect(() => mergePartials(a!, c!)).toThrow(/^Bug: /);
    expect(() => mergePartials(b!, a!)).toThrow(/^Bug: /);
    expect(() => mergePartials(a!, a!)).toThrow(/^Bug: /);
  });

  it("refuses what comes after a chunk that is not full", () => {
    const short = partialOf(longInput, 0, 1000);
    const next = { ...b!, byteOffset: 1000 };
    expect(() => mergePartials(short, next)).toThrow(/^Bug: /);
  });

  it("changes neither side", () => {
    const [before, after] = [structuredClone(a!), structuredClone(b!)];
    mergePartials(a!, b!);
    expect([a, b]).toEqual([before, after]);
  });
});

describe("blake3Digest().merge() in a worker", () => {
  // Cuts after odd chunks leave single chunks, which no kernel for parents can take.
  const bounds = fc.uniqueArray(fc.integer({ min: 1, max: 255 }), {
    maxLength: 12,
  });
  const modes = [HASH_MODE, keyedMode(BLAKE3_VECTOR_KEY)] as const;

  it.each([["simd", 0], ["scalar", 1]] as const)(
    "joins as mergePartials() does, by %s kernels",
    (_backend, index) => {
      fc.assert(fc.property(bounds, fc.constantFrom(...modes), (cuts, mode) => {
        const digest = blake3Digest(mode);
        const state = digest.start(
          driver.context(index, undefined),
          driver.scratch(index),
        );
        const pieces = piecesBetween(cuts).map(([start, end]) =>
          blake3Piece(
            driver.place(longInput.subarray(start, end), start),
            state,
          )
        );
        const joined = pieces.reduce((left, right) =>
          digest.merge(left, right, state)
        );
        expect(joined).toEqual(
          pieces.reduce((left, right) => mergePartials(left, right)),
        );
      }));
    },
  );

  function piecesBetween(cuts: readonly number[]): [number, number][] {
    const at = [0, ...cuts.toSorted((a, b) => a - b), 256].map((i) => i * KIB);
    return at.slice(1).map((end, i) => [at[i]!, end]);
  }
});

describe("rootInput()", () => {
  it("takes a partial of no bytes for an empty file", () => {
    expect(rootInput(partialOf(longInput, 0, 0), 0)).toEqual(
      rootInput(undefined, 0),
    );
  });

  it("refuses a tree that does not cover the file", () => {
    const partial = partialOf(longInput, 64 * KIB, 128 * KIB);
    expect(() => rootInput(partial, 128 * KIB)).toThrow(/^Bug: /);
    expect(() => rootInput(partial, 64 * KIB)).toThrow(/^Bug: /);
    expect(() => rootInput(partialOf(longInput, 0, 1024), 1025)).toThrow(
      /^Bug: /,
    );
    expect(() => rootInput(undefined, 1)).toThrow(/^Bug: /);
  });
});
