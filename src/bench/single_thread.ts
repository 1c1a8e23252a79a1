/**
 * The single-threaded strategies: what people write without this library.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import { loadBuiltin } from "../platform/builtin.ts";
import { closeFile, openFile, readAt } from "../platform/files.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { RunTracer } from "../trace/run_tracer.ts";
import { timed } from "../trace/timed.ts";
import type { RunTrace } from "../trace/types.ts";
import type { Contender } from "./contender.ts";
import type { Operation } from "./operation.ts";
import type { Sink } from "./sink.ts";

/** What a strategy goes through, and with what. */
interface Pass {
  readonly path: FilePath;
  readonly sink: Sink;
  /** Absent where nobody asks for a trace. */
  readonly tracer: RunTracer | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Chunks of a stream of the file, as the runtime's own manual has it. */
export function chunkedContender(
  path: FilePath,
  operation: Operation,
  signal?: AbortSignal,
): Contender {
  return contender("chunked", path, operation, passChunks, signal);
}

/** Reads into one buffer, again and again. */
export function readIntoContender(
  path: FilePath,
  operation: Operation,
  signal?: AbortSignal,
): Contender {
  return contender("readinto", path, operation, passBuffer, signal);
}

function contender(
  strategy: "chunked" | "readinto",
  path: FilePath,
  operation: Operation,
  pass: (pass: Pass) => Promise<void>,
  signal: AbortSignal | undefined,
): Contender {
  return {
    strategy,
    workers: 0,
    run: async (onTrace?: (trace: RunTrace) => void) => {
      const tracer = onTrace &&
        new RunTracer(pathText(path), performance.now());
      const plain = operation.createSink();
      const sink = tracer === undefined
        ? plain
        : timed(plain, { update: { phase: "scan" } }, tracer.ring);
      tracer?.planned(0, 0);
      await pass({ path, sink, tracer, signal });
      const found = sink.end();
      if (tracer !== undefined) onTrace?.(tracer.end(undefined));
      return { found, threads: 0 };
    },
  };
}

async function passChunks({ path, sink, tracer, signal }: Pass): Promise<void> {
  const stream = (await openStream(path))[Symbol.asyncIterator]();
  const chunks = tracer === undefined
    ? stream
    : timed(stream, { next: { phase: "fill" } }, tracer.ring);
  for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
    sink.update(chunk);
    if (signal?.aborted) signal.throwIfAborted();
  }
}

/** The parts of the other runtimes' namespaces that open a file as a stream. */
interface StreamGlobals {
  readonly Deno?: {
    open(
      path: string,
    ): Promise<{ readonly readable: AsyncIterable<Uint8Array> }>;
  };
  readonly Bun?: {
    file(path: string): { stream(): AsyncIterable<Uint8Array> };
  };
}

/** Each runtime's own idiom, with its own size of chunks: 64 KiB on Deno and Node. */
async function openStream(path: FilePath): Promise<AsyncIterable<Uint8Array>> {
  const { Deno, Bun } = globalThis as StreamGlobals;
  if (typeof path === "string") {
    if (Deno !== undefined) return (await Deno.open(path)).readable;
    if (Bun !== undefined) return Bun.file(path).stream();
  }
  const { createReadStream } = loadBuiltin<typeof import("node:fs")>("node:fs");
  if (typeof path === "string") return createReadStream(path);
  // Bun's takes no bytes for a name.
  return createReadStream("", { fd: openFile(path, "read") });
}

async function passBuffer({ path, sink, tracer, signal }: Pass): Promise<void> {
  const fd = openFile(path, "read");
  const plain = {
    read: (target: Uint8Array<SharedArrayBuffer>, position: number) =>
      readAt(fd, target, position, path),
  };
  const reader = tracer === undefined
    ? plain
    : timed(plain, { read: { phase: "fill" } }, tracer.ring);
  try {
    for (let position = 0;;) {
      const space = sink.space();
      const count = reader.read(space, position);
      if (count === 0) return;
      sink.update(space.subarray(0, count));
      position += count;
      // Signals have their turn now and then; the thread does nothing else.
      if (position % TURN_BYTES === 0) await nextTurn(signal);
    }
  } finally {
    closeFile(fd, path);
  }
}

const TURN_BYTES = 64 * 1024 ** 2;
