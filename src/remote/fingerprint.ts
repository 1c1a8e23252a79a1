/**
 * What tells an object on another machine from another, for those who process it in parts.
 *
 * @module
 */
import type { RemoteFingerprint, RemoteOptions } from "./types.ts";

export type { RemoteFingerprint, RemoteOptions, RemotePin } from "./types.ts";

/**
 * Asks a server for size, ETag and version of an object. A run over the object is bound to these by
 * `RunInternals.expect` (coordinator.ts): it fails with `ERR_FILE_CHANGED` if the object is another by then.
 *
 * @param url As `https://...`, `http://...` or `s3://bucket/key`.
 * @throws {SabmapError} `ENOENT`, `EACCES`, or `ERR_REMOTE` if it cannot be read in parts: the server has no ranges,
 * or gives no strong ETag.
 */
export async function remoteFingerprint(
  url: string,
  signal?: AbortSignal,
  options: RemoteOptions = {},
): Promise<RemoteFingerprint> {
  const { fingerprintOf } = await import("./remote_object.ts");
  return await fingerprintOf(url, signal, options);
}
