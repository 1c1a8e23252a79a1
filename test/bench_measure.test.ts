import { describe, expect, test } from "vitest";
import {
  type Contender,
  contenderName,
  UnavailableError,
} from "../src/bench/contender.ts";
import { measure, type MeasureSetup } from "../src/bench/measure.ts";
import { makeRows } from "../src/bench/rows.ts";
import {
  median,
  medianKnown,
  seededRandom,
  shuffled,
  speedUp,
  spreadOf,
} from "../src/bench/statistics.ts";
import type { BenchStrategy } from "../src/bench/types.ts";

const STRATEGIES: readonly BenchStrategy[] = [
  "chunked",
  "readinto",
  "preload",
  "map",
  "stream",
];

/** Contenders that write down when they run. */
function recorders(
  log: string[],
  found: (strategy: BenchStrategy, run: number) => string = () => "1",
): Contender[] {
  return STRATEGIES.map((strategy) => {
    let runs = 0;
    return {
      strategy,
      workers: 0,
      run: (onTrace) => {
        log.push(onTrace === undefined ? strategy : `${strategy} traced`);
        const outcome = { found: found(strategy, runs++), threads: 0 };
        return Promise.resolve(outcome);
      },
    };
  });
}

function setup(more: Partial<MeasureSetup> = {}): MeasureSetup {
  return {
    file: "a.bin",
    runs: 4,
    seed: 1,
    cache: { state: "warm", prepare: () => Promise.resolve() },
    signal: undefined,
    onRun: () => {},
    ...more,
  };
}

describe("measure()", () => {
  test("tries in order, times in rounds of random order, traces in order", async () => {
    const log: string[] = [];
    await measure(recorders(log), setup());
    expect(log.slice(0, 5)).toEqual(STRATEGIES);
    const rounds = [1, 2, 3, 4].map((round) =>
      log.slice(5 * round, 5 * round + 5)
    );
    for (const round of rounds) {
      expect([...round].sort()).toEqual([...STRATEGIES].sort());
    }
    expect(new Set(rounds.map(String)).size).toBeGreaterThan(1);
    expect(log.slice(25)).toEqual(STRATEGIES.map((name) => `${name} traced`));
  });

  test("has the order that the seed says", async () => {
    const logs: string[][] = [[], [], []];
    for (const [index, seed] of [7, 7, 8].entries()) {
      await measure(recorders(logs[index] ?? []), setup({ seed }));
    }
    expect(logs[0]).toEqual(logs[1]);
    expect(logs[0]).not.toEqual(logs[2]);
  });

  test("prepares the file before each run", async () => {
    const log: string[] = [];
    const prepare = () => {
      log.push("prepare");
      return Promise.resolve();
    };
    await measure(recorders(log), setup({ cache: { state: "warm", prepare } }));
    expect(log.filter((_, index) => index % 2 === 0)).toEqual(
      new Array(30).fill("prepare"),
    );
  });

  test("gives a time for each round", async () => {
    const { found, measured } = await measure(recorders([]), setup());
    expect(found).toBe("1");
    for (const { seconds, taken } of measured) {
      expect(seconds).toHaveLength(4);
      expect(Math.min(...seconds)).toBeGreaterThan(0);
      expect(taken).toHaveLength(4);
    }
  });

  test.each([0, 2])("ends with an error when run %d finds else", async (at) => {
    const contenders = recorders(
      [],
      (strategy, run) => strategy === "map" && run === at ? "2" : "1",
    );
    await expect(measure(contenders, setup())).rejects.toMatchObject({
      code: "ERR_WRONG_RESULT",
      file: "a.bin",
      message: expect.stringContaining("map found 2 where chunked found 1"),
    });
  });

  test("leaves out what is not available, and says why", async () => {
    const log: string[] = [];
    const contenders = recorders(log, (strategy) => {
      if (strategy === "map") throw new UnavailableError("no FFI here");
      return "1";
    });
    const { measured } = await measure(contenders, setup());
    expect(log.filter((name) => name.startsWith("map"))).toEqual(["map"]);
    const rows = makeRows(measured, 100);
    expect(rows[3]).toEqual({
      strategy: "map",
      workers: 0,
      threads: 0,
      unavailable: "no FFI here",
      figures: undefined,
      trace: undefined,
    });
    expect(rows.filter(({ figures }) => figures !== undefined)).toHaveLength(4);
  });

  test("passes other errors on, also those of timed runs", async () => {
    for (const at of [0, 1]) {
      const contenders = recorders([], (strategy, run) => {
        if (strategy === "stream" && run === at) throw new TypeError("oh");
        return "1";
      });
      await expect(measure(contenders, setup())).rejects.toThrow(TypeError);
    }
  });

  test("ends between two runs when its signal is aborted", async () => {
    const controller = new AbortController();
    const onRun = (done: number) => {
      if (done === 7) controller.abort(new Error("enough"));
    };
    const log: string[] = [];
    const { signal } = controller;
    const run = measure(recorders(log), setup({ signal, onRun }));
    await expect(run).rejects.toThrow("enough");
    expect(log).toHaveLength(7);
  });
});

test("contenderName() tells workers", () => {
  const name = (workers: number) =>
    contenderName({ strategy: "stream", workers });
  expect([name(0), name(1), name(2)]).toEqual([
    "stream",
    "stream with 1 worker",
    "stream with 2 workers",
  ]);
});

describe("statistics", () => {
  test("median() is the middle, and spreadOf() the range", () => {
    expect(median([3])).toBe(3);
    expect(median([10, 9, 1])).toBe(9);
    expect(median([1, 2, 10, 4])).toBe(3);
    expect(spreadOf([2, 1, 5])).toEqual({ median: 2, min: 1, max: 5 });
    expect(() => median([])).toThrow("Bug:");
  });

  test("medianKnown() knows nothing where a part is missing", () => {
    expect(medianKnown([1, 2, 3])).toBe(2);
    expect(medianKnown([1, undefined])).toBeUndefined();
    expect(medianKnown([])).toBeUndefined();
  });

  test("speedUp() compares rounds and not medians", () => {
    // Twice as fast in each round, on a machine that became ten times as slow.
    expect(speedUp([1, 10, 10], [2, 20, 20])).toBe(2);
    expect(speedUp([1, 10], undefined)).toBeUndefined();
    expect(speedUp([1, 10], [])).toBeUndefined();
  });

  test("shuffled() gives all orders alike", () => {
    const random = seededRandom(3);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(["a", "b", "c"], random).join("");
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) {
      expect(Math.abs(count - 1000)).toBeLessThan(150);
    }
  });

  test("seededRandom() is the same for the same seed", () => {
    const take = (seed: number) =>
      Array.from({ length: 5 }, seededRandom(seed));
    expect(take(5)).toEqual(take(5));
    expect(take(5)).not.toEqual(take(6));
    for (const value of take(0xffff_ffff)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
    }
  });
});
