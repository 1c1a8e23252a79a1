/**
 * What others do to a file and its journal while it is patched, or before it is recovered.
 *
 * Each returns what is wrong, or nothing.
 */
import { driveNow } from "../../src/patch/steps.ts";
import { SimulatedDisk } from "./simulated_disk.ts";
import { CrashExplorer } from "./crash_explorer.ts";
import type { Protocol } from "./protocol.ts";

const NAME = "data";
const MOVED = "moved";
const JOURNAL = ".data.sabmap-journal";
const BEFORE = Uint8Array.from({ length: 9000 }, (_, i) => i % 250);
const EDITS = [
  { offset: 100, bytes: Uint8Array.of(251, 252, 253) },
  { offset: 4094, bytes: Uint8Array.of(251, 252, 253, 254) },
];
/** Expected by the patch, and no part of its edits. */
const EXPECTED_AT = 7000;

/** Goes through all disturbances. @returns What is wrong. */
export function disturbances(protocol: Protocol): string[] {
  const lab = new Lab(protocol);
  return [
    ...lab.whilePatching(),
    ...lab.whileCopying(),
    ...lab.beforeRecovery(),
  ];
}

class Lab {
  readonly #protocol: Protocol;
  readonly #explorer: CrashExplorer;

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
    this.#explorer = new CrashExplorer(protocol);
  }

  /** Somebody changes the file when the journal is sealed. */
  whilePatching(): string[] {
    const sealed = "sync folder";
    return [
      this.#conflict(
        "an edited byte changes",
        sealed,
        (disk) => disk.scribble(NAME, 101, 9),
      ),
      this.#conflict(
        "an expected byte changes",
        sealed,
        (disk) => disk.scribble(NAME, EXPECTED_AT, 9),
      ),
      this.#conflict(
        "the file is replaced",
        sealed,
        (disk) => disk.install(NAME, BEFORE),
      ),
      this.#conflict(
        "the file is cut",
        sealed,
        (disk) => disk.truncate(NAME, 5000),
      ),
      this.#cutWhileApplied(),
    ].flat();
  }

  #conflict(
    what: string,
    operation: string,
    disturb: (disk: SimulatedDisk) => void,
  ): string[] {
    const disk = this.#fresh();
    let expected: Uint8Array | undefined;
    disk.onOperation = (_, name) => {
      if (name === operation && expected === undefined) {
        disturb(disk);
        expected = disk.content(NAME);
      }
      return "go";
    };
    const error = this.#patch(disk, "patch");
    return [
      ...complain(codeOf(error) === "ERR_CONFLICT", `${what}: ${error}`),
      ...complain(
        equal(disk.content(NAME), expected),
        `${what}: not left alone`,
      ),
      ...complain(!disk.names.includes(JOURNAL), `${what}: journal left`),
      ...complain(
        !disk.names.includes(MOVED) || equal(disk.content(MOVED), BEFORE),
        `${what}: the file that was moved away is changed`,
      ),
    ];
  }

  /** Writes behind the new end would make the file longer again. */
  #cutWhileApplied(): string[] {
    const disk = this.#fresh();
    const what = "the file is cut before it is changed";
    let isCut = false;
    const target = this.#protocol.Target.open(disk, NAME, "write");
    const steps = this.#explorer.patchSteps(target, this.#plan(), "patch");
    let error: unknown;
    try {
      for (;;) {
        const next = steps.next(false);
        if (next.done) break;
        if (next.value.phase === "check" && !isCut) {
          // After the check of the bytes: only the length can tell.
          isCut = true;
          const details = target.file.details;
          let isAsked = false;
          target.file.details = () => {
            const before = details();
            if (!isAsked) disk.truncate(NAME, 4000);
            isAsked = true;
            return before;
          };
        }
      }
    } catch (thrown) {
      error = thrown;
    }
    return [
      ...complain(codeOf(error) === "ERR_CONFLICT", `${what}: ${error}`),
      ...complain(disk.content(NAME)?.byteLength === 4000, `${what}: longer`),
    ];
  }

  /** A copy must not take the place of what was written meanwhile. */
  whileCopying(): string[] {
    const disk = this.#fresh();
    let isDone = false;
    disk.onOperation = (_, name) => {
      if (name.startsWith("sync") && !isDone) {
        isDone = true;
        disk.scribble(NAME, 8000, 9);
      }
      return "go";
    };
    const error = this.#patch(disk, "copy");
    const what = "the file is written to while it is copied";
    return [
      ...complain(codeOf(error) === "ERR_CONFLICT", `${what}: ${error}`),
      ...complain(disk.content(NAME)?.[8000] === 9, `${what}: lost`),
    ];
  }

  /** Journals that are not ours, or were changed: nothing of the file may change. */
  beforeRecovery(): string[] {
    const alter = (about: Parameters<SimulatedDisk["alter"]>[1]) =>
    (
      disk: SimulatedDisk,
    ) => disk.alter(JOURNAL, about);
    const flip = (at: number) => (disk: SimulatedDisk) =>
      disk.scribble(JOURNAL, at, (disk.content(JOURNAL)?.[at] ?? 0) ^ 0x10);
    return [
      this.#refused("another owner", alter({ owner: 4242 })),
      this.#refused("another mode", alter({ mode: 0o644 })),
      this.#refused("two links", alter({ links: 2 })),
      this.#refused("another file", (disk) => disk.install(NAME, BEFORE)),
      this.#refused("another length", (disk) => {
        disk.truncate(NAME, 8999);
      }),
      this.#refused("a header that was changed", flip(40)),
      this.#refused("a record that was changed", flip(4096 + 32 + 2)),
      this.#refused("new bytes that were changed", flip(4096 + 32 + 16 + 4)),
      this.#refused("a seal that was changed", flip(8192 + 24)),
      this.#refused(
        "a byte that is neither",
        (disk) => disk.scribble(NAME, 4095, 99),
        "ERR_CONFLICT",
      ),
    ].flat();
  }

  #refused(
    what: string,
    disturb: (disk: SimulatedDisk) => void,
    code = "ERR_BAD_JOURNAL",
  ): string[] {
    const disk = this.#fresh();
    // The process dies when it has written the first record.
    disk.onOperation = (_, name) => name === "write 10" ? "crash" : "go";
    this.#patch(disk, "patch");
    const left = disk.afterKill();
    disturb(left);
    const before = left.content(NAME);
    const journal = left.content(JOURNAL);
    const error = this.#recover(left);
    return [
      ...complain(codeOf(error) === code, `${what}: ${error}`),
      ...complain(equal(left.content(NAME), before), `${what}: file changed`),
      ...complain(equal(left.content(JOURNAL), journal), `${what}: journal`),
    ];
  }

  #fresh(): SimulatedDisk {
    const disk = new SimulatedDisk(512, this.#protocol.SabmapError);
    disk.install(NAME, BEFORE);
    return disk;
  }

  #plan() {
    const { EditList } = this.#protocol;
    const plan = { edits: new EditList(), expected: new EditList() };
    for (const { offset, bytes } of EDITS) plan.edits.add(offset, bytes);
    plan.expected.add(EXPECTED_AT, BEFORE.slice(EXPECTED_AT, EXPECTED_AT + 4));
    return plan;
  }

  #patch(disk: SimulatedDisk, action: "patch" | "copy"): unknown {
    const { Target, patchByCopy, FrameMemory, readAndWrite } = this.#protocol;
    try {
      const target = Target.open(disk, NAME, "write");
      const plan = this.#plan();
      if (action === "patch") {
        driveNow(this.#explorer.patchSteps(target, plan, "patch"));
      } else {
        driveNow(patchByCopy(target, {
          plan,
          memory: new FrameMemory(),
          tools: { copyBytes: readAndWrite, keepAttributes: () => {} },
          keepUndo: false,
          breakLinks: false,
          user: 1000,
        }));
      }
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #recover(disk: SimulatedDisk): unknown {
    try {
      this.#explorer.recoverNow(disk);
      return undefined;
    } catch (error) {
      return error;
    }
  }
}

function complain(holds: boolean, what: string): string[] {
  return holds ? [] : [what];
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function equal(left: Uint8Array | undefined, right: Uint8Array | undefined) {
  return left !== undefined && right !== undefined &&
    left.byteLength === right.byteLength &&
    left.every((byte, i) => byte === right[i]);
}
