/**
 * Chooses, compiles and binds a backend: the one place of dispatch.
 *
 * The coordinator calls {@link chooseBackend} and {@link compileKernels} once and sends
 * the results to its workers, which only bind them; a worker never reads the environment.
 *
 * @module
 */
import { readVariable } from "../platform/builtin.ts";
import { bindKernels, checkScratch } from "./bind.ts";
import { compileBase64 } from "./family.ts";
import type { Backend, Kernels, Region } from "./kernels.ts";
import { createScalarKernels } from "./scalar.ts";
import { SIMD_WASM_BASE64 } from "./simd_wasm.ts";

/** Name of the environment variable that forces a backend. */
export const BACKEND_VARIABLE: string = "SABMAP_BACKEND";

/**
 * Says which backend this process uses.
 *
 * That is what `SABMAP_BACKEND` says; where it is unset, empty, or not to be read
 * without asking the user (Deno), `simd` if the runtime has it, else `scalar`.
 *
 * @throws {RangeError} If the variable names no backend, or one that this runtime lacks.
 */
export function chooseBackend(): Backend {
  const wanted = readVariable(BACKEND_VARIABLE);
  if (wanted === "scalar") return "scalar";
  const supported = compileKernels() !== undefined;
  if (wanted === undefined || wanted === "") {
    return supported ? "simd" : "scalar";
  }
  if (wanted !== "simd") {
    throw new RangeError(
      `Cannot choose a backend as ${BACKEND_VARIABLE} must be "simd" or "scalar": received "${wanted}"`,
    );
  }
  if (supported) return "simd";
  throw new RangeError(
    `Cannot choose a backend as this runtime lacks WASM SIMD or threads: received ${BACKEND_VARIABLE}="simd"`,
  );
}

/** `null` until the first call of {@link compileKernels}. */
let compiled: WebAssembly.Module | undefined | null = null;

/**
 * Compiles the SIMD kernels, at the first call; later calls return the same module.
 *
 * Takes 1 to 2 ms, as the runtimes compile a function when it is first called; until
 * their optimising compilers are done, that costs another 3 ms or so of the first 16 MiB
 * of BLAKE3 (Node 20.20, Deno 2.9 and Bun 1.4; Intel Xeon, Sapphire Rapids, 2026-11-21).
 * The module can be sent to workers.
 *
 * @returns `undefined` where the runtime lacks WASM SIMD or threads.
 */
export function compileKernels(): WebAssembly.Module | undefined {
  if (compiled === null) compiled = tryCompile();
  return compiled;
}

function tryCompile(): WebAssembly.Module | undefined {
  try {
    return compileBase64(SIMD_WASM_BASE64);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

/**
 * Binds a backend to an arena and to one worker's scratch.
 *
 * @param memory The arena: shared, and never grown.
 * @param module From {@link compileKernels} for `simd`; `undefined` for `scalar`.
 * @param scratch At least `KERNEL_SCRATCH_BYTES` of the arena, 64-byte aligned, that nobody else uses.
 * @throws {RangeError} If `scratch` is too small or misaligned.
 */
export function createKernels(
  memory: WebAssembly.Memory,
  module: WebAssembly.Module | undefined,
  scratch: Region,
): Kernels {
  if (module !== undefined) return bindKernels(memory, module, scratch);
  checkScratch(scratch);
  return createScalarKernels(memory);
}
