/**
 * From values to the bytes of fields: what Python's `struct` packs, and nothing that would lose digits unasked.
 *
 * An integer field takes whole numbers in its range only, a text field texts that are not too long. Floats are
 * rounded to the nearest that the field has, and must not become infinite thereby.
 *
 * @module
 */
import { HALF_OVERFLOW, toHalfBits } from "../binary/half_float.ts";
import {
  isNumeric,
  isTextual,
  type Numeric,
  type Operand,
  type TextSource,
  TYPE_NAMES,
} from "./expression/operand.ts";
import { type RowFailure, showBytes } from "./row.ts";
import type { SetTarget } from "./set_target.ts";

/** Computes the value of a field and encodes it. @returns Why it does not fit; `undefined` if it does. */
export type Encode = () => RowFailure | undefined;

/** What encoders are made of. */
export interface EncodeRequest {
  readonly target: SetTarget;
  /** What gives the value. */
  readonly operand: Operand;
  /** Where the bytes go: as long as the field. */
  readonly view: DataView<ArrayBuffer>;
  /** Whether integers out of range start again at the other end. */
  readonly wraps: boolean;
}

/**
 * Makes the encoder of a field.
 *
 * None of them allocates, but for integers beyond 2**53 and texts.
 *
 * @returns What the operand must be, as a text, if it is of a wrong type.
 */
export function encoderOf(request: EncodeRequest): Encode | string {
  const { operand, target: { code }, view } = request;
  switch (code) {
    case "c":
    case "s":
    case "p":
      if (!isTextual(operand)) return "text";
      return textEncoder(request, operand.text);
    case "?": {
      if (operand.type !== "boolean") return "a truth value";
      const { boolean } = operand;
      return () => void view.setUint8(0, boolean() ? 1 : 0);
    }
  }
  const number = numberOf(operand);
  if (number === undefined) return "a number";
  return "efd".includes(code)
    ? floatEncoder(request, number)
    : integerEncoder(request, number);
}

/** What an operand of a type is called. */
export function typeNameOf({ type }: Operand): string {
  return TYPE_NAMES[type];
}

/** Truths are 1 and 0, as Python packs them. */
function numberOf(operand: Operand): (() => Numeric) | undefined {
  if (isNumeric(operand)) return operand.number;
  if (operand.type !== "boolean") return undefined;
  const { boolean } = operand;
  return () => boolean() ? 1 : 0;
}

const FLOAT_MAX = { e: 65504, f: 2 ** 128 - 2 ** 104, d: Number.MAX_VALUE };

function floatEncoder(
  { target, view }: EncodeRequest,
  number: () => Numeric,
): Encode {
  const little = target.littleEndian;
  switch (target.code) {
    case "d":
      return () => {
        const value = number();
        const double = Number(value);
        if (double !== double) return putNan(view, little);
        view.setFloat64(0, double, little);
        // Only an integer beyond all doubles becomes infinite here.
        if (typeof value === "number" || Number.isFinite(double)) return;
        return tooLarge("d", value);
      };
    case "f":
      return () => {
        const value = number();
        const single = Math.fround(Number(value));
        if (single !== single) return putNan(view, little);
        view.setFloat32(0, single, little);
        if (single - single === 0 || isUnbounded(value)) return;
        return tooLarge("f", value);
      };
  }
  return () => {
    const value = number();
    const double = Number(value);
    if (Math.abs(double) >= HALF_OVERFLOW && !isUnbounded(value)) {
      return tooLarge("e", value);
    }
    view.setUint16(0, toHalfBits(double), little);
  };
}

/**
 * Writes the NaN that Python packs, bit by bit: which one a division leaves depends on the processor and on how far
 * the engine has optimised it, and the file must not.
 */
function putNan(view: DataView, little: boolean): undefined {
  if (view.byteLength === 4) {
    view.setUint32(0, 0x7fc00000, little);
    return;
  }
  view.setUint32(little ? 4 : 0, 0x7ff80000, little);
  view.setUint32(little ? 0 : 4, 0, little);
}

/** Infinite, or no number: what floats have bytes for. */
function isUnbounded(value: Numeric): boolean {
  return typeof value === "number" && !Number.isFinite(value);
}

function tooLarge(code: keyof typeof FLOAT_MAX, value: Numeric): RowFailure {
  const max = FLOAT_MAX[code];
  return {
    rule: `it must be a number from ${-max} to ${max}`,
    received: `${value}`,
  };
}

function integerEncoder(
  request: EncodeRequest,
  number: () => Numeric,
): Encode {
  const { target: { byteLength, code, littleEndian }, view } = request;
  const signed = "bhilqn".includes(code);
  const bits = 8 * byteLength;
  const big = bigEncoder(request, signed);
  if (byteLength === 8) {
    return longEncoder(request, number, signed, big);
  }
  const put = putterOf(view, byteLength, littleEndian);
  const min = signed ? -(2 ** (bits - 1)) : 0;
  const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return () => {
    const value = number();
    const fits = typeof value === "number" && value >= min && value <= max &&
      Math.trunc(value) === value;
    return fits ? put(value) : big(value);
  };
}

/** The bits of a signed and an unsigned integer are the same. */
function putterOf(
  view: DataView,
  byteLength: number,
  little: boolean,
): (value: number) => undefined {
  switch (byteLength) {
    case 1:
      return (value) => void view.setUint8(0, value) as undefined;
    case 2:
      return (value) => void view.setUint16(0, value, little) as undefined;
  }
  return (value) => void view.setUint32(0, value, little) as undefined;
}

/** Integers of 64 bits. No bigint is made where a double holds the value. */
function longEncoder(
  { target: { littleEndian: little }, view }: EncodeRequest,
  number: () => Numeric,
  signed: boolean,
  big: (value: Numeric) => RowFailure | undefined,
): Encode {
  const lowAt = little ? 0 : 4, highAt = 4 - lowAt;
  return () => {
    const value = number();
    const fits = typeof value === "number" && Number.isSafeInteger(value) &&
      (signed || value >= 0);
    if (!fits) return big(value);
    view.setUint32(lowAt, value, little);
    view.setUint32(highAt, Math.floor(value / 2 ** 32), little);
  };
}

/** Values that are rare: large ones, those that wrap, and those that do not fit. */
function bigEncoder(
  { target: { byteLength, littleEndian }, view, wraps }: EncodeRequest,
  signed: boolean,
): (value: Numeric) => RowFailure | undefined {
  const bits = 8 * byteLength;
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const max = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
  const buffer = new DataView(new ArrayBuffer(8));
  const failure = (value: Numeric): RowFailure => ({
    rule: `it must be an integer from ${min} to ${max}`,
    received: `${value}`,
  });
  return (value) => {
    if (typeof value === "number" && !Number.isInteger(value)) {
      return failure(value);
    }
    const integer = BigInt(value);
    if (!wraps && (integer < min || integer > max)) return failure(value);
    buffer.setBigUint64(0, BigInt.asUintN(64, integer), littleEndian);
    const from = littleEndian ? 0 : 8 - byteLength;
    for (let i = 0; i < byteLength; i++) {
      view.setUint8(i, buffer.getUint8(from + i));
    }
    return undefined;
  };
}

/** A text, filled up with zeros as Python does; `p` has its length in front. */
function textEncoder(
  { target: { code, byteLength }, view }: EncodeRequest,
  text: TextSource,
): Encode {
  const bytes = new Uint8Array(view.buffer);
  const first = code === "p" ? Math.min(1, byteLength) : 0;
  const most = code === "p"
    ? Math.max(0, Math.min(255, byteLength - 1))
    : byteLength;
  return () => {
    text.load();
    const { start, byteLength: length } = text;
    if (length > most || (code === "c" && length !== 1)) {
      const rule = code === "c"
        ? "its text must have 1 byte"
        : `its text must have at most ${most} bytes`;
      const shown = showBytes(text.bytes, start, length);
      return { rule, received: `${length}, ${shown}` };
    }
    bytes.fill(0);
    if (code === "p" && byteLength > 0) bytes[0] = length;
    for (let i = 0; i < length; i++) {
      // `!`: a loaded text is inside of its memory.
      bytes[first + i] = text.bytes[start + i]!;
    }
  };
}
