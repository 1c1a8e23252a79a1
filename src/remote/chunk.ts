/**
 * One range of an object on its way here, over as many requests as it takes.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import {
  finalError,
  remoteError,
  showRange,
  TransientError,
} from "./failures.ts";
import { requireRange, requireSuccess } from "./judge.ts";
import { pauseBeforeRetry } from "./patience.ts";
import type { RangedObject } from "./remote_object.ts";
import { type Answer, drop, readPiece, send } from "./send.ts";

/** A request that brought so much was no failure in a row with the one before. */
const PROGRESS_BYTES = 64 * 1024;

/** A range that is fetched at once, and read when its turn has come. */
export class Chunk {
  readonly #object: RangedObject;
  readonly #range: ByteRange;
  readonly #signal: AbortSignal;
  /** What has come and was not read, each piece as the runtime cut it: it is copied once, to where it is to be. */
  readonly #pieces: Uint8Array[] = [];
  /** Offset behind what has come. */
  #reached: number;
  /** Bytes of the first piece that were read. */
  #taken = 0;
  /** All has come, and the server has ended with it. */
  #isDone = false;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};

  /** Begins to fetch. @param signal Ends it. */
  constructor(object: RangedObject, range: ByteRange, signal: AbortSignal) {
    this.#object = object;
    this.#range = range;
    this.#signal = signal;
    this.#reached = range.start;
    this.#fetch().then(
      () => this.#isDone = true,
      (error) => this.#failure = { error },
    ).then(() => this.#wake());
  }

  /**
   * Reads what is there, or waits until something is.
   *
   * @returns How many bytes came into `target`; 0 only at the end of the range.
   * @throws {SabmapError} If the rest cannot be fetched; what came before that can be read first.
   */
  async read(target: Uint8Array): Promise<number> {
    for (;;) {
      const count = this.#take(target);
      if (count > 0 || target.length === 0) return count;
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#isDone) return 0;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #take(target: Uint8Array): number {
    let count = 0;
    for (let piece; (piece = this.#pieces[0]) !== undefined;) {
      const end = Math.min(piece.length, this.#taken + target.length - count);
      target.set(piece.subarray(this.#taken, end), count);
      count += end - this.#taken;
      this.#taken = end;
      if (end < piece.length) break;
      this.#pieces.shift();
      this.#taken = 0;
    }
    return count;
  }

  async #fetch(): Promise<void> {
    const { end } = this.#range;
    const { settings } = this.#object.sender;
    let failures = 0;
    while (this.#reached < end) {
      const before = this.#reached;
      try {
        await this.#request();
      } catch (error) {
        if (!(error instanceof TransientError)) throw error;
        if (this.#reached - before >= PROGRESS_BYTES) failures = 0;
        if (++failures > settings.retries) {
          throw finalError(error, failures, this.#about());
        }
        await pauseBeforeRetry(failures, error.retryAfterMs, this.#signal);
      }
    }
  }

  /** Asks for what is missing. @throws {TransientError} If less comes, and the same may be asked for again. */
  async #request(): Promise<void> {
    const { sender, size, pin } = this.#object;
    const about = this.#about();
    const asked = { range: about.range, etag: pin.etag };
    const answer = await send(sender, asked, this.#signal);
    try {
      await requireSuccess(answer, about);
      requireRange(answer, { range: about.range, size, pin }, about.file);
      await this.#receive(answer);
    } catch (error) {
      drop(answer.response, answer.patience);
      throw error;
    }
    answer.patience.end();
  }

  async #receive(answer: Answer): Promise<void> {
    const { end } = this.#range;
    for (;;) {
      const piece = await readPiece(answer);
      if (piece === undefined) break;
      if (this.#reached + piece.length > end) {
        throw remoteError(
          `the server sends more than was asked for: expected ${
            showRange(this.#range)
          }`,
          this.#about(),
        );
      }
      if (piece.length === 0) continue;
      this.#pieces.push(piece);
      this.#reached += piece.length;
      this.#wake();
    }
    if (this.#reached < end) {
      throw new TransientError("the server sent less than it said");
    }
  }

  #about(): { readonly file: string; readonly range: ByteRange } {
    return {
      file: this.#object.sender.target.shown,
      range: { start: this.#reached, end: this.#range.end },
    };
  }
}
