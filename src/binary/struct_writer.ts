/**
 * Checks and writes the values of records of a struct format.
 *
 * All values are checked before the first is written, so that a refused call leaves the bytes as they were.
 *
 * @module
 */
import { type ElementValue, refusal } from "./element.ts";
import type { Format } from "./format.ts";
import { toHalfBits } from "./half_float.ts";
import { received } from "../received.ts";
import { countValues, type Slot, slotsOf } from "./struct_slots.ts";

/** Bytes that no value is written to. */
interface Gap {
  readonly offset: number;
  readonly byteLength: number;
}

/** How to write a record. */
export interface WritePlan {
  readonly text: string;
  readonly valueCount: number;
  readonly slots: readonly Slot[];
  readonly gaps: readonly Gap[];
}

/** Makes the plan of a format. */
export function planWrites(format: Format): WritePlan {
  const slots = slotsOf(format);
  const { text } = format;
  const gaps = findGaps(format, slots);
  return { text, valueCount: countValues(slots), slots, gaps };
}

function findGaps(format: Format, slots: readonly Slot[]): readonly Gap[] {
  const gaps: Gap[] = [];
  let end = 0;
  const add = (offset: number) => {
    if (offset > end) gaps.push({ offset: end, byteLength: offset - end });
  };
  for (const { offset, byteLength, count } of slots) {
    add(offset);
    end = offset + byteLength * count;
  }
  add(format.size);
  return gaps;
}

/**
 * Checks the values of a record and brings them into the form in which {@link writeRecord} takes them.
 *
 * @param values The list is changed.
 * @throws {TypeError} If there are too few or too many, or one is of the wrong kind.
 * @throws {RangeError} If one does not fit.
 */
export function checkValues(plan: WritePlan, values: ElementValue[]): void {
  const { text, valueCount } = plan;
  if (values.length !== valueCount) {
    throw new TypeError(
      `Cannot pack ${received(text)} as it takes ${valueCount} ${
        valueCount === 1 ? "value" : "values"
      }: received ${values.length}`,
    );
  }
  let index = 0;
  for (const slot of plan.slots) {
    const last = index + slot.count;
    for (; index < last; index++) {
      // As many as were counted above.
      const value = values[index]!;
      if (!surelyFits(slot.kind, value)) {
        values[index] = check(slot, value, index);
      }
    }
  }
}

/** Whether a value is of the commonest form that its kind takes. */
function surelyFits(kind: number, value: ElementValue): boolean {
  if (typeof value === "bigint") {
    return kind === 7 // Q
      ? BigInt.asUintN(64, value) === value
      : kind === 6 && BigInt.asIntN(64, value) === value;
  }
  if (typeof value !== "number") return false;
  switch (kind) {
    case 1: // B
      return (value & 0xff) === value;
    case 3: // H
      return (value & 0xffff) === value;
    case 4: // i
      return (value | 0) === value;
    case 5: // I
      return (value >>> 0) === value;
    case 9: // d
      return value === value;
    default:
      return false;
  }
}

function check(slot: Slot, value: ElementValue, index: number): ElementValue {
  if (slot.element !== undefined) return slot.element.check(value, index);
  if (value instanceof Uint8Array) return value;
  throw new TypeError(
    refusal(slot.code, "a Uint8Array (text must be encoded)", value, index),
  );
}

/**
 * Writes a record; what no value is written to becomes 0.
 *
 * @param at Byte offset of the record in `view`, which holds all of it.
 * @param values What {@link checkValues} has let pass for this plan.
 */
export function writeRecord(
  plan: WritePlan,
  view: DataView,
  at: number,
  values: readonly ElementValue[],
): void {
  for (const { offset, byteLength } of plan.gaps) {
    fillZeros(view, at + offset, byteLength);
  }
  let index = 0;
  for (const slot of plan.slots) {
    const { byteLength } = slot;
    const last = index + slot.count;
    let offset = at + slot.offset;
    for (; index < last; index++, offset += byteLength) {
      write(slot, view, offset, values[index]!);
    }
  }
}

/** Up to this length a loop is faster than an array over the bytes. */
const LOOP_MAX = 32;

function fillZeros(view: DataView, offset: number, length: number): void {
  if (length > LOOP_MAX) {
    bytesOf(view, offset, length).fill(0);
    return;
  }
  for (let i = 0; i < length; i++) view.setUint8(offset + i, 0);
}

/** @param value What `checkValues` has let pass, so that its type is that of the kind. */
function write(
  slot: Slot,
  view: DataView,
  offset: number,
  value: ElementValue,
): void {
  const { littleEndian } = slot;
  switch (slot.kind) {
    case 0: // b
    case 1: // B
      return view.setUint8(offset, value as number);
    case 2: // h
    case 3: // H
      return view.setUint16(offset, value as number, littleEndian);
    case 4: // i
    case 5: // I
      return view.setUint32(offset, value as number, littleEndian);
    case 6: // q
    case 7: // Q
      return view.setBigUint64(offset, value as bigint, littleEndian);
    case 8: // f
      return view.setFloat32(offset, value as number, littleEndian);
    case 9: // d
      return view.setFloat64(offset, value as number, littleEndian);
    case 10: // e
      return view.setUint16(offset, toHalfBits(value as number), littleEndian);
    case 11: // ?
      return view.setUint8(offset, value ? 1 : 0);
    case 14: // p
      return writePascal(
        bytesOf(view, offset, slot.byteLength),
        value as Uint8Array,
      );
    default: // c s
      return writeBytes(
        bytesOf(view, offset, slot.byteLength),
        value as Uint8Array,
      );
  }
}

/** As many bytes as there is room for, and zeros behind them. */
function writeBytes(target: Uint8Array, bytes: Uint8Array): void {
  const count = Math.min(bytes.length, target.length);
  target.set(bytes.subarray(0, count));
  target.fill(0, count);
}

/** The same behind a byte that says how many; it ends at 255, the bytes do not. */
function writePascal(target: Uint8Array, bytes: Uint8Array): void {
  if (target.length === 0) return;
  const rest = target.subarray(1);
  writeBytes(rest, bytes);
  target[0] = Math.min(bytes.length, rest.length, 255);
}

function bytesOf(view: DataView, offset: number, length: number): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset + offset, length);
}
