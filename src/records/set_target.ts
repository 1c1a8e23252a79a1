/**
 * The fields of binary records that can get values, and where each lies.
 *
 * @module
 */
import { findField, headerFields } from "../binary/framing/header_field.ts";
import type { LengthPrefixedOptions } from "../binary/length_prefixed.ts";
import { type Format, parseFormat } from "../binary/format.ts";
import type { RecordSource, StructFields } from "./query.ts";
import {
  type RowBase,
  type StructValue,
  structValues,
} from "./struct_fields.ts";

/** A field of a record that is there in binary form. */
export interface SetTarget extends StructValue {
  readonly name: string;
  readonly littleEndian: boolean;
  /** What `offset` counts from. */
  readonly base: RowBase;
  /** Why it must not be set; `undefined` if it may. */
  readonly refusal: string | undefined;
}

/**
 * Finds the fields of binary records, and those of the header of others.
 *
 * @param fields Of the record or its payload, where they are binary.
 * @returns By their names, those of a header first.
 */
export function setTargets(
  { framing }: RecordSource,
  fields?: StructFields,
): ReadonlyMap<string, SetTarget> {
  const targets = new Map<string, SetTarget>();
  if (framing.kind === "lengthPrefixed") {
    addHeader(targets, framing.options);
  }
  if (fields === undefined) return targets;
  const { format: text, names, offset } = fields;
  const format = parseFormat(text);
  structValues(format).forEach((value, i) => {
    const place = { ...value, offset: value.offset + offset };
    addTarget(targets, names[i], format, { ...place, base: "address" });
  });
  return targets;
}

/** What a header says of its record has to stay true. */
function addHeader(
  targets: Map<string, SetTarget>,
  { header, names = [], length, checksumField }: LengthPrefixedOptions,
): void {
  const format = parseFormat(header);
  const fields = headerFields(format);
  const offsetOf = (field: string | number | undefined) =>
    field === undefined ? -1 : findField(fields, names, field)?.offset ?? -1;
  const lengthAt = offsetOf(length), checksumAt = offsetOf(checksumField);
  structValues(format).forEach((value, i) => {
    const refusal = value.offset === lengthAt
      ? "the length of its record"
      : value.offset === checksumAt
      ? "the checksum of its record"
      : undefined;
    const place = { ...value, base: "recordAddress", refusal } as const;
    addTarget(targets, names[i], format, place);
  });
}

function addTarget(
  targets: Map<string, SetTarget>,
  name: string | undefined,
  { littleEndian }: Format,
  place: StructValue & Pick<SetTarget, "base"> & Partial<SetTarget>,
): void {
  if (name === undefined) return;
  targets.set(name, { refusal: undefined, ...place, name, littleEndian });
}
