/**
 * The command line of every benchmark: `[--check] [--json] [name...]`.
 *
 * @module
 */
import process from "node:process";

/** How a benchmark is to run. */
export interface BenchOptions {
  /** Tiny inputs, each question once, results only: no time is measured. */
  readonly check: boolean;
  /** One JSON object per row instead of a table. */
  readonly json: boolean;
  /** How a question's name must start, one of these; any if there are none. */
  readonly names: readonly string[];
}

const FLAGS = ["--check", "--json"];

/** Reads the options of this process. @throws {TypeError} If one is unknown. */
export function readOptions(): BenchOptions {
  const args = process.argv.slice(2);
  const flags = args.filter((arg) => arg.startsWith("-"));
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot run the benchmark as its options are --check and --json: received "${unknown}"`,
    );
  }
  return {
    check: flags.includes("--check"),
    json: flags.includes("--json"),
    names: args.filter((arg) => !arg.startsWith("-")),
  };
}
