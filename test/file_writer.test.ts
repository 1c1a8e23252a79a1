import * as fs from "node:fs";
import { describe, expect, test } from "vitest";
import { statFile } from "../src/platform/files.ts";
import { openWriter } from "../src/platform/file_writer.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

/** Text in memory that threads share. */
function shared(text: string): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(text.length));
  bytes.set(new TextEncoder().encode(text));
  return bytes;
}

const asPaths = [
  ["text", (path: string) => path],
  ["bytes", (path: string) => new TextEncoder().encode(path)],
] as const;

describe.each(asPaths)("openWriter() by a path as %s", (_, as) => {
  test("writes parts of a buffer where they are asked for, and nothing else", () => {
    const path = files.make("0123456789");
    const writer = openWriter(as(path));
    writer.writeAt(shared("abcdef"), 2, 3, 4);
    writer.writeAt(shared("xyz"), 0, 1, 0);
    writer.writeAt(shared("xyz"), 1, 0, 2);
    writer.close();
    expect(fs.readFileSync(path, "latin1")).toBe("x123cde789");
  });

  test("writes behind 4 GiB", () => {
    const path = files.make("");
    const writer = openWriter(as(path));
    writer.writeAt(shared("end"), 0, 3, 5 * 2 ** 30);
    writer.close();
    expect(fs.statSync(path).size).toBe(5 * 2 ** 30 + 3);
    fs.truncateSync(path);
  });

  test("tells the identity as statFile() does", () => {
    const path = files.make("12345");
    const writer = openWriter(as(path));
    const { device, inode } = statFile(path, path);
    expect(writer.status()).toMatchObject({ device, inode });
    writer.close();
  });

  test("makes no file", () => {
    const path = `${files.make("")}-missing`;
    expect(() => openWriter(as(path))).toThrow(
      expect.objectContaining({ code: "ENOENT", file: path }),
    );
    expect(fs.existsSync(path)).toBe(false);
  });

  test.skipIf(!fs.existsSync("/dev/full"))("tells of a full disk", () => {
    const writer = openWriter(as("/dev/full"));
    expect(() => writer.writeAt(shared("abc"), 0, 3, 0)).toThrow(
      expect.objectContaining({ code: "ENOSPC", file: "/dev/full" }),
    );
    writer.close();
  });
});
