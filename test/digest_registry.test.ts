import { describe, expect, it, vi } from "vitest";
import {
  ALGORITHMS,
  parseAlgorithms,
  SERIAL_ALGORITHMS,
} from "../src/digest/algorithms.ts";
import {
  areLoaded,
  digestNamed,
  loadDigests,
  REGISTERED,
} from "../src/digest/registry.ts";
import { nearest } from "../src/digest/suggest.ts";

await loadDigests(ALGORITHMS);

describe("ALGORITHMS", () => {
  it("lists each digest under its own name", () => {
    expect(ALGORITHMS).toEqual(REGISTERED);
    expect(ALGORITHMS.map((name) => digestNamed(name).name)).toEqual(
      ALGORITHMS,
    );
  });

  it("holds parallel and serial ones, and those of parts", () => {
    const ofKind = (kind: string) =>
      ALGORITHMS.filter((name) => digestNamed(name).kind === kind).join(" ");
    expect(ofKind("parallel")).toBe(
      "blake3 crc32 crc32c crc64nvme crc64xz adler32 btv2",
    );
    expect(ofKind("serial")).toBe(SERIAL_ALGORITHMS.join(" "));
    expect(ofKind("serial")).toBe("md5 sha1 sha256 sha512 xxh64 xxh3");
    expect(ofKind("parted")).toBe(
      "s3-etag s3-sha256 s3-sha1 s3-crc32 s3-crc32c glacier dropbox",
    );
  });
});

describe("digestNamed()", () => {
  it("gives digests their parameters", () => {
    const partBytesOf = (name: string, partBytes?: number) => {
      const digest = digestNamed(name, { partBytes });
      return digest.kind === "parted" ? digest.partBytes : undefined;
    };
    expect(partBytesOf("s3-etag")).toBe(8 * 1024 ** 2);
    expect(partBytesOf("s3-etag", 5)).toBe(5);
    expect(partBytesOf("glacier", 5)).toBe(1024 ** 2);
    expect(partBytesOf("dropbox", 5)).toBe(4 * 1024 ** 2);
  });
});

describe("loadDigests()", () => {
  it("knows what is loaded, and no other names", async () => {
    expect(areLoaded(ALGORITHMS)).toBe(true);
    expect(areLoaded(["blake3", "rot13"])).toBe(false);
    await expect(loadDigests(["rot13"])).rejects.toThrow(
      'Bug: no digest is named "rot13"',
    );
    expect(() => digestNamed("rot13")).toThrow(
      'Bug: no digest is named "rot13"',
    );
  });

  it("loads nothing that was not asked for", async () => {
    // A module of its own, in which nothing is loaded yet.
    vi.resetModules();
    const fresh = await import("../src/digest/registry.ts");
    expect(() => fresh.digestNamed("sha256")).toThrow(
      'Bug: digest "sha256" is not loaded',
    );
    await fresh.loadDigests(["sha256", "sha256"]);
    expect(fresh.digestNamed("sha256").name).toBe("sha256");
    expect(fresh.areLoaded(["sha256", "sha512"])).toBe(false);
  });
});

describe("parseAlgorithms()", () => {
  it('takes "all" for every algorithm', () => {
    expect(parseAlgorithms(["all"])).toEqual(ALGORITHMS);
    expect(parseAlgorithms(["md5", "all"])).toEqual([
      "md5",
      ...ALGORITHMS.filter((name) => name !== "md5"),
    ]);
  });

  it("keeps the order and drops repetitions", () => {
    expect(parseAlgorithms(["sha256", "blake3", "sha256"])).toEqual([
      "sha256",
      "blake3",
    ]);
  });

  it("names what is known and what may have been meant", () => {
    expect(() => parseAlgorithms(["blake3", "SHA-265"])).toThrow(
      new RangeError(
        `Cannot hash as the algorithm must be one of ${
          ALGORITHMS.join(", ")
        }, or all: received "SHA-265" (did you mean "sha256"?)`,
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
    ["S3 ETag", "s3-etag"],
    ["s3", "s3-etag"],
    ["crc64", "crc64nvme"],
    ["CRC-32C", "crc32c"],
    ["xxh", "xxh64"],
    ["glaicer", "glacier"],
  ])("finds what %j was meant to be", (typed, expected) => {
    expect(nearest(typed, ALGORITHMS)).toBe(expected);
  });

  it.each(["", "q", "xxh128", "quite another thing", "a".repeat(100_000)])(
    "finds nothing near %j",
    (typed) => {
      expect(nearest(typed, ALGORITHMS)).toBeUndefined();
    },
  );
});
