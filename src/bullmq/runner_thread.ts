/**
 * What the thread of a runner does: shards by the engine, merges by itself.
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { expose } from "../comlink.ts";
import { Engine } from "../engine.ts";
import { keepErrorsWhole } from "../protocol.ts";
import { runShard } from "../shards/run_shard.ts";
import { getPartial, type PartialRef, putPartial } from "./partial_ref.ts";
import type {
  MergeRequest,
  RunnerSettings,
  RunnerThreadApi,
  ShardRequest,
} from "./runner.ts";
import { openStore, RESULT_NAME, type Store } from "./store.ts";

/** Serves the thread that started this one. */
export function serveShards(parent: Endpoint): void {
  keepErrorsWhole();
  expose(new RunnerThread(), parent);
}

/** The work itself, on whatever thread it is called. */
export class RunnerThread implements RunnerThreadApi {
  /** Keeps its workers from shard to shard. */
  readonly #engine = new Engine();
  #settings: RunnerSettings | undefined;
  #store: Store | undefined;
  #controller = new AbortController();
  #bytesDone = 0;

  async open(settings: RunnerSettings): Promise<void> {
    if (this.#settings !== undefined) return;
    this.#store = settings.store === undefined
      ? undefined
      : await openStore(settings.store);
    this.#settings = settings;
  }

  async run(request: ShardRequest): Promise<PartialRef> {
    const { workers, io, segmentBytes, allowHosts } = this.#settings ?? {};
    const { run, task, path, inlineBytes } = request;
    const signal = this.#begin();
    const partial = await runShard(task, {
      ...{ path, workers, io, segmentBytes, signal },
      engine: this.#engine,
      // It has nothing else to do, and hears what it is told between two segments.
      callerScans: true,
      // Also where redirects lead to.
      remote: { allowHosts },
      onProgress: ({ bytesDone }) => this.#bytesDone = bytesDone,
    });
    const place = { run, name: String(task.index), store: this.#store };
    return await putPartial(partial, inlineBytes, place);
  }

  async merge(request: MergeRequest): Promise<PartialRef> {
    const { run, inlineBytes } = request;
    const signal = this.#begin();
    const { encodeJoined, joinPartials } = await import("../shards/join.ts");
    const partials = this.#partials(request, signal);
    const joined = await joinPartials(partials, { signal, whole: true });
    const place = { run, name: RESULT_NAME, store: this.#store };
    return await putPartial(encodeJoined(joined), inlineBytes, place);
  }

  /** One after the other, so that they need not all be in memory. */
  async *#partials(
    { run, partials }: MergeRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    for (const [index, ref] of partials.entries()) {
      signal.throwIfAborted();
      const place = { run, name: String(index), store: this.#store };
      yield await getPartial(ref, place);
    }
  }

  bytesDone(): Promise<number> {
    return Promise.resolve(this.#bytesDone);
  }

  abort(): Promise<void> {
    this.#controller.abort();
    return Promise.resolve();
  }

  #begin(): AbortSignal {
    this.#bytesDone = 0;
    this.#controller = new AbortController();
    return this.#controller.signal;
  }
}
