/** What a run leaves in memory when its engine is closed. */
import { expect, test } from "vitest";
import { countFile } from "../src/mod.ts";
import { runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** The parts of `bun` and `bun:jsc` that are used. */
interface BunMemory {
  Bun: { gc(isFull: true): void };
}
interface Jsc {
  heapStats(): { objectTypeCounts: Record<string, number> };
}

/** How many arenas and threads the garbage collector leaves. */
async function countKept(): Promise<number> {
  const { Bun } = globalThis as unknown as BunMemory;
  const jsc = await import(/* @vite-ignore */ `bun:${"jsc"}`) as Jsc;
  // The first finds what the second one's finalizers let go.
  for (let i = 0; i < 3; i++) {
    Bun.gc(true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { objectTypeCounts: counts } = jsc.heapStats();
  return (counts["WebAssembly.Memory"] ?? 0) + (counts["Worker"] ?? 0);
}

test.skipIf(runtime !== "bun")(
  "countFile() leaves neither arena nor threads to a process that calls it again and again",
  async () => {
    const path = files.makeSparse(5 * 1024 ** 2);
    const run = async () => {
      expect(await countFile(path, { workers: 2 })).toMatchObject({ count: 0 });
    };
    await run();
    const before = await countKept();
    for (let i = 0; i < 8; i++) await run();
    // The stack may still show the last one.
    expect(await countKept() - before).toBeLessThanOrEqual(6);
  },
);
