import { describe, expect, it } from "vitest";
import { toHex } from "../src/digest/hex.ts";
import { bindChecksums, type XxhName } from "../src/kernels/checksums.ts";
import { loadDigests } from "../src/digest/registry.ts";
import { hashJob } from "../src/jobs/hash.ts";
import { adler32, CRC_DEFINITIONS, crcHex } from "./checksum_oracle.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import * as reference from "./reference.ts";

const KIB = 1024;
const SEED = 20261121;
const CRCS = ["crc32", "crc32c", "crc64nvme", "crc64xz"] as const;
const XXHS = ["xxh64", "xxh3"] as const;
const ALGORITHMS = [...CRCS, "adler32", ...XXHS, "blake3"];

await loadDigests(ALGORITHMS);

const driver = new JobDriver();
const longInput = seededBytes(300 * KIB + 7, SEED);

function digestsOf(
  input: Uint8Array,
  segmentBytes: number,
  algorithms: readonly string[] = ALGORITHMS,
): Readonly<Record<string, string>> {
  const drive = { segmentBytes, seed: SEED + segmentBytes };
  return driver.run<{ digests: Record<string, string> }>(
    hashJob,
    input,
    { algorithms },
    drive,
  ).digests;
}

/** By definitions; the hashes by the scalar kernels, which other tests hold against xxhsum. */
function expectedOf(input: Uint8Array): Record<string, string> {
  return Object.fromEntries([
    ...CRCS.map((name) => [name, crcHex(input, CRC_DEFINITIONS[name])]),
    ["adler32", adler32(input).toString(16).padStart(8, "0")],
    ...XXHS.map((name) => [name, xxhOf(name, input)]),
    ["blake3", toHex(reference.blake3(input))],
  ]);
}

function xxhOf(name: XxhName, input: Uint8Array): string {
  const pages = Math.ceil(input.length / 65_536) + 1;
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  new Uint8Array(memory.buffer).set(input, 65_536);
  const kernels = bindChecksums({ memory, kernels: { backend: "scalar" } });
  kernels.xxhStart(name, 0);
  kernels.xxhUpdate(name, 0, 65_536, input.length);
  return kernels.xxhEnd(name, 0).toString(16).padStart(16, "0");
}

describe("hashJob with checksums", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_000, 300 * KIB + 7])(
    "gives all of them side by side: %i bytes",
    (byteLength) => {
      const input = longInput.subarray(0, byteLength);
      expect(digestsOf(input, 64 * KIB)).toEqual(expectedOf(input));
    },
  );

  it("does not depend on the length of segments", () => {
    const expected = expectedOf(longInput);
    for (const segmentBytes of [64 * KIB, 128 * KIB, 256 * KIB, 1024 * KIB]) {
      expect(digestsOf(longInput, segmentBytes), `${segmentBytes} bytes`)
        .toEqual(expected);
    }
  });

  it.each(ALGORITHMS)("gives %s alone as beside the others", (name) => {
    const { [name]: expected } = expectedOf(longInput);
    expect(digestsOf(longInput, 64 * KIB, [name])).toEqual({
      [name]: expected,
    });
  });

  it("gives digests in the order asked for", () => {
    const names = ["xxh3", "crc64xz", "adler32"];
    expect(Object.keys(digestsOf(longInput, 64 * KIB, names))).toEqual(names);
  });
});
