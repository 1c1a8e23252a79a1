/**
 * MD5 of four parts of a file at once (RFC 1321).
 *
 * ```text
 * part: | blocks of 64 bytes, straight from the arena ... | rest | 0x80, zeros, length in bits |
 *                                                         `- copied beside each other: 1 or 2 blocks
 * ```
 *
 * @module
 */
import type { PartPiece } from "../../job.ts";
import type { Region } from "../../kernels/kernels.ts";
import {
  bindMd5,
  MD5_BLOCK_BYTES,
  MD5_MESSAGES,
  MD5_STATE_BYTES,
  MD5_WINDOW_BYTES,
  type Md5Kernels,
} from "../../kernels/md5.ts";

const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/** Room for the rest of a part with its padding. */
const TAIL_BYTES = 2 * MD5_BLOCK_BYTES;

/** Padding takes a byte and the length. */
const PADDING_BYTES_MIN = 1 + 8;

/** Scratch that {@link Md5InStep} wants, 64-byte aligned. */
export const MD5_IN_STEP_BYTES: number = MD5_STATE_BYTES + MD5_WINDOW_BYTES +
  MD5_MESSAGES * TAIL_BYTES;

/** Four hashes that take as many bytes each at every step. */
export class Md5InStep {
  readonly #kernels: Md5Kernels;
  readonly #state: number;
  readonly #window: number;
  readonly #tails: number;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  /** Bytes of each message so far. */
  #byteLength = 0;

  /** @param scratch {@link MD5_IN_STEP_BYTES} that nobody else uses. */
  constructor(memory: WebAssembly.Memory, { byteOffset }: Region) {
    this.#kernels = bindMd5(memory);
    this.#state = byteOffset;
    this.#window = this.#state + MD5_STATE_BYTES;
    this.#tails = this.#window + MD5_WINDOW_BYTES;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** Takes pieces of equal length, which is a multiple of 64 but for the last ones. */
  update(pieces: readonly PartPiece[]): void {
    const { byteLength = 0 } = pieces[0] ?? {};
    if (this.#byteLength === 0) this.#begin();
    if (this.#byteLength % MD5_BLOCK_BYTES !== 0) {
      throw new Error("Bug: MD5 goes on behind a block that is not whole");
    }
    const blocks = Math.floor(byteLength / MD5_BLOCK_BYTES);
    this.#take(pieces.map(({ address }) => address), blocks);
    this.#byteLength += byteLength;
    const whole = blocks * MD5_BLOCK_BYTES;
    pieces.forEach(({ address }, k) => {
      const [from, to] = [address + whole, address + byteLength];
      this.#bytes.copyWithin(this.#tailOf(k), from, to);
    });
  }

  /** @returns `u8[4, 16]`: the hashes. The next update begins others. */
  end(): Uint8Array {
    if (this.#byteLength === 0) this.#begin();
    const rest = this.#byteLength % MD5_BLOCK_BYTES;
    const blocks = Math.ceil((rest + PADDING_BYTES_MIN) / MD5_BLOCK_BYTES);
    const tails = Array.from({ length: MD5_MESSAGES }, (_, k) => {
      const tail = this.#tailOf(k);
      this.#pad(tail + rest, tail + blocks * MD5_BLOCK_BYTES);
      return tail;
    });
    this.#take(tails, blocks);
    this.#byteLength = 0;
    return this.#hashes();
  }

  #begin(): void {
    INITIAL.forEach((word, i) => {
      for (let k = 0; k < MD5_MESSAGES; k++) {
        this.#view.setUint32(this.#wordAt(i, k), word, true);
      }
    });
  }

  #take(addresses: readonly number[], blocks: number): void {
    if (blocks === 0) return;
    const [first = 0, second = 0, third = 0, fourth = 0] = addresses;
    this.#kernels.update(
      this.#state,
      first,
      second,
      third,
      fourth,
      blocks,
      this.#window,
    );
  }

  #pad(from: number, end: number): void {
    this.#bytes.fill(0, from, end);
    this.#bytes[from] = 0x80;
    this.#view.setBigUint64(end - 8, BigInt(this.#byteLength) * 8n, true);
  }

  #hashes(): Uint8Array {
    const hashes = new Uint8Array(MD5_MESSAGES * 16);
    const view = new DataView(hashes.buffer);
    for (let k = 0; k < MD5_MESSAGES; k++) {
      for (let i = 0; i < 4; i++) {
        const word = this.#view.getUint32(this.#wordAt(i, k), true);
        view.setUint32(16 * k + 4 * i, word, true);
      }
    }
    return hashes;
  }

  #wordAt(word: number, message: number): number {
    return this.#state + 16 * word + 4 * message;
  }

  #tailOf(message: number): number {
    return this.#tails + message * TAIL_BYTES;
  }
}
