/**
 * Where the fields of lines end, found many at a time.
 *
 * @module
 */
import type { WorkerContext } from "../job.ts";
import type { Region } from "../kernels/kernels.ts";
import { bindRecordKernels } from "../kernels/records.ts";
import { fieldEnds } from "../kernels/records_scalar.ts";

/** Ends that are found in one go: their list stays in the nearest cache. */
const ENDS_MAX = 4096;

/** Bytes of scratch that the kernel's list takes. */
export const FIELD_ENDS_BYTES: number = 4 * ENDS_MAX;

/** Finds ends: delimiters and newlines. */
export interface FieldEnds {
  /** Where {@link FieldEnds.find} leaves their addresses, in order. */
  readonly places: { readonly [index: number]: number };
  /** How many it leaves at most. */
  readonly capacity: number;
  /** Finds the first ends of a stretch. @returns How many; fewer than `capacity` if these are all. */
  find(from: number, end: number, delimiter: number): number;
}

/** Finds ends by the worker's kernels, where these can tell addresses. @param scratch For the list. */
export function kernelFieldEnds(
  { memory, kernels: { backend } }: WorkerContext,
  scratch: Region,
): FieldEnds {
  const { buffer } = memory;
  // The end of such an arena is 0 in 32 bits.
  if (buffer.byteLength >= 2 ** 32) {
    return plainFieldEnds(new Uint8Array(buffer));
  }
  const kernel = bindRecordKernels(memory, backend);
  const { byteOffset } = scratch;
  return {
    places: new Uint32Array(buffer, byteOffset, ENDS_MAX),
    capacity: ENDS_MAX,
    find: (from, end, delimiter) =>
      kernel.fieldEnds(from, end, delimiter, byteOffset, ENDS_MAX),
  };
}

/** Finds ends in TypeScript. Addresses beyond 2**32 are exact. */
export function plainFieldEnds(bytes: Uint8Array): FieldEnds {
  const places = new Float64Array(ENDS_MAX);
  return {
    places,
    capacity: ENDS_MAX,
    find: (from, end, delimiter) =>
      fieldEnds(bytes, from, end, delimiter, places, 0, ENDS_MAX),
  };
}
