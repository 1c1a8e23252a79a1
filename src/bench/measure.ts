/**
 * Measures contenders against each other.
 *
 * ```text
 * once, in order, not timed:   each contender is tried, and its result compared
 * round by round:              all of them, in a new random order, each timed once by tinybench
 * once, in order, not timed:   each with a trace
 * ```
 *
 * In rounds, because what else happens on a machine changes from minute to minute: all contenders then
 * have their share of it.
 *
 * @module
 */
import { Bench } from "tinybench";
import { ErrorCode, SabmapError } from "../errors.ts";
import type { RunTrace } from "../trace/types.ts";
import {
  type Contender,
  contenderName,
  type Outcome,
  UnavailableError,
} from "./contender.ts";
import type { PageCache } from "./page_cache.ts";
import { type Taken, watchResources } from "./resources.ts";
import { seededRandom, shuffled } from "./statistics.ts";

/** What was seen of one contender. */
export interface Measured {
  readonly contender: Contender;
  readonly unavailable: string | undefined;
  readonly threads: number;
  /** Of each round. */
  readonly seconds: readonly number[];
  readonly taken: readonly Taken[];
  readonly trace: RunTrace | undefined;
}

/** How to measure. */
export interface MeasureSetup {
  readonly file: string;
  readonly runs: number;
  readonly seed: number;
  readonly cache: PageCache;
  readonly signal: AbortSignal | undefined;
  /** Called when so many of all runs are done. */
  onRun(done: number, all: number): void;
}

/** @returns What each contender has found and taken, in their order. */
export async function measure(
  contenders: readonly Contender[],
  setup: MeasureSetup,
): Promise<{ readonly found: string; readonly measured: Measured[] }> {
  const measurement = new Measurement(contenders, setup);
  await measurement.tryAll();
  await measurement.timeAll();
  await measurement.traceAll();
  return measurement.result();
}

interface Entry {
  readonly contender: Contender;
  unavailable: string | undefined;
  threads: number;
  readonly seconds: number[];
  readonly taken: Taken[];
  trace: RunTrace | undefined;
}

class Measurement {
  readonly #setup: MeasureSetup;
  readonly #entries: readonly Entry[];
  #found: { readonly text: string; readonly by: string } | undefined;
  #done = 0;

  constructor(contenders: readonly Contender[], setup: MeasureSetup) {
    this.#setup = setup;
    this.#entries = contenders.map((contender) => ({
      contender,
      unavailable: undefined,
      threads: 0,
      seconds: [],
      taken: [],
      trace: undefined,
    }));
  }

  get #available(): readonly Entry[] {
    return this.#entries.filter(({ unavailable }) => unavailable === undefined);
  }

  async tryAll(): Promise<void> {
    for (const entry of this.#entries) {
      await this.#prepare();
      try {
        const outcome = await entry.contender.run();
        this.#check(entry, outcome);
        entry.threads = outcome.threads;
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        entry.unavailable = error.message;
      }
      this.#tellRun();
    }
  }

  async timeAll(): Promise<void> {
    const random = seededRandom(this.#setup.seed);
    for (let round = 0; round < this.#setup.runs; round++) {
      await this.#timeRound(shuffled(this.#available, random));
    }
  }

  async #timeRound(entries: readonly Entry[]): Promise<void> {
    const bench = new Bench({
      iterations: 1,
      time: 0,
      warmup: false,
      retainSamples: true,
      throws: true,
    });
    for (const entry of entries) this.#addTask(bench, entry);
    await bench.run();
    for (const entry of entries) {
      const { result } = bench.getTask(contenderName(entry.contender)) ?? {};
      if (result?.state !== "completed") {
        throw new Error(`Bug: a run of tinybench is ${result?.state}`);
      }
      entry.seconds.push(result.latency.p50 / 1000);
    }
  }

  #addTask(bench: Bench, entry: Entry): void {
    let outcome: Outcome | undefined;
    let stop: () => Taken;
    bench.add(
      contenderName(entry.contender),
      async () => {
        outcome = await entry.contender.run();
      },
      {
        async: true,
        beforeEach: async () => {
          await this.#prepare();
          stop = watchResources();
        },
        afterEach: () => {
          // A run that has failed left nothing to look at; tinybench throws its error.
          if (outcome === undefined) return;
          entry.taken.push(stop());
          this.#check(entry, outcome);
          this.#tellRun();
        },
      },
    );
  }

  async traceAll(): Promise<void> {
    for (const entry of this.#available) {
      await this.#prepare();
      await entry.contender.run((trace) => entry.trace = trace);
      this.#tellRun();
    }
  }

  async #prepare(): Promise<void> {
    const { signal, cache } = this.#setup;
    signal?.throwIfAborted();
    await cache.prepare();
    signal?.throwIfAborted();
  }

  /** @throws {SabmapError} `ERR_WRONG_RESULT` if the outcome is not that of the others. */
  #check({ contender }: Entry, { found }: Outcome): void {
    const by = contenderName(contender);
    this.#found ??= { text: found, by };
    if (found === this.#found.text) return;
    throw new SabmapError(
      ErrorCode.WrongResult,
      `${by} found ${found} where ${this.#found.by} found ${this.#found.text}: ` +
        "the file has changed meanwhile, or one of the two is wrong",
      { file: this.#setup.file },
    );
  }

  #tellRun(): void {
    const all = this.#entries.length * (this.#setup.runs + 2);
    this.#setup.onRun(++this.#done, all);
  }

  result(): { readonly found: string; readonly measured: Measured[] } {
    return { found: this.#found?.text ?? "", measured: [...this.#entries] };
  }
}
