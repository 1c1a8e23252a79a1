/**
 * The rival of bench/records.ts: the One Billion Row Challenge as the fastest JavaScript entries do it.
 *
 *     deno run -A bench/measurements_rival.ts WORKERS FILE
 *
 * Each worker thread reads parts of the file with `readSync` into a buffer of its own, goes through it byte by byte,
 * hashes the station on the way, and keeps sums in typed arrays by an open-addressing table. Prints
 * `station;min;mean;max` lines.
 *
 * @module
 */
import * as fs from "node:fs";
import process from "node:process";
import {
  isMainThread,
  parentPort,
  Worker,
  workerData,
} from "node:worker_threads";

const PART_BYTES = 16 * 1024 ** 2;
/** More than the longest line. */
const LINE_BYTES_MAX = 256;
const SLOTS = 1 << 17;

/** What the main thread tells a worker. */
interface Task {
  readonly path: string;
  /** The next part, shared by all. */
  readonly next: Int32Array;
}

/** Sums of one worker. */
interface Sums {
  readonly names: readonly string[];
  /** Count, sum, least and most of each, in tenths. */
  readonly numbers: Float64Array;
}

async function main(): Promise<void> {
  const [workers = "2", path = ""] = process.argv.slice(2);
  const next = new Int32Array(new SharedArrayBuffer(4));
  const sums = await Promise.all(
    Array.from({ length: Number(workers) }, () => startWorker({ path, next })),
  );
  process.stdout.write(format(merge(sums)));
}

function startWorker(task: Task): Promise<Sums> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    worker.once("message", (sums: Sums) => {
      resolve(sums);
      void worker.terminate();
    });
    worker.once("error", reject);
  });
}

function work({ path, next }: Task): Sums {
  const fd = fs.openSync(path, "r");
  const buffer = new Uint8Array(PART_BYTES + LINE_BYTES_MAX);
  const table = new Table(buffer);
  for (;;) {
    const offset = Atomics.add(next, 0, 1) * PART_BYTES;
    const length = fs.readSync(fd, buffer, 0, buffer.length, offset);
    if (length === 0) break;
    let at = 0;
    if (offset > 0) {
      const before = new Uint8Array(1);
      fs.readSync(fd, before, 0, 1, offset - 1);
      if (before[0] !== 10) at = buffer.indexOf(10) + 1;
    }
    table.scan(at, Math.min(length, PART_BYTES));
  }
  fs.closeSync(fd);
  return table.sums();
}

class Table {
  readonly #buffer: Uint8Array;
  readonly #stations = new Int32Array(SLOTS).fill(-1);
  readonly #names = new Uint8Array(SLOTS * 32);
  readonly #nameStarts: number[] = [];
  readonly #nameLengths: number[] = [];
  readonly #numbers = new Float64Array(SLOTS * 4);
  #namesEnd = 0;

  constructor(buffer: Uint8Array) {
    this.#buffer = buffer;
  }

  /** Adds the lines that start in `[start, end)` of the buffer. */
  scan(start: number, end: number): void {
    const buffer = this.#buffer, numbers = this.#numbers;
    for (let at = start; at < end;) {
      const name = at;
      let hash = 0;
      let byte = buffer[at]!;
      while (byte !== 59) {
        hash = Math.imul(hash ^ byte, 16777619);
        byte = buffer[++at]!;
      }
      const nameEnd = at++;
      const negative = buffer[at] === 45;
      if (negative) at++;
      let value = buffer[at++]! - 48;
      if (buffer[at] !== 46) value = value * 10 + buffer[at++]! - 48;
      value = value * 10 + buffer[at + 1]! - 48;
      at += 3;
      if (negative) value = -value;
      const cell = 4 * this.#find(name, nameEnd, hash);
      numbers[cell]!++;
      numbers[cell + 1]! += value;
      if (value < numbers[cell + 2]!) numbers[cell + 2] = value;
      if (value > numbers[cell + 3]!) numbers[cell + 3] = value;
    }
  }

  #find(name: number, end: number, hash: number): number {
    const stations = this.#stations;
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const station = stations[slot]!;
      if (station < 0) return this.#add(slot, name, end);
      if (this.#isName(station, name, end)) return station;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #isName(station: number, name: number, end: number): boolean {
    const length = end - name;
    if (this.#nameLengths[station] !== length) return false;
    const stored = this.#nameStarts[station]!;
    for (let i = 0; i < length; i++) {
      if (this.#names[stored + i] !== this.#buffer[name + i]) return false;
    }
    return true;
  }

  #add(slot: number, name: number, end: number): number {
    const station = this.#nameStarts.length;
    this.#stations[slot] = station;
    this.#names.set(this.#buffer.subarray(name, end), this.#namesEnd);
    this.#nameStarts.push(this.#namesEnd);
    this.#nameLengths.push(end - name);
    this.#namesEnd += end - name;
    this.#numbers.set([0, 0, 999, -999], 4 * station);
    return station;
  }

  sums(): Sums {
    const names = this.#nameStarts.map((start, i) =>
      new TextDecoder().decode(
        this.#names.subarray(start, start + this.#nameLengths[i]!),
      )
    );
    return { names, numbers: this.#numbers.slice(0, 4 * names.length) };
  }
}

function merge(all: readonly Sums[]): Map<string, number[]> {
  const merged = new Map<string, number[]>();
  for (const { names, numbers } of all) {
    names.forEach((name, i) => {
      const [count = 0, sum = 0, min = 0, max = 0] = numbers.subarray(
        4 * i,
        4 * i + 4,
      );
      const known = merged.get(name) ?? [0, 0, min, max];
      merged.set(name, [
        known[0]! + count,
        known[1]! + sum,
        Math.min(known[2]!, min),
        Math.max(known[3]!, max),
      ]);
    });
  }
  return merged;
}

function format(merged: ReadonlyMap<string, readonly number[]>): string {
  return [...merged].map(([name, [count = 1, sum = 0, min = 0, max = 0]]) => {
    const mean = Math.round(sum / count);
    const tenths = [min, mean, max].map((value) => (value / 10).toFixed(1));
    return `${name};${tenths.join(";")}\n`;
  }).join("");
}

const TASK = workerData as Task | null;
if (isMainThread) await main();
else if (TASK !== null) parentPort?.postMessage(work(TASK));
