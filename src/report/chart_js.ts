/**
 * The plotting library that a report carries along.
 *
 * @module
 */
import { fromSystemError, SabmapError } from "../errors.ts";
import { loadBuiltin } from "../platform/builtin.ts";

/** The library in one file, beside the entry that the package names. */
const FILE_NAME = "chart.umd.min.js";

/**
 * Reads chart.js, as it is installed, to be put into a page.
 *
 * @returns Its code, which makes a global `Chart`.
 * @throws {SabmapError} `ENOENT` if the package is not installed.
 */
export function loadChartJs(): string {
  const { createRequire } = loadBuiltin<typeof import("node:module")>(
    "node:module",
  );
  const { readFileSync } = loadBuiltin<typeof import("node:fs")>("node:fs");
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve("chart.js");
  } catch (cause) {
    throw new SabmapError(
      "ENOENT",
      "reports need the package chart.js (npm install chart.js)",
      { cause },
    );
  }
  const path = entry.replace(/[^/\\]*$/, FILE_NAME);
  try {
    // Its last line names a map that is not there.
    return readFileSync(path, "utf8").replace(
      /\n\/\/# sourceMappingURL=.*\s*$/,
      "\n",
    );
  } catch (error) {
    throw fromSystemError(error, path);
  }
}
