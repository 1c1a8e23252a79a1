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
  /** The scans so far: an update whose changes are too many for a journal has two. */
  readonly #scans: PlannedScan[] = [];

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
    return this.#scans.at(-1)?.shared;
  }

  /** Puts clocks around the steps of the job that are taken beside the scan. */
  steps(steps: JobSteps): JobSteps {
    return timed(steps, {
      accept: { phase: "merge", callOnly: true },
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
   * Says that a scan is planned.
   *
   * @param workers How many there are.
   * @param callers How many of them, the first, are the calling thread: 0 or 1.
   */
  planned(workers: number, callers: number): void {
    if (this.#scans.length === 0) {
      this.#own.task = undefined;
      this.#own.add(OPENING);
    }
    const shared = workers > callers
      ? createSharedTrace(workers, this.#originMs)
      : undefined;
    this.#scans.push({ workers, first: callers, shared });
  }

  /** Tells what has happened. @param failure Why the run failed, if it did. */
  end(failure: { readonly error: unknown } | undefined): RunTrace {
    const threads = [
      {
        name: this.#scans.some(({ first }) => first > 0)
          ? "coordinator, worker 0"
          : "coordinator",
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
    const threads = new Map<string, TraceThread>();
    for (const { workers, first, shared } of this.#scans) {
      if (shared === undefined) continue;
      for (let index = first; index < workers; index++) {
        const name = `worker ${index}`;
        const { spans, dropped } = new SpanRing(shared, index).read();
        const before = threads.get(name);
        threads.set(name, {
          name,
          spans: [...before?.spans ?? [], ...spans],
          dropped: (before?.dropped ?? 0) + dropped,
        });
      }
    }
    return [...threads.values()];
  }
}

/** One scan of the file. */
interface PlannedScan {
  readonly workers: number;
  /** The first worker with a thread of its own. */
  readonly first: number;
  /** The rings of the workers; absent where the calling thread does all. */
  readonly shared: SharedTrace | undefined;
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
