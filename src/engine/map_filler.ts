/**
 * The filler that reads nothing: it maps the file over the slot.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import type { Framing } from "../job.ts";
import type { Region } from "../kernels/kernels.ts";
import { GRANULE_BYTES, sharedBuffer } from "../memory/arena.ts";
import { loadMapper } from "../memory/load_mapper.ts";
import type { Mapper } from "../memory/mapping.ts";
import { pathText } from "../platform/file_path.ts";
import type { MappableFile } from "../platform/mappable_file.ts";
import type { Plan } from "../plan.ts";
import type { FileSource } from "../protocol.ts";
import { roundUp } from "../round_up.ts";
import {
  type Filler,
  neighbourhood,
  requireSource,
  shrankError,
} from "./fill.ts";

/**
 * Opens a file in this thread to be mapped, as the plan says.
 *
 * @throws {SabmapError} As {@link openSource}; `ERR_MAP_REFUSED` if there is no FFI here.
 */
export async function openMapFiller(
  plan: Plan,
  source: FileSource,
  memory: WebAssembly.Memory,
): Promise<MapFiller> {
  const { mapAccess: access = "read" } = plan;
  const [mapper, { openMappable }] = await Promise.all([
    loadMapper(sharedBuffer(memory)),
    import("../platform/mappable_file.ts"),
  ]);
  const file = await openMappable(source.path, access);
  return new MapFiller(mapper, { file, access }, source, plan);
}

/** Maps the file over the slot (`map`). */
export class MapFiller implements Filler {
  readonly #mapper: Mapper;
  readonly #file: MappableFile;
  readonly #access: "read" | "write";
  readonly #source: FileSource;
  readonly #framing: Framing;
  /** Whether slots hold claims; whether they have the room to lie where huge pages can be mapped. */
  readonly #takesClaims: boolean;
  readonly #onHugePages: boolean;

  /**
   * @param open The source, open for `access`: `write` if stores are to change it.
   */
  constructor(
    mapper: Mapper,
    { file, access }: { file: MappableFile; access: "read" | "write" },
    source: FileSource,
    { framing, shape, mapsClaims }: Plan,
  ) {
    this.#mapper = mapper;
    this.#file = requireSource(file, source);
    this.#access = access;
    this.#source = source;
    this.#framing = framing;
    this.#takesClaims = mapsClaims;
    this.#onHugePages = (shape.slackBytes ?? 0) > 0;
  }

  addressIn(slot: number, start: number): number {
    const inGranule = start % GRANULE_BYTES;
    return this.#onHugePages
      ? this.#mapper.hugeAddress(slot, start - inGranule) + inGranule
      : slot + inGranule;
  }

  fillClaim(range: ByteRange, slot: number): number | undefined {
    if (!this.#takesClaims) return undefined;
    const address = this.addressIn(slot, range.start);
    this.fill(range, address);
    return address;
  }

  /**
   * As {@link fillClaim}, with pages that are brought in for stores.
   *
   * @returns `undefined` if some cannot be: the file is shorter by now, or has holes for which the disk has no space.
   */
  fillForStores(range: ByteRange, slot: number): number | undefined {
    const address = this.addressIn(slot, range.start);
    const region = this.#map(range, address, true);
    const { pageBytes } = this.#mapper;
    const own = {
      byteOffset: address,
      byteLength: roundUp(range.end - range.start, pageBytes),
    };
    if (this.#mapper.populate(own, "store") !== undefined) return undefined;
    // Neighbours are another thread's.
    const before = {
      byteOffset: region.byteOffset,
      byteLength: address - region.byteOffset,
    };
    const ownEnd = address + own.byteLength;
    const after = {
      byteOffset: ownEnd,
      byteLength: region.byteOffset + region.byteLength - ownEnd,
    };
    for (const beside of [before, after]) {
      if (beside.byteLength <= 0) continue;
      if (this.#mapper.populate(beside, "load") !== undefined) return undefined;
    }
    return address;
  }

  fill(range: ByteRange, address: number): void {
    this.#map(range, address, false);
  }

  /** @param lazy Whether pages are left to come later. @returns What was mapped. */
  #map(range: ByteRange, address: number, lazy: boolean): Region {
    const around = neighbourhood(range, this.#framing, this.#source.byteLength);
    // Where the address is on the grid of huge pages, so is what lies in front of it.
    const start = Math.floor(around.start / GRANULE_BYTES) * GRANULE_BYTES;
    // A look at the size first, because a kernel before 5.14 cannot populate and report.
    const { byteLength } = this.#file.status();
    if (byteLength < around.end) {
      throw shrankError(byteLength, this.#source, byteLength);
    }
    const region = {
      byteOffset: address - (range.start - start),
      byteLength: around.end - start,
    };
    this.#mapper.map(region, {
      fd: this.#file.fd,
      offset: start,
      access: this.#access,
      file: pathText(this.#source.path),
      lazy,
    });
    return region;
  }

  fillMore(): void {
    throw new Error("Bug: a mapping has its neighbour bytes from the start");
  }

  close(): void {
    this.#file.close();
  }
}
