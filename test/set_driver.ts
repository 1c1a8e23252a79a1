/**
 * Runs the update of records over bytes in memory, by two workers that claim segments in any order.
 *
 * @module
 */
import { framingFrom } from "../src/binary/framing/description.ts";
import { SegmentView } from "../src/engine/segment_view.ts";
import { setRecordsJob } from "../src/jobs/set_records.ts";
import type { SetPartial } from "../src/jobs/set_records.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import { type Backend, KERNEL_SCRATCH_BYTES } from "../src/kernels/kernels.ts";
import type { RecordLayoutOptions } from "../src/records/options.ts";
import { sourceOf } from "../src/records/prepare_source.ts";
import type { SetCounts, SetQuery } from "../src/records/set_query.ts";
import { mergeAll } from "./job_driver.ts";

/** What is set. */
export interface SetRequest
  extends RecordLayoutOptions, Partial<Omit<SetQuery, "source">> {
  readonly set: readonly string[];
  /** Where the file is cut; at its end alone by default. */
  readonly segmentBytes?: number;
  readonly random?: () => number;
  /** Which kernels run. Defaults to SIMD. */
  readonly backend?: Backend;
}

/** What came of it. */
export interface SetOutcome {
  readonly bytes: Uint8Array;
  readonly counts: SetCounts;
}

const SCRATCH_OFFSET = KERNEL_SCRATCH_BYTES;
const SCRATCH_BYTES = 2 * 1024 ** 2;
/** Odd, so that nothing can count on alignment. */
const CONTENT_OFFSET = SCRATCH_OFFSET + SCRATCH_BYTES + 13;

/** The plan of an update, without a file. */
export function queryOf(request: SetRequest): SetQuery {
  const { set, where, wraps = false, onBad = "stop", shown = 0 } = request;
  const source = sourceOf("no file", request);
  return { source, where, set, wraps, onBad, shown };
}

/** Sets fields of the records in `content`, which stays as it is. */
export function setInMemory(
  content: Uint8Array,
  request: SetRequest,
): SetOutcome {
  const query = queryOf(request);
  const { segmentBytes = Math.max(1, content.length), random = () => 0 } =
    request;
  const memory = memoryOf(content);
  const bytes = new Uint8Array(memory.buffer as unknown as SharedArrayBuffer);
  const { backend = "simd" } = request;
  const module = backend === "simd" ? compileKernels() : undefined;
  const states = [0, 1].map((index) =>
    setRecordsJob.start(query, {
      index,
      count: 2,
      memory,
      kernels: createKernels(memory, module, {
        byteOffset: 0,
        byteLength: KERNEL_SCRATCH_BYTES,
      }),
      scratch: { byteOffset: SCRATCH_OFFSET, byteLength: SCRATCH_BYTES },
      file: { path: "test", byteLength: content.length },
    })
  );
  const count = Math.ceil(content.length / segmentBytes);
  const partials: SetPartial[] = [];
  const left = Array.from({ length: count }, (_, index) => index);
  while (left.length > 0) {
    const [index = 0] = left.splice(Math.floor(random() * left.length), 1);
    const view = segment(bytes, content.length, query, index, segmentBytes);
    const state = states[Math.floor(random() * 2)]!;
    partials[index] = structuredClone(setRecordsJob.scan(view, state));
  }
  const merged = mergeAll(setRecordsJob, partials, random);
  const file = { path: "test", byteLength: content.length };
  const counts = setRecordsJob.finish(merged, file, {}, query);
  const end = CONTENT_OFFSET + content.length;
  return {
    bytes: Uint8Array.from(bytes.subarray(CONTENT_OFFSET, end)),
    counts,
  };
}

/** Made once for many small files: to make one takes longer than the rest of a case. */
let memory: WebAssembly.Memory | undefined;

function memoryOf(content: Uint8Array): WebAssembly.Memory {
  const pages = Math.ceil((CONTENT_OFFSET + content.length + 64) / 65536);
  if (memory === undefined || memory.buffer.byteLength < pages * 65536) {
    memory = new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
  }
  const bytes = new Uint8Array(memory.buffer as unknown as SharedArrayBuffer);
  bytes.set(content, CONTENT_OFFSET);
  return memory;
}

function segment(
  bytes: Uint8Array<SharedArrayBuffer>,
  byteLength: number,
  { source }: SetQuery,
  index: number,
  segmentBytes: number,
): SegmentView {
  const framing = framingFrom(source.framing);
  const { buffer } = bytes;
  const offset = index * segmentBytes;
  const end = Math.min(byteLength, offset + segmentBytes);
  const after = Math.min(framing.after, byteLength - end);
  return new SegmentView(
    { buffer, framing, search: undefined, filler: undefined, updates: true },
    {
      index,
      offset,
      byteLength: end - offset,
      address: CONTENT_OFFSET + offset,
      before: Math.min(offset, framing.before),
      after,
      afterMax: after,
      entry: undefined,
    },
  );
}
