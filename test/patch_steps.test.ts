/** Where a patch may be interrupted, and what it then leaves. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { EditList } from "../src/patch/edit_list.ts";
import { drive, type Steps } from "../src/patch/steps.ts";
import { Target } from "../src/patch/target.ts";
import { SabmapError } from "../src/errors.ts";
import { CrashExplorer } from "./campaigns/crash_explorer.ts";
import { loadProtocol } from "./campaigns/protocol.ts";
import { SimulatedDisk } from "./campaigns/simulated_disk.ts";

const FILE_BYTES = 3 * 2 ** 20;
const explorer = new CrashExplorer(await loadProtocol());

/** A patch whose journal has several frames. */
function begin(): { disk: SimulatedDisk; steps: Steps<unknown> } {
  const disk = new SimulatedDisk(4096, SabmapError);
  disk.install("data", new Uint8Array(FILE_BYTES));
  const plan = { edits: new EditList(), expected: new EditList() };
  for (let at = 0; at < FILE_BYTES; at += 2 ** 18) {
    plan.edits.add(at, new Uint8Array(2 ** 17).fill(7));
  }
  const target = Target.open(disk, "data", "write");
  return { disk, steps: explorer.patchSteps(target, plan, "patch") };
}

function changed(disk: SimulatedDisk): number {
  return disk.content("data")?.filter((byte) => byte === 7).length ?? 0;
}

const ALL = FILE_BYTES / 2;

afterEach(() => vi.restoreAllMocks());

describe("a patch that is to end", () => {
  test("before the file changes, takes back what it did", () => {
    const { disk, steps } = begin();
    let next = steps.next(false);
    while (!next.done && next.value.phase !== "check") next = steps.next(false);
    expect(() => steps.throw(new Error("enough"))).toThrow("enough");
    expect([changed(disk), disk.names]).toEqual([0, ["data"]]);
  });

  test("while the file changes, finishes if that is soon done", () => {
    const { disk, steps } = begin();
    for (let next = steps.next(true); !next.done; next = steps.next(true));
    expect([changed(disk), disk.names]).toEqual([ALL, ["data"]]);
  });

  test("while the file changes, leaves its journal if the rest takes long", () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now += 10_000);
    const { disk, steps } = begin();
    const run = () => {
      for (let next = steps.next(true); !next.done; next = steps.next(true));
    };
    expect(run).toThrow(
      expect.objectContaining({
        code: "ERR_HOT_JOURNAL",
        message: expect.stringMatching(
          /^interrupted; \d of 12 changes are written, and "process recover"/,
        ),
      }),
    );
    expect(changed(disk)).toBeGreaterThan(0);
    expect(changed(disk)).toBeLessThan(ALL);
    expect(disk.names).toEqual([".data.sabmap-journal", "data"]);
    explorer.recoverNow(disk);
    expect([changed(disk), disk.names]).toEqual([ALL, ["data"]]);
  });
});

describe("drive()", () => {
  function* phases(...names: ("check" | "apply")[]): Steps<string> {
    for (const phase of names) {
      if (yield { phase, bytesDone: 0, byteLength: 1 }) return "asked to end";
    }
    return "done";
  }

  test("throws into what may still be taken back, and asks what may not", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(drive(phases("check", "check"), { signal }))
      .rejects.toThrow("enough");
    expect(await drive(phases("apply", "apply"), { signal })).toBe(
      "asked to end",
    );
    expect(await drive(phases("check", "apply"), {})).toBe("done");
  });
});
