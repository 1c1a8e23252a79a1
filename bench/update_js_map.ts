/**
 * As update_js.ts, through a shared mapping of the whole file: what the threads of this runtime allow a job with
 * `--io map`.
 *
 * @module
 */
import { GRANULE_BYTES, sharedBuffer } from "../src/memory/arena.ts";
import { loadMapper } from "../src/memory/load_mapper.ts";
import { openMappable } from "../src/platform/mappable_file.ts";
import { type BareThread, sizeOf, startBareThread } from "./bare_thread.ts";
import { addToHalf, type HalfTask } from "./update_js_map_thread.ts";

/** In front of what is mapped, so that huge pages can lie on their grid. */
const FRONT_BYTES = 4 * 1024 ** 2;
const WASM_PAGE_BYTES = 64 * 1024;

/** The other thread, and the memory that the file is mapped over. */
export interface MapThread {
  readonly thread: BareThread<HalfTask, unknown>;
  readonly memory: WebAssembly.Memory;
}

/** Starts the other thread. */
export function startMapThread(path: string): MapThread {
  const pages = Math.ceil((FRONT_BYTES + sizeOf(path)) / WASM_PAGE_BYTES);
  return {
    thread: startBareThread("update_js_map_thread"),
    memory: new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    }),
  };
}

/** Adds 1 to the second word of every `stride` bytes, in this thread and the other. */
export async function addMapped(
  { thread, memory }: MapThread,
  path: string,
  stride: number,
): Promise<void> {
  const shared = sharedBuffer(memory);
  const mapper = await loadMapper(shared);
  const file = await openMappable(path, "write");
  const byteLength = sizeOf(path);
  const address = mapper.hugeAddress(GRANULE_BYTES, 0);
  const region = { byteOffset: address, byteLength };
  mapper.map(region, {
    ...{ fd: file.fd, offset: 0, access: "write", file: path, lazy: true },
  });
  const half = Math.floor(byteLength / 2 / stride) * stride;
  const other = thread.ask({
    ...{ shared, start: address + half, end: address + byteLength, stride },
  });
  addToHalf({ shared, start: address, end: address + half, stride });
  await other;
  file.close();
}
