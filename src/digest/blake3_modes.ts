/**
 * The modes of BLAKE3 that take something: a key, or the context that keys are derived in.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf section 2.3
 * @module
 */
import { blake3Digest, type Blake3State } from "./blake3.ts";
import { chunkTop, readWords } from "./blake3_chunk.ts";
import {
  BLAKE3_IV,
  Blake3Flag,
  CHUNK_BYTES,
  rootOutput,
} from "./blake3_compress.ts";
import {
  type Blake3Mode,
  type Blake3Node,
  type Blake3Partial,
  pushNode,
  rootInput,
} from "./blake3_tree.ts";
import type { ParallelDigest } from "./digest.ts";
import type { DigestParameters } from "./parameters.ts";

/** Bytes of a key. */
export const BLAKE3_KEY_BYTES = 32;

/** Words of a key. */
const KEY_WORDS = BLAKE3_KEY_BYTES / 4;

/** BLAKE3 with the parameters that a run has for it. */
export function blake3With(
  { blake3 = {} }: DigestParameters,
): ParallelDigest<Blake3State, Blake3Partial> {
  const { key, context } = blake3;
  if (key !== undefined) return blake3Digest(keyedMode(key), blake3);
  const mode = context === undefined ? undefined : deriveKeyMode(context);
  return blake3Digest(mode, blake3);
}

/**
 * Hashing with a key: `b3sum --keyed`.
 *
 * @throws {RangeError} If the key is not of 32 bytes.
 */
export function keyedMode(key: Uint8Array): Blake3Mode {
  if (key.length !== BLAKE3_KEY_BYTES) {
    throw new RangeError(
      `Cannot hash as the key of BLAKE3 must be ${BLAKE3_KEY_BYTES} bytes: received ${key.length} bytes`,
    );
  }
  return { key: keyWords(key), flags: Blake3Flag.KeyedHash };
}

/**
 * Deriving keys: `b3sum --derive-key`. Hashes the context, on the calling thread.
 *
 * @param context Says what the keys are for; part of a program, not from outside.
 */
export function deriveKeyMode(context: string): Blake3Mode {
  const mode = { key: BLAKE3_IV, flags: Blake3Flag.DeriveKeyContext };
  const key = hashText(new TextEncoder().encode(context), mode);
  return { key: keyWords(key), flags: Blake3Flag.DeriveKeyMaterial };
}

function keyWords(key: Uint8Array): number[] {
  const { buffer, byteOffset, length } = key;
  return readWords(new DataView(buffer, byteOffset, length), 0, KEY_WORDS);
}

/** Chunk by chunk, without kernels. */
function hashText(text: Uint8Array, mode: Blake3Mode): Uint8Array {
  const memory = new DataView(text.buffer, text.byteOffset, text.length);
  const nodes: Blake3Node[] = [];
  for (let chunk = 0; chunk * CHUNK_BYTES < text.length; chunk++) {
    const address = chunk * CHUNK_BYTES;
    const byteLength = Math.min(CHUNK_BYTES, text.length - address);
    const top = chunkTop({ address, byteLength, chunk }, memory, mode);
    pushNode(nodes, { chunk, chunkCount: 1, top }, mode);
  }
  const partial = { byteOffset: 0, byteLength: text.length, mode, nodes };
  return rootOutput(rootInput(partial, text.length, mode));
}
