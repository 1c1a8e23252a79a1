import { describe, expect, test } from "vitest";
import { type Way, WayChooser } from "../src/update/way_chooser.ts";

const MIB = 1024 ** 2;

/** What a job is like: the share of pages that it changes, and how long each way takes it, in milliseconds for a MiB. */
interface Costs {
  readonly share: number;
  readonly ms: Readonly<Record<Way, number>>;
}

/** The ways that a thread goes over 64 MiB. */
function waysOf(chooser: WayChooser, { share, ms }: Costs): Way[] {
  const ways: Way[] = [];
  for (let left = 64 * MIB; left > 0;) {
    const { way, looks } = chooser;
    const byteLength = Math.min(left, chooser.byteLengthMax, 16 * MIB);
    const pages = byteLength / 4096;
    const seen = way === "read" || looks
      ? { pages, pagesChanged: Math.round(share * pages) }
      : { pages, pagesChanged: 0 };
    const elapsedMs = ms[way] * byteLength / MIB;
    chooser.note({ way, byteLength, elapsedMs, ...seen });
    ways.push(way);
    left -= byteLength;
  }
  return ways;
}

const SMALL_PAGES = { read: 0.15, loads: 3, stores: 0.4 };
const HUGE_PAGES = { read: 0.15, loads: 6, stores: 0.08 };

describe("WayChooser", () => {
  test.each<[string, number, Readonly<Record<Way, number>>, Way]>([
    ["maps where few pages change", 0.2, SMALL_PAGES, "loads"],
    ["reads where some do", 0.5, HUGE_PAGES, "read"],
    ["reads where most do and pages are small", 1, SMALL_PAGES, "read"],
    [
      "maps for stores where most do and pages are huge",
      1,
      HUGE_PAGES,
      "stores",
    ],
  ])("%s", (_, share, ms, expected) => {
    const chooser = new WayChooser({ mayRead: true, mayStore: true });
    const ways = waysOf(chooser, { share, ms });
    expect(ways[0]).toBe("read");
    expect(ways.at(-1)).toBe(expected);
  });

  test("tries both ways twice, and is not misled by one slow trial", () => {
    const chooser = new WayChooser({ mayRead: true, mayStore: true });
    waysOf(chooser, { share: 1, ms: { read: 9, loads: 9, stores: 9 } });
    const other = new WayChooser({ mayRead: true, mayStore: true });
    const costs = [0.5, 9, 0.5, 0.1, 0.5];
    const ways = costs.map((elapsedMs) => {
      const { way } = other;
      const byteLength = other.byteLengthMax;
      const pages = byteLength / 4096;
      const elapsed = elapsedMs * byteLength / MIB;
      other.note({
        way,
        byteLength,
        elapsedMs: elapsed,
        pages,
        pagesChanged: pages,
      });
      return way;
    });
    expect(ways).toEqual(["read", "stores", "read", "stores", "read"]);
    expect(other.way).toBe("stores");
  });

  test("never brings pages in for stores where that may not be, or was refused", () => {
    const costs = { share: 1, ms: HUGE_PAGES };
    const sparse = new WayChooser({ mayRead: true, mayStore: false });
    expect(new Set(waysOf(sparse, costs))).toEqual(new Set(["read"]));
    const refused = new WayChooser({ mayRead: true, mayStore: true });
    refused.refuseStores();
    expect(new Set(waysOf(refused, costs))).toEqual(new Set(["read"]));
  });

  test.each<[string, number, boolean, Way]>([
    ["for stores where most pages change", 1, true, "stores"],
    ["for loads where few do", 0.1, true, "loads"],
    ["for loads where some do", 0.5, true, "loads"],
    ["for loads where holes would be filled", 1, false, "loads"],
  ])(
    "never reads where a mapping is asked for: %s",
    (_, share, mayStore, expected) => {
      const chooser = new WayChooser({ mayRead: false, mayStore });
      const ways = waysOf(chooser, { share, ms: SMALL_PAGES });
      expect(ways).not.toContain("read");
      expect(ways.at(-1)).toBe(expected);
    },
  );
});
