/** Fleets of the tests: workers and submitters of one queue, whose shards can be held. */
import type { Runner, RunnerSettings } from "../src/bullmq/runner.ts";
import { RunnerThread } from "../src/bullmq/runner_thread.ts";
import {
  type FleetWorker,
  makeOperation,
  type OperationName,
  startWorker,
  type SubmitOptions,
  submitRun,
  type SubmittedRun,
  type WorkerEvent,
  type WorkerOptions,
} from "../src/bullmq.ts";

/** A worker of a test, with what it told. */
export interface TestWorker {
  readonly worker: FleetWorker;
  readonly events: WorkerEvent[];
  readonly notes: string[];
  /** Resolves when an event comes, or has come, that fits. */
  when(isMeant: (event: WorkerEvent) => boolean): Promise<WorkerEvent>;
  /** Indexes of the shards that were done, in order. */
  done(): number[];
}

/** What happens with a shard before it is carried out: it may wait, or throw. */
export type Gate = (index: number, signal: AbortSignal) => Promise<void>;

/** Index of the shard of a job; -1 for that of the run. */
export function indexOf({ job }: WorkerEvent): number {
  const dash = job.indexOf("-");
  return dash < 0 ? -1 : Number(job.slice(dash + 1));
}

/** A queue with its workers, on one server. */
export class Fleet {
  readonly base: Pick<WorkerOptions, "redis" | "queue" | "prefix">;
  readonly root: string;
  readonly #workers: FleetWorker[] = [];
  readonly #runs: SubmittedRun[] = [];

  constructor(url: string, root: string, queue: string) {
    this.base = { redis: { url }, queue, prefix: "test" };
    this.root = root;
  }

  /** Starts a worker, without threads. @param gate Passed by each shard. */
  async work(
    options: Partial<WorkerOptions> = {},
    gate: Gate = () => Promise.resolve(),
  ): Promise<TestWorker> {
    const heard = new EventLog();
    const notes: string[] = [];
    const worker = await startWorker({
      ...this.base,
      roots: [this.root],
      // Two threads of the engine are enough to see that they take part.
      workers: 2,
      onEvent: (event) => heard.add(event),
      onNote: (note) => notes.push(note),
      openRunner: (settings) => hereRunner(settings, gate),
      ...options,
    });
    this.#workers.push(worker);
    return {
      worker,
      notes,
      events: heard.events,
      when: (isMeant) => heard.when(isMeant),
      done: () =>
        heard.events.filter(({ event }) => event === "done").map(indexOf)
          .filter((index) => index >= 0),
    };
  }

  /** Submits a run. */
  async submit(
    path: string,
    name: OperationName,
    parameters: unknown,
    options: Partial<SubmitOptions> = {},
  ): Promise<SubmittedRun> {
    const run = await submitRun({
      ...this.base,
      path,
      root: this.root,
      operation: makeOperation(name, parameters),
      backoffMs: 1,
      ...options,
    });
    this.#runs.push(run);
    return run;
  }

  async close(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.close()));
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/** Keeps events, and tells those who wait for one. */
class EventLog {
  readonly events: WorkerEvent[] = [];
  readonly #waiting = new Set<(event: WorkerEvent) => void>();

  add(event: WorkerEvent): void {
    this.events.push(event);
    for (const tell of this.#waiting) tell(event);
  }

  when(isMeant: (event: WorkerEvent) => boolean): Promise<WorkerEvent> {
    const past = this.events.find(isMeant);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const tell = (event: WorkerEvent) => {
        if (!isMeant(event)) return;
        this.#waiting.delete(tell);
        resolve(event);
      };
      this.#waiting.add(tell);
    });
  }
}

/** A runner that needs no thread, and lets shards wait. */
function hereRunner(settings: RunnerSettings, gate: Gate): Runner {
  const thread = new RunnerThread();
  const opened = thread.open(settings);
  const during = async <T>(
    signal: AbortSignal,
    action: () => Promise<T>,
  ): Promise<T> => {
    await opened;
    const abort = () => void thread.abort();
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await action();
    } finally {
      signal.removeEventListener("abort", abort);
    }
  };
  return {
    run: (request, signal) =>
      during(signal, async () => {
        await gate(request.task.index, signal);
        return await thread.run(request);
      }),
    merge: (request, signal) => during(signal, () => thread.merge(request)),
    close: () => Promise.resolve(),
  };
}

/** A gate that holds shards until it is opened. What is aborted while it waits fails with the reason. */
export function holdingGate(
  isHeld: (index: number) => boolean = () => true,
): { gate: Gate; held: Promise<number>; open: () => void } {
  let tell: (index: number) => void = () => {};
  let open = (): void => {};
  const held = new Promise<number>((resolve) => tell = resolve);
  const opened = new Promise<void>((resolve) => open = resolve);
  const gate: Gate = async (index, signal) => {
    if (!isHeld(index)) return;
    tell(index);
    const aborted = new Promise<never>((_resolve, reject) => {
      const fail = () => reject(signal.reason);
      signal.addEventListener("abort", fail, { once: true });
      if (signal.aborted) fail();
    });
    await Promise.race([opened, aborted]);
  };
  return { gate, held, open };
}
