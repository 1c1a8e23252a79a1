/**
 * Files of the One Billion Row Challenge.
 *
 * @module
 */
import { BLOCK_BYTES, type Blocks } from "./blocks.ts";
import { Phrases } from "./phrases.ts";
import { RandomPool } from "./random.ts";
import { STATIONS } from "./stations.ts";

/** Mean plus deviation stays within these, in tenths of a degree. */
const TENTHS_MAX = 999;
/** Five standard deviations, in tenths. */
const DEVIATION_MAX = 500;
/** The challenge allows names of 100 bytes. */
const MEASUREMENT_BYTES_MAX = 128;

/**
 * Measurements of the One Billion Row Challenge, `Station;12.3` a line: a station at random,
 * a temperature normally distributed about its mean with a standard deviation of 10.
 *
 * As many whole lines as fit into `byteLength`.
 */
export function* measurementBlocks(byteLength: number, seed: number): Blocks {
  const block = new Uint8Array(BLOCK_BYTES + MEASUREMENT_BYTES_MAX);
  const view = new DataView(block.buffer);
  const writeMeasurement = measurementWriter(seed);
  for (let left = byteLength;;) {
    let filled = 0;
    let end = 0;
    while (
      filled < BLOCK_BYTES && (end = writeMeasurement(view, filled)) <= left
    ) filled = end;
    if (filled > 0) yield block.subarray(0, filled);
    if (end > left) return;
    left -= filled;
  }
}

/** @returns A function that writes the next line and returns the offset behind it. */
function measurementWriter(
  seed: number,
): (view: DataView, offset: number) => number {
  const random = new RandomPool(seed);
  const names = new Phrases(STATIONS.map(({ name }) => `${name};`));
  const means = Int16Array.from(STATIONS, ({ mean }) => Math.round(mean * 10));
  const deviations = normalTenths();
  const numbers = new Phrases(
    Array.from(
      { length: 2 * TENTHS_MAX + 1 },
      (_, i) => `${((i - TENTHS_MAX) / 10).toFixed(1)}\n`,
    ),
  );
  return (view, offset) => {
    const word = random.next();
    // 16 bits choose the station, evenly but for 1 in 160; the other 16 the deviation.
    const station = ((word >>> 16) * means.length) >>> 16;
    const tenths = (means[station] ?? 0) + (deviations[word & 0xffff] ?? 0);
    return numbers.write(
      view,
      names.write(view, offset, station),
      tenths + TENTHS_MAX,
    );
  };
}

/**
 * The normal distribution with standard deviation 10, rounded to tenths, as a table to draw from.
 *
 * The density at one tenth follows from the one before by multiplication alone, so that the
 * table is the same everywhere.
 *
 * @returns `i16[65536]`, each deviation in tenths as often as it is likely.
 */
function normalTenths(): Int16Array {
  const table = new Int16Array(65536);
  const densities = densitiesFromZero();
  const total = densities.reduce((sum, density) => sum + 2 * density, -1);
  let sum = 0;
  let filled = 0;
  for (let tenths = -DEVIATION_MAX; tenths <= DEVIATION_MAX; tenths++) {
    sum += densities[Math.abs(tenths)] ?? 0;
    const end = Math.round((sum / total) * table.length);
    table.fill(tenths, filled, end);
    filled = end;
  }
  return table;
}

/** exp(-1 / (2 * 100**2)): one tenth is a hundredth of the standard deviation. */
const DENSITY_STEP = 0.9999500012499792;

/** exp(-d**2 / 20000) for d from 0: each step multiplies by DENSITY_STEP**(2 * d + 1). */
function densitiesFromZero(): number[] {
  const densities = [1];
  let density = 1;
  let factor = DENSITY_STEP;
  for (let tenths = 1; tenths <= DEVIATION_MAX; tenths++) {
    density *= factor;
    factor *= DENSITY_STEP * DENSITY_STEP;
    densities.push(density);
  }
  return densities;
}
