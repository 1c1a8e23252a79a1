import { describe, expect, it } from "vitest";
import {
  checkParameters,
  type DigestParameters,
} from "../src/digest/parameters.ts";
import { hashFile } from "../src/operations.ts";

const KEY = new Uint8Array(32);

/** Refused as a wrong type, and as a wrong value. */
const TYPES: unknown[] = [
  { partBytes: "8MiB" },
  { partBytes: null },
  { partBytes: 5n },
  { pieceBytes: "16384" },
  { blake3: "key" },
  { blake3: null },
  { blake3: { key: "0".repeat(32) } },
  { blake3: { key: [1, 2] } },
  { blake3: { context: 5 } },
  { blake3: { key: KEY, context: "both" } },
  { blake3: { outputBytes: "64" } },
  { blake3: { seek: 1n } },
];
const VALUES: unknown[] = [
  { partBytes: 0 },
  { partBytes: -1 },
  { partBytes: 1.5 },
  { partBytes: NaN },
  { partBytes: Infinity },
  { partBytes: 2 ** 53 },
  { pieceBytes: 0 },
  { pieceBytes: 8192 },
  { pieceBytes: 16 * 1024 + 1 },
  { pieceBytes: 3 * 16 * 1024 },
  { pieceBytes: -16384 },
  { pieceBytes: Infinity },
  { blake3: { key: new Uint8Array(31) } },
  { blake3: { key: new Uint8Array(33) } },
  { blake3: { outputBytes: 0 } },
  { blake3: { outputBytes: 1e12 } },
  { blake3: { outputBytes: 1.5 } },
  { blake3: { seek: -1 } },
  { blake3: { seek: 0.5 } },
  { blake3: { seek: 2 ** 53 } },
];

function tried(parameters: unknown) {
  // The types say what is right; callers without them get errors.
  return () => checkParameters(parameters as DigestParameters);
}

describe("checkParameters()", () => {
  it.each([
    {},
    { partBytes: 1 },
    { partBytes: 2 ** 53 - 1 },
    { partBytes: undefined, pieceBytes: undefined, blake3: undefined },
    { pieceBytes: 16 * 1024 },
    { pieceBytes: 2 ** 40 },
    { blake3: {} },
    { blake3: { key: KEY, seek: 0, outputBytes: 1 } },
    { blake3: { context: "", seek: 2 ** 52 } },
  ])("takes %j", (parameters) => {
    expect(tried(parameters)).not.toThrow();
  });

  it.each(TYPES)("throws TypeError for %o", (parameters) => {
    expect(tried(parameters)).toThrow(TypeError);
  });

  it.each(VALUES)("throws RangeError for %o", (parameters) => {
    expect(tried(parameters)).toThrow(RangeError);
  });
});

describe("hashFile()", () => {
  it("refuses parameters before it looks at the file", async () => {
    for (const parameters of [...TYPES, ...VALUES]) {
      await expect(hashFile("/no/such/file", parameters as DigestParameters))
        .rejects.not.toHaveProperty("code");
    }
  });
});
