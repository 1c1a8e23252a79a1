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
  return {
    backend: "scalar",
    upsert: (address, key, keyBytes) => table.upsert(address, key, keyBytes),
    scanTenths: (address, cursors, delimiter) =>
      tenths.scan(address, cursors, delimiter),
    scanFixed: (
      address,
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
