/**
 * Records in Python's format language: what the module `struct` of Python does.
 *
 * @module
 */
import { groupDigits } from "../errors.ts";
import { asDataView, asWritableDataView, type BytesSource } from "./bytes.ts";
import type { ElementValue } from "./element.ts";
import { type Format, parseFormat } from "./format.ts";
import { received } from "../received.ts";
import {
  planReads,
  type ReadPlan,
  readRecord,
  RecordIterator,
} from "./struct_reader.ts";
import type { StructValues } from "./struct_values.ts";
import {
  checkValues,
  planWrites,
  type WritePlan,
  writeRecord,
} from "./struct_writer.ts";

/**
 * Short records are packed here and copied, which is 1.5 (Deno) to 4 times (Node) as fast as a buffer and two
 * views of it for each.
 */
const SCRATCH_BYTES = new Uint8Array(1024);
const SCRATCH = new DataView(SCRATCH_BYTES.buffer);

/**
 * A record format, compiled once.
 *
 * | code | value | bytes | | code | value | bytes |
 * |---|---|---|---|---|---|---|
 * | `x` | none, a pad byte | 1 | | `q` `Q` | bigint | 8 |
 * | `c` | `Uint8Array` of 1 | 1 | | `n` `N` `P` | bigint, native only | 8 |
 * | `b` `B` | number | 1 | | `e` `f` `d` | number | 2, 4, 8 |
 * | `?` | boolean | 1 | | `s` | `Uint8Array` | its count |
 * | `h` `H` | number | 2 | | `p` | `Uint8Array` behind a byte with its length | its count |
 * | `i` `I` `l` `L` | number | 4 | | | | |
 *
 * The first letter says the byte order: `<` little-endian, `>` and `!` big-endian, `=` this machine's;
 * `@` and no letter also mean the sizes and the alignment of C on this platform, where `l` and `L` may have
 * 8 bytes. A count in front of a code repeats it; white space between codes is ignored.
 *
 * Records are read and written where they lie, in private or shared memory; byte strings come as copies.
 *
 * @example
 * ```ts
 * import { Struct } from "sabmap";
 *
 * const header = new Struct(">BHI");
 * const bytes = header.pack(1, 500, 70_000);
 * const [kind, length, id] = header.unpack(bytes);
 * ```
 *
 * @see https://docs.python.org/3/library/struct.html
 */
export class Struct<
  Text extends string = string,
  Values extends ElementValue[] = StructValues<Text>,
> {
  readonly #format: Format;
  readonly #reads: ReadPlan;
  readonly #writes: WritePlan;

  /**
   * Compiles a format.
   *
   * @param format In Python's format language.
   * @throws {TypeError} If it is no format, with the column.
   * @throws {RangeError} If a record has 2**53 bytes or more.
   */
  constructor(format: Text) {
    this.#format = parseFormat(format);
    this.#reads = planReads(this.#format);
    this.#writes = planWrites(this.#format);
  }

  /** The format as it was given. */
  get format(): string {
    return this.#format.text;
  }

  /** Bytes of a record. */
  get size(): number {
    return this.#format.size;
  }

  /**
   * Writes values into fresh bytes.
   *
   * Integers may be numbers, bigints or booleans; byte strings that are too long are cut, and filled up
   * with zeros if they are too short.
   *
   * @throws {TypeError} If the values are too few or too many, or one is of the wrong kind.
   * @throws {RangeError} If one does not fit its code.
   */
  pack(...values: ElementValue[]): Uint8Array<ArrayBuffer> {
    checkValues(this.#writes, values);
    const { size } = this;
    if (size > SCRATCH.byteLength) {
      const view = new DataView(new ArrayBuffer(size));
      writeRecord(this.#writes, view, 0, values);
      return new Uint8Array(view.buffer);
    }
    writeRecord(this.#writes, SCRATCH, 0, values);
    return SCRATCH_BYTES.slice(0, size);
  }

  /**
   * Writes values into bytes that are there. Pad bytes become 0, as in Python.
   *
   * A call that throws has written nothing.
   *
   * @param offset Where in `target` the record starts, in bytes; a negative one counts from the end.
   * @throws {TypeError} As {@link pack}, and if the target is read-only.
   * @throws {RangeError} As {@link pack}, and if the record is not within `target`.
   */
  packInto(
    target: BytesSource,
    offset: number,
    ...values: ElementValue[]
  ): void {
    const view = asWritableDataView(target);
    const at = this.#locate("pack", view.byteLength, offset);
    checkValues(this.#writes, values);
    writeRecord(this.#writes, view, at, values);
  }

  /**
   * Reads the values of a record.
   *
   * @param source As long as a record.
   * @throws {RangeError} If it is not.
   */
  unpack(source: BytesSource): Values {
    const view = asDataView(source);
    if (view.byteLength === this.size) return this.#read(view, 0);
    throw this.#wrongLength("unpack", bytesText(this.size), view);
  }

  /**
   * Reads the values of a record that lies somewhere in `source`.
   *
   * @param offset Where it starts, in bytes; a negative one counts from the end.
   * @throws {RangeError} If the record is not within `source`.
   */
  unpackFrom(source: BytesSource, offset = 0): Values {
    const view = asDataView(source);
    return this.#read(view, this.#locate("unpack", view.byteLength, offset));
  }

  /**
   * Reads one record after another, each when it is asked for.
   *
   * @param source As long as a whole number of records.
   * @throws {RangeError} If it is not, or a record has no bytes.
   */
  iterUnpack(source: BytesSource): IterableIterator<Values> {
    const view = asDataView(source);
    const { size } = this;
    if (size === 0) {
      throw new RangeError(
        `Cannot iterate as a record must have bytes: received ${
          received(this.format)
        }`,
      );
    }
    if (view.byteLength % size !== 0) {
      throw this.#wrongLength(
        "iterate",
        `a multiple of ${bytesText(size)}`,
        view,
      );
    }
    // The type of the format says the types of the values.
    return new RecordIterator(this.#reads, view, size) as IterableIterator<
      Values
    >;
  }

  #read(view: DataView, at: number): Values {
    // The type of the format says the types of the values.
    return readRecord(this.#reads, view, at) as Values;
  }

  /** Where in bytes a record starts, all of which must be there. */
  #locate(act: "pack" | "unpack", byteLength: number, offset: number): number {
    if (!Number.isInteger(offset)) {
      throw new TypeError(
        `Cannot ${act} as an offset must be an integer: received ${
          received(offset)
        }`,
      );
    }
    const at = offset < 0 ? byteLength + offset : offset;
    if (at >= 0 && at + this.size <= byteLength) return at;
    throw new RangeError(
      `Cannot ${act} ${received(this.format)} at ${offset} as its ${
        bytesText(this.size)
      } must be within the bytes: received ${bytesText(byteLength)}`,
    );
  }

  #wrongLength(
    act: string,
    rule: string,
    { byteLength }: DataView,
  ): RangeError {
    return new RangeError(
      `Cannot ${act} ${
        received(this.format)
      } as the bytes must be ${rule}: received ${bytesText(byteLength)}`,
    );
  }
}

function bytesText(count: number): string {
  return `${groupDigits(count)} ${count === 1 ? "byte" : "bytes"}`;
}
