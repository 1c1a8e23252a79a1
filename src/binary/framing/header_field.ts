/**
 * Single fields of a header or trailer, read where they lie.
 *
 * @module
 */
import { type ElementValue, findElement } from "../element.ts";
import { type Format, type FormatField, valuesOf } from "../format.ts";
import { planReads, readRecord } from "../struct_reader.ts";
import { optionError } from "./options.ts";

/** One value of a format. */
export interface HeaderField {
  readonly code: FormatField["code"];
  /** Byte offset in the header. */
  readonly offset: number;
  readonly byteLength: number;
  /** @param at Byte offset of the header in `view`. */
  get(view: DataView, at: number): ElementValue;
}

/** The fields of a format, one for each value. */
export function headerFields(format: Format): HeaderField[] {
  return format.fields.flatMap((group) => {
    const count = valuesOf(group);
    const byteLength = count === 0 ? 0 : group.byteLength / count;
    return Array.from({ length: count }, (_, i) => {
      const offset = group.offset + i * byteLength;
      return headerField(format, {
        code: group.code,
        count: group.count / count,
        offset,
        byteLength,
      });
    });
  });
}

function headerField(format: Format, field: FormatField): HeaderField {
  const { code, offset, byteLength } = field;
  const { native, littleEndian } = format;
  const element = findElement(code, native);
  if (element !== undefined) {
    const get = (view: DataView, at: number) =>
      element.get(view, at + offset, littleEndian);
    return { code, offset, byteLength, get };
  }
  const plan = planReads({ ...format, fields: [field] });
  const get = (view: DataView, at: number) =>
    readRecord(plan, view, at)[0] ?? 0;
  return { code, offset, byteLength, get };
}

/** Finds a field by its name or index. */
export function findField(
  fields: readonly HeaderField[],
  names: readonly string[],
  nameOrIndex: unknown,
): HeaderField | undefined {
  const index = typeof nameOrIndex === "number"
    ? nameOrIndex
    : names.findIndex((name) => name === nameOrIndex);
  return fields[index];
}

/**
 * Finds a field that an option names.
 *
 * @throws {TypeError} If there is none.
 */
export function requireField(
  option: string,
  fields: readonly HeaderField[],
  names: readonly string[],
  nameOrIndex: unknown,
): HeaderField {
  const found = findField(fields, names, nameOrIndex);
  if (found !== undefined) return found;
  throw optionError(option, fieldRule(fields, names), nameOrIndex);
}

/** What may be said to find a field. */
export function fieldRule(
  fields: readonly HeaderField[],
  names: readonly string[],
): string {
  const known = names.map((name) => JSON.stringify(name)).join(", ");
  const indices = `an index below ${fields.length}`;
  return known === "" ? indices : `one of ${known}, or ${indices}`;
}

/** @throws {TypeError} If a field's code is none of `codes`. @param rule What it must be. */
export function requireCode(
  option: string,
  { code }: HeaderField,
  codes: string,
  rule: string,
): void {
  if (codes.includes(code)) return;
  throw new TypeError(
    `Cannot make a framing as the field of "${option}" must be that ${rule}: received ${
      JSON.stringify(code)
    }`,
  );
}
