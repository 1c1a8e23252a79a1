/**
 * Threads as the operating system knows them: which one this is, and whether another one still runs.
 *
 * Linux shows each thread under `/proc`, by a number that is given again when the thread is gone; with the
 * time of its start it names one thread, in all processes that see each other. Where there is no `/proc`
 * (macOS, Windows), or Deno may not read it (that takes `--allow-all`), nothing is known.
 *
 * @module
 */
import { readProcFile } from "./proc_file.ts";

/** A thread of any process. */
export interface ThreadIdentity {
  /** Its number, `0 < number < 2**22`. */
  readonly number: number;
  /** Bits that differ, in all likelihood, between threads that had the number one after the other. */
  readonly stamp: number;
}

/** Numbers of threads end below it (`PID_MAX_LIMIT` of Linux). */
export const THREAD_NUMBER_BITS: number = 22;
/** How many bits a stamp has. */
export const THREAD_STAMP_BITS: number = 8;

/** @returns The calling thread; `undefined` where nothing is known. */
export function currentThread(): ThreadIdentity | undefined {
  const status = readProcFile("/proc/thread-self/stat");
  const number = Number.parseInt(status);
  const stamp = stampOf(status);
  // A number that was cut off would name another thread.
  return number > 0 && number < 2 ** THREAD_NUMBER_BITS && stamp !== undefined
    ? { number, stamp }
    : undefined;
}

/** @returns Whether the thread has ended; false also where nothing is known. */
export function hasThreadEnded({ number, stamp }: ThreadIdentity): boolean {
  const status = readProcFile(`/proc/${number}/stat`);
  if (status === "ENOENT" || status === "ESRCH") return isNumberFree(number);
  const seen = stampOf(status);
  if (seen === undefined) return false;
  return seen !== stamp || ENDED_STATES.has(fieldsOf(status)[0] ?? "");
}

/** Zombie and dead: what is left of a process until its parent asks for it. */
const ENDED_STATES: ReadonlySet<string> = new Set(["Z", "X", "x"]);

/** `/proc` may be mounted so that it hides threads of other users; a signal that does nothing finds them. */
function isNumberFree(number: number): boolean {
  try {
    // deno-lint-ignore no-process-global -- an import of it takes Deno 10 ms
    process.kill(number, 0);
    return false;
  } catch (error) {
    return (error as { code?: unknown }).code === "ESRCH";
  }
}

/** The fields of a `stat` file from the third on: those before hold the name, which may hold anything. */
function fieldsOf(status: string): string[] {
  return status.slice(status.lastIndexOf(")") + 2).split(" ");
}

/** Index in {@link fieldsOf} of the time of the start, in ticks since the machine's start. */
const START_FIELD = 19;

function stampOf(status: string): number | undefined {
  const start = fieldsOf(status)[START_FIELD];
  const boot = bootIdentity();
  return start === undefined || boot === undefined
    ? undefined
    : hash(`${boot} ${start}`) >>> (32 - THREAD_STAMP_BITS);
}

/** FNV-1a with a last mixing, so that the upper bits depend on all characters. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return Math.imul(value ^ (value >>> 15), 0x9e3779b1) >>> 0;
}

let boot: string | undefined;

/** Differs after each start of the machine, when times since then begin anew. */
function bootIdentity(): string | undefined {
  if (boot !== undefined) return boot;
  const text = readProcFile("/proc/sys/kernel/random/boot_id");
  return text.includes("-") ? boot = text.trim() : undefined;
}
