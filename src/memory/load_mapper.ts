/**
 * Gets at mappings where a run has some; what maps files is 30 KB of sources that most runs do without.
 *
 * @module
 */
import { loadLibc } from "../platform/platform.ts";
import type { Mapper } from "./mapping.ts";

/**
 * Makes what maps files over an arena.
 *
 * @throws {SabmapError} `ERR_MAP_REFUSED` with the reason if there is no FFI here.
 */
export async function loadMapper(buffer: SharedArrayBuffer): Promise<Mapper> {
  const libc = await loadLibc();
  const { Mapper } = await import("./mapping.ts");
  return new Mapper(libc, buffer);
}
