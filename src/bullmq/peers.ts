/**
 * The packages that a fleet needs and one machine does not, loaded when they are used.
 *
 * @module
 */
import type * as Bullmq from "bullmq";
import type { Redis } from "ioredis";
import { ErrorCode, SabmapError } from "../errors.ts";

/** What is used of the two packages. */
export interface Peers {
  readonly bullmq: typeof Bullmq;
  readonly Redis: typeof Redis;
}

let peers: Promise<Peers> | undefined;

/**
 * Loads `bullmq` and `ioredis`.
 *
 * @throws {SabmapError} `ERR_PEER_MISSING` with the command that installs them.
 */
export function loadPeers(): Promise<Peers> {
  return peers ??= importPeers();
}

async function importPeers(): Promise<Peers> {
  try {
    // One after the other, so that the message names the one that is missing.
    const { Redis } = await import("ioredis");
    const bullmq = await import("bullmq");
    return { bullmq, Redis };
  } catch (error) {
    // Deno asks for the environment when the packages are loaded, and says with which flag they may have it.
    if (error instanceof Error && error.name === "NotCapable") {
      throw new SabmapError(
        "EACCES",
        `the packages of a fleet cannot be loaded: ${error.message}`,
        { cause: error },
      );
    }
    throw new SabmapError(
      ErrorCode.PeerMissing,
      "a fleet needs the packages bullmq and ioredis: install them with npm install bullmq ioredis",
      { cause: error },
    );
  }
}
