import { describe, expect, test, vi } from "vitest";
import type { MapFiller } from "../src/engine/map_filler.ts";
import type { ChangeTracker } from "../src/update/changes.ts";
import { storing } from "../src/update/storing.ts";

const MIB = 1024 ** 2;
const PAGES = MIB / 4096;

/** A mapping that only tells how its pages were asked for; `storesRefused` as where the disk is full. */
function fakeMap(storesRefused: boolean) {
  const map = {
    addressIn: (slot: number) => slot,
    fillClaim: vi.fn((_: unknown, slot: number) => slot),
    fillForStores: vi.fn((_: unknown, slot: number) =>
      storesRefused ? undefined : slot
    ),
    close: () => {},
  };
  // SAFETY: what is tested calls these members only.
  return { map: map as unknown as MapFiller, calls: map };
}

/** Goes over 8 MiB with a job that changes a share of the pages. @returns How the claims were filled, in order. */
function ways(
  share: number,
  { mayStore = true, storesRefused = false } = {},
): string[] {
  let pagesChanged = 0;
  const tracker: ChangeTracker = {
    get bytesChanged() {
      return pagesChanged;
    },
    follow: (filler) => filler,
    begin: () => {},
    end: ({ byteLength }) => {
      pagesChanged += Math.round(share * byteLength / 4096);
      return undefined;
    },
    close: () => {},
  };
  const { map, calls } = fakeMap(storesRefused);
  const { filler, changes } = storing(map, tracker, mayStore);
  const seen: string[] = [];
  for (let offset = 0; offset < 8 * MIB; offset += MIB) {
    const before = calls.fillClaim.mock.calls.length;
    expect(filler?.fillClaim?.({ start: offset, end: offset + MIB }, 4096))
      .toBe(4096);
    seen.push(
      calls.fillClaim.mock.calls.length > before ? "loads" : "stores",
    );
    const range = { offset, byteLength: MIB, address: 4096, after: 0 };
    changes?.begin(range);
    changes?.end(range);
  }
  // Only the first two are compared page by page.
  expect(pagesChanged).toBe(2 * Math.round(share * PAGES));
  return seen;
}

const LOOK = ["stores", "stores"];
const rest = (way: string) => Array<string>(6).fill(way);

describe("pages of a file that is mapped to be changed come", () => {
  test.each<[string, number, string]>([
    ["for stores where all of them change", 1, "stores"],
    ["for stores where seven in eight do", 7 / 8, "stores"],
    ["for loads where one less does", 7 / 8 - 1 / PAGES, "loads"],
    ["for loads where none does", 0, "loads"],
  ])("%s", (_, share, way) => {
    expect(ways(share)).toEqual([...LOOK, ...rest(way)]);
  });

  test("for loads where stores would fill holes", () => {
    expect(ways(1, { mayStore: false })).toEqual([
      ...["loads", "loads"],
      ...rest("loads"),
    ]);
  });

  test("for loads where the disk is full", () => {
    expect(ways(1, { storesRefused: true })).toEqual([
      ...["loads", "loads"],
      ...rest("loads"),
    ]);
  });
});
