import * as fs from "node:fs";
import { expect, test } from "vitest";
import { SabmapError } from "../src/errors.ts";
import { SharedFile } from "../src/memory/shared_file.ts";
import {
  BLOCK_BYTES,
  BlockDigests,
} from "../src/memory/shared_file/block_digests.ts";
import { MappedBacking } from "../src/memory/shared_file/mapped.ts";
import { OpenedFile } from "../src/memory/shared_file/opened_file.ts";
import { PreloadedBacking } from "../src/memory/shared_file/preloaded.ts";
import { createWindow, windowBytes } from "../src/memory/shared_file/window.ts";
import { Advice, Libc } from "../src/platform/libc.ts";
import { loadLibc, platform } from "../src/platform/platform.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** Changes bytes of a file as another process does. */
function poke(path: string, position: number, bytes: Uint8Array): void {
  const fd = fs.openSync(path, "r+");
  fs.writeSync(fd, bytes, 0, bytes.byteLength, position);
  fs.closeSync(fd);
}

/** The blocks that have changed, as `[first, end)`. */
function changedBlocks(
  digests: BlockDigests,
  start: number,
  end: number,
): number[][] {
  const runs: number[][] = [];
  digests.writeChanged({ start, end }, (run) => {
    runs.push([run.start / BLOCK_BYTES, Math.ceil(run.end / BLOCK_BYTES)]);
  });
  return runs;
}

test("BlockDigests.writeChanged() gives the blocks that were stored into, once", () => {
  const window = createWindow(3 * 2 ** 20 + 5000);
  const bytes = windowBytes(window);
  bytes.set(seededBytes(bytes.length, 1));
  const digests = new BlockDigests(window);
  digests.take({ start: 0, end: bytes.length });
  const all = () => changedBlocks(digests, 0, bytes.length);
  expect(all()).toEqual([]);
  // First and last byte of blocks, around the 1 MiB that are looked at together, and the last block.
  const last = Math.floor((bytes.length - 1) / BLOCK_BYTES);
  for (const block of [0, 1, 7, 255, 256, 511, last - 1, last]) {
    for (
      const at of [
        block * BLOCK_BYTES,
        Math.min((block + 1) * BLOCK_BYTES, bytes.length) - 1,
      ]
    ) {
      bytes[at]! ^= 0x80;
      expect(all(), `byte ${at}`).toEqual([[block, block + 1]]);
      expect(all(), `byte ${at}`).toEqual([]);
    }
  }
  // The last block ends where the window does.
  bytes[bytes.length - 1]! ^= 1;
  digests.writeChanged({ start: 0, end: bytes.length }, (run) => {
    expect(run).toEqual({ start: last * BLOCK_BYTES, end: bytes.length });
  });
  // What was stored and taken back is no change.
  bytes[5000]! ^= 1;
  bytes[5000]! ^= 1;
  expect(all()).toEqual([]);
  bytes.fill(0, 4096, 3 * 4096);
  bytes.fill(0, 6 * 4096, 6 * 4096 + 1);
  expect(all()).toEqual([[1, 3], [6, 7]]);
});

test("BlockDigests.writeChanged() looks at the blocks of a range only, and remembers what it gave", () => {
  const window = createWindow(10 * BLOCK_BYTES);
  const digests = new BlockDigests(window);
  digests.take({ start: 0, end: window.byteLength });
  windowBytes(window).fill(1);
  expect(changedBlocks(digests, 0, 0)).toEqual([]);
  expect(changedBlocks(digests, BLOCK_BYTES - 1, BLOCK_BYTES)).toEqual([[
    0,
    1,
  ]]);
  expect(changedBlocks(digests, 3 * BLOCK_BYTES - 1, 4 * BLOCK_BYTES + 1))
    .toEqual([[2, 5]]);
  expect(changedBlocks(digests, 0, window.byteLength)).toEqual([[1, 2], [
    5,
    10,
  ]]);
  digests.forget({ start: 2 * BLOCK_BYTES, end: 2 * BLOCK_BYTES + 1 });
  digests.forget({ start: 0, end: 2 * BLOCK_BYTES });
  digests.forget({ start: 0, end: 1 });
  expect(changedBlocks(digests, 0, window.byteLength)).toEqual([[0, 3]]);
});

test("BlockDigests.writeChanged() takes nothing for written where writing fails", () => {
  const window = createWindow(4 * BLOCK_BYTES);
  const digests = new BlockDigests(window);
  digests.take({ start: 0, end: window.byteLength });
  windowBytes(window)[0] = 1;
  windowBytes(window)[3 * BLOCK_BYTES] = 1;
  expect(() =>
    digests.writeChanged({ start: 0, end: window.byteLength }, () => {
      throw new Error("full");
    })
  ).toThrow("full");
  expect(changedBlocks(digests, 0, window.byteLength)).toEqual([[0, 1], [
    3,
    4,
  ]]);
});

test("BlockDigests finds what is stored while it writes the next time", () => {
  const window = createWindow(BLOCK_BYTES);
  const bytes = windowBytes(window);
  const digests = new BlockDigests(window);
  digests.take({ start: 0, end: BLOCK_BYTES });
  bytes[0] = 1;
  digests.writeChanged({ start: 0, end: BLOCK_BYTES }, () => bytes[1] = 1);
  expect(changedBlocks(digests, 0, BLOCK_BYTES)).toEqual([[0, 1]]);
});

for (const offset of [0, 70_001]) {
  test(`preload from ${offset}: flush() writes the blocks that were stored into, and leaves the others to other processes`, async () => {
    const bytes = seededBytes(offset + 100_000, 2);
    const path = files.make(bytes);
    using file = await SharedFile.open(path, {
      io: "preload",
      access: "write",
      offset,
    });
    // Blocks 0 and 2 are ours, 1 and 3 are changed by another process.
    file.bytes[10] = 0xa0;
    file.bytes[2 * BLOCK_BYTES] = 0xa2;
    file.bytes[3 * BLOCK_BYTES - 1] = 0xa3;
    const theirs = Uint8Array.of(0xbb, 0xbc);
    poke(path, offset + BLOCK_BYTES, theirs);
    poke(path, offset + 2 * BLOCK_BYTES - 2, theirs);
    poke(path, offset + 3 * BLOCK_BYTES, theirs);
    const expected = fs.readFileSync(path);
    file.flush(BLOCK_BYTES, 2 * BLOCK_BYTES);
    expected[offset + 2 * BLOCK_BYTES] = 0xa2;
    expected[offset + 3 * BLOCK_BYTES - 1] = 0xa3;
    expect(fs.readFileSync(path).equals(expected)).toBe(true);
    file.flush();
    expected[offset + 10] = 0xa0;
    expect(fs.readFileSync(path).equals(expected)).toBe(true);
    // Nothing is written a second time.
    poke(path, offset + 10, theirs);
    expected.set(theirs, offset + 10);
    file.flush();
    file.close();
    expect(fs.readFileSync(path).equals(expected)).toBe(true);
  });
}

test("preload: resize() leaves the blocks to others that were not stored into since", async () => {
  const path = files.make(seededBytes(20_000, 5));
  const file = await SharedFile.open(path, { io: "preload", access: "write" });
  file.resize(30_000);
  poke(path, 5000, Uint8Array.of(0xaa));
  file.bytes[25_000] = 0xbb;
  file.close();
  const after = fs.readFileSync(path);
  expect([after[5000], after[25_000], after.length]).toEqual([
    0xaa,
    0xbb,
    30_000,
  ]);
});

test("preload: what a failed sync may have lost is written again", async () => {
  const path = files.make(seededBytes(20_000, 3));
  const opened = new OpenedFile(path, "write");
  const backing = await PreloadedBacking.load(opened, "write", {
    start: 0,
    end: 20_000,
  });
  const all = { start: 0, end: 20_000 };
  windowBytes(backing.window)[5000] = 0xaa;
  const { sync } = opened;
  opened.sync = () => {
    throw new SabmapError("EIO", "input/output error");
  };
  expect(() => backing.flush(all)).toThrow("input/output error");
  expect(fs.readFileSync(path)[5000]).toBe(0xaa);
  opened.sync = sync;
  // As if the page had been dropped, which the kernel may do.
  poke(path, 5000, Uint8Array.of(0));
  backing.flush(all);
  expect(fs.readFileSync(path)[5000]).toBe(0xaa);
  poke(path, 5000, Uint8Array.of(0));
  // Another failure is not about what is on the disk.
  windowBytes(backing.window)[15_000] = 0xbb;
  opened.sync = () => {
    throw new SabmapError("EIO", "input/output error");
  };
  expect(() => backing.flush(all)).toThrow("input/output error");
  opened.sync = sync;
  backing.flush(all);
  expect(fs.readFileSync(path)[15_000]).toBe(0xbb);
  expect(fs.readFileSync(path)[5000]).toBe(0);
  backing.close();
});

test("preload: flush() waits for the disk, and so it does where nothing has changed", async () => {
  const opened = new OpenedFile(files.make("abc"), "write");
  const backing = await PreloadedBacking.load(opened, "write", {
    start: 0,
    end: 3,
  });
  let syncs = 0;
  opened.sync = () => void syncs++;
  backing.flush({ start: 0, end: 3 });
  windowBytes(backing.window)[0] = 1;
  backing.flush({ start: 0, end: 3 });
  expect(syncs).toBe(2);
  backing.close();
});

/** The C library, whose `msync` fails as it does on a bad disk. */
async function libcThatCannotSync(): Promise<Libc> {
  const symbols = await platform.bindLibc();
  return new Libc({ ...symbols, msync: () => -1, errno: () => 5 });
}

test("map: flush() writes back and waits for the disk, and fails if one of the two does", async () => {
  const range = { start: 0, end: 3 };
  const path = files.make("abc");
  const opened = new OpenedFile(path, "write");
  const backing = new MappedBacking(await loadLibc(), opened, "write", range);
  let syncs = 0;
  opened.sync = () => void syncs++;
  backing.flush({ start: 1, end: 2 });
  expect(syncs).toBe(1);
  opened.sync = () => {
    throw new SabmapError("EIO", "input/output error");
  };
  expect(() => backing.flush(range)).toThrow("input/output error");
  backing.close();
  const other = new OpenedFile(path, "write");
  const libc = await libcThatCannotSync();
  const failing = new MappedBacking(libc, other, "write", range);
  expect(() => failing.flush(range)).toThrow(
    expect.objectContaining({ code: "EIO", file: path }),
  );
  failing.close();
});

test("map: flush() leaves the disk alone where no store reaches it", async () => {
  const range = { start: 0, end: 3 };
  for (const access of ["read", "copy"] as const) {
    const opened = new OpenedFile(files.make("abc"), access);
    const libc = await libcThatCannotSync();
    const backing = new MappedBacking(libc, opened, access, range);
    opened.sync = () => {
      throw new Error("nobody asked for it");
    };
    backing.flush(range);
    backing.close();
  }
});

/** The C library, and what it is asked to bring in: bytes and advice. */
async function watchedLibc(): Promise<[Libc, [number, number][]]> {
  const symbols = await platform.bindLibc();
  const advised: [number, number][] = [];
  const libc = new Libc({
    ...symbols,
    madvise: (address, byteLength, advice) => {
      advised.push([Number(byteLength), advice]);
      return symbols.madvise(address, byteLength, advice);
    },
  });
  return [libc, advised];
}

test("map: what a method touches is brought in, for stores where it stores", async () => {
  const [libc, advised] = await watchedLibc();
  const opened = new OpenedFile(files.make(seededBytes(20_000, 6)), "copy");
  const range = { start: 100, end: 20_000 };
  const backing = new MappedBacking(libc, opened, "copy", range);
  advised.length = 0;
  backing.guard({ start: 5000, end: 5000 }, "load");
  backing.guard({ start: 5000, end: 5010 }, "load");
  backing.guard({ start: 5000, end: 5010 }, "store");
  const bytes = 5100 % libc.pageBytes + 10;
  expect(advised).toEqual([
    [bytes, Advice.PopulateRead],
    [bytes, Advice.PopulateWrite],
  ]);
  backing.close();
});

test("map: long ranges are brought in once, and again after resize()", async () => {
  const [libc, advised] = await watchedLibc();
  const byteLength = 3 * 2 ** 20;
  const opened = new OpenedFile(files.makeSparse(byteLength), "write");
  const all = { start: 0, end: byteLength };
  const backing = new MappedBacking(libc, opened, "write", all);
  const countOf = (range: { start: number; end: number }) => {
    advised.length = 0;
    backing.guard(range, "load");
    return advised.length;
  };
  expect(countOf({ start: 0, end: 2 ** 21 })).toBe(1);
  expect(countOf({ start: 0, end: 2 ** 21 })).toBe(0);
  expect(countOf(all)).toBe(1);
  expect(countOf(all)).toBe(0);
  backing.resize(2 * byteLength);
  expect(countOf({ start: 0, end: 2 * byteLength })).toBe(1);
  expect(countOf(all)).toBe(0);
  backing.resize(byteLength);
  expect(countOf(all)).toBe(1);
  backing.close();
});

test("a file of several pieces is read whole", async () => {
  const bytes = seededBytes(17 * 2 ** 20 + 12_345, 4);
  const path = files.make(bytes);
  using file = await SharedFile.open(path, { io: "preload", access: "write" });
  expect(Buffer.from(file.bytes.slice()).equals(Buffer.from(bytes))).toBe(true);
  // It had huge pages to ask for, so there is somebody to take advice.
  expect(file.advise("nohugepage", 5, 5)).toBe(true);
  file.bytes[16 * 2 ** 20] = 1;
  file.resize(16 * 2 ** 20 + 1);
  expect(file.advise("hugepage")).toBe(true);
  expect(fs.statSync(path).size).toBe(16 * 2 ** 20 + 1);
  expect(fs.readFileSync(path).at(-1)).toBe(1);
});

test("a file that became shorter before it was read or mapped is ERR_FILE_SHRANK", async () => {
  const libc = await loadLibc();
  for (const byteLength of [100_000, 100 * 2 ** 20]) {
    const path = files.make("abc");
    const range = { start: 0, end: byteLength };
    const shrank = expect.objectContaining({
      code: "ERR_FILE_SHRANK",
      file: path,
      range: { start: 3, end: byteLength },
    });
    const file = new OpenedFile(path, "read");
    expect(() => new MappedBacking(libc, file, "read", range)).toThrow(
      expect.objectContaining({ code: "ERR_FILE_SHRANK", file: path }),
    );
    await expect(
      PreloadedBacking.load(file, "read", range),
    )
      .rejects.toThrow(expect.objectContaining({ code: "ERR_FILE_SHRANK" }));
    expect(() => file.requireBytes(range)).toThrow(shrank);
    file.close();
  }
});
