import { describe, expect, it } from "vitest";
import {
  ALGORITHMS,
  digestNamed,
  parseAlgorithms,
} from "../src/digest/registry.ts";
import { nearest } from "../src/digest/suggest.ts";

describe("ALGORITHMS", () => {
  it("lists each digest under its own name", () => {
    expect(ALGORITHMS.map((name) => digestNamed(name).name)).toEqual(
      ALGORITHMS,
    );
  });

  it("holds parallel and serial ones", () => {
    expect(ALGORITHMS.map((name) => [name, digestNamed(name).kind])).toEqual([
      ["blake3", "parallel"],
      ["crc32", "parallel"],
      ["md5", "serial"],
      ["sha1", "serial"],
      ["sha256", "serial"],
      ["sha512", "serial"],
    ]);
  });
});

describe("parseAlgorithms()", () => {
  it("keeps the order and drops repetitions", () => {
    expect(parseAlgorithms(["sha256", "blake3", "sha256"])).toEqual([
      "sha256",
      "blake3",
    ]);
  });

  it("names what is known and what may have been meant", () => {
    expect(() => parseAlgorithms(["blake3", "SHA-265"])).toThrow(
      new RangeError(
        "Cannot hash as the algorithm must be one of blake3, crc32, md5, sha1, sha256, sha512: " +
          'received "SHA-265" (did you mean "sha256"?)',
      ),
    );
  });

  it("suggests nothing where nothing is near", () => {
    expect(() => parseAlgorithms(["whirlpool"])).toThrow(
      /received "whirlpool"$/,
    );
  });

  it.each(["constructor", "__proto__", "toString", ""])(
    "knows no %j",
    (name) => {
      expect(() => parseAlgorithms([name])).toThrow(RangeError);
    },
  );

  it("refuses an empty list", () => {
    expect(() => parseAlgorithms([])).toThrow(RangeError);
  });

  it.each<unknown>([undefined, null, "blake3", 3, {}, [[3]], [[undefined]]])(
    "refuses %j",
    (names) => {
      expect(() => parseAlgorithms(names as string[])).toThrow(TypeError);
    },
  );
});

describe("nearest()", () => {
  it.each([
    ["blake", "blake3"],
    ["BLAKE-3", "blake3"],
    ["sha-256", "sha256"],
    ["sha_512", "sha512"],
    ["crc", "crc32"],
    ["bl", "blake3"],
    ["md4", "md5"],
    ["sah1", "sha1"],
  ])("finds what %j was meant to be", (typed, expected) => {
    expect(nearest(typed, ALGORITHMS)).toBe(expected);
  });

  it.each(["", "x", "xxh128", "quite another thing", "a".repeat(100_000)])(
    "finds nothing near %j",
    (typed) => {
      expect(nearest(typed, ALGORITHMS)).toBeUndefined();
    },
  );
});
