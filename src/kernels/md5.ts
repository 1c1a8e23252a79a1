/**
 * MD5 of four messages at once: a family with a module of its own.
 *
 * There is no scalar twin, as one message after the other is what runtimes have: `node:crypto`.
 *
 * @module
 */
import { bindFamily } from "./family.ts";
import { MD5_WASM_BASE64 } from "./md5_wasm.ts";

/** Messages that are hashed at once. */
export const MD5_MESSAGES = 4;

/** Bytes of a block of a message. */
export const MD5_BLOCK_BYTES = 64;

/** Bytes of the state of all four: words `a`, `b`, `c`, `d`, each of all messages side by side. */
export const MD5_STATE_BYTES = 64;

/** Scratch of an update. */
export const MD5_WINDOW_BYTES = 256;

/** The family bound to one arena. Addresses are byte offsets into it. */
export interface Md5Kernels {
  /**
   * Takes the next blocks of each message.
   *
   * @param state {@link MD5_STATE_BYTES}, 16-byte aligned.
   * @param first Where the blocks of the first message are, anywhere; and so on.
   * @param blocks How many of each, of {@link MD5_BLOCK_BYTES}.
   * @param window {@link MD5_WINDOW_BYTES} that nobody else uses, 16-byte aligned.
   */
  update(
    state: number,
    first: number,
    second: number,
    third: number,
    fourth: number,
    blocks: number,
    window: number,
  ): void;
}

/** Binds the family to an arena. */
export function bindMd5(memory: WebAssembly.Memory): Md5Kernels {
  return bindFamily<Md5Kernels>(MD5_WASM_BASE64, memory);
}
