/**
 * The memory in which frames of a journal are made, read and hashed.
 *
 * @module
 */
import { ChunkDigest } from "./frame_digest.ts";
import { FRAME_BYTES_MAX } from "./journal_format.ts";

/** BLAKE3 of frames, one after the other. */
export interface FrameDigest {
  /** Takes the frame that lies in the memory: a multiple of 1,024 bytes. */
  add(byteLength: number): void;
  /** @returns 64 hexadecimal digits; another text if there was no frame. To be called once. */
  finish(): string;
}

/** Room for one frame, which can be hashed where it lies. */
export class FrameMemory {
  /** `u8[FRAME_BYTES_MAX]`, shared. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly view: DataView<SharedArrayBuffer>;
  readonly #startDigest: () => FrameDigest;

  /** @param startDigest Faster than what is written in TypeScript, for journals that are worth loading it. */
  constructor(
    bytes: Uint8Array<SharedArrayBuffer> = new Uint8Array(
      new SharedArrayBuffer(FRAME_BYTES_MAX),
    ),
    startDigest: () => FrameDigest = () => new ChunkDigest(bytes),
  ) {
    this.bytes = bytes;
    const { buffer, byteOffset, byteLength } = bytes;
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.#startDigest = startDigest;
  }

  /** Begins with the frames of one journal. */
  startDigest(): FrameDigest {
    return this.#startDigest();
  }
}
