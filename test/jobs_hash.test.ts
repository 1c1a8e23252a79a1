import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CRC32_POLYNOMIAL } from "../src/digest/crc32.ts";
import { toHex } from "../src/digest/hex.ts";
import { ALGORITHMS } from "../src/digest/algorithms.ts";
import { loadDigests } from "../src/digest/registry.ts";
import { hashJob, type HashJobResult } from "../src/jobs/hash.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import * as reference from "./reference.ts";
import { rounds } from "./effort.ts";

await loadDigests(ALGORITHMS);

const KIB = 1024;
const SEED = 20261121;

const driver = new JobDriver();
const input = seededBytes(300_001, SEED);

function hash(
  bytes: Uint8Array,
  algorithms: readonly string[],
  seed = SEED,
): HashJobResult {
  return driver.run(hashJob, bytes, { algorithms }, {
    segmentBytes: 64 * KIB,
    seed,
  });
}

describe("hashJob", () => {
  it("gives the digests of nothing", () => {
    const sha256 =
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    expect(hash(new Uint8Array(0), ALGORITHMS).digests).toEqual({
      blake3:
        "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
      crc32: "00000000",
      crc32c: "00000000",
      crc64nvme: "0000000000000000",
      crc64xz: "0000000000000000",
      adler32: "00000001",
      md5: "d41d8cd98f00b204e9800998ecf8427e",
      sha1: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
      sha256,
      sha512:
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce" +
        "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
      xxh64: "ef46db3751d8e999",
      xxh3: "2d06800538d394c2",
      // Hashes of the hash of nothing.
      "s3-etag": "59adb24ef3cdbe0297f05b395827453f-1",
      "s3-sha256":
        "5df6e0e2761359d30a8275058e299fcc0381534545f55cf43e41983f5d4c9456-1",
      "s3-sha1": "be1bdec0aa74b4dcb079943e70528096cca985f8-1",
      "s3-crc32": "2144df1c-1",
      "s3-crc32c": "48674bc7-1",
      glacier: sha256,
      dropbox: sha256,
      btv2: "0".repeat(64),
    });
  });

  it("gives the same digests together as one by one", () => {
    const together = hash(input, ALGORITHMS).digests;
    for (const name of ALGORITHMS) {
      expect(hash(input, [name]).digests[name]).toBe(together[name]);
    }
    expect(together["blake3"]).toBe(toHex(reference.blake3(input)));
    expect(parseInt(together["crc32"]!, 16)).toBe(
      reference.crc(input, CRC32_POLYNOMIAL),
    );
  });

  it("lists digests in the order asked for", () => {
    const order = ["sha256", "blake3", "md5", "crc32"];
    expect(Object.keys(hash(input, order).digests)).toEqual(order);
  });

  it("does not depend on the order of scans and joins", () => {
    const expected = hash(input, ["blake3", "crc32"]);
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(hash(input, ["blake3", "crc32"], seed)).toEqual(expected);
      }),
      { numRuns: rounds(10) },
    );
  });

  it("has a lane for each serial digest and none for the others", () => {
    const lanes =
      hashJob.lanes?.({ algorithms: ["md5", "blake3", "sha512"] }) ?? [];
    expect(lanes.map((lane) => lane.name)).toEqual(["md5", "sha512"]);
  });

  it("looks at no byte in scan when only serial digests are asked for", () => {
    const state = hashJob.start(
      { algorithms: ["md5", "sha1"] },
      driver.context(0, 10),
    );
    const range = {
      get bytes(): never {
        throw new Error("read");
      },
      get address(): never {
        throw new Error("read");
      },
    };
    // @ts-expect-error A range that must not be looked at
    expect(hashJob.scan(range, state)).toEqual({});
  });
});
