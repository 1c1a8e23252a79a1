import * as fc from "fast-check";
import { joinBytes } from "../src/join_bytes.ts";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ALGORITHMS } from "../src/digest/algorithms.ts";
import { digestNamed, loadDigests } from "../src/digest/registry.ts";
import { hashOnce } from "../src/digest/parts/hash_once.ts";
import {
  appendPacked,
  joinPacked,
  type Packed,
} from "../src/digest/parts/packed.ts";
import {
  hashJob,
  type HashJobOptions,
  type HashJobResult,
} from "../src/jobs/hash.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import * as oracle from "./parts_oracle.ts";
import { rounds } from "./effort.ts";

await loadDigests(ALGORITHMS);

const KIB = 1024;
const MIB = 1024 * KIB;
const SEED = 20261121;
const EMPTY_SHA256 =
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const driver = new JobDriver();
const random = seededBytes(3 * MIB + 12_345, SEED);

function hash(
  bytes: Uint8Array,
  options: HashJobOptions,
  { seed = SEED, segmentBytes = MIB } = {},
): HashJobResult {
  return driver.run(hashJob, bytes, options, { segmentBytes, seed });
}

function digest(bytes: Uint8Array, algorithm: string, partBytes?: number) {
  const options = { algorithms: [algorithm], parameters: { partBytes } };
  return hash(bytes, options).digests[algorithm]!;
}

function text(byte: string, length: number): Uint8Array {
  return new Uint8Array(length).fill(byte.charCodeAt(0));
}

function base64(digest: string): string {
  const [hex, count] = digest.split("-");
  return `${Buffer.from(hex!, "hex").toString("base64")}-${count}`;
}

describe("s3-*", () => {
  it("joins hashes of parts as S3 did", () => {
    const etags = Buffer.from(
      "bce6bf66aeb76c7040fdd5f4eccb78e6" + "8165449fc15bbf43d3b674595cbcc406",
      "hex",
    );
    const sha256s = [
      "lcKa6Boe7a167tUCN5C4OaFygGSYD8MBnBARTrdL+1w=",
      "gHjhbUT4oo2tSCtSZJdlKi+jeNXJT+VImqdPXsXvkOc=",
      "4l9PQ3zOPZ0oGFvknFX+J4zZwE4WMzO+l3r8XrbWOeM=",
    ].map((hash) => Buffer.from(hash, "base64"));
    const join = (name: string, hashes: Uint8Array) => {
      const found = digestNamed(name);
      return found.kind === "parted" ? found.finish(hashes) : undefined;
    };
    expect(join("s3-etag", etags)).toBe("f77dc0eecdebcd774a2a22cb393ad2ff-2");
    expect(base64(join("s3-sha256", Buffer.concat(sha256s))!)).toBe(
      "rVWtNbadtsaKXJAcgWPWjifHzJaXde/iV4jaJAOdivc=-3",
    );
  });

  it("gives what the web console's uploads have", () => {
    const zeros = new Uint8Array(34_567_890);
    expect(base64(digest(zeros, "s3-sha256", 17_179_870))).toBe(
      "eS1aSUoSnbLv53dDOSSjmhilAUkzfJsEiZKg3+lCjBc=-3",
    );
  });

  it("takes an empty file for one empty part", () => {
    for (const [name, naive] of Object.entries(oracle.S3_HASHES)) {
      const expected = oracle.hex(naive(naive(new Uint8Array(0))));
      expect(digest(new Uint8Array(0), name)).toBe(`${expected}-1`);
    }
  });

  it("has the formula of parts for one part too", () => {
    const one = createHash("md5").update(random).digest();
    const two = createHash("md5").update(one).digest("hex");
    expect(digest(random, "s3-etag")).toBe(`${two}-1`);
  });

  it("agrees with the oracle for parts of any length", () => {
    const lengths = fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: MIB }),
      fc.constantFrom(1023, 1024, 1025, 64 * KIB, MIB, 2 ** 40),
    );
    fc.assert(
      fc.property(lengths, fc.nat(20_000), fc.integer(), (part, n, seed) => {
        const bytes = random.subarray(0, part > 50_000 ? random.length : n);
        for (const name of Object.keys(oracle.S3_HASHES)) {
          const parameters = { partBytes: part };
          const job = { algorithms: [name], parameters };
          const segmentBytes = part > 50_000 ? 300_000 : 1000;
          expect(hash(bytes, job, { seed, segmentBytes }).digests[name])
            .toBe(oracle.s3(name, bytes, part));
        }
      }),
      { numRuns: rounds(15), seed: SEED },
    );
  });
});

describe("glacier", () => {
  it.each([
    ["", 0, EMPTY_SHA256],
    [
      "a",
      MIB,
      "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360",
    ],
    [
      "a",
      4 * MIB,
      "9491cb2ed1d4e7cd53215f4017c23ec4ad21d7050a1e6bb636c4f67e8cddb844",
    ],
    [
      "a",
      4 * MIB + 20,
      "12f3cbd6101b981cde074039f6f728071da8879d6f632de8afc7cdf00661b08f",
    ],
    [
      "0",
      5.5 * MIB,
      "154e26c78fd74d0c2c9b3cc4644191619dc4f2cd539ae2a74d5fd07957a3ee6a",
    ],
  ])("gives the published value of %j times %i", (byte, length, expected) => {
    expect(digest(text(byte || "0", length), "glacier")).toBe(expected);
  });

  it("agrees with the oracle for any number of chunks", () => {
    for (const length of [1, MIB - 1, MIB + 1, 2 * MIB, 3 * MIB, 3 * MIB + 1]) {
      const bytes = random.subarray(0, length);
      expect(digest(bytes, "glacier")).toBe(oracle.glacier(bytes));
    }
  });

  it("joins long lists of chunks as the oracle does", () => {
    const glacier = digestNamed("glacier");
    const sha256 = oracle.native("sha256");
    for (const count of [1, 2, 3, 5, 7, 11, 100, 1025]) {
      const hashes = seededBytes(32 * count, count);
      let level = oracle.cut(hashes, 32);
      while (level.length > 1) {
        level = oracle.cut(new Uint8Array(Buffer.concat(level)), 64)
          .map((pair) => pair.length === 64 ? sha256(pair) : pair);
      }
      expect(glacier.kind === "parted" && glacier.finish(hashes))
        .toBe(oracle.hex(level[0]!));
    }
  });
});

describe("dropbox", () => {
  it.each([
    [0, EMPTY_SHA256],
    [
      4_194_304,
      "d4d63bac5b866c71620185392a8a6218ac1092454a2d16f820363b69852befa3",
    ],
    [
      4_194_305,
      "8f553da8d00d0bf509d8470e242888be33019c20c0544811f5b2b89e98360b92",
    ],
    [
      8_388_609,
      "02c8a4aefc2bfc9036f89a7098001865885938ca580e5c9e5db672385edd303c",
    ],
  ])("gives the published value of %i times A", (length, expected) => {
    expect(digest(text("A", length), "dropbox")).toBe(expected);
    expect(oracle.dropbox(text("A", length))).toBe(expected);
  });
});

describe("btv2", () => {
  const vector = Uint8Array.from(
    { length: 1_000_000 },
    (_, i) => (i % 11 + i % 439 + i % 1103) & 255,
  );
  const layerHash = (bytes: Uint8Array, pieceBytes: number) => {
    const job = { algorithms: ["btv2"], parameters: { pieceBytes } };
    const { pieceLayer } = hash(bytes, job, { segmentBytes: 64 * KIB });
    return createHash("sha256").update(pieceLayer!).digest("hex");
  };

  it("gives the root that the reference creator gives", () => {
    expect(digest(vector, "btv2")).toBe(
      "a3c50db2f195727de9ba5efd0bc03f780cc8b442edb409489619f8f0aba0984c",
    );
  });

  it.each([
    [16 * KIB, "e4a81196", "2bb5"],
    [32 * KIB, "54aa0710", "894c"],
    [256 * KIB, "36a4df9f", "1819"],
  ])("gives its piece layer for pieces of %i", (pieceBytes, start, end) => {
    const layer = layerHash(vector, pieceBytes);
    expect([layer.slice(0, 8), layer.slice(-4)]).toEqual([start, end]);
  });

  it("has no layer for a file of one piece, and zeros for the root of nothing", () => {
    const job = { algorithms: ["btv2"], parameters: { pieceBytes: MIB } };
    expect(hash(vector, job).pieceLayer).toEqual(new Uint8Array(0));
    expect(hash(new Uint8Array(0), job)).toEqual({
      digests: { btv2: "0".repeat(64) },
      parts: {},
      pieceLayer: new Uint8Array(0),
    });
    expect("pieceLayer" in hash(vector, { algorithms: ["btv2"] })).toBe(false);
  });

  it("agrees with the oracle for any length, piece and order", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.nat(random.length), fc.nat(70).map((n) => n * 16 * KIB)),
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 2, max: 5 }),
        fc.integer(),
        (length, piece, segment, seed) => {
          const bytes = random.subarray(0, length);
          const pieceBytes = 16 * KIB * 2 ** piece;
          const expected = oracle.btv2(bytes, pieceBytes);
          const job = { algorithms: ["btv2"], parameters: { pieceBytes } };
          const segmentBytes = 16 * KIB * 2 ** segment;
          const found = hash(bytes, job, { segmentBytes, seed });
          expect(found.digests["btv2"]).toBe(expected.root);
          expect(oracle.hex(found.pieceLayer!)).toBe(expected.layer);
        },
      ),
      { numRuns: rounds(40), seed: SEED },
    );
  });
});

describe("hashJob", () => {
  it("tells what parts there were", () => {
    const job = {
      algorithms: ["glacier", "md5", "s3-etag"],
      parameters: { partBytes: 1_000_000 },
    };
    expect(hash(random, job).parts).toEqual({
      "glacier": { partBytes: MIB, count: 4 },
      "s3-etag": { partBytes: 1_000_000, count: 4 },
    });
  });

  it("tries several lengths of parts in one pass", () => {
    const trials = [1_000_000, 1_000_001];
    const { digests } = hash(random, { algorithms: ["s3-etag"], trials });
    expect(digests).toEqual({
      "s3-etag/1000000": oracle.s3("s3-etag", random, 1_000_000),
      "s3-etag/1000001": oracle.s3("s3-etag", random, 1_000_001),
    });
  });

  it("lets segments start where its digests allow it", () => {
    const align = (...algorithms: string[]) =>
      hashJob.alignBytes?.({ algorithms });
    expect(align("s3-etag", "glacier")).toBe(1);
    expect(align("s3-etag", "btv2")).toBe(16 * KIB);
  });

  it("gives digests with scratch of their own places in it", () => {
    const algorithms = ["s3-crc32c", "crc32c", "s3-crc32", "blake3"];
    const { digests } = hash(random, { algorithms });
    for (const name of algorithms) {
      expect(digests[name]).toBe(digest(random, name));
    }
    const sum = algorithms.map((name) =>
      hashJob.scratchBytes!({ algorithms: [name] })
    ).reduce((a, b) => a + b);
    expect(hashJob.scratchBytes!({ algorithms })).toBeGreaterThanOrEqual(sum);
  });
});

describe("appendPacked() and joinPacked()", () => {
  it("keep all bytes, in few chunks, and change no list", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.boolean()), { maxLength: 200 }),
        (steps) => {
          let list: Packed = [];
          const expected: number[] = [];
          steps.forEach(([length, asList], i) => {
            const bytes = new Uint8Array(length).fill(i);
            const before = joinBytes(list);
            const longer = asList
              ? joinPacked(list, [bytes, bytes])
              : appendPacked(list, bytes);
            expect(joinBytes(list)).toEqual(before);
            list = longer;
            expected.push(...bytes, ...asList ? bytes : []);
          });
          expect([...joinBytes(list)]).toEqual(expected);
          expect(list.length).toBeLessThan(3 + Math.log2(expected.length + 1));
        },
      ),
      { numRuns: rounds(50), seed: SEED },
    );
  });
});

describe("hashOnce()", () => {
  it("hashes shared and plain bytes as createHash() does", () => {
    const shared = new Uint8Array(new SharedArrayBuffer(100)).fill(7);
    for (const name of ["md5", "sha1", "sha256"] as const) {
      for (const bytes of [shared.subarray(3, 50), Uint8Array.from(shared)]) {
        const expected = createHash(name).update(bytes).digest("hex");
        expect(oracle.hex(hashOnce(name)(bytes))).toBe(expected);
      }
    }
  });
});
