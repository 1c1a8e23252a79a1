/**
 * A thread that does the least that a thread of `bench/update.ts` has to do: claims segments, reads each, adds 1 to
 * a word of every record and writes it back, with no engine (see update_js.ts).
 *
 * @module
 */

/** What the thread gets, once for each run. */
export interface AddTask {
  /** A cell that counts the claims, and the segments of both threads. */
  readonly shared: SharedArrayBuffer;
  readonly path: string;
  readonly byteLength: number;
  readonly segmentBytes: number;
  /** Where its segments lie in the memory. */
  readonly slot: number;
  /** How far the words are from each other, a divisor of a segment. */
  readonly stride: number;
}

/** Works until no segment is left. */
export async function addToClaims(task: AddTask): Promise<void> {
  const { shared, byteLength, segmentBytes, slot, stride } = task;
  const cells = new Int32Array(shared, 0, 1);
  const bytes = new Uint8Array(shared, slot, segmentBytes);
  const file = await openPlain(task.path);
  for (;;) {
    const start = Atomics.add(cells, 0, 1) * segmentBytes;
    if (start >= byteLength) break;
    const length = Math.min(segmentBytes, byteLength - start);
    const target = length < segmentBytes ? bytes.subarray(0, length) : bytes;
    if (file.read(target, start) !== length) throw new Error("a short read");
    addOne(new Uint32Array(shared, slot, length >>> 2), stride / 4);
    if (file.write(target, start) !== length) throw new Error("a short write");
  }
  file.close();
}

function addOne(words: Uint32Array, step: number): void {
  for (let i = 1; i < words.length; i += step) words[i]! += 1;
}

interface PlainFile {
  read(target: Uint8Array, position: number): number | null;
  write(bytes: Uint8Array, position: number): number;
  close(): void;
}

/** The part of Deno's namespace that is used. */
interface DenoFiles {
  openSync(path: string, options: { read: true; write: true }): {
    seekSync(offset: number, whence: number): number;
    readSync(target: Uint8Array): number | null;
    writeSync(bytes: Uint8Array): number;
    close(): void;
  };
}

/** Opens a file in the way that is there first in this runtime. */
async function openPlain(path: string): Promise<PlainFile> {
  const { Deno: deno } = globalThis as { Deno?: DenoFiles };
  if (deno !== undefined) return denoFile(deno, path);
  const fs = await import("node:fs");
  const fd = fs.openSync(path, "r+");
  return {
    read: (target, position) =>
      fs.readSync(fd, target, 0, target.length, position),
    write: (bytes, position) =>
      fs.writeSync(fd, bytes, 0, bytes.length, position),
    close: () => fs.closeSync(fd),
  };
}

function denoFile(deno: DenoFiles, path: string): PlainFile {
  const file = deno.openSync(path, { read: true, write: true });
  return {
    read: (target, position) => {
      file.seekSync(position, 0);
      return file.readSync(target);
    },
    write: (bytes, position) => {
      file.seekSync(position, 0);
      return file.writeSync(bytes);
    },
    close: () => file.close(),
  };
}

/** The scope of a Web Worker, which the types of Deno take for a window. */
interface ThreadScope {
  postMessage?: (done: true) => void;
  onmessage?: (event: { readonly data: AddTask }) => void;
}

if ("WorkerGlobalScope" in globalThis) {
  const scope = globalThis as unknown as ThreadScope;
  scope.onmessage = async ({ data }) => {
    await addToClaims(data);
    scope.postMessage?.(true);
  };
} else {
  const { parentPort } = await import("node:worker_threads");
  parentPort?.on("message", async (task: AddTask) => {
    await addToClaims(task);
    parentPort.postMessage(true);
  });
}
