/** Syncs that go on beside their thread, and steps that wait for them. */
import { describe, expect, test } from "vitest";
import { EditList } from "../src/patch/edit_list.ts";
import type { PatchFile, PendingSync } from "../src/patch/open_file.ts";
import { machineFiles } from "../src/patch/file_system.ts";
import { FileSyncs } from "../src/patch/file_syncs.ts";
import { drive, driveNow, type Step, type Steps } from "../src/patch/steps.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** A sync that ends when it is told to. */
class ManualSync implements PendingSync {
  isDone = false;
  error: unknown;
  readonly ended: Promise<void>;
  #resolve = () => {};

  constructor() {
    this.ended = new Promise((resolve) => this.#resolve = resolve);
  }

  end(error?: unknown): void {
    this.error = error;
    this.isDone = true;
    this.#resolve();
  }
}

/** A file whose syncs are in the hands of the test. */
function slowFile(): {
  file: PatchFile;
  begun: ManualSync[];
  extents: string[];
} {
  const begun: ManualSync[] = [];
  const extents: string[] = [];
  const startSync = (extent: string) => {
    extents.push(extent);
    const sync = new ManualSync();
    begun.push(sync);
    return sync;
  };
  // The other parts are not looked at.
  const file = { aheadBytes: 100, startSync } as unknown as PatchFile;
  return { file, begun, extents };
}

describe("FileSyncs", () => {
  test("begins early when much waits and the disk is idle", () => {
    const { file, begun } = slowFile();
    const syncs = new FileSyncs(file, "sync");
    syncs.wrote(99);
    expect(begun).toHaveLength(0);
    syncs.wrote(1);
    expect(begun).toHaveLength(1);
    syncs.wrote(500);
    expect(begun).toHaveLength(1);
    begun[0]?.end();
    syncs.wrote(1);
    expect(begun).toHaveLength(2);
  });

  test("finish() waits for all, and throws what failed first", async () => {
    const { file, begun, extents } = slowFile();
    const syncs = new FileSyncs(file, "sync");
    syncs.wrote(100);
    syncs.begin("all");
    const finished = drive(syncs.finish(0), {});
    begun[1]?.end();
    begun[0]?.end(new Error("no room"));
    await expect(finished).rejects.toThrow("no room");
    expect(extents).toEqual(["data", "all"]);
  });

  test("finish() gives up when it is to end and the disk takes long", () => {
    const { file, begun } = slowFile();
    const syncs = new FileSyncs(file, "sync");
    syncs.begin("data");
    const patient = syncs.finish(Infinity);
    patient.next(false);
    expect(patient.next(true).done).toBe(false);
    begun[0]?.end();
    expect(patient.next(true)).toEqual({ done: true, value: true });
    syncs.begin("data");
    const hasty = syncs.finish(0);
    expect(hasty.next(false)).toMatchObject({ value: { phase: "sync" } });
    expect(hasty.next(false).done).toBe(false);
    expect(hasty.next(true)).toEqual({ done: true, value: false });
    expect(syncs.settle().next(true).done).toBe(false);
  });

  test("syncs a file of this machine", async () => {
    const file = machineFiles.open(files.make("0123456789"), "write");
    const syncs = new FileSyncs(file, "sync");
    syncs.begin("data");
    syncs.begin("all");
    expect(await drive(syncs.finish(0), {})).toBe(true);
    file.close();
    // What cannot be synced says so.
    const device = machineFiles.open("/dev/null", "write");
    const failing = new FileSyncs(device, "sync");
    failing.begin("data");
    await expect(drive(failing.finish(0), {})).rejects
      .toMatchObject({ code: "EINVAL" });
    device.close();
  });
});

describe("drive()", () => {
  function* stepsOf(...list: Step[]): Steps<boolean[]> {
    const answers: boolean[] = [];
    for (const step of list) answers.push(yield step);
    return answers;
  }
  const step = (phase: Step["phase"], wait?: Promise<void>): Step => ({
    phase,
    bytesDone: 0,
    byteLength: 1,
    ...(wait && { wait }),
  });

  test("tells of the first step of each phase", async () => {
    const told: string[] = [];
    await drive(
      stepsOf(step("check"), step("check"), step("apply"), step("verify")),
      { onStep: ({ phase }) => told.push(phase) },
    );
    expect(told.filter((phase, i) => phase !== told[i - 1]))
      .toEqual(["check", "apply", "verify"]);
  });

  test("hears of an abort while it waits", async () => {
    const controller = new AbortController();
    const never = new Promise<void>(() => {});
    const answers = drive(
      stepsOf(step("sync", Promise.resolve()), step("sync", never)),
      { signal: controller.signal },
    );
    controller.abort();
    expect((await answers).at(-1)).toBe(true);
  });

  test("driveNow() refuses to wait", () => {
    expect(() => driveNow(stepsOf(step("sync", Promise.resolve())))).toThrow(
      "Bug:",
    );
  });
});

test("EditList.addStoredAt() adds what addStored() adds one by one", () => {
  const offsets = Float64Array.from({ length: 300 }, (_, i) => i * 7 % 301 * 4);
  const lists = [new EditList(), new EditList()] as const;
  for (const list of lists) list.add(5000, Uint8Array.of(9));
  const starts = lists.map((list) => list.store(Uint8Array.of(1, 2, 3, 4)));
  for (const offset of offsets) {
    lists[0].addStored(offset, starts[0] ?? 0, 4, 1);
  }
  lists[1].addStoredAt(offsets, starts[1] ?? 0, 4, 1);
  for (const list of lists) list.settle();
  const content = (list: EditList) =>
    Array.from({ length: list.count }, (_, i) => [
      list.offset(i),
      list.byteLength(i),
      list.start(i),
      list.oldStart(i),
    ]);
  expect(content(lists[1])).toEqual(content(lists[0]));
});
