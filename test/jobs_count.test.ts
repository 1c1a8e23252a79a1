import { describe, expect, it } from "vitest";
import { countJob, type CountJobResult } from "../src/jobs/count.ts";
import { importBuiltinJob, loadedJob } from "../src/jobs/registry.ts";
import { scratchTaker } from "../src/jobs/scratch.ts";
import { JobDriver, seededBytes } from "./job_driver.ts";
import * as reference from "./reference.ts";

const KIB = 1024;
const SEED = 20261121;

const driver = new JobDriver();

describe("countJob", () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 200_001])(
    "counts the newlines of %i bytes",
    (byteLength) => {
      const input = seededBytes(byteLength, SEED).map((byte) => byte % 16);
      for (const segmentBytes of [64 * KIB, 256 * KIB]) {
        const { count } = driver.run<CountJobResult>(countJob, input, {}, {
          segmentBytes,
          seed: SEED,
        });
        expect(count).toBe(reference.countByte(input, 10));
      }
    },
  );
});

describe("importBuiltinJob()", () => {
  it.each(["count", "hash", "profile"] as const)("finds %s", async (name) => {
    expect((await importBuiltinJob(name)).name).toBe(name);
    expect(loadedJob(name).name).toBe(name);
  });
});

describe("scratchTaker()", () => {
  it("hands out aligned pieces that do not overlap", () => {
    const take = scratchTaker({ byteOffset: 640, byteLength: 256 });
    expect([1, 0, 65, 64].map(take)).toEqual([
      { byteOffset: 640, byteLength: 1 },
      { byteOffset: 704, byteLength: 0 },
      { byteOffset: 704, byteLength: 65 },
      { byteOffset: 832, byteLength: 64 },
    ]);
  });

  it("refuses more than there is", () => {
    const take = scratchTaker({ byteOffset: 0, byteLength: 128 });
    take(64);
    expect(() => take(65)).toThrow(/^Bug: /);
  });
});
