/** Threads and processes that take locks as they are told. */
import { type ChildProcess, spawn } from "node:child_process";
import { Worker } from "node:worker_threads";
import { type Runtime, RUNTIMES } from "./runtimes.ts";
import { fixture, runtime } from "./temporary.ts";

/** How to wait for another thread: with an end, and not in the way of the event loop. */
export const PATIENCE = { timeout: 60_000, interval: 1 };

interface Answer {
  readonly result?: unknown;
  readonly error?: { name: string; message: string; code?: string };
}

/** A thread of `fixtures/lock_worker.mjs`. */
export class LockThread {
  readonly #worker: Worker;
  readonly #answers: Answer[] = [];
  #awaken: (() => void) | undefined;

  constructor() {
    const { src, ending } = RUNTIMES.find(({ name }) => name === runtime)!;
    this.#worker = new Worker(fixture("fixtures/lock_worker.mjs"), {
      workerData: { src, ending },
      execArgv: [],
    });
    this.#worker.on("message", (answer: Answer) => {
      this.#answers.push(answer);
      this.#awaken?.();
    });
    this.#worker.on("error", (error: Error) => {
      this.#answers.push({ error: { name: "crash", message: error.message } });
      this.#awaken?.();
    });
  }

  /** What the thread did last. @throws {Error} What it threw. */
  async answer(): Promise<unknown> {
    while (this.#answers.length === 0) {
      await new Promise<void>((resolve) => this.#awaken = resolve);
    }
    const { result, error } = this.#answers.shift()!;
    if (error !== undefined) throw Object.assign(new Error(), error);
    return result;
  }

  /** Tells it to do something, and does not wait. */
  tell(task: string, options: object = {}): void {
    this.#worker.postMessage({ task, ...options });
  }

  ask(task: string, options: object = {}): Promise<unknown> {
    this.tell(task, options);
    return this.answer();
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

const threads: LockThread[] = [];

/** Starts a thread that is there when this returns. */
export async function startThread(): Promise<LockThread> {
  const thread = new LockThread();
  threads.push(thread);
  await thread.answer();
  return thread;
}

/** Ends all threads that were started. */
export async function endThreads(): Promise<void> {
  for (const thread of threads.splice(0)) await thread.end();
}

const processes: ChildProcess[] = [];

/** A process of `fixtures/lock_process.mjs` that has done what it was told, and stays until it is killed or let go. */
export interface LockProcess {
  /** What it printed. */
  readonly output: string;
  kill(): void;
  /** Lets it go on, and waits until it has ended. */
  finish(): Promise<number | null>;
}

/** Starts a process on a runtime, and waits until it says that it is there. */
export async function startProcess(
  { command, args, src, ending }: Runtime,
  path: string,
  task: string,
  times = 0,
): Promise<LockProcess> {
  const script = fixture("fixtures/lock_process.mjs").pathname;
  const child = spawn(
    command,
    [...args, script, path, task, String(times), src, ending],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  processes.push(child);
  const ended = new Promise<number | null>((resolve) =>
    child.on("exit", resolve)
  );
  const output = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (data) => resolve(String(data).trim()));
    child.on("error", reject);
    void ended.then((code) => reject(new Error(`${command}: exit ${code}`)));
  });
  return {
    output,
    kill: () => void child.kill("SIGKILL"),
    finish: () => {
      child.stdin.end();
      return ended;
    },
  };
}

/** Kills all processes that were started. */
export function killProcesses(): void {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
}
