/**
 * Records that begin with their length: the messages of protocols, the entries of logs.
 *
 * ```text
 * | header: ..., length, ... | payload | trailer: checksum, ... | header ...
 * ```
 *
 * @module
 */
import type { ChecksumAlias, ChecksumName } from "./checksums.ts";
import type { ElementValue } from "./element.ts";
import type {
  FramedRecord,
  RecordFraming,
  RecordRange,
  Records,
} from "./framing.ts";
import { CursorRecords } from "./framing/cursor.ts";
import { HopFollower } from "./framing/hop_follower.ts";
import { LengthPrefixedCursor } from "./framing/length_prefixed_cursor.ts";
import {
  longestRecord,
  prefixLayout,
} from "./framing/length_prefixed_layout.ts";
import type { StructValues } from "./struct_values.ts";

/** Computes the checksum of a part of a record. Bits of signed results count as unsigned. */
export type RecordChecksum = (
  bytes: Uint8Array<SharedArrayBuffer>,
) => number | bigint;

/** What length-prefixed records look like. */
export interface LengthPrefixedOptions<
  Header extends string = string,
  Names extends readonly string[] = readonly string[],
  Trailer extends string = string,
> {
  /** Struct format of what is in front of the payload, up to 64 KiB. */
  readonly header: Header;
  /** A name for each of the header's values. Defaults to none: fields go by their index. */
  readonly names?: Names | undefined;
  /** Name or index of the header's field that holds the length: an integer. */
  readonly length: Names[number] | number;
  /** What the length counts besides the payload. Defaults to nothing. */
  readonly lengthIncludes?: readonly ("header" | "trailer")[] | undefined;
  /** Bytes that the length counts as one. Defaults to 1. */
  readonly lengthScale?: number | undefined;
  /** Bytes that are there beyond what the length says; less than 0 if there are fewer. Defaults to 0. */
  readonly lengthBias?: number | undefined;
  /** Struct format of what is behind the payload, up to 64 KiB. Defaults to nothing. */
  readonly trailer?: Trailer | undefined;
  /** The checksum in each record, by name or as a function. Defaults to none: nothing is checked. */
  readonly checksum?: ChecksumName | ChecksumAlias | RecordChecksum | undefined;
  /** Name or index of the header's field that holds the checksum. Defaults to the trailer's first. */
  readonly checksumField?: Names[number] | number | undefined;
  /**
   * First byte of the record that the checksum covers; it ends with the payload. Defaults to 0, and to the
   * payload's first byte where the header holds the checksum.
   */
  readonly checksumStart?: number | undefined;
  /** Bound on the bytes of a record, with header and trailer, up to 512 MiB. Defaults to 1 MiB. */
  readonly maxRecordBytes?: number | undefined;
}

/** A record with its parts. `bytes` are all of it, `text()` is that of the payload. */
export interface LengthPrefixedRecord<
  Header extends string = string,
  Names extends readonly string[] = readonly string[],
  Trailer extends string = string,
> extends FramedRecord {
  /** Offset in the file of the payload's first byte. */
  readonly payloadOffset: number;
  /** Byte offset in the arena of the payload's first byte. */
  readonly payloadAddress: number;
  /** Bytes of the payload. */
  readonly payloadByteLength: number;
  /** `u8[payloadByteLength]`, shared: a new view each time, of the same bytes. */
  readonly payload: Uint8Array<SharedArrayBuffer>;
  /**
   * One value of the header.
   *
   * @throws {TypeError} If it has none of that name or index.
   */
  field<Name extends Names[number] | number>(
    nameOrIndex: Name,
  ): FieldValue<Header, Names, Name>;
  /** All values of the header, in a fresh list. */
  header(): StructValues<Header>;
  /** All values of the trailer, in a fresh list; none if there is no trailer. */
  trailer(): StructValues<Trailer>;
}

/** The type of a header's value, by name or index, where format and names are literals. */
export type FieldValue<
  Header extends string,
  Names extends readonly string[],
  Name extends string | number,
> = Name extends number ? ValueAt<StructValues<Header>, Name>
  : number extends Names["length"] ? ElementValue
  : {
    [Index in keyof Names]: Name extends Names[Index]
      ? ValueAt<StructValues<Header>, Index>
      : never;
  }[number];

/** The type of an element of a tuple. */
export type ValueAt<Values, Index> = Index extends keyof Values ? Values[Index]
  : ElementValue;

/**
 * The framing of records that begin with their length.
 *
 * One worker hops from header to header, ahead of the others, and so finds the first record of each
 * segment. Each length is checked before anything is read by it: more than `maxRecordBytes` is an
 * `ERR_RECORD_TOO_LONG`, less than no payload an `ERR_BAD_RECORD`, and a record that goes on behind the
 * end of the file an `ERR_RECORD_TRUNCATED`, each with the record's offset. A checksum that differs is an
 * `ERR_CHECKSUM` when the record is read.
 *
 * @throws {TypeError} If an option is of the wrong type, or names no field.
 * @throws {RangeError} If a number is out of bounds, or there is no such checksum.
 *
 * @example
 * ```ts
 * import { lengthPrefixed } from "sabmap";
 *
 * // Kind, length of the payload, sequence number; payload; CRC-16 of all in front of it.
 * const messages = lengthPrefixed({
 *   header: ">BHI",
 *   names: ["kind", "length", "sequence"],
 *   length: "length",
 *   trailer: ">H",
 *   checksum: "crc16-ccitt-false",
 * });
 * console.log(messages.indexer?.kind, messages.after + 1); // serial 65544
 * ```
 */
export function lengthPrefixed<
  const Header extends string,
  const Names extends readonly string[] = readonly string[],
  const Trailer extends string = "",
>(
  options: LengthPrefixedOptions<Header, Names, Trailer>,
): RecordFraming<LengthPrefixedRecord<Header, Names, Trailer>> {
  const layout = prefixLayout(options);
  // One that starts at the segment's last byte.
  const after = longestRecord(layout) - 1;
  type Typed = Records<LengthPrefixedRecord<Header, Names, Trailer>>;
  return {
    // What is in front of a segment that begins within a header.
    before: layout.headerBytes - 1,
    after,
    indexer: {
      kind: "serial",
      createFollower: (segmentBytes, _kernels, start) =>
        new HopFollower(layout, segmentBytes, start),
      isEntry: (entry, offset) =>
        Number.isSafeInteger(entry) && entry >= 0 &&
        entry > offset - layout.headerBytes,
    },
    description: { kind: "lengthPrefixed", options: toPlain(options) },
    records: (range: RecordRange, entry = firstEntry(range)) =>
      new CursorRecords(
        new LengthPrefixedCursor(range, layout, after, entry),
        // What the formats say of their values, the cursor does not know.
      ) as unknown as Typed,
  };
}

/** The entry of the file's first segment; others have to be given theirs. */
function firstEntry({ offset }: RecordRange): number {
  return offset === 0 ? 0 : -1;
}

/** A copy of the options, without a checksum that is a function. */
function toPlain(options: LengthPrefixedOptions): LengthPrefixedOptions {
  const { checksum, ...others } = options;
  return typeof checksum === "function" ? others : { ...others, checksum };
}
