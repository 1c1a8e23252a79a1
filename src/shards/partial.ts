/**
 * Partials: what is known of neighbouring shards, as bytes that machines hand to each other.
 *
 * ```text
 * "SABSHRD1" | length of the head, u32 | head: the run | first shard, count of shards, body | BLAKE3 of all that
 * ```
 *
 * The checksum tells that bytes were changed by chance; whoever can write partials can write others with a checksum
 * that is right, so what is in them is checked as well.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { blake3Hex } from "./blake3_bytes.ts";
import { decodePlain } from "./decode.ts";
import { encodePlain, PlainWriter } from "./encode.ts";
import { checkRun, shardRange, type ShardRun, type ShardTask } from "./plan.ts";
import { integer } from "./shape.ts";

const MAGIC = new TextEncoder().encode("SABSHRD1");
const HEAD_AT = MAGIC.length + 4;
const CHECKSUM_BYTES = 32;

/** The content of a partial. */
export interface Partial {
  readonly run: ShardRun;
  /** Index of the first shard that it is about. */
  readonly first: number;
  /** How many shards it is about, at least one. */
  readonly count: number;
  /** As the operation has it; not checked yet where it comes from elsewhere. */
  readonly body: unknown;
}

/** Writes the partial of a shard, or of `count` shards from that on. */
export function encodePartial(
  task: ShardTask | (ShardRun & { readonly index: number }),
  body: unknown,
  count = 1,
): Uint8Array<ArrayBuffer> {
  const { v, run, file, source, operation, cut } = task;
  const head = encodePlain({ v, run, file, source, operation, cut });
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, head.length, true);
  const writer = new PlainWriter();
  for (const bytes of [MAGIC, length, head]) writer.raw(bytes);
  writer.value([task.index, count, body], 0);
  const content = writer.take();
  const sealed = new Uint8Array(content.length + CHECKSUM_BYTES);
  sealed.set(content);
  sealed.set(hexBytes(blake3Hex(content)), content.length);
  return sealed;
}

function hexBytes(hex: string): Uint8Array {
  const byte = (_: unknown, i: number) =>
    parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return Uint8Array.from({ length: hex.length / 2 }, byte);
}

/** Reads partials of one run, whose heads are mostly the same. */
export class PartialReader {
  #head: Uint8Array | undefined;
  #run: ShardRun | undefined;

  /**
   * Reads a partial, all but what is in its body.
   *
   * @throws {SabmapError} `ERR_BAD_SHARD` if the bytes are none, or were changed.
   */
  read(bytes: Uint8Array): Partial {
    const content = checkSeal(bytes);
    const { buffer, byteOffset } = content;
    const headEnd = HEAD_AT + new DataView(buffer, byteOffset)
      .getUint32(MAGIC.length, true);
    if (headEnd > content.length) throw notPartial("a head without an end");
    const run = this.#runOf(content.subarray(HEAD_AT, headEnd));
    return partialOf(run, decodePlain(content.subarray(headEnd)));
  }

  #runOf(head: Uint8Array): ShardRun {
    if (this.#run === undefined || !isEqual(this.#head, head)) {
      this.#run = checkRun(decodePlain(head), true);
      this.#head = Uint8Array.from(head);
    }
    return this.#run;
  }
}

function partialOf(run: ShardRun, value: unknown): Partial {
  if (!Array.isArray(value) || value.length !== 3) {
    throw notPartial("other values");
  }
  const { count: shardCount } = run.cut;
  const first = integer(0, shardCount - 1)(value[0], "first");
  const count = integer(1, shardCount - first)(value[1], "count");
  return { run, first, count, body: value[2] };
}

/** Whether bytes, however few of them there are yet, can be the beginning of a partial. */
export function beginsAsPartial(bytes: Uint8Array): boolean {
  return MAGIC.subarray(0, bytes.length).every((byte, i) => byte === bytes[i]);
}

/** @returns What the checksum covers. */
function checkSeal(bytes: Uint8Array): Uint8Array {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < HEAD_AT || !isEqual(MAGIC, bytes.subarray(0, MAGIC.length))) {
    throw notPartial("something else");
  }
  const content = bytes.subarray(0, end);
  if (isEqual(hexBytes(blake3Hex(content)), bytes.subarray(end))) {
    return content;
  }
  throw notPartial("one that was changed or cut off since it was written");
}

function notPartial(what: string): SabmapError {
  return new SabmapError(
    ErrorCode.BadShard,
    `Cannot read a partial as it must be what a shard has written: received ${what}`,
  );
}

/** Whether two are byte for byte the same. */
export function isEqual(
  left: Uint8Array | undefined,
  right: Uint8Array,
): boolean {
  return left !== undefined && left.length === right.length &&
    left.every((byte, i) => byte === right[i]);
}

/** The bytes of the file that a partial is about. */
export function rangeOf(
  { run, first, count }: Omit<Partial, "body">,
): { start: number; end: number } {
  return {
    start: shardRange(run.cut, first).start,
    end: shardRange(run.cut, first + count - 1).end,
  };
}
