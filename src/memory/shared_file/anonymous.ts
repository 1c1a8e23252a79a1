/**
 * A SharedFile without a file: memory that threads share.
 *
 * @module
 */
import type { Backing } from "./backing.ts";
import { createWindow, type FileWindow, windowBytes } from "./window.ts";

/** Memory that reads zero at first. */
export class AnonymousBacking implements Backing {
  readonly io = "memory";
  readonly file = undefined;
  #window: FileWindow;

  /** @throws {RangeError} If there is no room for it. */
  constructor(byteLength: number) {
    this.#window = createWindow(byteLength);
  }

  get window(): FileWindow {
    return this.#window;
  }

  size(): number {
    return this.#window.byteLength;
  }

  guard(): void {
    // There is no file that could become shorter.
  }

  flush(): void {
    // There is no file to bring stores to.
  }

  advise(): boolean {
    return false;
  }

  resize(byteLength: number): void {
    const window = createWindow(byteLength);
    const before = windowBytes(this.#window);
    const kept = before.subarray(0, Math.min(byteLength, before.byteLength));
    windowBytes(window).set(kept);
    this.#window = window;
  }

  close(): void {
    // The memory goes when nobody refers to it.
  }
}
