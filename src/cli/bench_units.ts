/**
 * How figures of measurements are written in the terminal.
 *
 * @module
 */

/** A rate in GB/s, without the unit. */
export function showGigabytes(bytesPerSecond: number): string {
  const rate = bytesPerSecond / 1e9;
  return rate >= 0.1 ? rate.toFixed(2) : rate.toPrecision(2);
}

/** A time in milliseconds or seconds. */
export function showSeconds(seconds: number): string {
  return seconds < 1
    ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 2 : 1)} ms`
    : `${seconds.toFixed(2)} s`;
}

/** How many times as fast; a dash where it is not known. */
export function showRatio(ratio: number | undefined): string {
  return ratio === undefined ? "-" : `${ratio.toFixed(2)}x`;
}
