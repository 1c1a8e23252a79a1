import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UsageError } from "../src/cli/io.ts";
import {
  decodeName,
  encodeName,
  nameOnLine,
  showText,
  toPath,
} from "../src/cli/names.ts";
import { checkCommonOptions, parseInteger } from "../src/cli/options.ts";
import { parseOffset, parseSize } from "../src/cli/parse_size.ts";
import {
  showDuration,
  showPercent,
  showRate,
  showShortSize,
  showSize,
  sparkline,
} from "../src/cli/units.ts";
import { readLines, startList } from "../src/cli/list_file.ts";
import { VERSION } from "../src/cli/version.ts";

test("VERSION is that of package.json", () => {
  const text = readFileSync(
    new URL("../package.json", import.meta.url),
    "utf8",
  );
  expect(JSON.parse(text)).toMatchObject({ version: VERSION });
});

describe("parseSize()", () => {
  test.each([
    ["0", 0],
    ["4096", 4096],
    ["007", 7],
    ["5B", 5],
    ["64KiB", 65_536],
    ["64 KiB", 65_536],
    ["1MiB", 1_048_576],
    ["3GiB", 3_221_225_472],
    ["2TiB", 2_199_023_255_552],
    ["1PiB", 2 ** 50],
    ["1kB", 1_000],
    ["1KB", 1_000],
    ["7MB", 7_000_000],
    ["2GB", 2_000_000_000],
    ["1TB", 1e12],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ])("reads %s as %d", (text, bytes) => {
    expect(parseSize(text, "--size")).toBe(bytes);
  });

  test.each([
    "",
    " ",
    "K",
    "1K",
    "1M",
    "1k",
    "1kib",
    "1mb",
    "1.5GiB",
    "-1",
    "+1",
    "1e3",
    "0x10",
    "1 2",
    "KiB",
    "1KiBs",
    "toString",
    "1constructor",
    "1\n",
    "１",
  ])("refuses %j", (text) => {
    expect(() => parseSize(text, "--size")).toThrow(UsageError);
    expect(() => parseSize(text, "--size")).toThrow(/--size.*KiB.*received "/s);
  });

  test.each(["9007199254740992", "9007199254740991KiB", "9".repeat(400)])(
    "says that %j is too large",
    (text) => {
      expect(() => parseSize(text, "--size")).toThrow(UsageError);
      expect(() => parseSize(text, "--size")).toThrow(
        /--size.*at most 2\*\*53 - 1 bytes: received "9/,
      );
    },
  );
});

describe("parseOffset()", () => {
  test.each([["0x0", 0], ["0x1f40", 8000], ["0XFF", 255], ["64KiB", 65_536], [
    "12",
    12,
  ]])(
    "reads %s as %d",
    (text, bytes) => expect(parseOffset(text, "--start")).toBe(bytes),
  );

  test.each(["0x", "0xg", "x10", "0x10KiB", "-0x1", "0x20000000000000"])(
    "refuses %j",
    (text) => {
      expect(() => parseOffset(text, "--start")).toThrow(UsageError);
    },
  );
});

describe("parseInteger()", () => {
  test("takes the bounds and refuses what lies outside", () => {
    expect(parseInteger("1", 1, 512, "--workers")).toBe(1);
    expect(parseInteger("512", 1, 512, "--workers")).toBe(512);
    for (
      const text of [
        "0",
        "513",
        "-1",
        "abc",
        "",
        "1.0",
        "1e2",
        " 1",
        "9".repeat(400),
      ]
    ) {
      expect(() => parseInteger(text, 1, 512, "--workers"), text).toThrow(
        /from 1 to 512: received/,
      );
    }
  });
});

describe("checkCommonOptions()", () => {
  test("has defaults", () => {
    expect(checkCommonOptions({})).toEqual({
      workers: undefined,
      io: "auto",
      segmentBytes: undefined,
      json: false,
      quiet: false,
      progress: true,
      color: true,
    });
  });

  test("takes segments that are a power of two from 64KiB to 1GiB", () => {
    expect(checkCommonOptions({ segment: "64KiB" }).segmentBytes).toBe(65_536);
    expect(checkCommonOptions({ segment: "1GiB" }).segmentBytes).toBe(2 ** 30);
    for (
      const segment of ["3", "0", "32KiB", "65537", "96KiB", "2GiB", "64KB"]
    ) {
      expect(() => checkCommonOptions({ segment }), segment).toThrow(
        /--segment.*power of two/,
      );
    }
  });

  test("knows the modes", () => {
    for (const io of ["auto", "map", "preload", "stream"]) {
      expect(checkCommonOptions({ io }).io).toBe(io);
    }
    expect(() => checkCommonOptions({ io: "mmap" })).toThrow(
      /auto, map, preload, stream: received "mmap"/,
    );
  });
});

describe("decodeName() and encodeName()", () => {
  test("keep every name of one or two bytes, and odd longer ones", () => {
    const names = [[0xf0, 0x9f, 0x98, 0x80], [0xf0, 0x9f, 0x98], [
      0xed,
      0xa0,
      0x80,
    ], [0xef, 0xbb, 0xbf, 0x41]];
    names.push([0xf4, 0x90, 0x80, 0x80], [0xc3, 0x28, 0xe2, 0x82], [
      0xe2,
      0x82,
      0xac,
      0xff,
      0xe2,
      0x82,
      0xac,
    ]);
    for (let a = 1; a < 256; a++) {
      names.push([a]);
      for (let b = 1; b < 256; b++) names.push([a, b]);
    }
    const wrong: number[][] = [];
    for (const name of names) {
      const bytes = Uint8Array.from(name);
      if (!Buffer.from(encodeName(decodeName(bytes))).equals(bytes)) {
        wrong.push(name);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("tell UTF-8 as a strict decoder does", () => {
    const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    const edges = [
      0x41,
      0x7f,
      0x80,
      0x8f,
      0x90,
      0x9f,
      0xa0,
      0xbf,
      0xc0,
      0xc1,
      0xc2,
      0xdf,
    ];
    edges.push(
      0xe0,
      0xe1,
      0xec,
      0xed,
      0xee,
      0xef,
      0xf0,
      0xf1,
      0xf3,
      0xf4,
      0xf5,
      0xff,
    );
    const wrong: number[][] = [];
    for (const a of edges) {
      for (const b of edges) {
        for (const c of edges) {
          for (const d of [0x41, 0x80, 0xbf, 0xc2]) {
            const bytes = Uint8Array.of(a, b, c, d);
            const text = decodeName(bytes);
            let expected: string | undefined;
            try {
              expected = strict.decode(bytes);
            } catch {
              // Not UTF-8, so that the text must have a lone surrogate.
            }
            const isRight = text.isWellFormed()
              ? text === expected
              : expected === undefined;
            if (!isRight || !Buffer.from(encodeName(text)).equals(bytes)) {
              wrong.push([a, b, c, d]);
            }
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  test("leave UTF-8 as it is and mark other bytes as Python's surrogateescape does", () => {
    expect(decodeName(new TextEncoder().encode("a€😀"))).toBe("a€😀");
    expect(decodeName(Uint8Array.of(0x62, 0xff, 0x80))).toBe("b\udcff\udc80");
    expect(toPath("a€")).toBe("a€");
    expect(toPath("b\udcff")).toEqual(Uint8Array.of(0x62, 0xff));
  });
});

describe("showText()", () => {
  test("escapes what would break or hide the line", () => {
    expect(showText("a b\\c'é😀")).toBe("a b\\c'é😀");
    expect(showText("\n\r\t\0\x1b[31m\x7f")).toBe(
      "\\n\\r\\t\\x00\\x1b[31m\\x7f",
    );
    expect(showText("\x85\u202e\u2028\u200b")).toBe(
      "\\u{85}\\u{202e}\\u{2028}\\u{200b}",
    );
    expect(showText("\udcff\ud800")).toBe("\\xff\\u{d800}");
    expect(nameOnLine("a\nb\udcff")).toBe("a\\nb\udcff");
  });
});

describe("readLines()", () => {
  async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
    const list: T[] = [];
    for await (const item of items) list.push(item);
    return list;
  }

  async function* chunksOf(
    text: string,
    size: number,
  ): AsyncGenerator<Uint8Array> {
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length; at += size) {
      yield await Promise.resolve(bytes.subarray(at, at + size));
    }
  }

  test("finds the same lines in chunks of any size", async () => {
    const text = "a€\n\nbb\r\nlast";
    for (let size = 1; size <= text.length + 4; size++) {
      expect(await collect(readLines(chunksOf(text, size)))).toEqual([
        "a€",
        "",
        "bb\r",
        "last",
      ]);
    }
    expect(await collect(readLines(chunksOf("a\n", 9)))).toEqual(["a"]);
    expect(await collect(readLines(chunksOf("", 9)))).toEqual([]);
  });

  test("startList() sees how lines end, and loses no bytes", async () => {
    const cases = [
      ["a\0b\0", true],
      ["a\nb\0", false],
      ["a", false],
      ["", false],
      [`${"x".repeat(70_000)}\0`, false],
    ] as const;
    for (const [text, expected] of cases) {
      for (const size of [1, 3, 4096]) {
        if (text.length / size > 30_000) continue;
        const { isZero, chunks } = await startList(chunksOf(text, size));
        const bytes = Buffer.concat(await collect(chunks));
        expect(bytes.toString()).toBe(text);
        expect(isZero, text.slice(0, 9)).toBe(expected);
      }
    }
  });

  test("gives no line that is too long, and the next one", async () => {
    const lines = readLines(
      chunksOf(`${"x".repeat(70_000)}\ny\n${"z".repeat(65_536)}`, 4096),
    );
    expect(await collect(lines)).toEqual([
      undefined,
      "y",
      "z".repeat(65_536),
    ]);
  });
});

describe("units", () => {
  test("showSize() groups digits and adds a unit", () => {
    expect(showSize(0)).toBe("0 bytes");
    expect(showSize(1)).toBe("1 byte");
    expect(showSize(1023)).toBe("1,023 bytes");
    expect(showSize(1024)).toBe("1,024 bytes (1 KiB)");
    expect(showSize(1536)).toBe("1,536 bytes (1.5 KiB)");
    expect(showSize(268_435_456)).toBe("268,435,456 bytes (256 MiB)");
    expect(showShortSize(1023 * 1024)).toBe("1,023 KiB");
    expect(showShortSize(2 ** 30 - 1)).toBe("1 GiB");
    expect(showShortSize(1023)).toBe("1,023 bytes");
  });

  test("showRate() and showPercent() stand a division by zero", () => {
    expect(showRate(0, 0)).toBe("0.0 kB/s");
    expect(showRate(2_500_000_000, 1000)).toBe("2.50 GB/s");
    expect(showRate(2_500_000, 1000)).toBe("2.5 MB/s");
    expect(showPercent(0, 0)).toBe("0.00 %");
    expect(showPercent(1, 8)).toBe("12.50 %");
  });

  test("showDuration() counts seconds up, and knows hours", () => {
    expect([undefined, 0, 1, 59_000, 59_001, 3_723_000].map(showDuration))
      .toEqual(
        ["-:--", "0:00", "0:01", "0:59", "1:00", "1:02:03"],
      );
  });

  test("sparkline() spans 0 to the maximum and averages what does not fit", () => {
    expect(sparkline([0, 0.99, 1, 4, 7, 8], 8, 64)).toBe("▁▁▂▅██");
    expect(sparkline([0, 8, 8, 8], 8, 2)).toBe("▅█");
    expect(sparkline([], 8, 64)).toBe("");
    expect(sparkline(Array.from({ length: 64 }, () => 8), 8, 10)).toBe(
      "█".repeat(10),
    );
  });
});
