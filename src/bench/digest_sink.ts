/**
 * A digest of this library as code of one thread: no runtime has BLAKE3, and what packages there are run
 * slower than our kernel, so that it is the way of reading that is compared and not the hash.
 *
 * @module
 */
import type { ParallelDigest } from "../digest/digest.ts";
import { SegmentView } from "../engine/segment_view.ts";
import {
  chooseBackend,
  compileKernels,
  createKernels,
} from "../kernels/load.ts";
import { ArenaLayout, createMemory, sharedBuffer } from "../memory/arena.ts";
import { type Sink, SINK_BYTES } from "./sink.ts";

/** Gathers 1 MiB at a time where the kernel can see it. */
export class DigestSink<State, Partial> implements Sink {
  readonly #digest: ParallelDigest<State, Partial>;
  readonly #state: State;
  readonly #buffer: SharedArrayBuffer;
  readonly #address: number;
  readonly #room: Uint8Array<SharedArrayBuffer>;
  #filled = 0;
  #offset = 0;
  #partial: Partial | undefined;

  constructor(digest: ParallelDigest<State, Partial>) {
    const layout = new ArenaLayout({
      workers: 1,
      scratchBytes: Math.ceil(digest.scratchBytes / 64) * 64,
      slots: 1,
      segmentBytes: SINK_BYTES,
      leadBytes: 0,
      trailBytes: 0,
    });
    const memory = createMemory(layout);
    const module = chooseBackend() === "simd" ? compileKernels() : undefined;
    const scratch = layout.jobScratch(0);
    this.#digest = digest;
    this.#buffer = sharedBuffer(memory);
    this.#address = layout.segmentAddress(0);
    this.#room = new Uint8Array(this.#buffer, this.#address, SINK_BYTES);
    this.#state = digest.start({
      index: 0,
      count: 1,
      memory,
      kernels: createKernels(memory, module, layout.kernelScratch(0)),
      scratch,
      file: { path: "", byteLength: undefined },
    }, scratch);
  }

  space(): Uint8Array<SharedArrayBuffer> {
    return this.#room.subarray(this.#filled);
  }

  update(chunk: Uint8Array): void {
    for (let taken = 0; taken < chunk.byteLength;) {
      const space = this.space();
      const part = chunk.subarray(taken, taken + space.byteLength);
      if (
        part.byteOffset !== space.byteOffset || part.buffer !== this.#buffer
      ) {
        space.set(part);
      }
      taken += part.byteLength;
      this.#filled += part.byteLength;
      if (this.#filled === SINK_BYTES) this.#flush();
    }
  }

  #flush(): void {
    const view = new SegmentView({
      buffer: this.#buffer,
      framing: undefined,
      search: undefined,
      filler: undefined,
    }, {
      index: this.#offset / SINK_BYTES,
      offset: this.#offset,
      byteLength: this.#filled,
      address: this.#address,
      before: 0,
      after: 0,
      afterMax: 0,
      entry: undefined,
    });
    const next = this.#digest.leaf(view, this.#state);
    this.#partial = this.#partial === undefined
      ? next
      : this.#digest.merge(this.#partial, next);
    this.#offset += this.#filled;
    this.#filled = 0;
  }

  end(): string {
    if (this.#filled > 0) this.#flush();
    return this.#digest.finish(this.#partial, this.#offset);
  }
}
