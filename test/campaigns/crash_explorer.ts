/**
 * Runs the real protocol on a simulated disk, ends it at every operation in every way, and looks at what is left.
 *
 * What must hold (after recovery): the file is wholly old or wholly new; new if success was reported; what it was if
 * failure was reported and no journal is left; no other byte differs; recovery is idempotent; what is not ours
 * changes nothing.
 */
import { driveNow, type Steps } from "../../src/patch/steps.ts";
import {
  type Choose,
  Crash,
  type Event,
  SimulatedDisk,
} from "./simulated_disk.ts";
import type { Target } from "../../src/patch/target.ts";
import type { Protocol } from "./protocol.ts";

/** What is done to the file. */
export type Action = "patch" | "keep-undo" | "undo" | "copy";

/** One thing to try. */
export interface Scenario {
  readonly action: Action;
  readonly seed: number;
  readonly granuleBytes: 512 | 4096;
}

/** Counts of what was tried. */
export interface Explored {
  states: number;
  readonly violations: string[];
}

const NAME = "data";
const JOURNAL = ".data.sabmap-journal";

/** Tries one scenario until so many states were seen, or all that it has. */
export class CrashExplorer {
  readonly #protocol: Protocol;
  readonly #memory: InstanceType<Protocol["FrameMemory"]>;
  readonly #keptMemory: InstanceType<Protocol["FrameMemory"]>;
  readonly explored: Explored = { states: 0, violations: [] };

  constructor(protocol: Protocol) {
    this.#protocol = protocol;
    this.#memory = new protocol.FrameMemory();
    this.#keptMemory = new protocol.FrameMemory();
  }

  /** Ends the action at each operation by crash; makes each operation fail; and what may follow. */
  explore(scenario: Scenario): void {
    const random = generator(scenario.seed);
    const { start, before, after } = this.#prepare(scenario, random);
    const expected = { before, after, scenario };
    const whole = this.#attempt(start(), scenario);
    if (whole.error !== undefined || !isSame(whole.disk.content(NAME), after)) {
      return this.#violation(scenario, `undisturbed: ${String(whole.error)}`);
    }
    this.#powerLosses(whole.disk, "success", { ...expected, random });
    const { operations } = whole.disk;
    for (let at = 0; at < operations.length; at++) {
      const crashed = this.#attempt(start(), scenario, at, "crash");
      this.#aftermath(crashed.disk, `crash at ${operations[at]}`, {
        ...expected,
        random,
      });
      const operation = operations[at] ?? "";
      const further = { ...expected, random };
      if (/^(write|sync)/.test(operation)) {
        this.#disturbed(start(), at, operation, further);
      }
      if (operation.startsWith("write") && scenario.action !== "copy") {
        this.#lostWrite(start(), at, operation, further);
      }
    }
  }

  /** A write that has no effect: whatever is reported, success is not, unless nothing is missing. */
  #lostWrite(
    disk: SimulatedDisk,
    at: number,
    operation: string,
    expected: Expected,
  ): void {
    this.explored.states++;
    const { error } = this.#attempt(disk, expected.scenario, at, "lose");
    const isDone = isSame(disk.content(NAME), expected.after);
    this.#require(error !== undefined || isDone, expected, `lost ${operation}`);
  }

  /** One operation fails, and then the machine crashes at each later one as well. */
  #disturbed(
    disk: SimulatedDisk,
    at: number,
    operation: string,
    expected: Expected,
  ): void {
    const { scenario, random, before, after } = expected;
    disk.choose = random;
    const saved = disk.afterKill();
    const { error } = this.#attempt(disk, scenario, at, "fail");
    const what = `failed ${operation}`;
    const content = disk.content(NAME);
    this.#require(error !== undefined, expected, `${what}: not reported`);
    if (disk.names.includes(JOURNAL) || isHot(error)) {
      this.#aftermath(disk, what, expected);
    } else {
      const settled = isSame(content, before) || isSame(content, after);
      this.#require(settled, expected, `${what}: reported, and neither`);
      const only = {
        ...expected,
        before: content ?? before,
        after: content ?? after,
      };
      this.#aftermath(disk, `${what}, reported`, only);
    }
    const { length } = disk.operations;
    for (let end = at + 1; end < length; end++) {
      const twice = saved.afterKill();
      twice.choose = random;
      twice.onOperation = (index) =>
        index === at ? "fail" : index === end ? "crash" : "go";
      this.#attempt(twice, scenario);
      this.#aftermath(twice, `${what}, then crash at ${end}`, expected);
    }
  }

  /** A crash of the process, or of the machine in all ways, and what recovery makes of it. */
  #aftermath(disk: SimulatedDisk, what: string, expected: Expected): void {
    this.#recoverAndCrash(disk.afterKill(), `${what}, killed`, expected);
    this.#powerLosses(disk, "any", expected, what);
  }

  /** All subsets of what was not synced, or many of them. */
  #powerLosses(
    disk: SimulatedDisk,
    outcome: "success" | "any",
    expected: Expected,
    what = "success",
  ): void {
    const count = disk.looseEnds;
    for (const keeps of subsets(count, expected.random)) {
      const next = disk.afterPowerLoss(keeps);
      const must = outcome === "success"
        ? { ...expected, before: expected.after }
        : expected;
      this.#settle(next, `${what}, power lost`, must);
    }
  }

  /** Recovers, with power lost at one operation of that, and recovers again. */
  #recoverAndCrash(
    disk: SimulatedDisk,
    what: string,
    expected: Expected,
  ): void {
    const trial = disk.afterKill();
    this.#settle(trial, what, expected);
    const { length } = trial.operations;
    for (let at = 0; at < length; at++) {
      const next = disk.afterKill();
      next.onOperation = (index) => index === at ? "crash" : "go";
      this.#recover(next, false);
      for (const keeps of subsets(next.looseEnds, expected.random, 6)) {
        const lost = next.afterPowerLoss(keeps);
        this.#settle(lost, `${what}, recovery lost power at ${at}`, expected);
      }
    }
  }

  /** Recovers, one way or the other, and looks. */
  #settle(disk: SimulatedDisk, what: string, expected: Expected): void {
    this.explored.states++;
    const undo = expected.random(2) === 1;
    const error = this.#recover(disk, undo) ?? this.#recover(disk, false);
    this.#require(error === undefined, expected, `${what}: ${String(error)}`);
    const content = disk.content(NAME);
    this.#require(
      isSame(content, expected.before) || isSame(content, expected.after),
      expected,
      `${what}: the file is mixed`,
    );
    this.#require(
      !disk.names.includes(JOURNAL),
      expected,
      `${what}: the journal is left`,
    );
    // Recovery has told that all is on the disk; a copy needs none.
    if (expected.scenario.action === "copy") return;
    const lasting = disk.afterPowerLoss(() => false).content(NAME);
    this.#require(
      content !== undefined && isSame(lasting, content),
      expected,
      `${what}: recovered in the cache only`,
    );
  }

  #require(holds: boolean, { scenario }: Expected, what: string): void {
    if (!holds) this.#violation(scenario, what);
  }

  #violation(scenario: Scenario, what: string): void {
    this.explored.violations.push(`${JSON.stringify(scenario)}: ${what}`);
  }

  #prepare(scenario: Scenario, random: Choose) {
    const byteLength = 1 + random(3 * 4096);
    const before = Uint8Array.from(
      { length: byteLength },
      () => 1 + random(250),
    );
    const edits = makeEdits(byteLength, random);
    const after = before.slice();
    for (const { offset, bytes } of edits) after.set(bytes, offset);
    const install = () => {
      const disk = new SimulatedDisk(
        scenario.granuleBytes,
        this.#protocol.SabmapError,
      );
      disk.install(NAME, before);
      return disk;
    };
    this.#edits = edits;
    if (scenario.action !== "undo") return { start: install, before, after };
    const patched = install();
    this.#attempt(patched, { ...scenario, action: "keep-undo" });
    // Undone by the journal that is kept: what was new is old now.
    return { start: () => patched.afterKill(), before: after, after: before };
  }

  #edits: readonly { offset: number; bytes: Uint8Array }[] = [];

  #attempt(
    disk: SimulatedDisk,
    scenario: Scenario,
    at = -1,
    event: Event = "crash",
  ): { disk: SimulatedDisk; error: unknown } {
    if (at >= 0) disk.onOperation = (index) => index === at ? event : "go";
    try {
      const target = this.#protocol.Target.open(disk, NAME, "write");
      driveNow(this.#steps(target, scenario.action));
      return { disk, error: undefined };
    } catch (error) {
      return { disk, error };
    }
  }

  #steps(
    target: Target,
    action: Action,
  ): Steps<unknown> {
    const { EditList, patchByCopy, undoTarget, readAndWrite } = this.#protocol;
    const memory = this.#memory;
    if (action === "undo") {
      const memories = { kept: this.#keptMemory, own: memory };
      return undoTarget(target, memories, { anyDevice: false, user: 1000 });
    }
    const plan = { edits: new EditList(), expected: new EditList() };
    for (const { offset, bytes } of this.#edits) plan.edits.add(offset, bytes);
    if (action !== "copy") return this.patchSteps(target, plan, action);
    return patchByCopy(target, {
      plan,
      memory,
      tools: { copyBytes: readAndWrite, keepAttributes: () => {} },
      keepUndo: false,
      breakLinks: false,
      user: 1000,
    });
  }

  /** The steps of a journaled patch. */
  patchSteps(
    target: Target,
    plan: Parameters<Protocol["goThroughChanges"]>[0],
    action: Action,
  ): Steps<unknown> {
    const { goThroughChanges, patchJournaled, checkExpected } = this.#protocol;
    return patchJournaled(target, {
      memory: this.#memory,
      commit: action === "keep-undo" ? "keep-undo" : "remove",
      *fill(journal) {
        yield* goThroughChanges(
          plan,
          target,
          "journal",
          (...change) => journal.add(...change),
        );
      },
      recheck: () => checkExpected(plan, target),
    });
  }

  /** @returns The error, if there was one. */
  #recover(disk: SimulatedDisk, undo: boolean): unknown {
    try {
      this.recoverNow(disk, undo);
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** Recovers as a new process does. @throws What the protocol throws. */
  recoverNow(disk: SimulatedDisk, undo = false): unknown {
    const { Target, recoverTarget } = this.#protocol;
    const target = Target.open(disk, NAME, "write");
    return driveNow(
      recoverTarget(target, this.#memory, {
        undo,
        discard: false,
        anyDevice: false,
        user: 1000,
      }),
    );
  }
}

interface Expected {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly scenario: Scenario;
  readonly random: Choose;
}

/** The error says itself that the last word is not spoken. */
function isHot(error: unknown): boolean {
  return error instanceof Crash ||
    (error instanceof Error &&
      /process recover|may come back|may be the old one/.test(error.message));
}

/** Edits in order, apart, some over the borders of sectors. */
function makeEdits(byteLength: number, random: Choose) {
  const edits: { offset: number; bytes: Uint8Array }[] = [];
  const most = 1 + random(3);
  for (
    let at = random(600);
    at < byteLength && edits.length < most;
    at += 1 + random(5000)
  ) {
    const length = Math.min(
      1 + random(random(4) === 0 ? 900 : 8),
      byteLength - at,
    );
    const bytes = Uint8Array.from({ length }, () => 251 + random(5));
    edits.push({ offset: at, bytes });
    at += length;
  }
  if (edits.length === 0) edits.push({ offset: 0, bytes: Uint8Array.of(255) });
  return edits;
}

const SUBSETS_EXHAUSTIVE = 5;
const SUBSETS_RANDOM = 24;

/** Which loose ends a crash keeps: all ways if they are few, else none, all, and many at random. */
export function* subsets(
  count: number,
  random: Choose,
  most: number = SUBSETS_RANDOM,
): Generator<(index: number) => boolean> {
  if (count <= SUBSETS_EXHAUSTIVE && 2 ** count <= most) {
    for (let mask = 0; mask < 2 ** count; mask++) {
      yield (index) => (mask >> index & 1) === 1;
    }
    return;
  }
  yield () => false;
  yield () => true;
  for (let i = 2; i < most; i++) {
    // One that is missing, one that is there alone, or each by chance.
    const one = random(count);
    const kind = random(4);
    yield kind === 0
      ? (index) => index !== one
      : kind === 1
      ? (index) => index === one
      : () => random(2) === 1;
  }
}

/** Numbers that depend on a seed (xorshift32). */
export function generator(seed: number): Choose {
  let state = (seed * 0x9e3779b1) >>> 0 || 1;
  return (count) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  };
}

export function isSame(
  left: Uint8Array | undefined,
  right: Uint8Array,
): boolean {
  return left !== undefined && Buffer.compare(left, right) === 0;
}
