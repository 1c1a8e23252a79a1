/**
 * Tries whether a file can be mapped.
 *
 * @module
 */
import { GRANULE_BYTES, sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import { isMapRefusal } from "../memory/mapping.ts";
import { closeFile } from "../platform/files.ts";
import type { FileSource } from "../protocol.ts";
import { openSource } from "./fill.ts";

/**
 * Tells why a file cannot be mapped.
 *
 * @returns `undefined` if it can.
 * @throws {SabmapError} If it cannot be read either.
 */
export async function whyNotMapped(
  file: FileSource,
): Promise<string | undefined> {
  try {
    await probeMapping(file);
    return undefined;
  } catch (error) {
    if (!isMapRefusal(error)) throw error;
    return (error as Error).message;
  }
}

/** Maps the first bytes once, because some file systems have no mappings. */
async function probeMapping(file: FileSource): Promise<void> {
  const memory = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const fd = openSource(file);
  try {
    const region = {
      byteOffset: 0,
      byteLength: Math.min(file.byteLength, GRANULE_BYTES),
    };
    const mapper = await loadMapper(sharedBuffer(memory));
    mapper.map(region, {
      fd,
      offset: 0,
      access: "read",
      file: String(file.path),
    });
    mapper.unmap(region);
  } finally {
    closeFile(fd, file.path);
  }
}
