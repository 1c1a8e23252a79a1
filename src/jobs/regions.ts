/**
 * How often each byte value occurs, region by region of a file.
 *
 * The picture depends on the file alone: it is cut into regions of 2^k bytes, 64 KiB
 * at least, the smallest that give 64 regions at most. Segments may be smaller or larger
 * than regions. While the length of a file is not known, the regions of what has been
 * seen are used, which can only be finer: merging makes them coarser, pair by pair.
 *
 * @module
 */

/** Regions that a file is cut into at most. */
const REGIONS_MAX = 64;

/** Length of the shortest region. */
const REGION_BYTES_MIN = 64 * 1024;

/** How often each byte value occurs: `f64[256]`, as counts in huge files pass 2^32. */
export type ByteCounts = Float64Array;

/** Byte counts of the regions that a range of a file touches. */
export interface RegionCounts {
  /** Length of every region but the file's last, a power of two. */
  readonly regionBytes: number;
  /** Index in the file of the first region. */
  readonly first: number;
  /** In file order, without gaps; the first and the last may be counted in part. */
  readonly counts: readonly ByteCounts[];
}

/** Length of the regions of a file of `byteLength` bytes. */
export function regionBytesOf(byteLength: number): number {
  let regionBytes = REGION_BYTES_MIN;
  while (regionBytes * REGIONS_MAX < byteLength) regionBytes *= 2;
  return regionBytes;
}

/**
 * Joins the regions of two neighbours.
 *
 * Regions that only one of them touches are shared with the result, not copied, so that
 * a join costs one addition of 256 counts, and more only when regions become coarser.
 */
export function mergeRegions(
  left: RegionCounts,
  right: RegionCounts,
): RegionCounts {
  const regionBytes = Math.max(left.regionBytes, right.regionBytes);
  const before = coarsen(left, regionBytes);
  const after = coarsen(right, regionBytes);
  const counts = [...before.counts];
  after.counts.forEach((added, i) => {
    const index = after.first + i - before.first;
    counts[index] = addCounts(counts[index], added);
  });
  return { ...before, counts };
}

/** Adds up the counts of neighbouring regions until regions are `regionBytes` long. */
function coarsen(regions: RegionCounts, regionBytes: number): RegionCounts {
  const ratio = regionBytes / regions.regionBytes;
  if (ratio === 1) return regions;
  const first = Math.floor(regions.first / ratio);
  const counts: ByteCounts[] = [];
  regions.counts.forEach((added, i) => {
    const index = Math.floor((regions.first + i) / ratio) - first;
    counts[index] = addCounts(counts[index], added);
  });
  return { regionBytes, first, counts };
}

/** Adds two tables of counts into a new one; the second itself where there is no first. */
export function addCounts(
  left: ByteCounts | undefined,
  right: ByteCounts,
): ByteCounts {
  return left === undefined
    ? right
    : left.map((count, byte) => count + (right[byte] ?? 0));
}
