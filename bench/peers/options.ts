/**
 * The command line of bench/peers.ts.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import { parseSize } from "../../src/cli/parse_size.ts";
import { type RuntimeName, RUNTIMES } from "./contest.ts";

/** What is asked of the program. */
export interface PeerOptions {
  /** Tiny files, each question once, results only; then README.md's table is looked at. */
  readonly check: boolean;
  /** Whether README.md is to be written. */
  readonly write: boolean;
  readonly byteLength: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly runtimes: readonly RuntimeName[];
  readonly python: string;
  /** Names of questions; all if there are none. */
  readonly names: readonly string[];
}

const MIB = 1024 ** 2;
const BYTES_MIN = 16 * MIB;
/** A quarter of it is read into one buffer, to check what became of it. */
const BYTES_MAX = 4096 * MIB;
/** Large enough that workers are started. */
const CHECK_BYTES = 6 * MIB;

/** Reads the options of this process. @throws {TypeError | RangeError} If one is wrong. */
export function readPeerOptions(
  args: readonly string[] = process.argv.slice(2),
): PeerOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      check: { type: "boolean", default: false },
      print: { type: "boolean", default: false },
      size: { type: "string", default: "1GiB" },
      rounds: { type: "string", default: "9" },
      seconds: { type: "string", default: "15" },
      runtime: { type: "string", default: RUNTIMES.join() },
      python: { type: "string", default: "python3" },
    },
  });
  const { check, print, python } = values;
  const runtimes = readRuntimes(values.runtime);
  return {
    check,
    // A part of the table is not the table.
    write: !check && !print && positionals.length === 0 &&
      runtimes.length === RUNTIMES.length,
    byteLength: check ? CHECK_BYTES : readBytes(values.size),
    rounds: check ? 0 : readNumber("--rounds", values.rounds),
    seconds: readNumber("--seconds", values.seconds),
    runtimes,
    python,
    names: positionals,
  };
}

function readBytes(text: string): number {
  const bytes = parseSize(text, "--size");
  const isInBounds = bytes >= BYTES_MIN && bytes <= BYTES_MAX;
  // Halves and quarters are files of their own.
  if (isInBounds && bytes % MIB === 0) return bytes;
  throw new RangeError(
    `Cannot use --size as it must be whole MiB from 16MiB to 4GiB: received "${text}"`,
  );
}

function readNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(
    `Cannot use ${option} as it must be an integer from 1 on: received "${text}"`,
  );
}

function readRuntimes(text: string): RuntimeName[] {
  const names = text.split(",");
  const runtimes = RUNTIMES.filter((name) => names.includes(name));
  if (runtimes.length === names.length) return runtimes;
  throw new RangeError(
    `Cannot use --runtime as it must be some of ${RUNTIMES.join()}: received "${text}"`,
  );
}
