/**
 * Compiled parts of expressions: functions that give the value of the current record.
 *
 * None of them allocates, but for integers beyond 2**53.
 *
 * @module
 */

/** A number; an integer that no double holds exactly is a bigint, and no other is. */
export type Numeric = number | bigint;

/** Bytes that are somewhere in memory. */
export interface TextSource {
  /** The memory: all of the arena, or the bytes of a literal. */
  readonly bytes: Uint8Array;
  /** Index in `bytes` of the first byte of the text that was loaded last. */
  readonly start: number;
  /** Bytes of that text. */
  readonly byteLength: number;
  /** Finds the text of the current record. It holds until the next record. */
  load(): void;
}

/** A number. Integers of 64 bits and what is computed of them are exact. */
export interface ExactOperand {
  readonly type: "number";
  readonly number: () => Numeric;
  /** Whether it is a field of 64 bits. In JSON these are text, whatever their value: readers round large numbers. */
  readonly wide?: boolean;
}

/** A double. */
export interface FloatOperand {
  readonly type: "float";
  readonly number: () => number;
}

/** A truth. */
export interface BooleanOperand {
  readonly type: "boolean";
  readonly boolean: () => boolean;
}

/** Bytes, which mean text in UTF-8. */
export interface TextOperand {
  readonly type: "text";
  readonly text: TextSource;
}

/**
 * A field of a text file: text that is a number where one is needed. There, one that is none makes the
 * record a bad one, and the value is NaN.
 */
export interface FieldOperand {
  readonly type: "field";
  readonly text: TextSource;
  readonly number: () => Numeric;
}

/** What computes with numbers. */
export type NumberOperand = ExactOperand | FloatOperand | FieldOperand;

/** A compiled part of an expression. */
export type Operand =
  | ExactOperand
  | FloatOperand
  | BooleanOperand
  | TextOperand
  | FieldOperand;

/** What expressions call the types, for texts of errors. */
export const TYPE_NAMES: Readonly<Record<Operand["type"], string>> = {
  number: "a number",
  float: "a number",
  boolean: "a truth value",
  text: "text",
  field: "a field of text",
};

/** Tells whether there is a number to compute with. */
export function isNumeric(operand: Operand): operand is NumberOperand {
  return operand.type === "number" || operand.type === "float" ||
    operand.type === "field";
}

/** Tells whether there are bytes to compare. */
export function isTextual(
  operand: Operand,
): operand is TextOperand | FieldOperand {
  return operand.type === "text" || operand.type === "field";
}

/** The text of a literal. */
export function literalText(value: string): TextSource {
  const bytes = new TextEncoder().encode(value);
  return { bytes, start: 0, byteLength: bytes.length, load: () => {} };
}
