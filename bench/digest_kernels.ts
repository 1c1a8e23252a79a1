/**
 * How fast is each checksum in one worker, against what it has to reach: 3 GB/s or 0.7 times the speed of a
 * copy of the same bytes, whichever is lower?
 *
 *     npm run bench -- digest_kernels          # on all three runtimes
 *     bun bench/digest_kernels.ts crc64nvme
 *     deno run -A bench/digest_kernels.ts --check
 *
 * The bytes are 1 MiB of an arena, as long as a segment and where a worker has just put one. Each figure is
 * the median over pairs of one run of either side. Results are held against definitions that take a bit or
 * a byte at a time (test/checksum_oracle.ts), those of xxHash against the scalar twin.
 *
 * @module
 */
import { CRC32 } from "../src/digest/crc32.ts";
import type { CrcAlgorithm } from "../src/digest/crc.ts";
import { CRC32C } from "../src/digest/crc32c.ts";
import { CRC64_NVME, CRC64_XZ } from "../src/digest/crc64.ts";
import type { WorkerContext } from "../src/job.ts";
import { bindChecksums, type XxhName } from "../src/kernels/checksums.ts";
import {
  KERNEL_SCRATCH_BYTES,
  type Kernels,
  type Region,
} from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import { adler32, CRC_DEFINITIONS, crcHex } from "../test/checksum_oracle.ts";
import type { BenchOptions } from "./options.ts";
import { median, WrongResultError } from "./pairs.ts";
import { atLeast } from "./report.ts";
import { figureOf, type Question, runSuite } from "./suite.ts";

const MIB = 1024 ** 2;
/** Places in the arena. */
const KERNEL_SCRATCH: Region = {
  byteOffset: 0,
  byteLength: KERNEL_SCRATCH_BYTES,
};
/** Each checksum has as much from here on. */
const SCRATCHES = 64 * 1024;
const SCRATCH_BYTES = 64 * 1024;
const INPUT = MIB;
const COPY = 3 * MIB;

const PAIRS = 25;
/** Times that a run goes over the bytes. */
const PASSES = 8;
/** Calls until engines have compiled a function for good. */
const WARM_UP_CALLS = 200;

/** What a worker is to reach: this, or a share of the speed of a copy. */
const BYTES_PER_SECOND = 3e9;
const COPY_SHARE = 0.7;

const memory = new WebAssembly.Memory({
  initial: 80,
  maximum: 80,
  shared: true,
});
const arena = new Uint8Array(memory.buffer);

/** One pass over the bytes, and what is to come of it. */
interface Checksum {
  readonly name: string;
  pass(): string;
  expected(): string;
}

await runSuite({
  name: "digest_kernels",
  cache: "1 MiB of the arena, in L2",
  questions,
});

function questions({ check }: BenchOptions): Question[] {
  const byteLength = check ? 70_001 : MIB;
  for (let i = 0; i < byteLength; i++) {
    arena[INPUT + i] = Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24;
  }
  const crcs = [CRC32C, CRC64_NVME, CRC64_XZ, CRC32];
  const xxh: readonly XxhName[] = ["xxh64", "xxh3"];
  return [
    ...crcs.map((algorithm, i) => crcOf(algorithm, scratchOf(i), byteLength)),
    adlerOf(byteLength),
    ...xxh.map((name) => xxhOf(name, scratchOf(crcs.length), byteLength)),
  ].map((checksum) => ask(checksum, byteLength));
}

function scratchOf(index: number): Region {
  const byteOffset = SCRATCHES + index * SCRATCH_BYTES;
  return { byteOffset, byteLength: SCRATCH_BYTES };
}

function context(backend: "simd" | "scalar"): WorkerContext {
  const module = backend === "simd" ? compileKernels() : undefined;
  const kernels: Kernels = createKernels(memory, module, KERNEL_SCRATCH);
  const file = { path: "bench", byteLength: undefined };
  const scratch = scratchOf(0);
  return { index: 0, count: 1, memory, kernels, scratch, file };
}

function crcOf(
  algorithm: CrcAlgorithm,
  scratch: Region,
  byteLength: number,
): Checksum {
  const { name, initial } = algorithm;
  const update = algorithm.start(context("simd"), scratch);
  return {
    name,
    pass: () => update(INPUT, byteLength, initial),
    expected: () => crcHex(inputOf(byteLength), CRC_DEFINITIONS[name]),
  };
}

function adlerOf(byteLength: number): Checksum {
  const kernels = bindChecksums(context("simd"));
  return {
    name: "adler32",
    pass: () => String(kernels.adler32(INPUT, byteLength, 1)),
    expected: () => String(adler32(inputOf(byteLength))),
  };
}

function xxhOf(
  name: XxhName,
  { byteOffset: state }: Region,
  byteLength: number,
): Checksum {
  const pass = (backend: "simd" | "scalar") => {
    const kernels = bindChecksums(context(backend));
    return () => {
      kernels.xxhStart(name, state);
      kernels.xxhUpdate(name, state, INPUT, byteLength);
      return kernels.xxhEnd(name, state).toString(16);
    };
  };
  return { name, pass: pass("simd"), expected: pass("scalar") };
}

function inputOf(byteLength: number): Uint8Array {
  return arena.subarray(INPUT, INPUT + byteLength);
}

function ask({ name, pass, expected }: Checksum, byteLength: number): Question {
  return {
    name: `${name}/3GB-or-copy`,
    target: atLeast(1),
    twoThreads: false,
    answer: (check) => {
      requireRight(name, pass(), expected());
      if (check) return Promise.resolve(undefined);
      return Promise.resolve(measure(pass, byteLength));
    },
  };
}

function requireRight(name: string, result: string, expected: string): void {
  if (result === expected) return;
  throw new WrongResultError(
    `${name} says "${result}" where the definition says "${expected}"`,
  );
}

function measure(pass: () => string, byteLength: number) {
  const copy = () => {
    arena.copyWithin(COPY, INPUT, INPUT + byteLength);
    return "";
  };
  for (let i = 0; i < WARM_UP_CALLS; i++) pass(), copy();
  const speeds = Array.from({ length: PAIRS }, () => ({
    ours: bytesPerSecond(pass, byteLength),
    copy: bytesPerSecond(copy, byteLength),
  }));
  const ratios = speeds.map(({ ours, copy }) =>
    ours / Math.min(BYTES_PER_SECOND, COPY_SHARE * copy)
  );
  const detail = [
    gigabytes("", speeds.map(({ ours }) => ours)),
    gigabytes("copy ", speeds.map(({ copy }) => copy)),
  ].join(", ");
  return figureOf(ratios, "x", detail);
}

function bytesPerSecond(pass: () => string, byteLength: number): number {
  const started = performance.now();
  for (let i = 0; i < PASSES; i++) pass();
  return PASSES * byteLength * 1000 / (performance.now() - started);
}

function gigabytes(what: string, speeds: readonly number[]): string {
  return `${what}${(median(speeds) / 1e9).toFixed(1)} GB/s`;
}
