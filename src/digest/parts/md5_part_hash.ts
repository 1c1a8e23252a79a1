/**
 * MD5 of parts: by the runtime one after the other, by our kernel four at once.
 *
 * @module
 */
import type { WorkerContext } from "../../job.ts";
import type { Region } from "../../kernels/kernels.ts";
import { MD5_MESSAGES } from "../../kernels/md5.ts";
import { MD5_IN_STEP_BYTES, Md5InStep } from "./md5_in_step.ts";
import {
  nativePartHash,
  type NativeState,
  type PartHash,
} from "./part_hash.ts";

/** MD5 in one worker. */
export interface Md5State extends NativeState {
  /** Makes what hashes four parts at once, when that is first asked for. */
  readonly open: () => HashesInStep;
  inStep: HashesInStep | undefined;
}

/** Four hashes that go on together. */
type HashesInStep = Pick<Md5InStep, "update" | "end">;

const native: PartHash<NativeState> = nativePartHash("md5");

/** Parts go through MD5. */
export const md5PartHash: PartHash<Md5State> = {
  ...native,
  scratchBytes: MD5_IN_STEP_BYTES,
  start: (worker, scratch) => ({
    ...native.start(worker, scratch),
    open: () => openInStep(worker, scratch),
    inStep: undefined,
  }),
  inStep: {
    count: MD5_MESSAGES,
    update: (pieces, state) => {
      state.inStep ??= state.open();
      state.inStep.update(pieces);
    },
    end: (state) => {
      state.inStep ??= state.open();
      return state.inStep.end();
    },
  },
};

function openInStep(worker: WorkerContext, scratch: Region): HashesInStep {
  return worker.kernels.backend === "simd"
    ? new Md5InStep(worker.memory, scratch)
    : nativeInStep(worker, scratch);
}

/** As {@link Md5InStep}, where there are no vectors. */
function nativeInStep(worker: WorkerContext, scratch: Region): HashesInStep {
  const states = Array.from(
    { length: MD5_MESSAGES },
    () => native.start(worker, scratch),
  );
  return {
    update: (pieces) =>
      pieces.forEach((piece, k) => native.update(piece, states[k]!)),
    end: () =>
      Uint8Array.from(states.flatMap((state) => [...native.end(state)])),
  };
}
