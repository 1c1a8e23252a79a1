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
  /** After how many chunks eight go at a time. */
  readonly wideAfter: number;
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
  let chunksDone = 0;
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
      const wide = Number(chunksDone >= forms.wideAfter);
      chunksDone += chunkCount;
      simd.blake3Chunks(
        input,
        chunkCount,
        counter,
        key,
        flags,
        cvs,
        scratch,
        rolled,
        wide,
      );
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

/** V8 takes 20 to 50 ms, of another core if there is one, to compile the rounds of eight: they pay later. */
const WIDE_AFTER_CHUNKS = 64 * 1024;

/**
 * The forms of BLAKE3's rounds that are fastest here.
 *
 * JavaScriptCore wants them in a loop (Bun 1.4: 1.7 GB/s against 0.7), V8 written out
 * (Node 20.20: 2.3 against 2.0, Deno 2.9: 2.4 against 1.9; AMD EPYC, Zen 5, 2026-11-22).
 * The name of the runtime is the rule: to measure at every start would take longer than
 * hashing a small file.
 */
function blake3Forms(): Blake3Forms {
  return "Bun" in globalThis
    ? { rolled: true, wideAfter: 0 }
    : { rolled: false, wideAfter: WIDE_AFTER_CHUNKS };
}
