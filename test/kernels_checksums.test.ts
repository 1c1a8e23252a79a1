import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  bindChecksums,
  type ChecksumKernels,
  CRC_SCRATCH_BYTES,
  type CrcName,
  XXH_STATE_BYTES,
  type XxhName,
} from "../src/kernels/checksums.ts";
import {
  adler32,
  CRC_DEFINITIONS,
  crcHex,
  powerOfByte,
} from "./checksum_oracle.ts";
import {
  bytes,
  copyOf,
  expectWritesOnly,
  memory,
  MEMORY_BYTES,
  place,
  randomBytes,
} from "./kernels_arena.ts";

const SEED = 20261121;
const SCRATCH = 320 * 1024;
const CRC_NAMES: readonly CrcName[] = [
  "crc32",
  "crc32c",
  "crc64nvme",
  "crc64xz",
];
const XXH_NAMES: readonly XxhName[] = ["xxh64", "xxh3"];

/** Bytes that a CRC's distances reach, in whole turns of 64, as assembly/crc.ts has them. */
const REACH: Readonly<Record<CrcName, number>> = {
  crc32: 4032,
  crc32c: 5376,
  crc64nvme: 3328,
  crc64xz: 3136,
};
const CRC_BLOCK = 16_384;
const ADLER_BLOCK = 32_768;

const simd = bindChecksums({ memory, kernels: { backend: "simd" } });
const scalar = bindChecksums({ memory, kernels: { backend: "scalar" } });
const BACKENDS = { simd, scalar };
const random = randomBytes(200_000, SEED);

/** Lengths one below, at and one above each of `boundaries`. */
function around(...boundaries: number[]): number[] {
  return boundaries.flatMap((at) => [at - 1, at, at + 1]);
}

function crcOf(
  kernels: ChecksumKernels,
  name: CrcName,
  address: number,
  byteLength: number,
  crc = 0n,
): string {
  const digits = CRC_DEFINITIONS[name].bits / 4;
  return kernels.crcUpdate(name, address, byteLength, crc, SCRATCH)
    .toString(16).padStart(digits, "0");
}

describe.each(CRC_NAMES)("crcUpdate() of %s", (name) => {
  const definition = CRC_DEFINITIONS[name];
  const reach = REACH[name];
  const lengths = [
    ...[0, ...around(1, 8, 16, 64), 100],
    ...around(reach, 2 * reach, 2 * reach + 64, 2 * reach + 640),
    ...around(reach + CRC_BLOCK, reach + CRC_BLOCK + 64, reach + 3 * CRC_BLOCK),
    150_000,
  ];

  it.each(Object.entries(BACKENDS))(
    "%s: agrees with the definition at every boundary",
    (_backend, kernels) => {
      kernels.crcPrepare(name, SCRATCH);
      for (const byteLength of lengths) {
        const content = random.subarray(0, byteLength);
        const address = place(content, byteLength % 17, 0xff);
        expect(crcOf(kernels, name, address, byteLength), `${byteLength} bytes`)
          .toBe(crcHex(content, definition));
      }
    },
  );

  it("simd: agrees with scalar wherever the bytes lie and are cut", () => {
    simd.crcPrepare(name, SCRATCH);
    scalar.crcPrepare(name, SCRATCH);
    const content = random.subarray(0, 3 * reach + 77);
    const expected = crcHex(content, definition);
    for (let shift = 0; shift < 64; shift += 7) {
      const address = place(content, shift, shift);
      for (const cut of [0, 1, 63, 64, reach, 2 * reach + 13]) {
        for (const [first, then] of [[simd, scalar], [scalar, simd]] as const) {
          const front = crcOf(first, name, address, cut);
          const rest = content.length - cut;
          expect(
            crcOf(then, name, address + cut, rest, BigInt(`0x${front}`)),
            `at ${shift}, cut at ${cut}`,
          ).toBe(expected);
        }
      }
    }
  });

  it.each([0x00, 0xff])("simd: is right on bytes that are all %i", (byte) => {
    simd.crcPrepare(name, SCRATCH);
    const content = new Uint8Array(40_000).fill(byte);
    const address = place(content, 5, byte);
    expect(crcOf(simd, name, address, content.length))
      .toBe(crcHex(content, definition));
  });

  it("simd: reads nothing behind the memory's end, and writes its scratch only", () => {
    simd.crcPrepare(name, SCRATCH);
    const byteLength = 2 * reach + 1000;
    const content = random.subarray(0, byteLength);
    const address = MEMORY_BYTES - byteLength;
    const before = copyOf(address, byteLength);
    bytes.set(content, address);
    const output = { byteOffset: SCRATCH, byteLength: CRC_SCRATCH_BYTES };
    expectWritesOnly(output, () => {
      expect(crcOf(simd, name, address, byteLength))
        .toBe(crcHex(content, definition));
    });
    bytes.set(before, address);
  });
});

describe("crcUpdate()", () => {
  it("scalar: says so when it was not prepared", () => {
    const fresh = bindChecksums({
      memory: new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }),
      kernels: { backend: "scalar" },
    });
    expect(() => fresh.crcUpdate("crc32", 0, 1, 0n, SCRATCH)).toThrow(/^Bug: /);
  });

  it("simd: takes ranges above 2 GiB", () => {
    const large = new WebAssembly.Memory({
      initial: 65_536,
      maximum: 65_536,
      shared: true,
    });
    const kernels = bindChecksums({
      memory: large,
      kernels: { backend: "simd" },
    });
    kernels.crcPrepare("crc32c", SCRATCH);
    const content = random.subarray(0, 50_001);
    const address = 2 ** 32 - content.length;
    new Uint8Array(large.buffer, address, content.length).set(content);
    expect(crcOf(kernels, "crc32c", address, content.length))
      .toBe(crcHex(content, CRC_DEFINITIONS.crc32c));
    expect(kernels.adler32(address, content.length, 1)).toBe(adler32(content));
  });
});

describe("bindChecksums()", () => {
  it("binds once for an arena and a backend", () => {
    const host = { memory, kernels: { backend: "simd" } } as const;
    expect(bindChecksums(host)).toBe(simd);
    expect(bindChecksums({ ...host, kernels: { backend: "scalar" } }))
      .toBe(scalar);
  });
});

describe("distances of assembly/crc.ts", () => {
  const source = readFileSync(
    new URL("../src/kernels/assembly/crc.ts", import.meta.url),
    "utf8",
  );
  const relations = [
    ...source.matchAll(
      /function sum(Crc32|Crc32c|Nvme|Xz)\(.*\n\s+sum(?:Three|Seven)\((\d+), ([\d, ]+), AT\)/g,
    ),
  ].map(([, which, reach, distances]) => ({
    name: {
      Crc32: "crc32",
      Crc32c: "crc32c",
      Nvme: "crc64nvme",
      Xz: "crc64xz",
    }[
      which!
    ] as CrcName,
    reach: Number(reach),
    distances: distances!.split(",").map(Number),
  }));

  it("are found in the source, for each CRC", () => {
    expect(relations.map(({ name }) => name)).toEqual(CRC_NAMES);
  });

  it.each(relations)(
    "$name: a byte that is moved by $distances leaves the remainder as it is",
    ({ name, distances }) => {
      const definition = CRC_DEFINITIONS[name];
      const far = Math.max(...distances);
      const sum = distances.reduce(
        (sum, distance) => sum ^ powerOfByte(far - distance, definition),
        0n,
      );
      expect(sum).toBe(powerOfByte(far, definition));
    },
  );

  it.each(relations)(
    "$name: $distances fit what the kernel makes of them",
    ({ name, reach, distances }) => {
      const far = Math.max(...distances);
      expect(reach).toBe(Math.ceil(far / 64) * 64);
      expect(reach).toBe(REACH[name]);
      // A turn takes 64 bytes at once, and the register, of 8 bytes, lies in the zeros in front.
      expect(Math.min(...distances)).toBeGreaterThan(64);
      expect(far - distances.toSorted((a, b) => b - a)[1]!).toBeGreaterThan(8);
      // Tables, then the window with the longest reach at either end of a block.
      expect(16_384 + reach + Math.max(CRC_BLOCK, reach))
        .toBeLessThanOrEqual(CRC_SCRATCH_BYTES);
      expect(source).toContain(`${far}, ${reach});`);
    },
  );
});

describe("adler32()", () => {
  const lengths = [
    ...[0, ...around(1, 16, 32, 5552), 100],
    ...around(ADLER_BLOCK, 2 * ADLER_BLOCK),
    150_000,
  ];

  it.each(Object.entries(BACKENDS))(
    "%s: agrees with the definition at every boundary",
    (_backend, kernels) => {
      for (const byteLength of lengths) {
        const content = random.subarray(0, byteLength);
        const address = place(content, byteLength % 17, 0xff);
        expect(kernels.adler32(address, byteLength, 1), `${byteLength} bytes`)
          .toBe(adler32(content));
      }
    },
  );

  it.each(Object.entries(BACKENDS))(
    "%s: loses nothing of the largest sums, and goes on from a value",
    (_backend, kernels) => {
      const content = new Uint8Array(3 * ADLER_BLOCK + 15).fill(0xff);
      const address = place(content, 3, 0xff);
      expect(kernels.adler32(address, content.length, 1))
        .toBe(adler32(content));
      const front = kernels.adler32(address, 1001, 1);
      expect(kernels.adler32(address + 1001, content.length - 1001, front))
        .toBe(adler32(content));
      // The largest value that there is.
      const last = 65_520 * 65_536 + 65_520;
      expect(kernels.adler32(address, content.length, last))
        .toBe(BACKENDS.scalar.adler32(address, content.length, last));
    },
  );

  it("simd: writes nothing", () => {
    expectWritesOnly(undefined, () => void simd.adler32(1000, 100_000, 1));
  });
});

describe.each(XXH_NAMES)("%s", (name) => {
  const state = SCRATCH;
  const lengths = [
    ...[0, ...around(1, 3, 4, 8, 9, 16, 17, 32, 64, 96, 128, 129, 160)],
    ...around(192, 240, 241, 256, 257, 320, 512, 1024, 1088, 2048, 4096),
  ];

  function hashOf(
    kernels: ChecksumKernels,
    address: number,
    byteLength: number,
    step: number,
  ): bigint {
    kernels.xxhStart(name, state);
    for (let at = 0; at < byteLength; at += step) {
      const taken = Math.min(step, byteLength - at);
      kernels.xxhUpdate(name, state, address + at, taken);
    }
    return kernels.xxhEnd(name, state);
  }

  it("simd: agrees with scalar at every boundary", () => {
    for (const byteLength of lengths) {
      const content = random.subarray(0, byteLength);
      const address = place(content, byteLength % 17, 0xff);
      expect(hashOf(simd, address, byteLength, Infinity), `${byteLength} bytes`)
        .toBe(hashOf(scalar, address, byteLength, Infinity));
    }
  });

  it.each([1, 7, 31, 32, 33, 63, 64, 65, 100, 255, 256, 257, 1000, 1024])(
    "simd: does not depend on pieces, here of %i bytes",
    (step) => {
      for (const byteLength of lengths) {
        const content = random.subarray(0, byteLength);
        const address = place(content, 1, 0xff);
        expect(hashOf(simd, address, byteLength, step), `${byteLength} bytes`)
          .toBe(hashOf(simd, address, byteLength, Infinity));
      }
    },
  );

  it("scalar: does not depend on pieces", () => {
    for (const byteLength of [31, 240, 241, 256, 257, 1089, 3000]) {
      const address = place(random.subarray(0, byteLength), 1, 0xff);
      expect(hashOf(scalar, address, byteLength, 13), `${byteLength} bytes`)
        .toBe(hashOf(scalar, address, byteLength, Infinity));
    }
  });

  it("simd: takes empty pieces anywhere", () => {
    const address = place(random.subarray(0, 1000), 0, 0xff);
    simd.xxhStart(name, state);
    for (
      const [at, count] of [[0, 0], [0, 300], [300, 0], [300, 700]] as const
    ) {
      simd.xxhUpdate(name, state, address + at, count);
    }
    expect(simd.xxhEnd(name, state)).toBe(hashOf(simd, address, 1000, 1000));
  });

  it("simd: keeps two hashes apart, and writes their states only", () => {
    const address = place(random.subarray(0, 5000), 0, 0xff);
    const other = state + XXH_STATE_BYTES;
    const output = { byteOffset: state, byteLength: 2 * XXH_STATE_BYTES };
    const expected = hashOf(simd, address, 5000, 5000);
    expectWritesOnly(output, () => {
      simd.xxhStart(name, other);
      simd.xxhStart(name, state);
      for (let at = 0; at < 5000; at += 100) {
        simd.xxhUpdate(name, state, address + at, 100);
        simd.xxhUpdate(name, other, address + at, at % 300);
      }
      expect(simd.xxhEnd(name, state)).toBe(expected);
      simd.xxhEnd(name, other);
    });
  });
});
