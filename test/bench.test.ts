import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  checkedBy,
  type Contender,
  known,
  median,
  runPairs,
  unchecked,
  WrongResultError,
} from "../bench/pairs.ts";
import { atLeast, atMost, isMet } from "../bench/report.ts";
import { RUNTIMES } from "./runtimes.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

let folder = "";
beforeAll(() => folder = temporaryFolder());
afterAll(() => removeFolder(folder));

/** A contender that writes its name into `log` and takes 1, 2, 3 ... seconds. */
function logging(log: string[], what: string, result = "same"): Contender {
  let runs = 0;
  return {
    what,
    run: () => {
      log.push(what);
      return { seconds: ++runs, result };
    },
  };
}

test("runPairs() takes turns and leaves the first pair out", async () => {
  const log: string[] = [];
  const pairs = await runPairs(logging(log, "a"), logging(log, "b"), 2);
  expect(log.join("")).toBe("ababab");
  expect(pairs).toEqual([{ ours: 2, rival: 2 }, { ours: 3, rival: 3 }]);
});

test("runPairs() rejects results that differ, also where no pair is timed", async () => {
  const differing = runPairs(known("a", "1"), known("b", "2"), 0);
  await expect(differing).rejects.toThrow(WrongResultError);
  expect(await runPairs(known("a", "1"), unchecked(known("b", "2")), 0))
    .toEqual([]);
});

test("checkedBy() holds each result against the oracle, which runs once", async () => {
  const log: string[] = [];
  const checked = checkedBy(logging(log, "oracle"), logging(log, "ours"));
  await checked.run();
  await checked.run();
  expect(log).toEqual(["oracle", "ours", "ours"]);
  const wrong = checkedBy(known("oracle", "1"), known("ours", "2"));
  await expect(Promise.resolve(wrong.run())).rejects.toThrow(WrongResultError);
});

test("median() is the middle one, or the mean of the middle two", () => {
  expect(median([10, 9, 2])).toBe(9);
  expect(median([4, 1, 10, 2])).toBe(3);
  expect(() => median([])).toThrow(RangeError);
});

test("isMet() compares in the direction of the target", () => {
  const figure = {
    value: 2,
    unit: "x",
    spread: [2, 2],
    runs: 1,
    detail: "",
  } as const;
  const met = (target: Parameters<typeof isMet>[0]["target"]) =>
    isMet({ name: "n", figure, target });
  expect([met(atLeast(2)), met(atLeast(2.1))]).toEqual([true, false]);
  expect([met(atMost(2)), met(atMost(1.9))]).toEqual([true, false]);
  expect(met(undefined)).toBeUndefined();
});

/** Runs questions of `bench/engine.ts` in check mode on Bun, with no commands but those of a folder. */
function checkEngine(commands: string, question: string) {
  const bun = RUNTIMES.find(({ name }) => name === "bun");
  const script = fileURLToPath(new URL("../bench/engine.ts", import.meta.url));
  return spawnSync(bun?.command ?? "bun", [script, "--check", question], {
    encoding: "utf8",
    env: { ...process.env, PATH: commands },
  });
}

test("bench --check exits 1 if the rival says otherwise", () => {
  fs.writeFileSync(join(folder, "wc"), "#!/bin/sh\necho 1 file\n", {
    mode: 0o755,
  });
  const { status, stdout } = checkEngine(folder, "count/stream/wc");
  expect(stdout).toMatch(
    /WRONG +count --io stream says "\d+" where wc -l says "1"/,
  );
  expect(status).toBe(1);
});

test("bench --check skips a rival that is not installed, and says so", () => {
  const { status, stdout } = checkEngine(
    join(folder, "nothing"),
    "hash/blake3/stream/b3sum",
  );
  expect(stdout).toContain("skipped  b3sum is not installed");
  expect(status).toBe(0);
});

test("bench --check passes with the real tools", () => {
  const { status, stdout } = checkEngine(
    process.env["PATH"] ?? "",
    "count/stream/wc",
  );
  expect(stdout).toMatch(/count\/stream\/wc +right/);
  expect(status).toBe(0);
});
