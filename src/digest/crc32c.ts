/**
 * CRC-32C (Castagnoli): iSCSI, ext4, Google Cloud Storage, S3, Kafka.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3720 appendix B.4
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

/** CRC-32C of ranges. */
export const CRC32C: CrcAlgorithm = crcAlgorithm("crc32c");

/** CRC-32C as a digest. */
export const crc32c: ParallelDigest<CrcUpdate, CrcPartial> = crcDigest(CRC32C);
