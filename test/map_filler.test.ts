import * as fs from "node:fs";
import { expect, test } from "vitest";
import { MapFiller, openMapFiller } from "../src/engine/map_filler.ts";
import {
  ArenaLayout,
  createMemory,
  sharedBuffer,
} from "../src/memory/arena.ts";
import { loadMapper } from "../src/memory/load_mapper.ts";
import { statPath } from "../src/platform/files.ts";
import { planRun } from "../src/plan.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const MIB = 1024 ** 2;
const files = temporaryFiles();

/** A filler of a run that changes a file in place, and the bytes of its arena from the slot on. */
async function open(path: string) {
  const { byteLength, device, inode, modifiedNs } = statPath(path);
  const source = { path, byteLength, device, inode, modifiedNs };
  const plan = planRun({
    io: "map",
    byteLength,
    workers: 1,
    segmentBytes: undefined,
    fed: false,
    inlineBytes: 0,
    framing: { before: 0, after: 100 },
    indexed: false,
    laneCount: 0,
    parts: [],
    alignBytes: 1,
    scratchBytes: 0,
    update: { kind: "mapped", mayStore: true, counts: false },
  });
  const layout = new ArenaLayout(plan.shape);
  const memory = createMemory(layout);
  const mapper = await loadMapper(sharedBuffer(memory));
  return {
    filler: await openMapFiller(plan, source, memory),
    slot: layout.segmentAddress(0),
    bytes: new Uint8Array(sharedBuffer(memory)),
    unmap: () => mapper.unmap(layout.slots),
  };
}

/** How many mappings of a file this process has. */
function mappingsOf(path: string): number {
  return fs.readFileSync("/proc/self/maps", "utf8").split("\n")
    .filter((line) => line.endsWith(path)).length;
}

/** Puts a part of the file into the slot, and expects it there with the bytes behind it. */
type Fill = (filler: MapFiller, start: number, end: number) => number;

test("MapFiller puts claims where they belong, and takes all of them back, wherever in the slot they were", async () => {
  const content = seededBytes(24 * MIB + 77, 5);
  const path = files.make(content);
  const { filler, slot, bytes, unmap } = await open(path);
  const ways: Fill[] = [
    (filler, start, end) => filler.fillClaim({ start, end }, slot)!,
    (filler, start, end) => filler.fillForStores({ start, end }, slot)!,
  ];
  for (const fill of ways) {
    // They start at different places of the grid of huge pages.
    for (
      const [start, end] of [
        [0, 2 * MIB],
        [3 * MIB, 6 * MIB],
        [7 * MIB + 65_536, 9 * MIB],
        [23 * MIB, content.length],
      ] as const
    ) {
      const address = fill(filler, start, end);
      const behind = Math.min(100, content.length - end);
      const length = end - start + behind;
      expect(address).toBeGreaterThanOrEqual(slot);
      expect(
        Buffer.from(bytes.subarray(address, address + length))
          .equals(content.subarray(start, end + behind)),
      ).toBe(true);
    }
    expect(mappingsOf(path)).toBeGreaterThan(0);
    unmap();
    expect(mappingsOf(path)).toBe(0);
  }
  // What goes there now is nobody's.
  bytes.fill(9, slot, slot + 4 * MIB);
  expect(fs.readFileSync(path).equals(content)).toBe(true);
  filler.close();
});

test("MapFiller tells of a file that was cut off, before a store would end the process", async () => {
  const path = files.make(seededBytes(16 * MIB, 6));
  const { filler, slot } = await open(path);
  fs.truncateSync(path, 3 * MIB);
  const range = { start: 2 * MIB, end: 4 * MIB };
  for (const fill of [filler.fillClaim, filler.fillForStores]) {
    expect(() => fill.call(filler, range, slot))
      .toThrow(expect.objectContaining({ code: "ERR_FILE_SHRANK" }));
  }
  filler.close();
});
