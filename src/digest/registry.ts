/**
 * The digests there are, by name. A new one is a file of its own, a line here, and its name in
 * algorithms.ts.
 *
 * Each is loaded when it is asked for: all of them are forty modules, which take a thread 8 (Bun) to
 * 14 ms (Deno) to load, and most runs compute one (Xeon 2.6 GHz, 2026-11-21).
 *
 * @module
 */
import type { AnyDigest } from "./digest.ts";
import type { DigestParameters } from "./parameters.ts";
import { serialDigest } from "./serial.ts";

/** Makes a digest with parameters; most have none. */
type MakeDigest = (parameters: DigestParameters) => AnyDigest;

const DIGESTS: ReadonlyMap<string, () => Promise<MakeDigest>> = new Map([
  ["blake3", async () => (await import("./blake3_modes.ts")).blake3With],
  ["crc32", async () => always((await import("./crc32.ts")).crc32)],
  ["crc32c", async () => always((await import("./crc32c.ts")).crc32c)],
  ["crc64nvme", async () => always((await import("./crc64.ts")).crc64nvme)],
  ["crc64xz", async () => always((await import("./crc64.ts")).crc64xz)],
  ["adler32", async () => always((await import("./adler32.ts")).adler32)],
  ...["md5", "sha1", "sha256", "sha512"].map(ofRuntime),
  ["xxh64", async () => always((await import("./xxh.ts")).xxh64)],
  ["xxh3", async () => always((await import("./xxh.ts")).xxh3)],
  ["s3-etag", async () => (await import("./parts/s3.ts")).s3Etag],
  ["s3-sha256", async () => (await import("./parts/s3.ts")).s3Sha256],
  ["s3-sha1", async () => (await import("./parts/s3.ts")).s3Sha1],
  ["s3-crc32", async () => (await import("./parts/s3_crc.ts")).s3Crc32],
  ["s3-crc32c", async () => (await import("./parts/s3_crc.ts")).s3Crc32c],
  ["glacier", async () => always((await import("./parts/glacier.ts")).glacier)],
  ["dropbox", async () => always((await import("./parts/dropbox.ts")).dropbox)],
  ["btv2", async () => (await import("./parts/btv2.ts")).btv2],
]);

/** What the runtime computes takes no module of ours. */
function ofRuntime(name: string): [string, () => Promise<MakeDigest>] {
  return [name, () => Promise.resolve(always(serialDigest(name)))];
}

function always(digest: AnyDigest): MakeDigest {
  return () => digest;
}

/** Names of all of them, in the order of algorithms.ts. */
export const REGISTERED: readonly string[] = [...DIGESTS.keys()];

/** Digests that this thread has loaded. */
const loaded = new Map<string, MakeDigest>();

/** Loads digests whose names `parseAlgorithms` has checked, where that has not been done in this thread. */
export async function loadDigests(names: readonly string[]): Promise<void> {
  await Promise.all(names.map(async (name) => {
    const load = DIGESTS.get(name);
    if (load === undefined) throw unknown(name);
    if (!loaded.has(name)) loaded.set(name, await load());
  }));
}

/** Whether digests need not be waited for. */
export function areLoaded(names: readonly string[]): boolean {
  return names.every((name) => loaded.has(name));
}

/** Makes a digest that {@link loadDigests} has loaded before. */
export function digestNamed(
  name: string,
  parameters: DigestParameters = {},
): AnyDigest {
  const make = loaded.get(name);
  if (make !== undefined) return make(parameters);
  throw DIGESTS.has(name)
    ? new Error(`Bug: digest "${name}" is not loaded`)
    : unknown(name);
}

function unknown(name: string): Error {
  return new Error(`Bug: no digest is named "${name}"`);
}
