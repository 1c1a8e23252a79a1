/**
 * CRCs of ranges, joined exactly: of 32 bits (zip, gzip, iSCSI, Google Cloud) and of 64 (S3, xz, OSS).
 *
 * A {@link CrcAlgorithm} is what one CRC can do, for digests that are made of CRCs of parts;
 * {@link crcDigest} makes the digest of a whole file from it.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import {
  bindChecksums,
  CRC_CONSTANTS,
  CRC_SCRATCH_BYTES,
  type CrcName,
} from "../kernels/checksums.ts";
import type { Region } from "../kernels/kernels.ts";
import { joinedLength, requireWhole } from "./coverage.ts";
import type { ParallelDigest } from "./digest.ts";
import { crcCombine, residues32, residues64, type Word64 } from "./gf2.ts";

/** Value of a CRC: 8 or 16 lower-case hexadecimal digits, so that it is the same in any format. */
export type CrcValue = string;

/**
 * Computes the CRC of bytes of the arena after bytes whose CRC is `crc`.
 *
 * @param address Byte offset in the arena, anywhere.
 * @param crc Value of the bytes in front of these; `initial` where there are none.
 */
export type CrcUpdate = (
  address: number,
  byteLength: number,
  crc: CrcValue,
) => CrcValue;

/** What one CRC can do. */
export interface CrcAlgorithm {
  readonly name: CrcName;
  /** Value of no bytes. */
  readonly initial: CrcValue;
  /** Bytes of the worker's scratch that `start` wants. */
  readonly scratchBytes: number;
  /** @param scratch `scratchBytes` of the arena, 64-byte aligned, this state's alone. */
  start(worker: WorkerContext, scratch: Region): CrcUpdate;
  /** CRC of two neighbours, from theirs and the length of the right one, below 2^53. */
  combine(left: CrcValue, right: CrcValue, rightByteLength: number): CrcValue;
}

/** CRC of a range of a file. */
export interface CrcPartial {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly crc: CrcValue;
}

/** Makes a CRC. @param start Defaults to the kernels of this library. */
export function crcAlgorithm(
  name: CrcName,
  start: CrcAlgorithm["start"] = startKernel(name),
): CrcAlgorithm {
  const { bits } = CRC_CONSTANTS[name];
  return {
    name,
    initial: "0".repeat(bits / 4),
    scratchBytes: CRC_SCRATCH_BYTES,
    start,
    combine: bits === 32 ? combine32(name) : combine64(name),
  };
}

function combine32(name: CrcName): CrcAlgorithm["combine"] {
  const { polynomial } = CRC_CONSTANTS[name];
  const combine = crcCombine(residues32(Number(polynomial)));
  return (left, right, rightByteLength) =>
    toDigits(combine(parseInt(left, 16), parseInt(right, 16), rightByteLength));
}

function combine64(name: CrcName): CrcAlgorithm["combine"] {
  const { polynomial } = CRC_CONSTANTS[name];
  const combine = crcCombine(residues64(toWord64(polynomial.toString(16))));
  return (left, right, rightByteLength) => {
    const { high, low } = combine(
      toWord64(left),
      toWord64(right),
      rightByteLength,
    );
    return toDigits(high) + toDigits(low);
  };
}

/** Makes what starts a CRC on the kernels of this library. */
export function startKernel(name: CrcName): CrcAlgorithm["start"] {
  const digits = CRC_CONSTANTS[name].bits / 4;
  return (worker, { byteOffset: scratch }) => {
    const kernels = bindChecksums(worker);
    kernels.crcPrepare(name, scratch);
    return (address, byteLength, crc) => {
      const before = BigInt(`0x${crc}`);
      return kernels.crcUpdate(name, address, byteLength, before, scratch)
        .toString(16).padStart(digits, "0");
    };
  };
}

/** Makes the digest that is a CRC of the whole file. */
export function crcDigest(
  algorithm: CrcAlgorithm,
): ParallelDigest<CrcUpdate, CrcPartial> {
  return {
    kind: "parallel",
    name: algorithm.name,
    scratchBytes: algorithm.scratchBytes,
    alignBytes: 1,
    start: algorithm.start,
    leaf: ({ offset, address, byteLength }, update) => ({
      byteOffset: offset,
      byteLength,
      crc: update(address, byteLength, algorithm.initial),
    }),
    merge: (left, right) => ({
      byteOffset: left.byteOffset,
      byteLength: joinedLength(left, right),
      crc: algorithm.combine(left.crc, right.crc, right.byteLength),
    }),
    finish: (partial, byteLength) => {
      requireWhole(partial, byteLength);
      return partial?.crc ?? algorithm.initial;
    },
  };
}

/** @param digits Sixteen of them. */
function toWord64(digits: string): Word64 {
  return {
    high: parseInt(digits.slice(0, 8), 16),
    low: parseInt(digits.slice(8), 16),
  };
}

function toDigits(word: number): string {
  return word.toString(16).padStart(8, "0");
}
