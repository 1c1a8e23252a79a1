/**
 * What can be done to shards of a file: operations by name, with parameters that are plain data.
 *
 * An operation may come from a plan, a queue or a partial that others have written. So it names what is built in here,
 * never code, and its parameters are checked whoever gives them.
 *
 * @module
 */
import type { FramingDescription } from "../binary/framing/description.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import { COUNT, type CountParameters } from "./parameters/count.ts";
import { FIND, type FindParameters } from "./parameters/find.ts";
import { HASH, type HashParameters } from "./parameters/hash.ts";
import { PROFILE } from "./parameters/profile.ts";
import { RECORDS, type RecordsParameters } from "./parameters/records.ts";
import { RUN } from "./parameters/run.ts";
import type { OperationParameters } from "./parameters/types.ts";
import { received } from "../received.ts";
import { integer, object, type Shape } from "./shape.ts";
import type { ModuleOfJob, ShardedJob } from "./sharded_job.ts";

export type {
  CountParameters,
  FindParameters,
  HashParameters,
  RecordsParameters,
};

/** Names of the operations. Those of `run` are jobs of users, and never come from a queue. */
export type OperationName =
  | "hash"
  | "count"
  | "find"
  | "records"
  | "profile"
  | "run";

/** What is done to a file. Plain data, also as JSON. */
export interface Operation {
  /** Which it is. */
  readonly name: OperationName;
  /** Of the operation's partials: those of another version are not joined. */
  readonly version: number;
  /** As the operation's module under `parameters/` describes them. */
  readonly parameters: unknown;
}

/** What there is to know of an operation. */
export interface OperationEntry {
  readonly name: OperationName;
  readonly version: number;
  /** Checks of its parameters, and where its shards may start. */
  // deno-lint-ignore no-explicit-any -- each operation has its own
  readonly parameters: OperationParameters<any>;
  /** Loads what runs and joins its shards. */
  load(): Promise<ShardedJob>;
}

/** The operations there are. */
export const REGISTRY: ReadonlyMap<OperationName, OperationEntry> = new Map(
  ([
    {
      name: "hash",
      version: 1,
      parameters: HASH,
      load: async () => (await import("./jobs/hash.ts")).hashShards,
    },
    {
      name: "count",
      version: 1,
      parameters: COUNT,
      load: async () => (await import("./jobs/count.ts")).countShards,
    },
    {
      name: "find",
      version: 1,
      parameters: FIND,
      load: async () => (await import("./jobs/find.ts")).findShards,
    },
    {
      name: "records",
      version: 2,
      parameters: RECORDS,
      load: async () => (await import("./jobs/records.ts")).recordsShards,
    },
    {
      name: "profile",
      version: 1,
      parameters: PROFILE,
      load: async () => (await import("./jobs/profile.ts")).profileShards,
    },
  ] satisfies OperationEntry[]).map((entry) => [entry.name, entry]),
);

/** The operations of ours. */
export const OPERATION_NAMES: readonly string[] = [...REGISTRY.keys()];

/** The operation whose code is the user's own: whoever works on its shards names the module. */
const RUN_ENTRY: OperationEntry = {
  name: "run",
  version: 1,
  parameters: RUN,
  load: () => {
    throw new SabmapError(
      ErrorCode.ShardMismatch,
      "Cannot work on shards of process run as the module of the job must be given, with --job: received none",
    );
  },
};

/** Finds an operation that {@link checkOperation} has let pass. */
export function entryOf({ name }: Pick<Operation, "name">): OperationEntry {
  const entry = name === "run" ? RUN_ENTRY : REGISTRY.get(name);
  if (entry === undefined) throw new Error(`Bug: no operation "${name}"`);
  return entry;
}

/**
 * Makes an operation.
 *
 * @param parameters As the operation's module under `parameters/` describes them.
 * @throws {TypeError|RangeError|SabmapError} If a parameter is wrong, or the operation cannot work on shards.
 */
export function makeOperation(
  name: OperationName,
  parameters: unknown,
): Operation {
  const entry = entryOf({ name });
  return {
    name,
    version: entry.version,
    parameters: entry.parameters.check(parameters, "operation.parameters"),
  };
}

const HEAD: Shape<{ name: OperationName; version: number }> = object({
  name: (value: unknown): OperationName => {
    const name = [...REGISTRY.keys()].find((known) => known === value);
    if (name !== undefined) return name;
    if (value === "run") return value;
    throw new SabmapError(
      ErrorCode.BadShard,
      `Cannot work on shards as the operation must be one of ${
        [...REGISTRY.keys()].join(", ")
      }: received ${received(value)}`,
    );
  },
  version: integer(1),
});

/**
 * Checks an operation that is not trusted, such as one from a queue.
 *
 * @param local Whether it may be a job of the user's, whose module is named on this machine.
 * @returns A copy that holds nothing which was not checked.
 * @throws {SabmapError} `ERR_BAD_SHARD` if it is none, or of a version that this program does not know.
 * @throws {TypeError|RangeError} If a parameter is wrong.
 */
export function checkOperation(json: unknown, local = false): Operation {
  const { name, version } = HEAD(json, "operation");
  if (name === "run" && !local) RUN_ENTRY.load();
  const entry = entryOf({ name });
  if (version !== entry.version) {
    throw new SabmapError(
      ErrorCode.ShardMismatch,
      `Cannot work on shards as version ${entry.version} of ${name} must be asked for, the one of this program: received ${version}`,
    );
  }
  return makeOperation(name, (json as { parameters?: unknown }).parameters);
}

/**
 * Loads what runs and joins the shards of an operation.
 *
 * @param module That of a user's job.
 * @throws {SabmapError} If the operation is a user's job, and no module is given.
 */
export async function loadShardedJob(
  operation: Operation,
  module?: ModuleOfJob,
): Promise<ShardedJob> {
  const job = await loadPlainJob(operation, module);
  const framing = framingOf(operation);
  if (framing === undefined) return job;
  const { framedShards } = await import("./jobs/framed.ts");
  return framedShards(job, framing);
}

async function loadPlainJob(
  operation: Operation,
  module: ModuleOfJob | undefined,
): Promise<ShardedJob> {
  if (operation.name === "run" && module !== undefined) {
    const { moduleShards } = await import("./jobs/module.ts");
    return moduleShards(module);
  }
  const job = await entryOf(operation).load();
  await job.prepare?.(operation.parameters);
  return job;
}

/** How an operation tells records apart, where the bytes of a shard do not tell where its first one starts. */
export function framingOf(
  operation: Operation,
): FramingDescription | undefined {
  const { parameters } = entryOf(operation);
  return parameters.framing?.(operation.parameters as never);
}

/** Where shards of an operation may start: at multiples of this. */
export function alignBytesOf(operation: Operation): number {
  const { parameters } = entryOf(operation);
  return parameters.alignBytes?.(operation.parameters as never) ??
    SHARD_ALIGN_BYTES;
}

/** Shards start at multiples of this wherever an operation does not ask for more: mappings and segments do. */
export const SHARD_ALIGN_BYTES: number = 64 * 1024;
