/**
 * Hashes of parts, as part lanes run them.
 *
 * @module
 */
import type { PartPiece, PartsInStep, WorkerContext } from "../../job.ts";
import type { Region } from "../../kernels/kernels.ts";
import type { CrcAlgorithm, CrcUpdate } from "../crc.ts";
import {
  type HashName,
  type HashOnce,
  hashOnce,
  type RunningHash,
  startHash,
} from "./hash_once.ts";

/** What becomes of the bytes of each part. */
export interface PartHash<State> {
  /** Length of the hash of a part. */
  readonly resultBytes: number;
  /** Bytes of the worker's scratch that `start` wants. */
  readonly scratchBytes: number;
  /** @param scratch `scratchBytes` of the arena, 64-byte aligned, this state's alone. */
  start(worker: WorkerContext, scratch: Region): State;
  update(piece: PartPiece, state: State): void;
  end(state: State): Uint8Array;
  /** As `update` and `end`, for a part in one piece. */
  whole(piece: PartPiece, state: State): Uint8Array;
  /** For several parts at once. */
  readonly inStep?: PartsInStep<State>;
}

const HASH_BYTES: Readonly<Record<HashName, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
};

/** A hash function of the runtime in one worker. */
export interface NativeState {
  readonly once: HashOnce;
  /** The hash of the part that has begun. */
  hash: RunningHash | undefined;
}

/** Parts go through a hash function of the runtime. */
export function nativePartHash(name: HashName): PartHash<NativeState> {
  return {
    resultBytes: HASH_BYTES[name],
    scratchBytes: 0,
    start: () => ({ once: hashOnce(name), hash: undefined }),
    update: ({ bytes }, state) => {
      state.hash ??= startHash(name);
      state.hash.update(bytes);
    },
    end: (state) => {
      const { hash = startHash(name) } = state;
      state.hash = undefined;
      return hash.digest();
    },
    whole: ({ bytes }, { once }) => once(bytes),
  };
}

/** A CRC in one worker. */
export interface CrcState {
  readonly update: CrcUpdate;
  /** CRC of the part so far. */
  crc: string;
}

/** Parts go through a CRC of 32 bits; a result is its value, most significant byte first. */
export function crcPartHash(algorithm: CrcAlgorithm): PartHash<CrcState> {
  const { initial, scratchBytes } = algorithm;
  return {
    resultBytes: 4,
    scratchBytes,
    start: (worker, scratch) => ({
      update: algorithm.start(worker, scratch),
      crc: initial,
    }),
    update: ({ address, byteLength }, state) => {
      state.crc = state.update(address, byteLength, state.crc);
    },
    end: (state) => {
      const { crc } = state;
      state.crc = initial;
      return bigEndian(parseInt(crc, 16));
    },
    whole: ({ address, byteLength }, { update }) =>
      bigEndian(parseInt(update(address, byteLength, initial), 16)),
  };
}

/** The four bytes of a word, the most significant first. */
export function bigEndian(word: number): Uint8Array {
  return Uint8Array.of(word >>> 24, word >>> 16, word >>> 8, word);
}
