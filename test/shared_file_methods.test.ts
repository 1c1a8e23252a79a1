import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { seededBytes } from "./temporary.ts";
import { bytesAt, temporaryFiles } from "./temporary_files.ts";

const GRANULE = 65_536;
const IO = ["map", "preload"] as const;

const files = temporaryFiles();

describe.each(IO)("io: %s", (io) => {
  test("methods that store throw TypeError where access is read", async () => {
    const path = files.make("abc");
    using file = await SharedFile.open(path, { io });
    const calls = [
      () => file.write(Uint8Array.of(1)),
      () => file.writeByte(1),
      () => file.move(0, 1, 1),
      () => file.resize(1),
    ];
    for (const call of calls) expect(call).toThrow(TypeError);
    expect([...file.bytes]).toEqual([0x61, 0x62, 0x63]);
    expect(file.tell()).toBe(0);
  });

  test("SharedFile.read(), readByte(), readLine(), seek() and tell() move one position", async () => {
    const path = files.make("one\ntwo\n\nthree");
    using file = await SharedFile.open(path, { io });
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    expect(text(file.readLine())).toBe("one\n");
    expect(file.tell()).toBe(4);
    expect(text(file.read(2))).toBe("tw");
    expect(file.readByte()).toBe(0x6f);
    expect(text(file.readLine())).toBe("\n");
    expect(text(file.readLine())).toBe("\n");
    expect(text(file.readLine())).toBe("three");
    expect(text(file.readLine())).toBe("");
    expect(file.read().byteLength).toBe(0);
    expect(() => file.readByte()).toThrow(RangeError);
    expect(file.seek(-5, "end")).toBe(9);
    expect(file.seek(1, "current")).toBe(10);
    expect(file.seek(-1, 1)).toBe(9);
    expect(text(file.read(-1))).toBe("three");
    expect(file.seek(0)).toBe(0);
    expect(file.seek(0, 2)).toBe(14);
    expect(file.seek(3, 0)).toBe(3);
    expect(text(file.read(1000))).toBe("\ntwo\n\nthree");
  });

  test("SharedFile.read() gives a copy that is not shared", async () => {
    using file = await SharedFile.open(files.make("abc"), {
      io,
      access: "copy",
    });
    const copy = file.read();
    expect(copy.buffer).toBeInstanceOf(ArrayBuffer);
    file.bytes[0] = 0;
    expect([...copy]).toEqual([0x61, 0x62, 0x63]);
  });

  test("SharedFile.seek() refuses what is outside, and stays where it was", async () => {
    using file = await SharedFile.open(files.make("abc"), { io });
    file.seek(2);
    for (
      const [position, whence] of [[-1, 0], [4, 0], [2, 1], [1, 2], [-4, 2], [
        0.5,
        0,
      ], [NaN, 0]] as const
    ) {
      expect(() => file.seek(position, whence)).toThrow(RangeError);
    }
    // @ts-expect-error There is no such word.
    expect(() => file.seek(0, "begin")).toThrow(TypeError);
    expect(file.tell()).toBe(2);
  });

  test("SharedFile.write() stores all or nothing, and moves on", async () => {
    const path = files.make("abcdef");
    using file = await SharedFile.open(path, { io, access: "write" });
    expect(file.write(new TextEncoder().encode("XY"))).toBe(2);
    file.writeByte(0x5a);
    expect(file.tell()).toBe(3);
    expect(file.write(new Uint16Array([0x3231]))).toBe(2);
    expect(() => file.write(new Uint8Array(2))).toThrow(RangeError);
    expect(file.tell()).toBe(5);
    file.writeByte(0x21);
    expect(() => file.writeByte(0x21)).toThrow(RangeError);
    expect(file.write(new ArrayBuffer(0))).toBe(0);
    file.flush();
    expect(fs.readFileSync(path, "utf8")).toBe("XYZ12!");
    file.seek(0);
    for (const byte of [-1, 256, 1.5, NaN]) {
      expect(() => file.writeByte(byte)).toThrow(RangeError);
    }
    // @ts-expect-error Text is not bytes.
    expect(() => file.write("text")).toThrow(TypeError);
    expect(file.bytes[0]).toBe(0x58);
  });

  test("SharedFile.move() copies ranges that overlap", async () => {
    const path = files.make("0123456789");
    using file = await SharedFile.open(path, { io, access: "write" });
    file.move(2, 0, 5);
    expect(new TextDecoder().decode(file.bytes.slice())).toBe("0101234789");
    file.move(0, 3, 7);
    file.move(10, 10, 0);
    file.flush();
    expect(fs.readFileSync(path, "utf8")).toBe("1234789789");
    for (
      const [target, source, count] of [
        [4, 0, 7],
        [0, 4, 7],
        [-1, 0, 1],
        [0, -1, 1],
        [0, 0, -1],
        [0, 0, 0.5],
        [11, 0, 0],
      ] as const
    ) {
      expect(() => file.move(target, source, count)).toThrow(RangeError);
    }
  });

  test("SharedFile.flush() takes any range inside, and no other", async () => {
    const path = files.make(seededBytes(3 * GRANULE, 5));
    using file = await SharedFile.open(path, {
      io,
      access: "write",
      offset: 3,
    });
    const { byteLength } = file;
    file.bytes.fill(0x11);
    for (
      const [offset, length] of [[0, 0], [1, 1], [5000, undefined], [
        byteLength,
        0,
      ], [byteLength]] as const
    ) {
      file.flush(offset, length);
    }
    for (
      const [offset, length] of [
        [-1],
        [0, byteLength + 1],
        [byteLength, 1],
        [1, byteLength],
        [0, -1],
        [0.5, 1],
        [0, NaN],
      ] as const
    ) {
      expect(() => file.flush(offset, length)).toThrow(RangeError);
    }
    file.flush();
    expect(bytesAt(path, 3, byteLength)).toEqual([...file.bytes]);
  });

  test("SharedFile.advise() takes all advice that leaves the bytes as they are", async () => {
    const bytes = seededBytes(2 * GRANULE + 9, 6);
    using file = await SharedFile.open(files.make(bytes), {
      io,
      access: "write",
    });
    file.bytes[5000] = 1;
    bytes[5000] = 1;
    const advice = [
      ...["normal", "random", "sequential", "willneed", "dontfork", "dofork"],
      ...[
        "mergeable",
        "unmergeable",
        "hugepage",
        "nohugepage",
        "dontdump",
        "dodump",
      ],
    ] as const;
    for (const one of advice) {
      expect(file.advise(one as "normal", 4999, 1000)).toBeTypeOf("boolean");
      file.advise(one as "normal");
      file.advise(one as "normal", file.byteLength);
    }
    if (io === "map") {
      for (
        const one of ["normal", "random", "sequential", "willneed"] as const
      ) {
        expect(file.advise(one)).toBe(true);
      }
      expect(file.advise("dontneed")).toBe(true);
    } else {
      expect(() => file.advise("dontneed")).toThrow(TypeError);
    }
    expect([...file.bytes]).toEqual([...bytes]);
    // @ts-expect-error It is not ours.
    expect(() => file.advise("remove")).toThrow(TypeError);
    expect(() => file.advise("normal", 0, file.byteLength + 1)).toThrow(
      RangeError,
    );
    using copy = await SharedFile.open(files.make(bytes), {
      io,
      access: "copy",
    });
    expect(() => copy.advise("dontneed")).toThrow(TypeError);
  });
});
