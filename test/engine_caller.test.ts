import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  countFile,
  hashFile,
  profileFile,
  recordStats,
  type RunOptions,
  type RunTrace,
} from "../src/mod.ts";
import { Pace } from "../src/engine/caller_scan.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";

const KIB = 1024;
const SHARED: RunOptions = {
  callerScans: true,
  inlineBytes: 0,
  segmentBytes: 64 * KIB,
};
let folder: string;
let path: string;

beforeAll(() => {
  folder = temporaryFolder();
  path = join(folder, "file");
  writeFileSync(path, seededBytes(3_333_333, 5));
});
afterAll(() => removeFolder(folder));

/** Names of the threads that have scanned. */
async function scanners(options: RunOptions): Promise<string[]> {
  let trace: RunTrace | undefined;
  await countFile(path, { ...options, onTrace: (given) => trace = given });
  return trace?.threads.filter(({ spans }) =>
    spans.some(({ phase }) => phase === "scan")
  ).map(({ name }) => name) ?? [];
}

describe("callerScans", () => {
  test.for([1, 2, 3])(
    "gives what %i workers give without",
    async (workers) => {
      for (const io of ["stream", "map"] as const) {
        const options = { ...SHARED, workers, io };
        const algorithms = ["blake3", "crc32c", "s3-etag"];
        const partBytes = 1_000_001;
        const asked = { algorithms, partBytes };
        const [ours, theirs] = [
          await hashFile(path, { ...options, ...asked }),
          await hashFile(path, { inlineBytes: 0, workers, ...asked }),
        ];
        expect(ours.digests).toEqual(theirs.digests);
        const { stats: _, ...profile } = await profileFile(path, options);
        expect(profile).toEqual(
          (({ stats: _stats, ...rest }) => rest)(await profileFile(path)),
        );
      }
    },
  );

  test("makes the calling thread one of the workers", async () => {
    const caller = "coordinator, worker 0";
    expect(await scanners({ ...SHARED, workers: 1 })).toEqual([caller]);
    expect(await scanners({ ...SHARED, workers: 2 })).toContain(caller);
    const others = await scanners({ ...SHARED, workers: 2, io: "preload" });
    expect(others.join()).not.toContain("coordinator");
    const long = { ...SHARED, workers: 1, segmentBytes: 2048 * KIB };
    expect(await scanners(long)).toEqual(["worker 0"]);
  });

  test("leaves the event loop its turns", async () => {
    const long = join(folder, "long");
    writeFileSync(long, seededBytes(24 * 1024 * KIB, 6));
    let turns = 0;
    let ended = false;
    const tick = () => {
      turns++;
      if (!ended) setImmediate(tick);
    };
    setImmediate(tick);
    const counting = profileFile(long, { ...SHARED, workers: 1 });
    await counting;
    const during = turns;
    ended = true;
    expect(during).toBeGreaterThan(3);
  });

  test("ends when the run is aborted, with the reason", async () => {
    const long = join(folder, "aborted");
    writeFileSync(long, seededBytes(24 * 1024 * KIB, 7));
    const stop = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => stop.abort(reason), 1);
    const options = { ...SHARED, workers: 2, signal: stop.signal };
    await expect(profileFile(long, options)).rejects.toBe(reason);
  });

  test("rejects with what a scan or a merge throws", async () => {
    const text = join(folder, "text");
    const lines = Array.from({ length: 40_000 }, (_, i) => `a;${i}\n`);
    lines[30_000] = "a;x\n";
    writeFileSync(text, lines.join(""));
    for (const workers of [1, 2]) {
      const stats = recordStats(text, {
        ...SHARED,
        workers,
        delimiter: ";",
        names: ["key", "value"],
        aggregates: ["sum"],
        of: ["value"],
        onBad: "stop",
      });
      await expect(stats).rejects.toMatchObject({
        range: { start: lines.slice(0, 30_000).join("").length },
      });
    }
  });
});

describe("othersPay()", () => {
  const paceOf = (...times: number[]) => {
    const pace = new Pace(16);
    for (const time of times) pace.add(time);
    return pace;
  };

  test("calls for threads where the rest takes longer than their start", () => {
    expect(paceOf(6, 0.2, 0.2, 0.2).othersPay(81)).toBe(true);
    expect(paceOf(6, 0.2, 0.2, 0.2).othersPay(79)).toBe(false);
    expect(paceOf(6, 0.2, 0.2, 0.2).othersPay(0)).toBe(false);
  });

  test("does not take the first segments for all, nor one that was held up", () => {
    expect(paceOf(5, 5).othersPay(10)).toBe(false);
    expect(paceOf(5, 5, 0.5).othersPay(10)).toBe(false);
    expect(paceOf(0.5, 9, 0.5, 9).othersPay(10)).toBe(false);
    expect(paceOf(1.9, 1.9, 1.9).othersPay(60)).toBe(false);
    expect(paceOf(1.9, 1.9, 1.9, 1.9).othersPay(60)).toBe(true);
    expect(paceOf(0.5, 5, 5, 5).othersPay(10)).toBe(true);
  });

  test("waits for no second look at slow segments", () => {
    expect(paceOf(100).othersPay(1)).toBe(true);
    expect(paceOf(100).othersPay(0)).toBe(false);
  });
});

test.for([1, 4, 5, 9, 40])(
  "a file of %i MiB has the same result whether other threads are called or not",
  async (mebibytes) => {
    const some = join(folder, `some ${mebibytes}`);
    writeFileSync(some, seededBytes(mebibytes * 1024 * KIB + 7, mebibytes));
    const algorithms = ["blake3", "crc32", "s3-etag"];
    const asked = { algorithms, workers: 3 };
    const [when, always] = [
      await hashFile(some, { ...asked, callerScans: true }),
      await hashFile(some, { ...asked, callerScans: true, inlineBytes: 0 }),
    ];
    expect(when.digests).toEqual(always.digests);
    expect(when.stats.workers > 0).toBe(mebibytes >= 4);
  },
);
