import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { blake3Digest, type Blake3Output } from "../src/digest/blake3.ts";
import { deriveKeyMode, keyedMode } from "../src/digest/blake3_modes.ts";
import { type Blake3Mode, HASH_MODE } from "../src/digest/blake3_tree.ts";
import { toHex } from "../src/digest/hex.ts";
import {
  BLAKE3_EXTENDED_1025,
  BLAKE3_MODE_EXTENDED_1025,
  BLAKE3_MODE_VECTORS,
  BLAKE3_VECTOR_CONTEXT,
  BLAKE3_VECTOR_KEY,
} from "./blake3_vectors.ts";
import { JobDriver, mergeAll, seededRandom } from "./job_driver.ts";
import * as reference from "./reference.ts";
import { hasTool } from "./tools.ts";
import { rounds } from "./effort.ts";

const KIB = 1024;
const SEED = 20261121;
const CONTEXT = "sabmap 2026-11-21 a context of this test";

const driver = new JobDriver();
const input = reference.blake3TestInput(200 * KIB);
const hasB3sum = hasTool("b3sum");
const keyed = keyedMode(BLAKE3_VECTOR_KEY);
const derived = deriveKeyMode(BLAKE3_VECTOR_CONTEXT);

/** Digest of `bytes`, cut at multiples of 64 KiB, whose partials are joined in any order. */
function digestOf(
  bytes: Uint8Array,
  mode: Blake3Mode,
  output: Blake3Output = {},
): string {
  const digest = blake3Digest(mode, output);
  const starts = Array.from(
    { length: Math.ceil(bytes.length / (64 * KIB)) },
    (_, i) => i * 64 * KIB,
  );
  const partials = starts.map((start, i) => {
    const worker = i % 2;
    const state = digest.start(
      driver.context(worker, undefined),
      driver.scratch(worker),
    );
    const part = bytes.subarray(start, start + 64 * KIB);
    return structuredClone(
      digest.leaf(driver.place(part, start, worker), state),
    );
  });
  const whole = mergeAll(digest, partials, seededRandom(SEED));
  return digest.finish(whole, bytes.length);
}

function b3sum(bytes: Uint8Array, ...args: string[]): string {
  const { stdout } = spawnSync("b3sum", ["--no-names", ...args], {
    input: bytes,
  });
  return stdout.toString().trim();
}

describe("keyedMode()", () => {
  it.each(BLAKE3_MODE_VECTORS)(
    "gives the published digest of %i bytes",
    (byteLength, expected) => {
      expect(digestOf(input.subarray(0, byteLength), keyed)).toBe(expected);
    },
  );

  it("agrees with the reference over several segments", () => {
    expect(digestOf(input, keyed)).toBe(
      toHex(reference.blake3Keyed(BLAKE3_VECTOR_KEY, input)),
    );
  });

  it("takes a key that lies anywhere in a buffer", () => {
    const shifted = new Uint8Array(40);
    shifted.set(BLAKE3_VECTOR_KEY, 3);
    expect(keyedMode(shifted.subarray(3, 35))).toEqual(keyed);
  });

  it.each([0, 31, 33, 64])("refuses a key of %i bytes", (byteLength) => {
    expect(() => keyedMode(new Uint8Array(byteLength))).toThrow(RangeError);
    expect(() => keyedMode(new Uint8Array(byteLength))).toThrow(
      `must be 32 bytes: received ${byteLength} bytes`,
    );
  });

  it.skipIf(!hasB3sum)("agrees with b3sum --keyed", () => {
    // b3sum takes the key from its input, so the data must be a file: this one.
    const path = new URL("./blake3_vectors.ts", import.meta.url).pathname;
    const { stdout } = spawnSync("cat", [path]);
    const expected = b3sum(BLAKE3_VECTOR_KEY, "--keyed", path);
    expect(digestOf(Uint8Array.from(stdout), keyed)).toBe(expected);
  });
});

describe("deriveKeyMode()", () => {
  it.each(BLAKE3_MODE_VECTORS)(
    "gives the published key of %i bytes",
    (byteLength, _keyed, expected) => {
      expect(digestOf(input.subarray(0, byteLength), derived)).toBe(expected);
    },
  );

  it.each([0, 1, 63, 64, 65, 1023, 1024, 1025, 2049, 5000])(
    "agrees with the reference on a context of %i bytes",
    (length) => {
      const context = "c".repeat(length);
      expect(digestOf(input.subarray(0, 1500), deriveKeyMode(context)))
        .toBe(
          toHex(reference.blake3DeriveKey(context, input.subarray(0, 1500))),
        );
    },
  );

  it.skipIf(!hasB3sum)("agrees with b3sum --derive-key", () => {
    for (const context of [CONTEXT, "Schlüssel für 🗝", "x".repeat(3000)]) {
      for (const byteLength of [0, 1, 1024, 1025, 70_000]) {
        const bytes = input.subarray(0, byteLength);
        expect(
          digestOf(bytes, deriveKeyMode(context)),
          `${context}: ${byteLength} bytes`,
        ).toBe(b3sum(bytes, "--derive-key", context));
      }
    }
  });
});

describe("blake3Digest()", () => {
  it("gives the published extended output in each mode", () => {
    const bytes = input.subarray(0, 1025);
    const outputBytes = 131;
    expect(
      [HASH_MODE, keyed, derived].map((mode) =>
        digestOf(bytes, mode, { outputBytes })
      ),
    ).toEqual([
      BLAKE3_EXTENDED_1025,
      BLAKE3_MODE_EXTENDED_1025.keyed,
      BLAKE3_MODE_EXTENDED_1025.derived,
    ]);
  });

  it("gives any part of the output", () => {
    const whole = toHex(reference.blake3(input.subarray(0, 70_000), 1000));
    const place = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(place, place, (seek, outputBytes) => {
        const part = { seek, outputBytes };
        expect(digestOf(input.subarray(0, 70_000), HASH_MODE, part))
          .toBe(whole.slice(2 * seek, 2 * (seek + outputBytes)));
      }),
      { numRuns: rounds(40) },
    );
  });

  it.skipIf(!hasB3sum)("agrees with b3sum --length", () => {
    for (const outputBytes of [1, 31, 33, 64, 65, 1000]) {
      for (const byteLength of [0, 1000, 1025, 70_000]) {
        const bytes = input.subarray(0, byteLength);
        expect(digestOf(bytes, HASH_MODE, { outputBytes }))
          .toBe(b3sum(bytes, "--length", String(outputBytes)));
      }
    }
  });

  it("does not take one mode for another", () => {
    const plain = blake3Digest();
    const digests = [plain, blake3Digest(keyed), blake3Digest(derived)]
      .map((digest) => digest.finish(undefined, 0));
    expect(new Set(digests).size).toBe(3);
  });
});

describe("toHex()", () => {
  it("gives two digits for each byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const expected = Array.from(
      bytes,
      (byte) => (byte + 256).toString(16).slice(1),
    ).join("");
    expect(toHex(bytes)).toBe(expected);
    expect(toHex(new Uint8Array(0))).toBe("");
  });

  it("takes as much as a digest may be long", () => {
    const text = toHex(new Uint8Array(2 ** 24).fill(0x5a));
    expect(text.length).toBe(2 ** 25);
    expect(text.slice(-4)).toBe("5a5a");
  });
});
