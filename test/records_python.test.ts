/** recordStats() against csv, struct and fractions of Python. */
import * as fs from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { recordStats } from "../src/record_stats.ts";
import type { RecordOptions, RecordValue } from "../src/record_stats.ts";
import {
  committedCases,
  committedText,
  decode,
  type Decoded,
  type Encoded,
  freshCases,
  fromHex,
  generate,
} from "./python_oracle.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

type RecordsCase = [content: string, options: RecordOptions, rows: Encoded];

const COMMITTED = 200;
const FRESH = 150;
const hasPython = hasTool("python3");
const files = temporaryFiles();

describe("recordStats() agrees with Python", () => {
  test("in the committed cases", async () => {
    const cases = committedCases<RecordsCase>("records_cases");
    expect(cases.length).toBe(COMMITTED);
    await checkAll(cases, "committed");
  });

  test.runIf(hasPython)("in fresh cases", async () => {
    const { seed, cases } = freshCases<RecordsCase>("records_cases", FRESH)!;
    await checkAll(cases, `seed ${seed}`);
  });

  test.runIf(hasPython)(
    "and the committed cases are what the script makes",
    () => {
      const text = generate("records_cases", 1, COMMITTED);
      expect(text === committedText("records_cases")).toBe(true);
    },
  );
});

async function checkAll(
  cases: readonly RecordsCase[],
  where: string,
): Promise<void> {
  const path = join(files.folder, "case");
  for (const [index, [content, options, expected]] of cases.entries()) {
    fs.writeFileSync(path, fromHex(content));
    const told = `${where}, case ${index}: ${JSON.stringify(options)}`;
    const { rows } = await recordStats(path, options);
    expect(rows.map((row) => row.map(widen)), told)
      .toEqual((decode(expected) as Decoded[][]).map((row) => row.map(widen)));
  }
}

/** Python tells integers from floats, we tell those of 64 bits from others; here the value counts. */
function widen<Value extends Decoded | RecordValue>(
  value: Value,
): Value | number {
  return typeof value === "bigint" && Number.isSafeInteger(Number(value))
    ? Number(value)
    : value;
}
