/**
 * A thread that does the least that a thread of an engine has to do: claims segments, reads each into its
 * own place in the shared memory and counts newlines there (see js_threads.ts).
 *
 * @module
 */

/** What the thread gets, once for each run. */
export interface ThreadTask {
  readonly memory: WebAssembly.Memory;
  readonly kernels: WebAssembly.Module;
  readonly path: string;
  readonly byteLength: number;
  readonly segmentBytes: number;
  /** Where its segments lie in the memory. */
  readonly slot: number;
}

/** Cell of the memory, as `Int32`, that counts the claims. */
const NEXT_CELL = 256;

const NEWLINE = 0x0a;

interface CountKernel {
  countByte(byteOffset: number, byteLength: number, byte: number): number;
}

/** Works until no segment is left. @returns The newlines found. */
export async function countClaims(task: ThreadTask): Promise<number> {
  const { memory, kernels, byteLength, segmentBytes, slot } = task;
  const instance = new WebAssembly.Instance(kernels, { env: { memory } });
  // SAFETY: the module of our kernels, which has this function.
  const { countByte } = instance.exports as unknown as CountKernel;
  const cells = new Int32Array(memory.buffer);
  const bytes = new Uint8Array(memory.buffer, slot, segmentBytes);
  const file = await openPlain(task.path);
  let count = 0;
  for (;;) {
    const start = Atomics.add(cells, NEXT_CELL, 1) * segmentBytes;
    if (start >= byteLength) break;
    const length = Math.min(segmentBytes, byteLength - start);
    const target = length < segmentBytes ? bytes.subarray(0, length) : bytes;
    if (file.read(target, start) !== length) throw new Error("a short read");
    count += countByte(slot, length, NEWLINE);
  }
  file.close();
  return count;
}

interface PlainFile {
  read(target: Uint8Array, position: number): number | null;
  close(): void;
}

/** The part of Deno's namespace that is used. */
interface DenoFiles {
  openSync(path: string): {
    seekSync(offset: number, whence: number): number;
    readSync(target: Uint8Array): number | null;
    close(): void;
  };
}

/** Opens a file in the way that is there first in this runtime. */
async function openPlain(path: string): Promise<PlainFile> {
  const { Deno: deno } = globalThis as { Deno?: DenoFiles };
  if (deno !== undefined) {
    const file = deno.openSync(path);
    return {
      read: (target, position) => {
        file.seekSync(position, 0);
        return file.readSync(target);
      },
      close: () => file.close(),
    };
  }
  const fs = await import("node:fs");
  const fd = fs.openSync(path, "r");
  return {
    read: (target, position) =>
      fs.readSync(fd, target, 0, target.length, position),
    close: () => fs.closeSync(fd),
  };
}

/** The scope of a Web Worker. */
interface ThreadScope {
  postMessage?: (count: number) => void;
  onmessage?: (event: { readonly data: ThreadTask }) => void;
}

if ("WorkerGlobalScope" in globalThis) {
  // A Web Worker's scope, which the types of the main thread do not know.
  const scope = globalThis as unknown as ThreadScope;
  scope.onmessage = async ({ data }) => {
    scope.postMessage?.(await countClaims(data));
  };
} else {
  const { parentPort } = await import("node:worker_threads");
  parentPort?.on("message", async (task: ThreadTask) => {
    parentPort.postMessage(await countClaims(task));
  });
}
