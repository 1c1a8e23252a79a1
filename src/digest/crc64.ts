/**
 * CRCs of 64 bits: NVME, which S3 computes by default, and XZ, which xz and Alibaba's OSS use.
 *
 * Azure's storage prints bytes of what is said to be the same as NVME, which is not tested here.
 *
 * @module
 */
import {
  type CrcAlgorithm,
  crcAlgorithm,
  crcDigest,
  type CrcPartial,
  type CrcUpdate,
} from "./crc.ts";
import type { ParallelDigest } from "./digest.ts";

/** CRC-64/NVME of ranges. */
export const CRC64_NVME: CrcAlgorithm = crcAlgorithm("crc64nvme");

/** CRC-64/XZ of ranges. */
export const CRC64_XZ: CrcAlgorithm = crcAlgorithm("crc64xz");

/** CRC-64/NVME as a digest. */
export const crc64nvme: ParallelDigest<CrcUpdate, CrcPartial> = crcDigest(
  CRC64_NVME,
);

/** CRC-64/XZ as a digest. */
export const crc64xz: ParallelDigest<CrcUpdate, CrcPartial> = crcDigest(
  CRC64_XZ,
);
