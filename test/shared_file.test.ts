import { createHash } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { WINDOW_BYTES_MAX } from "../src/memory/shared_file/window.ts";
import { seededBytes } from "./temporary.ts";
import { bytesAt, contentOf, temporaryFiles } from "./temporary_files.ts";

const GRANULE = 65_536;
const IO = ["map", "preload"] as const;
const ACCESS = ["read", "write", "copy"] as const;

const files = temporaryFiles();

describe.each(IO)("io: %s", (io) => {
  const sizes = [
    ...[0, 1, 4095, 4096, 4097],
    ...[GRANULE - 1, GRANULE, GRANULE + 1, 3 * GRANULE + 5],
  ];
  test.each(sizes)(
    "SharedFile.open() has all of a file of %i bytes",
    async (byteLength) => {
      const bytes = seededBytes(byteLength, byteLength);
      using file = await SharedFile.open(files.make(bytes), { io });
      expect(file.io).toBe(io);
      expect(file.access).toBe("read");
      expect(file.byteLength).toBe(byteLength);
      expect(file.size()).toBe(byteLength);
      expect(file.bytes.byteLength).toBe(byteLength);
      expect(file.bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
      expect([...file.bytes]).toEqual([...bytes]);
    },
  );

  const windows: [number, number | undefined][] = [
    [0, 10],
    [1, undefined],
    [4095, 2],
    [4096, 4096],
    [GRANULE - 1, 2],
    [GRANULE, undefined],
    [GRANULE + 1, GRANULE],
    [2 * GRANULE + 77, 0],
    [3 * GRANULE, 5],
    [3 * GRANULE + 5, undefined],
    [3 * GRANULE + 5, 0],
  ];
  test.each(windows)(
    "SharedFile.open() has the window at offset %i of length %s",
    async (offset, length) => {
      const bytes = seededBytes(3 * GRANULE + 5, 1);
      const path = files.make(bytes);
      const expected = [
        ...bytes.subarray(
          offset,
          length === undefined ? undefined : offset + length,
        ),
      ];
      using file = await SharedFile.open(path, { io, offset, length });
      expect([...file.bytes]).toEqual(expected);
      expect(file.size()).toBe(bytes.length);
    },
  );

  test("SharedFile.open() stores into the file where access is write, and nowhere else", async () => {
    const bytes = seededBytes(2 * GRANULE + 100, 2);
    const path = files.make(bytes);
    const offset = GRANULE + 33;
    const file = await SharedFile.open(path, { io, access: "write", offset });
    file.bytes[0] = 0xaa;
    Atomics.add(file.bytes, 7, 3);
    file.bytes[file.byteLength - 1] = 0xbb;
    file.flush();
    bytes[offset] = 0xaa;
    bytes[offset + 7]! += 3;
    bytes[bytes.length - 1] = 0xbb;
    expect(contentOf(path)).toEqual([...bytes]);
    file.close();
    expect(contentOf(path)).toEqual([...bytes]);
  });

  test("SharedFile.close() leaves the stores in the file without flush()", async () => {
    const path = files.make("hello");
    const file = await SharedFile.open(path, { io, access: "write" });
    file.bytes[0] = 0x48;
    file.close();
    expect(fs.readFileSync(path, "utf8")).toBe("Hello");
  });

  test.each(["read", "copy"] as const)(
    "stores with access %s stay in memory",
    async (access) => {
      const bytes = seededBytes(GRANULE + 100, 3);
      const path = files.make(bytes);
      const file = await SharedFile.open(path, { io, access, offset: 5 });
      // Forced, as the type of a read-only file has no stores.
      const forced = file.bytes as Uint8Array<SharedArrayBuffer>;
      forced.fill(0x55);
      expect(file.bytes[GRANULE]).toBe(0x55);
      file.flush();
      expect(contentOf(path)).toEqual([...bytes]);
      file.close();
      expect(contentOf(path)).toEqual([...bytes]);
    },
  );

  test("SharedFile.bytes can be hashed where they lie", async () => {
    const bytes = seededBytes(100_000, 9);
    using file = await SharedFile.open(files.make(bytes), { io, offset: 1 });
    const sha256 = (part: Uint8Array) =>
      createHash("sha256").update(part).digest("hex");
    // The function's type asks for bytes that can be stored into; it only loads.
    expect(sha256(file.bytes as Uint8Array<SharedArrayBuffer>))
      .toBe(sha256(bytes.subarray(1)));
  });

  test("SharedFile.open() has a window beyond 4 GiB", async () => {
    const path = files.makeSparse(6 * 2 ** 30);
    const offset = 5 * 2 ** 30 + 12_345;
    const file = await SharedFile.open(path, {
      io,
      access: "write",
      offset,
      length: 100_000,
    });
    expect(file.size()).toBe(6 * 2 ** 30);
    file.bytes[0] = 1;
    file.bytes[99_999] = 2;
    file.seek(50_000);
    file.write(Uint8Array.of(3));
    file.flush(50_000, 1);
    expect(bytesAt(path, offset + 50_000, 1)).toEqual([3]);
    file.close();
    expect(bytesAt(path, offset - 1, 3)).toEqual([0, 1, 0]);
    expect(bytesAt(path, offset + 99_998, 3)).toEqual([0, 2, 0]);
  });
});

describe.each(ACCESS)("access: %s", (access) => {
  test("SharedFile.open() maps where it may choose", async () => {
    using file = await SharedFile.open(files.make("abc"), { access });
    expect(file.io).toBe("map");
    expect(file.access).toBe(access);
  });

  test("SharedFile.open() has windows up to the end of one memory", async () => {
    const path = files.makeSparse(WINDOW_BYTES_MAX + GRANULE);
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, Buffer.from("last"), 0, 4, WINDOW_BYTES_MAX + 1);
    fs.closeSync(fd);
    const options = { access, io: "map", offset: 5 } as const;
    using file = await SharedFile.open(path, {
      ...options,
      length: WINDOW_BYTES_MAX - 5,
    });
    expect(file.find("last", -GRANULE)).toBe(-1);
    expect(file.bytes[file.byteLength - 1]).toBe(0);
    await expect(
      SharedFile.open(path, { ...options, length: WINDOW_BYTES_MAX - 4 }),
    )
      .rejects.toThrow(RangeError);
    using end = await SharedFile.open(path, { ...options, offset: GRANULE });
    expect(end.byteLength).toBe(WINDOW_BYTES_MAX);
    expect(end.find("last", -GRANULE)).toBe(WINDOW_BYTES_MAX + 1 - GRANULE);
    expect(end.rfind("last")).toBe(WINDOW_BYTES_MAX + 1 - GRANULE);
    expect([...end.findAll("last", -2 * GRANULE)]).toEqual([
      WINDOW_BYTES_MAX + 1 - GRANULE,
    ]);
  });
});

test("SharedFile.open() says what to do where a window is too large", async () => {
  const path = files.makeSparse(5 * 2 ** 30);
  for (const io of ["auto", ...IO] as const) {
    await expect(SharedFile.open(path, { io })).rejects.toThrow(
      /5,368,709,120 bytes.*pass offset and length/,
    );
  }
});

test("SharedFile.open() takes a file URL and a path as bytes", async () => {
  const path = files.make("abc");
  for (const name of [pathToFileURL(path), Buffer.from(path)]) {
    using file = await SharedFile.open(name);
    expect(file.byteLength).toBe(3);
  }
});

test("SharedFile.open() refuses wrong options before it opens anything", async () => {
  const missing = join(files.folder, "missing");
  const wrong = [
    [TypeError, missing, { access: "rw" }],
    [TypeError, missing, { io: "stream" }],
    [TypeError, 5, {}],
    [RangeError, missing, { offset: -1 }],
    [RangeError, missing, { offset: 0.5 }],
    [RangeError, missing, { length: -1 }],
    [RangeError, missing, { length: 1e300 }],
  ] as const;
  for (const [kind, path, options] of wrong) {
    await expect(SharedFile.open(path as string, options as object)).rejects
      .toThrow(kind);
  }
});

test("SharedFile.open() refuses windows that the file has not got", async () => {
  const path = files.make("0123456789");
  for (
    const options of [
      { offset: 11 },
      { length: 11 },
      { offset: 5, length: 6 },
      { offset: 2 ** 50 },
    ]
  ) {
    await expect(SharedFile.open(path, options)).rejects.toThrow(
      /^Cannot open \[.*\) of ".*" as it has 10 bytes$/,
    );
    await expect(SharedFile.open(path, options)).rejects.toThrow(RangeError);
  }
});

test("SharedFile.anonymous() is memory that reads zero, and can do what a file can", () => {
  using file = SharedFile.anonymous(GRANULE + 1);
  expect(file.io).toBe("memory");
  expect(file.access).toBe("write");
  expect(file.size()).toBe(GRANULE + 1);
  expect(file.bytes.every((byte) => byte === 0)).toBe(true);
  file.bytes[GRANULE] = 7;
  expect(file.find(7)).toBe(GRANULE);
  file.flush();
  expect(file.advise("hugepage")).toBe(false);
  file.resize(2 * GRANULE);
  expect(file.rfind(7)).toBe(GRANULE);
  expect(file.byteLength).toBe(2 * GRANULE);
  file.resize(GRANULE);
  expect(file.find(7)).toBe(-1);
  file.resize(0);
  expect(file.read().byteLength).toBe(0);
  file.close();
  expect(file.closed).toBe(true);
  for (const byteLength of [-1, 0.5, WINDOW_BYTES_MAX + 1]) {
    expect(() => SharedFile.anonymous(byteLength)).toThrow(RangeError);
  }
});

test("SharedFile.bytes has no stores in its type where access is read", async () => {
  const path = files.make("abc");
  using read = await SharedFile.open(path);
  using write = await SharedFile.open(path, { access: "write" });
  using copy = await SharedFile.open(path, { access: "copy" });
  const check = () => {
    // @ts-expect-error A store.
    read.bytes[0] = 1;
    // @ts-expect-error A store.
    read.bytes.subarray(1)[0] = 1;
    // @ts-expect-error It stores.
    read.bytes.fill(0);
    // @ts-expect-error It stores.
    read.bytes.set([1]);
    // @ts-expect-error It stores.
    Atomics.store(read.bytes, 0, 1);
    write.bytes[0] = copy.bytes[0] = 1;
  };
  expect(check).toBeTypeOf("function");
  const bytes: Uint8Array<SharedArrayBuffer>[] = [write.bytes, copy.bytes];
  const byte: number | undefined = read.bytes[0];
  expect(byte).toBe(bytes[0]?.[0]);
  expect(new TextDecoder().decode(read.bytes.slice())).toBe("abc");
});
