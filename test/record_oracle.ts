/** Numbers as DataView has them: what the fields of records are held against. */
import { fromHalfBits, toHalfBits } from "../src/binary/half_float.ts";

type Value = number | bigint | boolean;

interface Scalar {
  readonly byteLength: number;
  /** What it is called in the methods of DataView. */
  readonly method: string;
}

export const SCALARS = {
  u8: { byteLength: 1, method: "Uint8" },
  i8: { byteLength: 1, method: "Int8" },
  bool: { byteLength: 1, method: "Uint8" },
  u16: { byteLength: 2, method: "Uint16" },
  i16: { byteLength: 2, method: "Int16" },
  f16: { byteLength: 2, method: "Uint16" },
  u32: { byteLength: 4, method: "Uint32" },
  i32: { byteLength: 4, method: "Int32" },
  f32: { byteLength: 4, method: "Float32" },
  u64: { byteLength: 8, method: "BigUint64" },
  i64: { byteLength: 8, method: "BigInt64" },
  f64: { byteLength: 8, method: "Float64" },
} as const satisfies Readonly<Record<string, Scalar>>;

type Name = keyof typeof SCALARS;

/** Loads a number. */
export function load(
  view: DataView,
  name: Name,
  offset: number,
  littleEndian: boolean,
): Value {
  const value = view[`get${SCALARS[name].method}`](offset, littleEndian);
  if (name === "bool") return value !== 0;
  return name === "f16" ? fromHalfBits(Number(value)) : value;
}

/** Stores a number. */
export function store(
  view: DataView,
  name: Name,
  offset: number,
  value: Value,
  littleEndian: boolean,
): void {
  const stored = name === "f16"
    ? toHalfBits(Number(value))
    : typeof value === "boolean"
    ? Number(value)
    : value;
  view[`set${SCALARS[name].method}`](
    offset,
    // Of the kind that the method takes, as `name` says both.
    stored as never,
    littleEndian,
  );
}
