/**
 * The coordinator's part of a traced run.
 *
 * @module
 */
import type { ByteStream } from "../engine/feed.ts";
import type { JobSteps } from "../engine/job_steps.ts";
import type { ScanSetup } from "../engine/segment_scan.ts";
import {
  createSharedTrace,
  type RingTask,
  type SharedTrace,
  SpanRing,
} from "./span_ring.ts";
import { timed } from "./timed.ts";
import { tracedSetup } from "./traced_setup.ts";
import type { RunTrace, TraceThread } from "./types.ts";

const OPENING: RingTask = { phase: "open", startMs: 0, offset: undefined };

/** Gathers what the threads of one run do. */
export class RunTracer {
  readonly #file: string;
  readonly #originMs: number;
  readonly #own: SpanRing;
  #workers = 0;
  /** The first worker with a thread of its own. */
  #first = 0;
  /** The rings of the workers; absent until the run is planned. */
  #shared: SharedTrace | undefined;

  /** @param startedAt When the run began, by `performance.now()`. */
  constructor(file: string, startedAt: number) {
    this.#file = file;
    this.#originMs = performance.timeOrigin + startedAt;
    this.#own = new SpanRing(createSharedTrace(1, this.#originMs), 0);
    this.#own.task = OPENING;
  }

  /** The ring of the coordinator's thread, which is also that of a run without workers. */
  get ring(): SpanRing {
    return this.#own;
  }

  /** What the workers write to. */
  get shared(): SharedTrace | undefined {
    return this.#shared;
  }

  /** Puts clocks around the steps of the job that are taken beside the scan. */
  steps(steps: JobSteps): JobSteps {
    return timed(steps, {
      accept: { phase: "merge" },
      finish: { phase: "end" },
    }, this.#own);
  }

  /** Puts clocks around what the coordinator reads for its workers. */
  stream(stream: ByteStream): ByteStream {
    return timed(stream, { readFully: { phase: "fill" } }, this.#own);
  }

  /** Puts clocks around a scan on the calling thread. */
  setup(setup: ScanSetup): ScanSetup {
    return tracedSetup(setup, this.#own, performance.now());
  }

  /**
   * Says that the run is planned.
   *
   * @param workers How many there are.
   * @param callers How many of them, the first, are the calling thread: 0 or 1.
   */
  planned(workers: number, callers: number): void {
    this.#own.task = undefined;
    this.#own.add(OPENING);
    this.#workers = workers;
    this.#first = callers;
    if (workers > callers) {
      this.#shared = createSharedTrace(workers, this.#originMs);
    }
  }

  /** Tells what has happened. @param failure Why the run failed, if it did. */
  end(failure: { readonly error: unknown } | undefined): RunTrace {
    const threads = [
      {
        name: this.#first > 0 ? "coordinator, worker 0" : "coordinator",
        ...this.#own.read(),
      },
      ...this.#workerThreads(),
    ];
    return {
      file: this.#file,
      startedAt: this.#originMs,
      elapsedMs: this.#own.now(),
      error: failure && errorText(failure.error),
      threads,
    };
  }

  #workerThreads(): TraceThread[] {
    const shared = this.#shared;
    if (shared === undefined) return [];
    return Array.from({ length: this.#workers - this.#first }, (_, nth) => {
      const index = this.#first + nth;
      return {
        name: `worker ${index}`,
        ...new SpanRing(shared, index).read(),
      };
    });
  }
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
