import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { WINDOW_BYTES_MAX } from "../src/memory/shared_file/window.ts";
import { seededBytes } from "./temporary.ts";
import { contentOf, temporaryFiles } from "./temporary_files.ts";

const GRANULE = 65_536;
const IO = ["map", "preload"] as const;

const files = temporaryFiles();

/** What a call throws; fails if it does not. */
function thrownBy(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

describe.each(IO)("io: %s", (io) => {
  test("SharedFile.resize() throws TypeError where access is copy", async () => {
    using file = await SharedFile.open(files.make("abc"), {
      io,
      access: "copy",
    });
    expect(() => file.resize(1)).toThrow(TypeError);
    expect(file.size()).toBe(3);
  });

  test("SharedFile.resize() changes file and bytes, up and down", async () => {
    const bytes = seededBytes(100, 4);
    const path = files.make(bytes);
    const file = await SharedFile.open(path, { io, access: "write" });
    file.bytes[3] = 0xee;
    bytes[3] = 0xee;
    const before = file.bytes;
    for (
      const byteLength of [
        100_000,
        101,
        100,
        50,
        0,
        7,
        3 * GRANULE,
        3 * GRANULE - 1,
      ]
    ) {
      const kept = Math.min(byteLength, file.byteLength);
      const expected = new Uint8Array(byteLength);
      expected.set(file.bytes.subarray(0, kept));
      file.resize(byteLength);
      expect(file.byteLength).toBe(byteLength);
      expect(file.bytes.byteLength).toBe(byteLength);
      expect(file.size()).toBe(byteLength);
      expect(fs.statSync(path).size).toBe(byteLength);
      expect([...file.bytes]).toEqual([...expected]);
      if (byteLength > 0) file.bytes[byteLength - 1] = byteLength & 0xff | 1;
      expect(file.find(new Uint8Array(0), byteLength)).toBe(byteLength);
    }
    const after = [...file.bytes];
    expect(after[6]).toBe(7);
    file.close();
    expect(contentOf(path)).toEqual(after);
    // What was taken before is memory like any other, whatever became of the file.
    fs.truncateSync(path, 0);
    before[0] = 1;
    expect(before[0]).toBe(1);
  });

  test("SharedFile.view() shows a part, and may be stored to where the file may", async () => {
    const path = files.make("0123456789");
    using file = await SharedFile.open(path, { io, access: "write" });
    using view = file.view(2, -2);
    expect(view.format).toBe("B");
    expect(view.readonly).toBe(false);
    expect(view.buffer).toBe(file.bytes.buffer);
    expect(view.toArray()).toEqual([...new TextEncoder().encode("234567")]);
    view.set(0, 0x41);
    file.bytes[3] = 0x42;
    expect(view.at(1)).toBe(0x42);
    file.flush();
    expect(fs.readFileSync(path, "utf8")).toBe("01AB456789");
    const bounds: [number?, number?][] = [[], [0, 0], [5, 3], [-3], [-30, 30], [
      10,
    ]];
    for (const [start, end] of bounds) {
      using part = file.view(start, end);
      expect(part.toArray()).toEqual([...file.bytes.slice(start, end)]);
    }
    expect(() => file.view(0.5)).toThrow(RangeError);
    using read = await SharedFile.open(path, { io });
    using readonly = read.view();
    expect(readonly.readonly).toBe(true);
    expect(() => readonly.set(0, 1)).toThrow(TypeError);
  });

  test("SharedFile.resize() refuses while views are held, also those made from others", async () => {
    const path = files.make("0123456789");
    using file = await SharedFile.open(path, { io, access: "write" });
    const view = file.view(0, 8);
    const cast = view.cast("I");
    const part = cast.slice(1);
    const held = expect.objectContaining({ code: "ERR_BYTES_HELD" });
    for (const one of [view, cast, part]) {
      expect(() => file.resize(20)).toThrow(held);
      expect(file.size()).toBe(10);
      one.release();
    }
    file.resize(20);
    expect(file.size()).toBe(20);
    expect(() => view.at(0)).toThrow(TypeError);
    using _again = file.view();
    expect(() => file.resize(5)).toThrow(held);
  });

  test("SharedFile.close() releases the views", async () => {
    const file = await SharedFile.open(files.make("0123456789"), { io });
    const view = file.view();
    const cast = view.slice(0, 8).cast("q");
    file.close();
    expect([view.released, cast.released]).toEqual([true, true]);
    expect(() => cast.at(0)).toThrow(TypeError);
    view.release();
  });

  test("SharedFile.resize() keeps stores of before, and the position inside", async () => {
    const path = files.make("0123456789");
    using file = await SharedFile.open(path, {
      io,
      access: "write",
      offset: 2,
    });
    file.bytes[0] = 0x41;
    file.seek(8);
    file.resize(5);
    expect(file.tell()).toBe(5);
    expect(fs.readFileSync(path, "utf8")).toBe("01A3456");
    file.resize(6);
    file.bytes[5] = 0x42;
    file.flush();
    expect(fs.readFileSync(path, "utf8")).toBe("01A3456B");
  });

  test("SharedFile.resize() refuses a window behind which the file goes on", async () => {
    const path = files.make("0123456789");
    using file = await SharedFile.open(path, {
      io,
      access: "write",
      length: 5,
    });
    expect(() => file.resize(3)).toThrow(TypeError);
    expect(() => file.resize(20)).toThrow(TypeError);
    using whole = await SharedFile.open(path, { io, access: "write" });
    fs.appendFileSync(path, "more");
    expect(() => whole.resize(3)).toThrow(TypeError);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789more");
    whole.bytes[0] = 0x41;
    whole.flush();
    expect(fs.readFileSync(path, "utf8")).toBe("A123456789more");
  });

  test("SharedFile.resize() refuses lengths that are none, or too large for one memory", async () => {
    const path = files.make("abc");
    using file = await SharedFile.open(path, { io, access: "write" });
    for (const byteLength of [-1, 0.5, NaN, 2 ** 53, WINDOW_BYTES_MAX + 1]) {
      expect(() => file.resize(byteLength)).toThrow(RangeError);
    }
    expect(fs.readFileSync(path, "utf8")).toBe("abc");
    expect([...file.bytes]).toEqual([0x61, 0x62, 0x63]);
  });

  test("SharedFile.close() makes later use ERR_CLOSED, and can be repeated", async () => {
    const path = files.make("abc");
    const file = await SharedFile.open(path, { io, access: "write" });
    const all = file.findAll("b")[Symbol.iterator]();
    expect(file.closed).toBe(false);
    file.close();
    file.close();
    expect(file.closed).toBe(true);
    expect(file.access).toBe("write");
    expect(file.io).toBe(io);
    const uses: (() => unknown)[] = [
      () => file.bytes,
      () => file.byteLength,
      () => file.size(),
      () => file.view(),
      () => file.find("a"),
      () => file.rfind("a"),
      () => file.findAll("a"),
      () => all.next(),
      () => file.flush(),
      () => file.resize(1),
      () => file.move(0, 1, 1),
      () => file.advise("normal"),
      () => file.read(),
      () => file.readByte(),
      () => file.readLine(),
      () => file.write(new Uint8Array(1)),
      () => file.writeByte(1),
      () => file.seek(0),
      () => file.tell(),
      () => file.share(),
    ];
    for (const use of uses) {
      expect(thrownBy(use), String(use)).toMatchObject({ code: "ERR_CLOSED" });
    }
  });

  test("SharedFile.close() ends the mapping: bytes that are left over are no longer the file", async () => {
    const path = files.make(seededBytes(GRANULE, 7));
    const file = await SharedFile.open(path, { io, access: "write" });
    const left = file.bytes;
    file.close();
    const before = contentOf(path);
    left[0] = left[0]! ^ 0xff;
    expect(contentOf(path)).toEqual(before);
    fs.truncateSync(path, 0);
    expect(left[GRANULE - 1]).toBeTypeOf("number");
  });

  test("SharedFile.close() closes the descriptor", async () => {
    const path = files.make("abc");
    const isOpen = () =>
      fs.readdirSync("/proc/self/fd").some((fd) => {
        try {
          return fs.readlinkSync(`/proc/self/fd/${fd}`) === path;
        } catch {
          return false;
        }
      });
    const file = await SharedFile.open(path, { io });
    expect(isOpen()).toBe(true);
    file.close();
    expect(isOpen()).toBe(false);
    await SharedFile.open(path, { io, offset: 4 }).catch(() => {});
    expect(isOpen()).toBe(false);
  });

  test("using closes a SharedFile, and so does await using", async () => {
    const path = files.make("abc");
    let first: SharedFile | undefined;
    let second: SharedFile | undefined;
    {
      using file = await SharedFile.open(path, { io });
      first = file;
      await using other = await SharedFile.open(path, { io });
      second = other;
      expect([file.closed, other.closed]).toEqual([false, false]);
    }
    expect([first.closed, second.closed]).toEqual([true, true]);
  });
});

test("SharedFile.open() leaves no mapping and no descriptor behind", async () => {
  const path = files.make(seededBytes(GRANULE, 8));
  const count = () =>
    fs.readFileSync("/proc/self/maps", "utf8").split("\n")
      .filter((line) => line.includes(path)).length;
  const open = () => fs.readdirSync("/proc/self/fd").length;
  const before = open();
  for (let turn = 0; turn < 200; turn++) {
    using file = await SharedFile.open(path, { access: "write" });
    expect(file.bytes[1]).toBeTypeOf("number");
    if (turn === 0) expect(count()).toBeGreaterThan(0);
  }
  expect(count()).toBe(0);
  expect(open()).toBeLessThan(before + 20);
});
