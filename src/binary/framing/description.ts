/**
 * Framings as plain data, so that they can be made again in another thread or on another machine.
 *
 * @module
 */
import { delimited, type DelimitedOptions } from "../delimited.ts";
import { fixed, type FixedOptions } from "../fixed_framing.ts";
import type { RecordFraming } from "../framing.ts";
import {
  lengthPrefixed,
  type LengthPrefixedOptions,
} from "../length_prefixed.ts";

/** What a framing is made from. Plain data. */
export type FramingDescription =
  | {
    readonly kind: "fixed";
    readonly recordBytes: number;
    readonly options: FixedOptions;
  }
  | {
    readonly kind: "delimited";
    readonly delimiter: number | string;
    readonly options: DelimitedOptions;
  }
  | {
    readonly kind: "lengthPrefixed";
    /** Without the checksum where that is a function, which is no data; an index does not need it. */
    readonly options: LengthPrefixedOptions;
  };

/**
 * Makes a framing again.
 *
 * Its indexer gives the same entries as that of the framing described. So do its records, but for a
 * checksum that is a function, which is not checked.
 *
 * @throws {TypeError|RangeError} If the description cannot be one.
 */
export function framingFrom(description: FramingDescription): RecordFraming {
  switch (description.kind) {
    case "fixed":
      return fixed(description.recordBytes, description.options);
    case "delimited":
      return delimited(description.delimiter, description.options);
    case "lengthPrefixed":
      return lengthPrefixed(description.options);
  }
}
