/**
 * What carries out shards and merges beside the event loop of the queue. Types only.
 *
 * @module
 */
import type { ShardTask } from "../shards/plan.ts";
import type { PartialRef } from "./partial_ref.ts";

/** A shard to work on. */
export interface ShardRequest {
  readonly run: string;
  readonly task: ShardTask;
  /** The file, as this host has it; a URL where it is elsewhere. */
  readonly path: string;
  /** Partials up to so many bytes go through the queue. */
  readonly inlineBytes: number;
}

/** Partials to join. */
export interface MergeRequest {
  readonly run: string;
  /** Of all shards, in order. */
  readonly partials: readonly PartialRef[];
  /** Results up to so many bytes go through the queue. */
  readonly inlineBytes: number;
}

/** Carries out one request at a time. */
export interface Runner {
  /** @throws {SabmapError} As `runShard`; the reason of `signal` if that is aborted. */
  run(
    request: ShardRequest,
    signal: AbortSignal,
    onProgress: (bytesDone: number) => void,
  ): Promise<PartialRef>;
  /** @throws {SabmapError} As `mergePartials`; the reason of `signal` if that is aborted. */
  merge(request: MergeRequest, signal: AbortSignal): Promise<PartialRef>;
  /** Ends its threads. */
  close(): Promise<void>;
}

/** How threads work. */
export interface RunnerSettings {
  /** Where large partials go: a folder, or `s3://bucket/prefix`. */
  readonly store: string | undefined;
  readonly workers: number | undefined;
  readonly io: "auto" | "map" | "preload" | "stream" | undefined;
  readonly segmentBytes: number | undefined;
  readonly allowHosts: readonly string[];
}

/** What the thread of a runner offers. */
export interface RunnerThreadApi {
  open(settings: RunnerSettings): Promise<void>;
  run(request: ShardRequest): Promise<PartialRef>;
  merge(request: MergeRequest): Promise<PartialRef>;
  /** Bytes done of the request at hand. */
  bytesDone(): Promise<number>;
  /** Ends the request at hand. */
  abort(): Promise<void>;
}
