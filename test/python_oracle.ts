/**
 * Python as the oracle: cases that `test/fixtures/NAME.py` makes, committed or fresh.
 *
 * A generator writes one JSON value a line and depends on nothing but `--seed S --count N`. The
 * committed set is what its documented command makes; a fresh one differs in each run and its seed
 * is printed. `SABMAP_SEED=n` makes a run with the seed of another.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { hasTool } from "./tools.ts";

/** The seed of all committed cases. */
const COMMITTED_SEED = 1;

/** One line of a generator. */
export type Case = Record<string, unknown>;

/** A Python value, as `encode()` of `test/fixtures/oracle.py` writes it. */
export type Encoded = string | boolean | null | readonly Encoded[];

/** A Python value in JavaScript; integers are bigints, so that they are not taken for floats. */
export type Decoded =
  | bigint
  | number
  | boolean
  | string
  | null
  | Uint8Array
  | Decoded[];

/** Committed cases of `test/fixtures/NAME.ndjson.gz`. */
export function committedCases<C = Case>(name: string): C[] {
  return parse(committedText(name));
}

/** The committed cases as text, to compare with {@link generate}. */
export function committedText(name: string): string {
  const url = new URL(`fixtures/${name}.ndjson.gz`, import.meta.url);
  return gunzipSync(fs.readFileSync(url)).toString("utf8");
}

/**
 * Makes cases that no run had before, and prints the seed.
 *
 * @param script Name of the generator, without `.py`.
 * @returns `undefined` where there is no `python3`.
 */
export function freshCases<C = Case>(
  script: string,
  count: number,
): { seed: number; cases: C[] } | undefined {
  const seed = Number(process.env["SABMAP_SEED"] ?? randomSeed());
  const text = generate(script, seed, count);
  if (text === undefined) return undefined;
  console.log(`fresh cases: ${script}.py --seed ${seed} --count ${count}`);
  return { seed, cases: parse(text) };
}

/**
 * What a generator writes.
 *
 * @returns `undefined` where there is no `python3`.
 * @throws {Error} If the generator fails, with what it said.
 */
export function generate(
  script: string,
  seed: number,
  count: number,
): string | undefined {
  const path = new URL(`fixtures/${script}.py`, import.meta.url);
  const { error, status, stdout, stderr } = spawnSync(
    "python3",
    ["-B", fileURLToPath(path), "--seed", `${seed}`, "--count", `${count}`],
    { encoding: "utf8", maxBuffer: 2 ** 30 },
  );
  if (error !== undefined && "code" in error && error.code === "ENOENT") {
    return undefined;
  }
  if (status === 0) return stdout;
  throw error ?? new Error(`${script}.py ended with ${status}: ${stderr}`);
}

/** How many cases there are, and whether this machine makes those that are committed. */
export interface OracleSet {
  /** Name of the generator, without `.py`. */
  readonly name: string;
  readonly committed: number;
  readonly fresh: number;
  /** Defaults to true. */
  readonly asCommitted?: boolean;
}

/**
 * Declares the three tests that every generator gets. Those that need `python3` are skipped without it.
 *
 * @param check Compares one case. `where` is empty for committed ones, else it tells the seed.
 */
export function testAgainstPython<C>(
  { name, committed, fresh, asCommitted = true }: OracleSet,
  check: (one: C, index: number, where: string) => void,
): void {
  const hasPython = hasTool("python3");
  test("in the committed cases", () => {
    const cases = committedCases<C>(name);
    expect(cases.length).toBe(committed);
    cases.forEach((one, i) => check(one, i, ""));
  });
  test.runIf(hasPython)("in fresh cases", () => {
    const { seed, cases } = freshCases<C>(name, fresh)!;
    expect(cases.length).toBe(fresh);
    cases.forEach((one, i) => check(one, i, `seed ${seed}`));
  });
  test.runIf(hasPython && asCommitted)(
    "and the committed cases are what the script makes",
    () => {
      const text = generate(name, COMMITTED_SEED, committed);
      expect(text === committedText(name)).toBe(true);
    },
  );
}

/** A Python value as JavaScript has it. */
export function decode(value: Encoded): Decoded {
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value !== "string") return value.map(decode);
  const text = value.slice(1);
  switch (value[0]) {
    case "i":
      return BigInt(text);
    case "f":
      return toNumber(text);
    case "x":
      return fromHex(text);
    default:
      return text;
  }
}

/** The bytes that hexadecimal digits stand for. */
export function fromHex(digits: string): Uint8Array {
  // A plain array, because Buffers are equal to no Uint8Array in assertions.
  return Uint8Array.from(Buffer.from(digits, "hex"));
}

function toNumber(text: string): number {
  return Number(text.replace("inf", "Infinity"));
}

function randomSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function parse<C>(text: string): C[] {
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}
