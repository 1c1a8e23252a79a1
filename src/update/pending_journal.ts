/**
 * A journal that is written while a job still runs.
 *
 * @module
 */
import type { FrameMemory } from "../patch/frame_memory.ts";
import type { Commit } from "../patch/journal_format.ts";
import { patchJournaled } from "../patch/journaled.ts";
import type { JournalWriter } from "../patch/journal_writer.ts";
import type { Session } from "../patch/session.ts";
import type { Step, Steps } from "../patch/steps.ts";
import type { EditCursor } from "./edit_block.ts";

/** The journaled patch of a file, whose edits come one by one. Begun with the first of them. */
export class PendingJournal {
  readonly #session: Session;
  readonly #memory: FrameMemory;
  readonly #commit: Commit;
  #writer: JournalWriter | undefined;
  /** The patch: it waits for edits to be added, then for its turn to be applied. */
  #steps: Steps<void> | undefined;
  #isComplete = false;

  constructor(session: Session, memory: FrameMemory, commit: Commit) {
    this.#session = session;
    this.#memory = memory;
    this.#commit = commit;
  }

  /** Bytes that it has on the disk. */
  get byteLength(): number {
    return this.#writer?.position ?? 0;
  }

  /** Adds an edit behind those before. @throws {SabmapError} If the journal cannot be written. */
  add({ offset, byteLength, bytes, oldAt, newAt }: EditCursor): void {
    const writer = this.#writer ?? this.#begin();
    writer.add(offset, byteLength, bytes, oldAt, bytes, newAt);
  }

  #begin(): JournalWriter {
    this.#steps = patchJournaled(this.#session.target, {
      memory: this.#memory,
      commit: this.#commit,
      fill: (writer) => this.#fill(writer),
      *recheck() {},
    });
    this.#steps.next(false);
    if (this.#writer === undefined) throw new Error("Bug: no journal begun");
    return this.#writer;
  }

  *#fill(writer: JournalWriter): Steps<void> {
    this.#writer = writer;
    while (!this.#isComplete) yield WAITING;
  }

  /**
   * Seals the journal, and writes all edits to the file. No more will come.
   *
   * @throws {SabmapError} With the file unchanged, or with the journal left to be recovered: the text says which.
   */
  async apply(): Promise<void> {
    if (this.#steps === undefined) return;
    this.#isComplete = true;
    const steps = this.#steps;
    this.#steps = undefined;
    await this.#session.run(steps);
  }

  /**
   * Removes what was written, unless it was applied.
   *
   * @returns What to throw: the error, or another if the disk may still have the journal.
   */
  withdraw(error: unknown): unknown {
    const steps = this.#steps;
    this.#steps = undefined;
    try {
      steps?.throw(error);
      return error;
    } catch (thrown) {
      return thrown;
    }
  }
}

const WAITING: Step = { phase: "journal", bytesDone: 0, byteLength: 0 };
