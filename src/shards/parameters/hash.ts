/**
 * Parameters of `hash` on shards.
 *
 * @module
 */
import { parseAlgorithms, SERIAL_ALGORITHMS } from "../../digest/algorithms.ts";
import {
  checkParameters,
  type DigestParameters,
  PART_BYTES_DEFAULT,
} from "../../digest/parameters.ts";
import { ErrorCode, groupDigits, SabmapError } from "../../errors.ts";
import { leastCommonMultiple } from "../../plan/parts.ts";
import { closed, integer, list, optional, text } from "../shape.ts";
import type { OperationParameters } from "./types.ts";

/** Which digests. Plain data. */
export interface HashParameters {
  readonly algorithms: readonly string[];
  readonly partBytes?: number | undefined;
  readonly pieceBytes?: number | undefined;
  readonly blake3?: {
    readonly context?: string | undefined;
    readonly outputBytes?: number | undefined;
    readonly seek?: number | undefined;
  } | undefined;
}

const SHAPE = closed<HashParameters>({
  algorithms: list(text(64), 64),
  partBytes: optional(integer(1)),
  pieceBytes: optional(integer(1)),
  blake3: optional(closed<NonNullable<HashParameters["blake3"]>>({
    context: optional(text(65_536)),
    outputBytes: optional(integer(1)),
    seek: optional(integer(0)),
  })),
});

/** Mappings and segments start at multiples of this. */
const GRID_BYTES = 64 * 1024;

/** What a shard of parts of odd lengths may come to; beyond that, hardly any file has two. */
const ALIGN_BYTES_MAX = 2 ** 50;

/** Parts of services whose length is not ours to choose. */
const FIXED_PARTS: ReadonlyMap<string, number> = new Map([
  ["glacier", 1024 ** 2],
  ["dropbox", 4 * 1024 ** 2],
]);

/** Checks and cuts. */
export const HASH: OperationParameters<HashParameters> = {
  check: (value, at) => {
    refuseKey(value);
    const { algorithms, ...given } = SHAPE(value, at);
    const names = parseAlgorithms(algorithms);
    refuseSerial(names);
    checkParameters(given);
    const parameters = { algorithms: names, ...onlyUseful(names, given) };
    checkAlign(parameters);
    return parameters;
  },
  alignBytes,
};

/** A key must not be written into plans, partials and queues. */
function refuseKey(value: unknown): void {
  const { blake3 } = (value ?? {}) as { blake3?: { key?: unknown } };
  if (blake3?.key === undefined) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    "Cannot hash shards with a key as it would be written into plans and partials: received one",
  );
}

function refuseSerial(names: readonly string[]): void {
  const serial = names.filter((name) => SERIAL_ALGORITHMS.includes(name));
  if (serial.length === 0) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot hash shards by ${
      serial.join(", ")
    } as each byte needs all in front of it: use blake3, a crc, or another that is computed over ranges or parts`,
  );
}

/** What no digest that is asked for looks at does not make another run of it. */
function onlyUseful(
  names: readonly string[],
  { partBytes, pieceBytes, blake3 }: DigestParameters,
): Omit<HashParameters, "algorithms"> {
  const hasParts = names.some((name) => name.startsWith("s3-"));
  return {
    ...hasParts && partBytes !== undefined && { partBytes },
    ...names.includes("btv2") && pieceBytes !== undefined && { pieceBytes },
    ...names.includes("blake3") && blake3 !== undefined && { blake3 },
  };
}

/** Length of the parts that a digest is made of; 1 if it is made of none. */
export function partBytesOf(
  name: string,
  { partBytes = PART_BYTES_DEFAULT }: HashParameters,
): number {
  return name.startsWith("s3-") ? partBytes : FIXED_PARTS.get(name) ?? 1;
}

function alignBytes(parameters: HashParameters): number {
  const parts = parameters.algorithms.map((name) =>
    partBytesOf(name, parameters)
  );
  return leastCommonMultiple([GRID_BYTES, ...parts]);
}

function checkAlign(parameters: HashParameters): void {
  const bytes = alignBytes(parameters);
  if (bytes <= ALIGN_BYTES_MAX) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot hash shards in parts of ${
      groupDigits(parameters.partBytes ?? 0)
    } bytes as shards start between parts, at multiples of 64 KiB: use parts whose length is a multiple of 64 KiB`,
  );
}
