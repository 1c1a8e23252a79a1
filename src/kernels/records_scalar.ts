/**
 * The kernels of record jobs in plain TypeScript: the oracle of the SIMD ones, and the fallback.
 *
 * @module
 */
import type { RecordKernels } from "./records.ts";
import { ScalarFixed } from "./records_scalar_fixed.ts";
import { ScalarTable } from "./records_scalar_table.ts";
import { ScalarTenths } from "./records_scalar_tenths.ts";

/** Binds the scalar kernels to a memory that does not grow afterwards. */
export function createScalarRecordKernels(
  memory: WebAssembly.Memory,
): RecordKernels {
  const table = new ScalarTable(memory);
  const tenths = new ScalarTenths(memory, table);
  const fixed = new ScalarFixed(memory, table);
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer);
  return {
    backend: "scalar",
    upsert: (address, key, keyBytes) => table.upsert(address, key, keyBytes),
    scanTenths: (address, cursors, delimiter) =>
      tenths.scan(address, cursors, delimiter),
    fieldEnds: (from, end, delimiter, output, capacity) =>
      fieldEnds(
        bytes,
        from,
        end,
        delimiter,
        words,
        output / 4,
        capacity,
      ),
    scanFixed: (
      address,
      _cache,
      records,
      count,
      stride,
      key,
      keyBytes,
      value,
      valueKind,
      extremes,
    ) =>
      fixed.scan(address, records, count, {
        stride,
        key,
        keyBytes,
        value,
        valueKind,
        extremes,
      }),
  };
}

const NEWLINE = 0x0a;

/**
 * As `RecordKernels.fieldEnds`, for any bytes and any list.
 *
 * @param places Where the addresses go, from `first` on.
 */
export function fieldEnds(
  bytes: Uint8Array,
  from: number,
  end: number,
  delimiter: number,
  places: { [index: number]: number },
  first: number,
  capacity: number,
): number {
  let count = 0;
  for (let at = from; at < end && count < capacity; at++) {
    const byte = bytes[at];
    if (byte === delimiter || byte === NEWLINE) places[first + count++] = at;
  }
  return count;
}
