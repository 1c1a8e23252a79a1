/**
 * Gets at mappings where a run has some; what maps files is 30 KB of sources that most runs do without.
 *
 * @module
 */
import type { Mapper } from "./mapping.ts";

/**
 * Makes what maps files over an arena.
 *
 * @throws {SabmapError} `ERR_MAP_REFUSED` with the reason if there is no FFI here.
 */
export async function loadMapper(buffer: SharedArrayBuffer): Promise<Mapper> {
  // Loaded here: a thread that maps nothing needs neither, nor what tells runtimes apart.
  const [libc, { Mapper }] = await Promise.all([
    import("../platform/platform.ts").then(({ loadLibc }) => loadLibc()),
    import("./mapping.ts"),
  ]);
  return new Mapper(libc, buffer);
}
