/**
 * Hash functions of the runtime over bytes that are there as a whole.
 *
 * @module
 */
import { loadBuiltin } from "../../platform/builtin.ts";

/** Hashes bytes. */
export type HashOnce = (bytes: Uint8Array) => Uint8Array;

/** Names of functions that `node:crypto` of all runtimes has. */
export type HashName = "md5" | "sha1" | "sha256";

/** A hash over bytes that come piece by piece. Node's own type would ask users for the types of Node. */
export interface RunningHash {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array;
}

/** Starts a hash over bytes that come piece by piece. */
export function startHash(name: HashName): RunningHash {
  return crypto().createHash(name);
}

/**
 * Finds the quickest way to hash small inputs: one call instead of three objects takes 1.1 us instead of
 * 1.4 for 64 bytes on Node, 0.2 instead of 0.3 on Bun, the same on Deno (Xeon 2.6 GHz, 2026-11-21).
 */
export function hashOnce(name: HashName): HashOnce {
  const { createHash, hash } = crypto();
  // Since Node 20.12.
  if (typeof hash !== "function") {
    return (bytes) => createHash(name).update(bytes).digest();
  }
  return (bytes) => hash(name, bytes, "buffer");
}

function crypto(): typeof import("node:crypto") {
  // Loaded when first used, see serial.ts.
  return loadBuiltin<typeof import("node:crypto")>("node:crypto");
}
