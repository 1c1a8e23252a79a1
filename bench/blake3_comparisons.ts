/**
 * What BLAKE3 is compared with, as a call and as a command: the same questions and targets of both.
 *
 * @module
 */
import type { IoMode } from "../src/mod.ts";
import type { Contender } from "./pairs.ts";
import { atLeast } from "./report.ts";
import { b3sum } from "./rivals.ts";
import { runtimeName } from "./stamp.ts";
import type { Comparison } from "./suite.ts";

/** Both sides of the questions, but for b3sum, which is a command in any case. */
export interface Blake3Contenders {
  ours(io: IoMode, workers: number): Contender;
  readonly hashWasm: Contender;
}

/** Asks about reading and about mapping a file. */
export function blake3Comparisons(
  path: string,
  { ours, hashWasm }: Blake3Contenders,
): Comparison[] {
  return (["stream", "map"] as const).flatMap((io) => {
    const two = ours(io, 2);
    return [
      {
        name: `hash/blake3/${io}/hash-wasm`,
        ours: two,
        rival: hashWasm,
        target: atLeast(4),
      },
      {
        name: `hash/blake3/${io}/b3sum`,
        ours: two,
        rival: b3sum(path),
        // A lower bar on JavaScriptCore, which runs the kernel more slowly than V8.
        target: atLeast(runtimeName === "bun" ? 0.2 : 0.36),
      },
      {
        name: `hash/blake3/${io}/one-worker`,
        ours: two,
        rival: ours(io, 1),
        target: atLeast(1.8),
      },
    ];
  });
}
