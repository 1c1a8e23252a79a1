/**
 * Digests, shard by shard.
 *
 * @module
 */
import { digestNamed } from "../../digest/registry.ts";
import { joinBytes } from "../../join_bytes.ts";
import type { ByteRange } from "../../errors.ts";
import {
  hashJob,
  type HashJobOptions,
  type HashJobResult,
  type HashPartial,
} from "../../jobs/hash.ts";
import type { HashParameters } from "../parameters/hash.ts";
import { array, object, optional, type Shape, wrongValue } from "../shape.ts";
import type { ShardedJob } from "../sharded_job.ts";
import { readDigest, writeDigest } from "./digest_bodies.ts";
import { scanRange } from "./scan_range.ts";

/** What is known of neighbouring shards, by name of the algorithm. */
interface HashState {
  /** Of digests over ranges; `undefined` where there was nothing to hash. */
  readonly ranges: HashPartial | undefined;
  /** Of digests of parts: the results of the parts, one after the other. */
  readonly parts: Readonly<Record<string, Uint8Array>>;
}

/** Hashes and joins. */
export const hashShards: ShardedJob<HashParameters, HashState, HashJobResult> =
  {
    prepare: (parameters) => hashJob.prepare?.(jobOptionsOf(parameters)),
    async run(work, parameters) {
      const options = jobOptionsOf(parameters);
      const { partial, lanes } = await scanRange(work, "hash", options);
      return {
        // The one cast: the job is ours.
        ranges: partial as HashPartial,
        parts: partsOf(lanes, parameters),
      };
    },
    empty: (_range, parameters) => ({
      ranges: undefined,
      parts: partsOf({}, parameters),
    }),
    write: writeState,
    read: readState,
    join: joinStates,
    finish: ({ ranges, parts }, parameters, { file, byteLength }) =>
      hashJob.finish(
        ranges,
        { path: file, byteLength },
        parts,
        jobOptionsOf(parameters),
      ),
  };

function jobOptionsOf(
  { algorithms, ...parameters }: HashParameters,
): HashJobOptions {
  return { algorithms, parameters };
}

/** Names of the digests of a kind. */
function namesOf(
  { algorithms, ...parameters }: HashParameters,
  kind: "parallel" | "parted",
): string[] {
  return algorithms.filter((name) =>
    digestNamed(name, parameters).kind === kind
  );
}

function partsOf(
  lanes: Readonly<Record<string, unknown>>,
  parameters: HashParameters,
): Record<string, Uint8Array> {
  const names = namesOf(parameters, "parted");
  return Object.fromEntries(
    // The one cast: results of part lanes are bytes.
    names.map((name) => [name, lanes[name] as Uint8Array ?? new Uint8Array(0)]),
  );
}

function writeState(
  { ranges, parts }: HashState,
  parameters: HashParameters,
): unknown {
  if (ranges === undefined) return { parts };
  const entries = namesOf(parameters, "parallel").map((name) =>
    [name, writeDigest(name, ranges[name])] as const
  );
  return { ranges: Object.fromEntries(entries), parts };
}

const ANY: Shape<Record<string, unknown>> = (value, at) => {
  if (typeof value === "object" && value !== null) {
    return value as Record<string, unknown>;
  }
  throw wrongValue(at, "an object", value);
};

const BODY = object<{
  ranges: Record<string, unknown> | undefined;
  parts: Record<string, unknown>;
}>({ ranges: optional(ANY), parts: ANY });

function readState(
  body: unknown,
  parameters: HashParameters,
  range: ByteRange,
): HashState {
  const { ranges, parts } = BODY(body, "body");
  if ((ranges === undefined) !== (range.start === range.end)) {
    throw wrongValue("body.ranges", "of the bytes of the shard", ranges);
  }
  return {
    ranges: ranges && Object.fromEntries(
      namesOf(parameters, "parallel").map((name) => [
        name,
        readDigest(name, ranges[name], parameters, range),
      ]),
    ),
    parts: Object.fromEntries(
      namesOf(parameters, "parted").map((name) => [
        name,
        readParts(name, parts[name], parameters, range),
      ]),
    ),
  };
}

function readParts(
  name: string,
  value: unknown,
  { algorithms: _, ...parameters }: HashParameters,
  { start, end }: ByteRange,
): Uint8Array {
  const digest = digestNamed(name, parameters);
  const bytes = array(Uint8Array)(value, `body.parts.${name}`);
  if (digest.kind !== "parted") throw new Error(`Bug: "${name}" has no parts`);
  const { partBytes, part: { resultBytes } } = digest;
  const count = Math.ceil(end / partBytes) - Math.floor(start / partBytes);
  const wanted = start === end ? 0 : count * resultBytes;
  if (bytes.length === wanted) return bytes;
  throw wrongValue(
    `body.parts.${name}`,
    `${wanted} bytes`,
    `${bytes.length} of them`,
  );
}

function joinStates(
  states: readonly HashState[],
  parameters: HashParameters,
): HashState {
  const ranges = states.map(({ ranges }) => ranges)
    .filter((one) => one !== undefined);
  const parts = namesOf(parameters, "parted").map((name) => {
    const all = states.map(({ parts }) => parts[name] ?? new Uint8Array(0));
    return [name, joinBytes(all)] as const;
  });
  return {
    ranges: ranges.length === 0
      ? undefined
      : ranges.reduce((left, right) => hashJob.merge(left, right)),
    parts: Object.fromEntries(parts),
  };
}
