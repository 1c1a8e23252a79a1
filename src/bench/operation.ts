/**
 * What is done to the bytes: the same for all strategies, with one result.
 *
 * @module
 */
import { blake3 } from "../digest/blake3.ts";
import { crc32, nativeCrc32 } from "../digest/crc32.ts";
import { countFile, hashFile } from "../operations.ts";
import type { RunOptions, RunStats } from "../options.ts";
import type { FilePath } from "../platform/file_path.ts";
import { recordStats } from "../record_stats.ts";
import { DigestSink } from "./digest_sink.ts";
import {
  CountSink,
  Crc32Sink,
  FindSink,
  RecordsSink,
  type Sink,
} from "./sink.ts";
import type { BenchOperation } from "./types.ts";

/** An operation in both ways. */
export interface Operation {
  /** As plain code of one thread. */
  createSink(): Sink;
  /** With workers. */
  run(
    path: FilePath,
    options: RunOptions,
  ): Promise<{ readonly found: string; readonly stats: RunStats }>;
}

/** What an operation is made from, besides its name. */
export interface OperationSettings {
  /** What `find` looks for. */
  readonly pattern: Uint8Array;
}

const MAKERS: Readonly<
  Record<BenchOperation, (settings: OperationSettings) => Operation>
> = {
  count: () => ({
    createSink: () => new CountSink(),
    run: async (path, options) => {
      const { count, stats } = await countFile(path, options);
      return { found: String(count), stats };
    },
  }),
  blake3: () => ({
    createSink: () => new DigestSink(blake3),
    run: hashing("blake3"),
  }),
  crc32: () => ({
    createSink: createCrc32Sink,
    run: hashing("crc32"),
  }),
  find: ({ pattern }) => ({
    createSink: () => new FindSink(pattern),
    run: async (path, options) => {
      const { count, stats } = await countFile(path, {
        ...options,
        match: pattern,
      });
      return { found: String(count), stats };
    },
  }),
  records: () => ({
    createSink: () => new RecordsSink(),
    run: sumKinds,
  }),
};

/** Makes an operation. */
export function createOperation(
  name: BenchOperation,
  settings: OperationSettings,
): Operation {
  return MAKERS[name](settings);
}

function hashing(algorithm: string): Operation["run"] {
  return async (path, options) => {
    const { digests, stats } = await hashFile(path, {
      ...options,
      algorithms: [algorithm],
    });
    return { found: digests[algorithm] ?? "", stats };
  };
}

/** Node before 20.15 has no CRC-32 of its own. */
function createCrc32Sink(): Sink {
  const native = nativeCrc32();
  return native === undefined ? new DigestSink(crc32) : new Crc32Sink(native);
}

async function sumKinds(
  path: FilePath,
  options: RunOptions,
): Promise<{ found: string; stats: RunStats }> {
  const { rows, stats } = await recordStats(path, {
    ...options,
    struct: "<IIdQ8x",
    names: ["id", "kind", "value", "ts"],
    aggregates: ["sum"],
    of: "kind",
  });
  if (stats === undefined) throw new Error("Bug: a sum without a run");
  return { found: String(rows[0]?.[0]), stats };
}
