/**
 * An object that comes in one answer: from a server without ranges, or without an ETag to hold two answers together.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import { remoteError, TransientError } from "./failures.ts";
import type { WholeObject } from "./remote_object.ts";
import { drop, readPiece } from "./send.ts";

/** Reads a body from its start to its end. What is lost cannot be asked for again. */
export class WholeReader {
  readonly #object: WholeObject;
  #piece: Uint8Array = new Uint8Array(0);
  #reached = 0;

  constructor(object: WholeObject) {
    this.#object = object;
  }

  /**
   * @returns How many bytes came into `target`; 0 only at the end.
   * @throws {SabmapError} `ERR_REMOTE` if the connection is lost, or what came is not as long as the server said.
   */
  async read(target: Uint8Array): Promise<number> {
    while (this.#piece.length === 0) {
      const piece = await this.#next();
      if (piece === undefined) return this.#end();
      this.#piece = piece;
      this.#reached += piece.length;
    }
    const count = Math.min(this.#piece.length, target.length);
    target.set(this.#piece.subarray(0, count));
    this.#piece = this.#piece.subarray(count);
    return count;
  }

  async #next(): Promise<Uint8Array | undefined> {
    try {
      return await readPiece(this.#object.whole);
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      throw this.#lost(error.message, error);
    }
  }

  #end(): number {
    const { size } = this.#object;
    if (size === undefined || size === this.#reached) return 0;
    throw this.#lost("the server sent less than it said");
  }

  #lost(what: string, cause?: unknown): Error {
    const { size, reason, sender: { target } } = this.#object;
    return remoteError(
      `${what}, and reading cannot go on at ${
        groupDigits(this.#reached)
      } as ${reason}: expected ${
        size === undefined ? "a whole body" : `${groupDigits(size)} bytes`
      }`,
      { file: target.shown, cause },
    );
  }

  /** Gives the rest up. Safe to repeat. */
  close(): void {
    const { response, patience } = this.#object.whole;
    drop(response, patience);
  }
}
