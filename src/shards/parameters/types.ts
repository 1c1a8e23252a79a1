/**
 * What is known of the parameters of an operation.
 *
 * @module
 */
import type { FramingDescription } from "../../binary/framing/description.ts";
import type { ByteRange } from "../../errors.ts";
import type { Shape } from "../shape.ts";

/** The parameters of an operation on shards. */
export interface OperationParameters<Parameters> {
  /**
   * Checks parameters, whoever gives them, and refuses what cannot be done shard by shard, with the reason.
   *
   * @returns A copy of what was checked, in the same form for the same request: run ids are made of it.
   */
  readonly check: Shape<Parameters>;
  /** Shards start at multiples of this. Defaults to `SHARD_ALIGN_BYTES`. */
  alignBytes?(parameters: Parameters): number;
  /** How records are told apart, where the bytes of a shard do not tell where its first one starts. */
  framing?(parameters: Parameters): FramingDescription | undefined;
  /** The part of the file that there is work in. Defaults to all. */
  span?(parameters: Parameters): ByteRange;
}
