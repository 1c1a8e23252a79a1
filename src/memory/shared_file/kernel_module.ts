/**
 * The kernels of a SharedFile.
 *
 * @module
 */
import { chooseBackend, compileKernels } from "../../kernels/load.ts";

/**
 * Compiles the kernels of the backend that this process uses.
 *
 * @returns `undefined` for the scalar ones.
 */
export function kernelModule(): WebAssembly.Module | undefined {
  return chooseBackend() === "simd" ? compileKernels() : undefined;
}
