/**
 * Lengths of parts that a file may have been uploaded in, the likely ones first.
 *
 * @module
 */
import { PART_BYTES_DEFAULT } from "../parameters.ts";

const MIB = 1024 ** 2;
const MB = 1000 ** 2;

/** What S3's web console uploads at a time. */
export const CONSOLE_PART_BYTES = 17_179_870;

/**
 * Defaults of tools, by how often they are met: aws-cli and boto3, S3's least, the web console, s3cmd,
 * MinIO and s5cmd, round numbers of people.
 */
const COMMON: readonly number[] = [
  PART_BYTES_DEFAULT,
  5 * MIB,
  CONSOLE_PART_BYTES,
  16 * MIB,
  15 * MIB,
  10 * MIB,
  50 * MIB,
  64 * MIB,
  100 * MIB,
  25 * MIB,
  20 * MIB,
  32 * MIB,
  128 * MIB,
  256 * MIB,
  512 * MIB,
  1024 * MIB,
];

/** Units whose multiples are tried, each with the most multiples of it. */
const STEPS: readonly (readonly [unit: number, most: number])[] = [
  [5 * MIB, 16],
  [MIB, 64],
  [MB, 64],
  [64 * 1024, 32],
];

/** For a stream, whose length is not known, so that every candidate takes its time. */
export function commonPartSizes(): readonly number[] {
  return COMMON;
}

/**
 * Lists lengths of parts of which a file has so many.
 *
 * @param byteLength Bytes of the file.
 * @param count How many parts there are, from 1 on.
 * @returns Lengths, each once, the likely ones first; none if no file of that length has so many parts.
 */
export function likelyPartSizes(byteLength: number, count: number): number[] {
  // Every length from that of the file on makes one part, with one ETag.
  if (count === 1) return [Math.max(PART_BYTES_DEFAULT, byteLength)];
  const least = Math.ceil(byteLength / count);
  const fits = (bytes: number) =>
    bytes >= 1 && Math.ceil(byteLength / bytes) === count;
  const sizes = [
    ...COMMON,
    ...powersOfTwo(),
    // What tools come to that share a file out among so many parts.
    least,
    ...STEPS.flatMap(([unit, most]) => multiples(unit, least, most)),
  ];
  return [...new Set(sizes.filter(fits))];
}

function powersOfTwo(): number[] {
  return Array.from({ length: 53 }, (_, power) => 2 ** power);
}

/** The multiples of a unit from `least` on. */
function multiples(unit: number, least: number, most: number): number[] {
  const first = Math.ceil(least / unit);
  return Array.from({ length: most }, (_, i) => (first + i) * unit);
}
