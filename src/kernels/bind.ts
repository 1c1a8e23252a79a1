/**
 * Binds the compiled SIMD kernels: all that a thread needs which is given the module, and no scalar twins.
 *
 * @module
 */
import { findKernels } from "./finder.ts";
import { KERNEL_SCRATCH_BYTES, type Kernels, type Region } from "./kernels.ts";
import { type SimdFind, SimdFinder } from "./simd_find.ts";

/** A kernel as the module has it: `Extra` comes after its own parameters. */
type WithExtra<Kernel extends keyof Kernels, Extra extends number[]> =
  Kernels[Kernel] extends (...own: infer Own) => infer Result
    ? (...parameters: [...Own, ...Extra]) => Result
    : never;

/** BLAKE3 takes this worker's scratch, and whether its rounds are a loop. */
type Blake3Extra = [scratch: number, rolled: number];

/** Which forms of BLAKE3's rounds are used; the result is the same for all. */
export interface Blake3Forms {
  /** Whether the rounds are a loop. */
  readonly rolled: boolean;
  /** How many chunks go at a time. Defaults to what is seen to be faster. */
  readonly atOnce?: 4 | 8;
}

/** What the module exports. */
interface SimdExports
  extends Pick<Kernels, "countByte" | "findByte" | "findEither"> {
  readonly find: SimdFind;
  readonly histogram: WithExtra<"histogram", [scratch: number]>;
  readonly blake3Chunks: WithExtra<
    "blake3Chunks",
    [...Blake3Extra, wide: number]
  >;
  readonly blake3Chunk: WithExtra<"blake3Chunk", Blake3Extra>;
  readonly blake3Parents: WithExtra<"blake3Parents", Blake3Extra>;
}

/**
 * Binds the SIMD kernels to an arena and to one worker's scratch.
 *
 * @param memory The arena: shared, and never grown.
 * @param module What `compileKernels()` has made, in this thread or another.
 * @param scratch At least `KERNEL_SCRATCH_BYTES` of the arena, 64-byte aligned, that nobody else uses.
 * @param forms Defaults to what is fastest on this runtime.
 * @throws {RangeError} If `scratch` is too small or misaligned.
 */
export function bindKernels(
  memory: WebAssembly.Memory,
  module: WebAssembly.Module,
  scratch: Region,
  forms: Blake3Forms = blake3Forms(),
): Kernels {
  checkScratch(scratch);
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  // SAFETY: the module is built from our own sources, and tests call each of its functions.
  const simd = instance.exports as unknown as SimdExports;
  return bindSimd(memory, simd, scratch.byteOffset, forms);
}

/** @throws {RangeError} If kernels cannot use the scratch. */
export function checkScratch({ byteOffset, byteLength }: Region): void {
  if (byteLength < KERNEL_SCRATCH_BYTES || byteOffset % 64 !== 0) {
    throw new RangeError(
      `Cannot bind kernels as scratch must be ${KERNEL_SCRATCH_BYTES} bytes, 64-byte aligned: ` +
        `received ${byteLength} bytes at ${byteOffset}`,
    );
  }
}

function bindSimd(
  memory: WebAssembly.Memory,
  simd: SimdExports,
  scratch: number,
  forms: Blake3Forms,
): Kernels {
  const rolled = Number(forms.rolled);
  const width = new WidthChooser();
  const finder = new SimdFinder(memory, simd.find, scratch);
  return {
    backend: "simd",
    // WASM gives 32 bits as a signed number.
    countByte: (byteOffset, byteLength, byte) =>
      simd.countByte(byteOffset, byteLength, byte) >>> 0,
    // The end of a memory of 4 GiB is 0 in 32 bits, where nothing can be found.
    findByte: (start, end, byte) =>
      simd.findByte(start, end, byte) >>> 0 || end,
    findEither: (start, end, a, b) =>
      simd.findEither(start, end, a, b) >>> 0 || end,
    ...findKernels(finder),
    histogram: (byteOffset, byteLength, counts) =>
      simd.histogram(byteOffset, byteLength, counts, scratch),
    blake3Chunks: (input, chunkCount, counter, key, flags, cvs) => {
      const wide = forms.atOnce === undefined ? width.wide : forms.atOnce === 8;
      const started = performance.now();
      simd.blake3Chunks(
        input,
        chunkCount,
        counter,
        key,
        flags,
        cvs,
        scratch,
        rolled,
        Number(wide),
      );
      width.note(chunkCount, performance.now() - started);
    },
    blake3Chunk: (input, byteLength, counter, key, flags, endFlags, cv) =>
      simd.blake3Chunk(
        input,
        byteLength,
        counter,
        key,
        flags,
        endFlags,
        cv,
        scratch,
        rolled,
      ),
    blake3Parents: (children, parentCount, key, flags, cvs) =>
      simd.blake3Parents(
        children,
        parentCount,
        key,
        flags,
        cvs,
        scratch,
        rolled,
      ),
  };
}

/**
 * The form of BLAKE3's rounds that is faster here.
 *
 * JavaScriptCore wants them in a loop (Bun 1.4: 1.7 GB/s against 0.7), V8 written out
 * (Node 20.20: 2.3 against 2.0, Deno 2.9: 2.4 against 1.9; AMD EPYC, Zen 5, 2026-11-22).
 * The name of the runtime is the rule: to measure at every start would take longer than
 * hashing a small file.
 */
function blake3Forms(): Blake3Forms {
  return { rolled: "Bun" in globalThis };
}

/** Calls of fewer chunks than these tell nothing. */
const TRIAL_CHUNKS = 128;

/** Calls before anything is tried: 64 MiB, by 512 KiB. Most files are done by then. */
const CALLS_BEFORE = 128;

/** Calls before the code for eight is compiled, which is slower than that for four until then. */
const CALLS_TO_WARM_UP = 64;

/** Of each width. The fastest counts, as any of them may have met with another process. */
const CALLS_OF_A_TRIAL = 8;

/** Calls until both are tried again: 1 GiB, by 512 KiB. */
const CALLS_OF_A_ROUND = 2048;

/** While four are faster both are tried sooner, at first after 16 MiB: the code for eight may not be compiled yet. */
const CALLS_OF_A_SHORT_ROUND = 32;

/**
 * Chooses whether BLAKE3 takes four or eight chunks at a time.
 *
 * Eight keep an idle core busier (AMD EPYC, Zen 5: 2.3 GB/s instead of 1.95 on Node). But they go through memory all
 * the time, and the same code in the same process had 0.8 to 1.5 GB/s in other minutes of the same machine, where four
 * had 1.95 as ever. So both are tried, and again after each GiB.
 *
 * Where two threads keep both cores busy, V8 has no core left to compile for: the code for eight then lost the first
 * trial in four of seven threads (Node 20.20), and was not tried again for half of a file of 4 GiB.
 */
export class WidthChooser {
  /** Calls of this round; those before the first trial count down to it. */
  #call = -CALLS_BEFORE;
  #warmUp = CALLS_TO_WARM_UP;
  /** Calls from this round's trials to the next, if four are faster. */
  #patience = CALLS_OF_A_SHORT_ROUND;
  /** Milliseconds for a chunk in this round. */
  #four = Infinity;
  #eight = Infinity;

  /** Whether the next call takes eight. */
  get wide(): boolean {
    if (this.#call < CALLS_OF_A_TRIAL) return false;
    return this.#call < this.#trialsEnd || this.#eight < this.#four;
  }

  /** Takes note of what a call has taken that was as wide as {@link wide} said. */
  note(chunkCount: number, elapsedMs: number): void {
    if (chunkCount < TRIAL_CHUNKS) return;
    const call = this.#call++;
    const pace = elapsedMs / chunkCount;
    if (call >= 0 && call < CALLS_OF_A_TRIAL) {
      this.#four = Math.min(this.#four, pace);
    } else if (
      call >= this.#trialsEnd - CALLS_OF_A_TRIAL && call < this.#trialsEnd
    ) {
      this.#eight = Math.min(this.#eight, pace);
    } else if (call >= this.#trialsEnd + this.#callsToNextTrial) {
      this.#startRound();
    }
  }

  get #callsToNextTrial(): number {
    return this.#eight < this.#four ? CALLS_OF_A_ROUND : this.#patience;
  }

  #startRound(): void {
    this.#patience = this.#eight < this.#four
      ? CALLS_OF_A_SHORT_ROUND
      : Math.min(2 * this.#patience, CALLS_OF_A_ROUND);
    this.#call = this.#warmUp = 0;
    this.#four = this.#eight = Infinity;
  }

  /** The call with which four and eight have been tried. */
  get #trialsEnd(): number {
    return CALLS_OF_A_TRIAL + this.#warmUp + CALLS_OF_A_TRIAL;
  }
}
