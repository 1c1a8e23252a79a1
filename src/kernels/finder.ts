/**
 * The searches of a backend as kernels.
 *
 * @module
 */
import type { Kernels } from "./kernels.ts";

/** Searches in one arena. */
export interface Finder {
  readonly first: Kernels["findFirst"];
  readonly last: Kernels["findLast"];
  readonly all: Kernels["findAll"];
}

/** Gives a finder's methods the names that kernels have. */
export function findKernels(
  finder: Finder,
): Pick<Kernels, "findFirst" | "findLast" | "findAll"> {
  return {
    findFirst: finder.first.bind(finder),
    findLast: finder.last.bind(finder),
    findAll: finder.all.bind(finder),
  };
}
