/**
 * Digests that need every byte in order, through the runtime's own `node:crypto`.
 *
 * Each is a lane: one worker takes all segments in file order, so that several
 * algorithms run side by side over the same bytes, and each byte is read once.
 *
 * @module
 */
import { loadBuiltin } from "../platform/builtin.ts";
import type { Hash } from "node:crypto";
import type { Lane } from "../job.ts";
import type { SerialDigest } from "./digest.ts";

/**
 * Makes a digest of a hash function that OpenSSL and its kin know.
 *
 * @param name Name of the algorithm, the same here and in `node:crypto`.
 */
export function serialDigest(name: string): SerialDigest {
  return { kind: "serial", name, lane: hashLane(name) };
}

function hashLane(name: string): Lane<Hash, string> {
  return {
    name,
    start: () => createHash(name),
    update: (range, hash) => void hash.update(range.bytes),
    end: (hash) => hash.digest("hex"),
  };
}

function createHash(name: string): Hash {
  // Loaded when first used: it takes 2 to 8 ms (Xeon 2.6 GHz, Deno and Bun, 2026-11-21), which a run of BLAKE3 need not spend.
  return loadBuiltin<typeof import("node:crypto")>("node:crypto").createHash(
    name,
  );
}
