/**
 * Figures as people read them.
 *
 * @module
 */

const BINARY_UNITS = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Groups digits: `1,048,576`. */
export function groupDigits(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A size in full and in a unit: `1,048,576 bytes (1 MiB)`. */
export function showSize(byteLength: number): string {
  const full = `${groupDigits(byteLength)} ${
    byteLength === 1 ? "byte" : "bytes"
  }`;
  return byteLength < 1024 ? full : `${full} (${showShortSize(byteLength)})`;
}

/** A size in the largest unit of which there is at least one: `1.5 MiB`. */
export function showShortSize(byteLength: number): string {
  let value = byteLength;
  let unit = 0;
  // From 1023.5 on it would be rounded to 1,024 of the smaller unit.
  for (; value >= 1023.5 && unit < BINARY_UNITS.length - 1; unit++) {
    value /= 1024;
  }
  return `${threeDigits(value)} ${BINARY_UNITS[unit] ?? ""}`;
}

/** At most three digits, as many behind the point as that leaves: `1.25`, `12.5`, `125`, `1,023`. */
function threeDigits(value: number): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return groupDigits(Number(value.toFixed(digits)));
}

/** Bytes per second: `2.61 GB/s`. */
export function showRate(byteLength: number, elapsedMs: number): string {
  const rate = bytesPerSecond(byteLength, elapsedMs);
  if (rate >= 1e9) return `${(rate / 1e9).toFixed(2)} GB/s`;
  return rate >= 1e6
    ? `${(rate / 1e6).toFixed(1)} MB/s`
    : `${(rate / 1e3).toFixed(1)} kB/s`;
}

/** Bytes per second; 0 when no time has passed. */
export function bytesPerSecond(byteLength: number, elapsedMs: number): number {
  return elapsedMs > 0 ? (byteLength * 1000) / elapsedMs : 0;
}

/** A duration in whole seconds, as clocks show it: `0:07`, `1:02:03`; `-:--` if it is not known. */
export function showDuration(ms: number | undefined): string {
  if (ms === undefined) return "-:--";
  const seconds = Math.ceil(ms / 1000);
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const two = (value: number): string => value.toString().padStart(2, "0");
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}

/** A share in percent: `12.50 %`. */
export function showPercent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : (part / whole) * 100).toFixed(2)} %`;
}

const LEVELS = "▁▂▃▄▅▆▇█";

/**
 * A line of bars, one per value.
 *
 * @param max The value that fills a bar.
 * @param columns Most bars to draw; more values are averaged.
 */
export function sparkline(
  values: readonly number[],
  max: number,
  columns: number,
): string {
  return shrink(values, columns).map((value) => {
    const level = Math.floor((value / max) * LEVELS.length);
    return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, level))];
  }).join("");
}

/** Averages neighbours until at most `length` values are left. */
function shrink(values: readonly number[], length: number): readonly number[] {
  if (values.length <= length) return values;
  return Array.from({ length }, (_, i) => {
    const part = values.slice(
      Math.floor((i * values.length) / length),
      Math.floor(((i + 1) * values.length) / length),
    );
    return part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}
