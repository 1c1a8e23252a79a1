import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { ALGORITHMS } from "../src/digest/algorithms.ts";
import { loadDigests } from "../src/digest/registry.ts";
import { hashJob } from "../src/jobs/hash.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";

await loadDigests(ALGORITHMS);

const SEED = 20261121;
const SERIAL = ["md5", "sha1", "sha256", "sha512"];

/** FIPS 180-2 and RFC 1321: the digests of "abc". */
const OF_ABC: Readonly<Record<string, string>> = {
  md5: "900150983cd24fb0d6963f7d28e17f72",
  sha1: "a9993e364706816aba3e25717850c26c9cd0d89d",
  sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
  sha512: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a" +
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
};

const driver = new JobDriver();
const input = seededBytes(200_001, SEED);

function digests(
  bytes: Uint8Array,
  algorithms: string[],
): Record<string, string> {
  const drive = { segmentBytes: 64 * 1024, seed: SEED };
  return driver.run<{ digests: Record<string, string> }>(
    hashJob,
    bytes,
    { algorithms },
    drive,
  ).digests;
}

describe("serialDigest()", () => {
  it("gives the published digests", () => {
    expect(digests(new TextEncoder().encode("abc"), SERIAL)).toEqual(OF_ABC);
  });

  it.each(SERIAL)("agrees with the one-shot digest: %s", (name) => {
    for (const byteLength of [0, 1, 65_535, 65_536, 65_537, 131_072, 200_001]) {
      const bytes = input.subarray(0, byteLength);
      expect(digests(bytes, [name]), `${byteLength} bytes`)
        .toEqual({ [name]: createHash(name).update(bytes).digest("hex") });
    }
  });

  it.for(SERIAL)("agrees with the command: %s", (name, { skip }) => {
    const { status, stdout } = spawnSync(`${name}sum`, { input });
    if (status !== 0) skip(`${name}sum is not installed`);
    expect(digests(input, [name])[name]).toBe(stdout.toString().split(" ")[0]);
  });
});
