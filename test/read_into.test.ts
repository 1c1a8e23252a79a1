import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SabmapError } from "../src/errors.ts";
import { SharedFile } from "../src/memory/shared_file.ts";
import { View } from "../src/memory/view.ts";
import {
  type FileHandleLike,
  type ReadableBytes,
  type ReadableFile,
  type ReaderLike,
  readExactly,
  readInto,
} from "../src/read_into.ts";

import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";
import { hasTool } from "./tools.ts";

const SEED = 20261121;
const content = seededBytes(300_000, SEED);

/** What other runtimes than Node have for files. */
interface Globals {
  Deno?: {
    open(path: string): Promise<ReaderLike & { close(): void }>;
  };
  Bun?: { file(path: string): Blob };
}
const { Deno, Bun } = globalThis as Globals;

let folder: string;
let path: string;
beforeAll(() => {
  folder = temporaryFolder();
  path = join(folder, "content");
  fs.writeFileSync(path, content);
});
afterAll(() => removeFolder(folder));

/** Shared memory in the middle of a buffer, so that offsets count. */
function shared(byteLength: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(new SharedArrayBuffer(byteLength + 9), 3, byteLength);
}

/** The bytes around a view of {@link shared}, which nobody may touch. */
function surroundings(view: Uint8Array): Uint8Array {
  const all = new Uint8Array(view.buffer);
  return Uint8Array.from([...all.slice(0, 3), ...all.slice(-6)]);
}

/** A file, opened in one of the ways that there are. */
interface Opened {
  readonly source: ReadableFile;
  /** Whether reads without a position start where the one before ended. */
  readonly moves: boolean;
  close(): void | Promise<void>;
}

const nothing = (): void => {};

const WAYS: Record<string, () => Opened | Promise<Opened>> = {
  "a path": () => ({ source: path, moves: false, close: nothing }),
  "the bytes of a path": () => ({
    source: Buffer.from(path),
    moves: false,
    close: nothing,
  }),
  "a URL": () => ({
    source: pathToFileURL(path),
    moves: false,
    close: nothing,
  }),
  "a descriptor": () => {
    const source = fs.openSync(path, "r");
    return { source, moves: true, close: () => fs.closeSync(source) };
  },
  "a FileHandle": async () => {
    const source = await open(path);
    return {
      source: source as FileHandleLike,
      moves: true,
      close: () => source.close(),
    };
  },
  "a Blob": () => ({
    source: new Blob([content.slice()]),
    moves: false,
    close: nothing,
  }),
  "a SharedFile": async () => {
    const source = await SharedFile.open(path, { io: "preload" });
    return { source, moves: true, close: () => source.close() };
  },
  "an anonymous SharedFile": () => {
    const source = SharedFile.anonymous(content.length);
    source.bytes.set(content);
    return { source, moves: true, close: () => source.close() };
  },
};
if (Deno !== undefined) {
  const { open } = Deno;
  WAYS["a Deno.FsFile"] = async () => {
    const source = await open(path);
    return { source, moves: true, close: () => source.close() };
  };
}
if (Bun !== undefined) {
  const { file } = Bun;
  WAYS["Bun.file()"] = () => ({
    source: file(path),
    moves: false,
    close: nothing,
  });
}

describe.each(Object.keys(WAYS))("%s", (name) => {
  const opened = WAYS[name]!;

  test("readInto() reads from the start, and on where it has a position", async () => {
    const { source, moves, close } = await opened();
    const view = shared(1000);
    const before = surroundings(view);
    expect(await readInto(source, view)).toBe(1000);
    expect(view.slice()).toEqual(content.slice(0, 1000));
    expect(await readInto(source, view)).toBe(1000);
    const second = moves ? 1000 : 0;
    expect(view.slice()).toEqual(content.slice(second, second + 1000));
    expect(surroundings(view)).toEqual(before);
    await close();
  });

  test("readInto() reads at a position, and leaves that of the file", async () => {
    const { source, moves, close } = await opened();
    const view = shared(1000);
    await readInto(source, shared(10));
    for (const position of [5, 0, 299_000, 123_456]) {
      expect(await readInto(source, view, position)).toBe(1000);
      expect(view.slice())
        .toEqual(content.slice(position, position + 1000));
    }
    await readExactly(source, view);
    const start = moves ? 10 : 0;
    expect(view.slice()).toEqual(content.slice(start, start + 1000));
    await close();
  });

  test("readInto() gives the count at the end, and 0 behind it", async () => {
    const { source, moves, close } = await opened();
    const view = shared(100).fill(1);
    expect(await readInto(source, view, 299_990)).toBe(10);
    expect(view.slice(0, 10)).toEqual(content.slice(-10));
    expect(view.slice(10)).toEqual(new Uint8Array(90).fill(1));
    for (const position of [300_000, 300_001, 2 ** 40]) {
      expect(await readInto(source, view, position)).toBe(0);
    }
    if (moves) {
      await readExactly(source, shared(300_000));
      expect(await readInto(source, view)).toBe(0);
    }
    await close();
  });

  test("readExactly() fills it all, from any position", async () => {
    const { source, moves, close } = await opened();
    const whole = shared(300_000);
    await readExactly(source, whole);
    expect(Buffer.compare(whole, content)).toBe(0);
    const view = shared(20_000);
    await readExactly(source, view, 280_000);
    expect(Buffer.compare(view, content.subarray(280_000))).toBe(0);
    await readExactly(source, shared(0), 300_000);
    if (moves) {
      await expect(readExactly(source, shared(1))).rejects
        .toThrow("Cannot read 1 bytes as the file ends before: received 0");
    }
    await close();
  });

  test("readExactly() says how many bytes came", async () => {
    const { source, close } = await opened();
    const view = shared(1500);
    const error: unknown = await readExactly(source, view, 299_000)
      .catch((error) => error);
    expect(error).toBeInstanceOf(SabmapError);
    expect(error).toMatchObject({
      code: "ERR_SHORT_READ",
      message:
        "Cannot read 1,500 bytes as the file ends before: received 1,000",
      range: { start: 299_000, end: 300_000 },
    });
    expect(view.slice(0, 1000)).toEqual(content.slice(-1000));
    await close();
  });

  test("takes any view", async () => {
    const { source, close } = await opened();
    const expected = content.slice(8, 24);
    const buffer = new SharedArrayBuffer(32);
    const bytes = new Uint8Array(buffer);
    for (
      const view of [
        new Uint8Array(buffer, 8, 16),
        new Float64Array(buffer, 8, 2),
        new BigUint64Array(buffer, 8, 2),
        new DataView(buffer, 8, 16),
        new Int16Array(buffer, 8, 8),
        new View(new Uint8Array(buffer, 8, 16)),
        new View(new Uint8Array(buffer)).slice(8, 24).cast("I"),
      ]
    ) {
      for (const read of [readInto, readExactly]) {
        bytes.fill(7);
        await read(source, view, 8);
        expect(bytes.slice(8, 24)).toEqual(expected);
        expect(bytes.slice(0, 8)).toEqual(new Uint8Array(8).fill(7));
        expect(bytes.slice(24)).toEqual(new Uint8Array(8).fill(7));
      }
    }
    const plain = new Uint8Array(16);
    await readExactly(source, plain, 8);
    expect(plain).toEqual(expected);
    const whole = new ArrayBuffer(16);
    await readExactly(source, whole, 8);
    expect(new Uint8Array(whole)).toEqual(expected);
    await close();
  });

  test("reads nothing into a view without room", async () => {
    const { source, close } = await opened();
    expect(await readInto(source, shared(0))).toBe(0);
    await readExactly(source, shared(0));
    const view = shared(10);
    await readExactly(source, view);
    expect(view.slice()).toEqual(content.slice(0, 10));
    await close();
  });

  test("refuses positions that are none", async () => {
    const { source, close } = await opened();
    for (const position of [-1, 0.5, NaN, 2 ** 53, "1", 1n, null]) {
      for (const read of [readInto, readExactly]) {
        await expect(read(source, shared(1), position as number)).rejects
          .toThrow(
            /^Cannot read at a position as it must be an integer .*: received /,
          );
      }
    }
    await close();
  });
});

describe("readInto() of files", () => {
  test("names what the system refuses", async () => {
    const file = join(folder, "none");
    await expect(readInto(file, shared(1))).rejects
      .toMatchObject({ code: "ENOENT", file });
    await expect(readInto(folder, shared(1))).rejects
      .toMatchObject({ code: "EISDIR", file: folder });
    await expect(readExactly(`${path}\0`, shared(1))).rejects
      .toMatchObject({ code: "ERR_FILE_NAME" });
    await expect(readInto(1_000_000, shared(1))).rejects
      .toMatchObject({ code: "EBADF", file: "descriptor 1000000" });
    await expect(readInto(1_000_000, shared(1), 5)).rejects
      .toMatchObject({ code: "EBADF" });
    const folderHandle = await open(folder);
    await expect(readInto(folderHandle as FileHandleLike, shared(1))).rejects
      .toMatchObject({ code: "EISDIR", message: "is a directory" });
    await folderHandle.close();
    await expect(readInto(new URL("https://example.com/"), shared(1))).rejects
      .toThrow(TypeError);
  });

  test.skipIf(!fs.existsSync("/proc/self/fd"))(
    "closes what it has opened, and nothing else",
    async () => {
      const files = () =>
        fs.readdirSync("/proc/self/fd").filter((fd) => {
          try {
            return fs.readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
          } catch {
            return false;
          }
        }).length;
      await readInto(path, shared(10));
      await readExactly(path, shared(10), 299_995).catch(nothing);
      await readInto(folder, shared(10)).catch(nothing);
      await readInto(path, shared(10), -1).catch(nothing);
      expect(files()).toBe(0);
      const fd = fs.openSync(path, "r");
      await readInto(fd, shared(10));
      await readExactly(fd, shared(10), 299_995).catch(nothing);
      expect(files()).toBe(1);
      fs.closeSync(fd);
    },
  );

  test("copies a SharedFile of any length", async () => {
    const source = SharedFile.anonymous(3 * 2 ** 20 + 5);
    const { bytes } = source;
    for (let i = 0; i < bytes.length; i += 1000) bytes[i] = i % 251;
    const view = shared(bytes.length);
    await readExactly(source, view);
    expect(Buffer.compare(view, bytes)).toBe(0);
    view.fill(0);
    expect(await readInto(source, view, 0)).toBe(bytes.length);
    expect(Buffer.compare(view, bytes)).toBe(0);
    source.close();
    await expect(readInto(source, view)).rejects
      .toMatchObject({ code: "ERR_CLOSED" });
  });

  test("refuses memory that it may not store into", async () => {
    const view = new View(shared(10)).toReadonly();
    await expect(readInto(path, view)).rejects.toThrow(/read-only/);
    await expect(readExactly(path, view)).rejects.toThrow(/read-only/);
    const strided = new View(shared(10)).slice(0, 10, 2);
    await expect(readInto(path, strided)).rejects.toThrow(TypeError);
    for (const wrong of [undefined, "text", 7, [1, 2]]) {
      await expect(readInto(path, wrong as unknown as Uint8Array)).rejects
        .toThrow(TypeError);
    }
  });

  test("refuses sources that are none", async () => {
    for (const wrong of [undefined, null, true, {}, 1n, () => {}]) {
      for (const read of [readInto, readExactly]) {
        await expect(read(wrong as unknown as string, shared(1))).rejects
          .toThrow(
            /^Cannot read as the source must be a file or a stream: received /,
          );
      }
    }
    await expect(readInto(-1, shared(1))).rejects.toThrow();
  });

  test.skipIf(!hasTool("mkfifo"))(
    "gives what a pipe has, and readExactly() waits for the rest",
    async () => {
      const fifo = join(folder, "fifo");
      const gates = [join(folder, "gate1"), join(folder, "gate2")];
      spawnSync("mkfifo", [fifo, ...gates]);
      const script =
        `(printf abc; read line < "$1"; printf def; read line < "$2"; printf gh) > "$0"`;
      const writer = spawn("bash", ["-c", script, fifo, ...gates]);
      const ended = new Promise((resolve) => writer.on("close", resolve));
      const pipe = await open(fifo);
      const view = shared(8);
      expect(await readInto(pipe.fd, view)).toBe(3);
      expect(Buffer.from(view).toString("latin1", 0, 3)).toBe("abc");
      const rest = readExactly(pipe as FileHandleLike, view.subarray(3));
      for (const gate of gates) {
        const { status } = spawnSync("bash", ["-c", `echo > "$0"`, gate], {
          timeout: 60_000,
        });
        expect(status).toBe(0);
      }
      await rest;
      expect(Buffer.from(view).toString("latin1")).toBe("abcdefgh");
      await ended;
      expect(await readInto(pipe.fd, view)).toBe(0);
      await expect(readInto(pipe.fd, view, 0)).rejects
        .toMatchObject({ code: "ESPIPE" });
      await pipe.close();
    },
  );

  test("reads at a position of a Deno reader that has no seek only where it stands", async () => {
    const parts = [3, 2, null, null];
    const reader: ReaderLike = {
      read(target) {
        const count = parts.shift() ?? null;
        if (count !== null) target.fill(count, 0, count);
        return Promise.resolve(count);
      },
    };
    const view = shared(6);
    expect(await readInto(reader, view)).toBe(3);
    await expect(readExactly(reader, view.subarray(3))).rejects
      .toThrow("Cannot read 3 bytes as the file ends before: received 2");
    expect(view.slice()).toEqual(Uint8Array.of(3, 3, 3, 2, 2, 0));
    expect(await readInto(reader, view)).toBe(0);
    await expect(readInto(reader, view, 1)).rejects.toThrow(TypeError);
  });
});

/** The bytes in chunks of given lengths, again and again; a length of 0 gives an empty chunk. */
function* chunksOf(
  bytes: Uint8Array,
  lengths: readonly number[],
): Generator<Uint8Array> {
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length]!;
    yield bytes.slice(at, at + length);
    at += length;
  }
}

// Generators cannot be told from other iterables by their type.
async function* later<T>(values: Iterable<T>): AsyncGenerator<T> {
  for (const value of values) {
    await Promise.resolve();
    yield value;
  }
}

const STREAMS: Record<
  string,
  (bytes: Uint8Array, lengths: readonly number[]) => ReadableBytes
> = {
  "a ReadableStream": (bytes, lengths) => {
    const chunks = chunksOf(bytes, lengths);
    return new ReadableStream({
      pull(controller) {
        const { done, value } = chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    });
  },
  "a ReadableStream of bytes": (bytes, lengths) => {
    // Empty chunks are refused by such a stream itself.
    const chunks = chunksOf(bytes, lengths.filter((length) => length > 0));
    return new ReadableStream({
      type: "bytes",
      pull(controller) {
        const { done, value } = chunks.next();
        if (!done) return controller.enqueue(value as Uint8Array<ArrayBuffer>);
        controller.close();
        controller.byobRequest?.respond(0);
      },
    });
  },
  "a Readable of objects": (bytes, lengths) =>
    Readable.from(later(chunksOf(bytes, lengths))),
  "a Readable of bytes": (bytes, lengths) => {
    const chunks = chunksOf(bytes, lengths.filter((length) => length > 0));
    return new Readable({
      read() {
        const { done, value } = chunks.next();
        this.push(done ? null : value);
      },
    });
  },
  "a PassThrough": (bytes, lengths) => {
    const stream = new PassThrough({ highWaterMark: 100 });
    Readable.from(chunksOf(bytes, lengths)).pipe(stream);
    return stream;
  },
  "an async generator": (bytes, lengths) => later(chunksOf(bytes, lengths)),
  "an async iterable": (bytes, lengths) => ({
    [Symbol.asyncIterator]: () => later(chunksOf(bytes, lengths)),
  }),
  "a generator": (bytes, lengths) => chunksOf(bytes, lengths),
  "an array": (bytes, lengths) => [...chunksOf(bytes, lengths)],
  "the body of a Response": (bytes) => new Response(bytes.slice()).body!,
  "the stream of a Blob": (bytes) => new Blob([bytes.slice()]).stream(),
};

describe.each(Object.keys(STREAMS))("%s", (name) => {
  const streamOf = STREAMS[name]!;
  const bytes = content.subarray(0, 5000);

  test.each([[[1]], [[3, 0, 1]], [[1000]], [[7, 400]], [[10_000]]])(
    "readExactly() reads on where it ended: chunks of %j",
    async (lengths) => {
      const stream = streamOf(bytes, lengths);
      for (let at = 0, length = 1; at < bytes.length; length += 97) {
        const end = Math.min(bytes.length, at + length);
        const view = shared(end - at);
        const before = surroundings(view);
        await readExactly(stream, view);
        expect(view.slice(), `[${at}, ${end})`).toEqual(bytes.slice(at, end));
        expect(surroundings(view)).toEqual(before);
        at = end;
      }
      expect(await readInto(stream, shared(10))).toBe(0);
      expect(await readInto(stream, shared(10))).toBe(0);
    },
  );

  test("readInto() gives what has come, never 0 before the end", async () => {
    const stream = streamOf(bytes, [50, 0, 3]);
    const view = shared(20);
    const parts: Uint8Array[] = [];
    for (let count; (count = await readInto(stream, view)) > 0;) {
      parts.push(view.slice(0, count));
    }
    expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0);
  });

  test("readExactly() says how many bytes came", async () => {
    const stream = streamOf(bytes, [999]);
    await readExactly(stream, shared(4000));
    const view = shared(1001);
    const error: unknown = await readExactly(stream, view)
      .catch((error) => error);
    expect(error).toBeInstanceOf(SabmapError);
    expect(error).toMatchObject({
      code: "ERR_SHORT_READ",
      message:
        "Cannot read 1,001 bytes as the stream ends before: received 1,000",
      range: { start: 0, end: 1000 },
      file: undefined,
    });
    expect(view.slice(0, 1000)).toEqual(bytes.slice(4000));
  });

  test("has an end at once where there are no bytes", async () => {
    expect(await readInto(streamOf(bytes.subarray(0, 0), [1]), shared(1)))
      .toBe(0);
    await expect(
      readExactly(streamOf(bytes.subarray(0, 0), [1]), shared(1)),
    ).rejects.toMatchObject({ code: "ERR_SHORT_READ" });
  });

  test("has no positions, and loses nothing for a view without room", async () => {
    const stream = streamOf(bytes, [100]);
    for (const position of [0, 5]) {
      await expect(readInto(stream, shared(1), position)).rejects.toThrow(
        /^Cannot read at a position as a stream has none: received [05]$/,
      );
    }
    expect(await readInto(stream, shared(0))).toBe(0);
    await readExactly(stream, shared(0));
    const view = shared(150);
    await readExactly(stream, view);
    expect(view.slice()).toEqual(bytes.slice(0, 150));
  });
});

describe("readExactly() of streams", () => {
  test("reads what comes one byte at a time, no sooner than it comes", async () => {
    let controller!: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start: (given) => void (controller = given),
    });
    const view = shared(4);
    const reading = readExactly(stream, view);
    let done = false;
    void reading.then(() => done = true);
    for (let i = 0; i < 4; i++) {
      expect(done).toBe(false);
      controller.enqueue(Uint8Array.of(10 + i));
      // Long enough for all that follows at once.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await reading;
    expect(view.slice()).toEqual(Uint8Array.of(10, 11, 12, 13));
    expect(stream.locked).toBe(false);
  });

  test("passes the errors of streams on, and releases them", async () => {
    const failure = new Error("broken");
    const failing = function* () {
      yield Uint8Array.of(1);
      throw failure;
    };
    const sources: ReadableBytes[] = [
      failing(),
      later(failing()),
      Readable.from(failing()),
      new ReadableStream({
        start: (controller) => controller.enqueue(Uint8Array.of(1)),
        pull: (controller) => controller.error(failure),
      }, { highWaterMark: 0 }),
      new ReadableStream({
        type: "bytes",
        pull: (controller) => controller.error(failure),
      }),
      Readable.from([]).destroy(failure),
    ];
    for (const source of sources) {
      await expect(readExactly(source, shared(2))).rejects.toBe(failure);
      if (source instanceof ReadableStream) expect(source.locked).toBe(false);
    }
  });

  test("a stream that was ended early is short", async () => {
    const destroyed = new PassThrough();
    destroyed.write("ab");
    const reading = readExactly(destroyed, shared(3));
    destroyed.destroy();
    await expect(reading).rejects.toMatchObject({ code: "ERR_SHORT_READ" });
    for (
      const cancelled of [
        new ReadableStream(),
        new ReadableStream({ type: "bytes" }),
      ]
    ) {
      await cancelled.cancel();
      await expect(readExactly(cancelled, shared(3))).rejects
        .toMatchObject({ code: "ERR_SHORT_READ", range: { start: 0, end: 0 } });
    }
    const kept = new Readable({
      autoDestroy: false,
      read() {
        this.push(null);
      },
    });
    for (let i = 0; i < 2; i++) expect(await readInto(kept, shared(1))).toBe(0);
  });

  test("refuses chunks that are no bytes, and takes all kinds that are", async () => {
    for (const chunk of ["text", 7, { a: 1 }, [1]]) {
      for (
        const source of [
          later([chunk]),
          [chunk],
          Readable.from([chunk]),
          new ReadableStream({
            start: (controller) => controller.enqueue(chunk),
          }),
        ]
      ) {
        await expect(readExactly(source as ReadableBytes, shared(1))).rejects
          .toThrow(TypeError);
      }
    }
    const buffer = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).buffer;
    const chunks = [
      buffer,
      new DataView(buffer, 2, 3),
      new Uint16Array(buffer, 4, 1),
      new View(new Uint8Array(buffer)).slice(6),
    ];
    const view = shared(15);
    await readExactly(later(chunks), view);
    expect(view.slice()).toEqual(
      Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 3, 4, 5, 5, 6, 7, 8),
    );
  });

  test("refuses a stream that another reads", async () => {
    const stream = new ReadableStream({ type: "bytes" });
    const reader = stream.getReader();
    await expect(readInto(stream, shared(1))).rejects.toThrow(TypeError);
    reader.releaseLock();
  });

  test("leaves to others what it has not read of Node's streams and of streams of bytes", async () => {
    const readable = fs.createReadStream(path, { highWaterMark: 1000 });
    const view = shared(1500);
    await readExactly(readable, view);
    expect(view.slice()).toEqual(content.slice(0, 1500));
    const rest: Uint8Array[] = [];
    for await (const chunk of readable) rest.push(chunk);
    expect(Buffer.compare(Buffer.concat(rest), content.subarray(1500)))
      .toBe(0);

    const bytes = STREAMS["a ReadableStream of bytes"]!(
      content.subarray(0, 100),
      [30],
    ) as ReadableStream<Uint8Array>;
    await readExactly(bytes, shared(45));
    const left: Uint8Array[] = [];
    const reader = bytes.getReader();
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) break;
      left.push(value);
    }
    expect(Buffer.compare(Buffer.concat(left), content.subarray(45, 100)))
      .toBe(0);
  });

  test("leaves no listeners on streams of Node's", async () => {
    const stream = STREAMS["a Readable of objects"]!(
      content.subarray(0, 100),
      [1],
    ) as Readable;
    const before = stream.eventNames();
    await readExactly(stream, shared(50));
    expect(stream.eventNames()).toEqual(before);
  });

  test("does not end iterables that it leaves", async () => {
    let returned = false;
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => Promise.resolve({ value: Uint8Array.of(1, 2) }),
        return: () => {
          returned = true;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    };
    await readExactly(source, shared(3));
    expect(returned).toBe(false);
  });
});
