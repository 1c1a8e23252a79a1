/**
 * Partials on their way through a queue: small ones in it, large ones in the store, checked when they are read.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { blake3Hex } from "../shards/blake3_bytes.ts";
import {
  integer,
  object,
  optional,
  type Shape,
  text,
} from "../shards/shape.ts";
import { type Store, storedName } from "./store.ts";

/** Where the bytes of a partial are, or of a result. */
export interface PartialRef {
  readonly byteLength: number;
  /** 64 hexadecimal digits. */
  readonly blake3: string;
  /** The bytes themselves, in base64; in the store if absent. */
  readonly inline?: string | undefined;
}

/** Most characters of an inline partial: 16 MiB of bytes. */
const INLINE_LENGTH_MAX = 4 * Math.ceil(16 * 1024 ** 2 / 3);

/** References as they come from a queue. */
export const PARTIAL_REF: Shape<PartialRef> = object({
  byteLength: integer(0),
  blake3: text(64),
  inline: optional(text(INLINE_LENGTH_MAX)),
});

/** What a partial is called, and where it may go. */
export interface RefPlace {
  readonly run: string;
  /** Index of the shard, or `result`. */
  readonly name: string;
  readonly store: Store | undefined;
}

/**
 * Hands bytes over: in the reference up to `inlineBytes`, else in the store.
 *
 * @throws {SabmapError} `ERR_STORE` if they are too many and there is no store.
 */
export async function putPartial(
  bytes: Uint8Array,
  inlineBytes: number,
  { run, name, store }: RefPlace,
): Promise<PartialRef> {
  const { byteLength } = bytes;
  const blake3 = blake3Hex(bytes);
  if (byteLength <= inlineBytes) {
    return {
      byteLength,
      blake3,
      inline: Buffer.from(bytes).toString("base64"),
    };
  }
  if (store === undefined) {
    throw new SabmapError(
      ErrorCode.Store,
      `Cannot hand over what a shard gave as there is no store, which takes more than ${
        groupDigits(inlineBytes)
      } bytes: received ${groupDigits(byteLength)}`,
    );
  }
  await store.put(storedName(run, name, blake3), bytes);
  return { byteLength, blake3 };
}

/** Gets the bytes of a reference. @throws {SabmapError} `ERR_STORE` if they are not those that were handed over. */
export async function getPartial(
  ref: PartialRef,
  { run, name, store }: RefPlace,
): Promise<Uint8Array> {
  const bytes = ref.inline === undefined
    ? await fromStore(ref, { run, name, store })
    : new Uint8Array(Buffer.from(ref.inline, "base64"));
  if (bytes.byteLength === ref.byteLength && blake3Hex(bytes) === ref.blake3) {
    return bytes;
  }
  throw new SabmapError(
    ErrorCode.Store,
    `Cannot take what shard ${name} gave as its bytes must be those that were handed over: received others`,
  );
}

async function fromStore(
  ref: PartialRef,
  { run, name, store }: RefPlace,
): Promise<Uint8Array> {
  if (store === undefined) {
    throw new SabmapError(
      ErrorCode.Store,
      `Cannot take ${
        groupDigits(ref.byteLength)
      } bytes as they are in the store of the workers, which --store or --root names: received neither`,
    );
  }
  return await store.get(
    storedName(run, name, checkDigest(ref.blake3)),
    ref.byteLength,
  );
}

/** @throws {SabmapError} If a text is no digest, but perhaps a way out of the store. */
function checkDigest(text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new SabmapError(
    ErrorCode.Store,
    `Cannot take a partial as its BLAKE3 must be 64 digits: received ${text.length} characters`,
  );
}
