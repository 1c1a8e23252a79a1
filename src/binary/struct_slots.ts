/**
 * What is done for each value of a struct format, worked out once.
 *
 * @module
 */
import { type CheckedElement, findElement } from "./element.ts";
import { type Format, type FormatField, valuesOf } from "./format.ts";

/** Where and how a value lies in a record, or a run of values of one code. */
export interface Slot {
  readonly code: string;
  /** Index in `bBhHiIqQfde?csp`: how bytes become a value, apart from their order. */
  readonly kind: number;
  /** The kind, and 16 more where the order matters and is big-endian. */
  readonly operation: number;
  readonly littleEndian: boolean;
  /** Byte offset of the first value in the record. */
  readonly offset: number;
  /** Bytes of one value. */
  readonly byteLength: number;
  /** How many values, at least 1. */
  readonly count: number;
  /** `undefined` for the byte strings `s` and `p`. */
  readonly element: CheckedElement | undefined;
}

/** What {@link Slot.operation} adds to the kind. */
const BIG_ENDIAN = 16;

const KINDS = "bBhHiIqQfde?csp";
const ORDERED_KINDS = "hHiIqQfde";

/** The slots of a format, one for each code with values. Takes time by the length of the format. */
export function slotsOf(format: Format): Slot[] {
  return format.fields.filter((field) => valuesOf(field) > 0).map((field) =>
    slotOf(field, format)
  );
}

function slotOf(field: FormatField, format: Format): Slot {
  const { native, littleEndian } = format;
  const { code, offset } = field;
  const count = valuesOf(field);
  const byteLength = field.byteLength / count;
  const kindCode = fixedCode(code, byteLength);
  const kind = KINDS.indexOf(kindCode);
  const swaps = !littleEndian && ORDERED_KINDS.includes(kindCode);
  return slot({
    code,
    kind,
    operation: swaps ? kind + BIG_ENDIAN : kind,
    littleEndian,
    offset,
    byteLength,
    count,
    element: findElement(code, native),
  });
}

/** The only place where slots are made: engines read objects made alike faster. */
function slot(of: Slot): Slot {
  return {
    code: of.code,
    kind: of.kind,
    operation: of.operation,
    littleEndian: of.littleEndian,
    offset: of.offset,
    byteLength: of.byteLength,
    count: of.count,
    element: of.element,
  };
}

/** The slot, read by another operation. */
export function withOperation(of: Slot, operation: number): Slot {
  return slot({ ...of, operation });
}

/** The code of the same meaning whose size is the same everywhere. */
function fixedCode(code: string, byteLength: number): string {
  if (code === "l" || code === "n") return byteLength === 8 ? "q" : "i";
  return "LNP".includes(code) ? (byteLength === 8 ? "Q" : "I") : code;
}

/** The slots with each value apart. */
export function splitSlots(slots: readonly Slot[]): Slot[] {
  return slots.flatMap((run) =>
    Array.from({ length: run.count }, (_, i) => {
      const offset = run.offset + i * run.byteLength;
      return slot({ ...run, offset, count: 1 });
    })
  );
}

/** How many values slots stand for together. */
export function countValues(slots: readonly Slot[]): number {
  return slots.reduce((sum, { count }) => sum + count, 0);
}

/** Stands where a plan has no slot. */
export const NO_SLOT: Slot = slot({
  code: "x",
  kind: 1,
  operation: 1,
  littleEndian: true,
  offset: 0,
  byteLength: 1,
  count: 1,
  element: undefined,
});
