import * as fc from "fast-check";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  hexdump,
  hexdumpLines,
  type HexdumpOptions,
} from "../src/binary/hexdump.ts";
import { HexdumpFormatter } from "../src/binary/hexdump_formatter.ts";
import { fillWithRow } from "../src/binary/dump_rows.ts";
import { parseHexdump } from "../src/binary/parse_hexdump.ts";
import { SabmapError } from "../src/errors.ts";
import { hexdumpFile, revertHexdumpFile } from "../src/hexdump_file.ts";
import { naiveHexdump, patchyBytes } from "./hexdump_oracle.ts";
import { seededRandom } from "./job_driver.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";
import { hasTool } from "./tools.ts";
import { rounds } from "./effort.ts";

const SEED = 20261121;
const COLUMNS = [1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 32, 255, 256];

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

function file(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  fs.writeFileSync(path, content);
  return path;
}

/** What a tool prints of bytes. From a file: Deno writes all of the input before it reads any output. */
function output(command: string, args: string[], input: Uint8Array): string {
  const path = file("input", input);
  const { status, stdout, stderr } = spawnSync(command, [...args, path], {
    encoding: "latin1",
    maxBuffer: 2 ** 28,
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return stdout;
}

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

const TOOL = hasTool("hexdump");
const XXD = spawnSync("xxd", ["-v"]).error === undefined;
const OD = hasTool("od");

/** What the tool prints where `columns` is not 16: the format of -C, spelt out. */
function toolFormat(columns: number): string[] {
  // A unit that is repeated loses the space behind its last byte, a single one does not.
  let hex = "";
  for (let left = columns; left > 0; left -= 8) {
    const gap = left > 1 ? "  " : " ";
    hex += `${Math.min(8, left)}/1 "%02x " "${left > 8 ? gap : `${gap}|`}" `;
  }
  return [
    ...["-e", '"%08.8_Ax\n"'],
    ...["-e", `"%08.8_ax  " ${hex}`],
    ...["-e", `${columns}/1 "%_p" "|\n"`],
  ];
}

describe("hexdump()", () => {
  it("has the layout of hexdump -C", () => {
    const bytes = Uint8Array.from({ length: 20 }, (_, i) => 0x60 + 5 * i);
    expect(hexdump(bytes)).toBe(
      "00000000  60 65 6a 6f 74 79 7e 83  88 8d 92 97 9c a1 a6 ab  |`ejoty~.........|\n" +
        "00000010  b0 b5 ba bf                                       |....|\n" +
        "00000014\n",
    );
  });

  it("shows printable ASCII and dots for the rest", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const picture = hexdump(all).replace(/^.*?(\|(.*)\|)?$\n/gm, "$2");
    const printable = Array.from(
      { length: 95 },
      (_, i) => String.fromCharCode(32 + i),
    ).join("");
    expect(picture).toBe(".".repeat(32) + printable + ".".repeat(129));
  });

  it("shows rows that repeat as one *, and a last part of a row always", () => {
    const row = "00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00";
    const first = `00000000  ${row}  |${".".repeat(16)}|\n`;
    expect(hexdump(new Uint8Array(16))).toBe(`${first}00000010\n`);
    expect(hexdump(new Uint8Array(32))).toBe(`${first}*\n00000020\n`);
    expect(hexdump(new Uint8Array(64))).toBe(`${first}*\n00000040\n`);
    expect(hexdump(new Uint8Array(49))).toBe(
      `${first}*\n00000030  00${" ".repeat(48)}|.|\n00000031\n`,
    );
  });

  it("shows each row where it is not to squeeze", () => {
    expect(hexdump(new Uint8Array(64), { squeeze: false }).split("\n").length)
      .toBe(6);
  });

  it("is empty for nothing, and the offset alone for nothing further on", () => {
    expect(hexdump(new Uint8Array(0))).toBe("");
    expect(hexdump(new Uint8Array(0), { offset: 5 })).toBe("00000005\n");
  });

  it("has more digits from 4 GiB on, up to 2**53 - 1", () => {
    const bytes = seededBytes(40, SEED);
    expect(hexdump(bytes, { offset: 2 ** 32 - 16 }).match(/^\w+/gm)).toEqual([
      "fffffff0",
      "100000000",
      "100000010",
      "100000018",
    ]);
    const last = Number.MAX_SAFE_INTEGER;
    expect(hexdump(bytes, { offset: last - 40 }).split("\n").at(-2))
      .toBe("1fffffffffffff");
    expect(() => hexdump(bytes, { offset: last - 39 }))
      .toThrow(/^Cannot dump bytes as they must end before 2\*\*53: received /);
  });

  it.each(COLUMNS)("agrees with the naive dump: %i columns", (columns) => {
    const random = seededRandom(SEED + columns);
    const bytes = patchyBytes(6000, random);
    for (const squeeze of [true, false]) {
      for (let length = 0; length <= 3 * columns + 1; length++) {
        const part = bytes.subarray(length % 5, length % 5 + length);
        const options = { columns, squeeze, offset: length * 7 };
        expect(hexdump(part, options), `${length} bytes`)
          .toBe(naiveHexdump(part, options));
      }
      // Longer than what is formatted at once.
      const long = { columns, squeeze, offset: 2 ** 32 - 3000 };
      expect(hexdump(bytes, long)).toBe(naiveHexdump(bytes, long));
    }
  });

  it("agrees with the naive dump on any bytes that repeat, from any address on", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.nat(700),
        fc.nat(7),
        fc.constantFrom(...COLUMNS),
        (seed, length, skip, columns) => {
          const bytes = patchyBytes(length + skip, seededRandom(seed))
            .subarray(skip);
          expect(hexdump(bytes, { columns }))
            .toBe(naiveHexdump(bytes, { columns }));
        },
      ),
      { numRuns: rounds(300) },
    );
  });

  it("squeezes across the pieces that it works in", () => {
    for (const columns of [1, 16, 17]) {
      const bytes = new Uint8Array(256 * columns * 3 + 5);
      bytes[256 * columns * 2 + 3] = 1;
      expect(hexdump(bytes, { columns }))
        .toBe(naiveHexdump(bytes, { columns }));
    }
  });

  it("takes any buffer or view", () => {
    const floats = new Float64Array([1, 2, 3]);
    const expected = naiveHexdump(new Uint8Array(floats.buffer, 8));
    expect(hexdump(floats.subarray(1))).toBe(expected);
    expect(hexdump(floats.buffer.slice(8))).toBe(expected);
    expect(hexdump(new DataView(floats.buffer, 8))).toBe(expected);
    const view = { toUint8View: () => new Uint8Array(floats.buffer, 8) };
    expect(hexdump(view)).toBe(expected);
  });

  it.each([
    [{ columns: 0 }, RangeError, /"columns" .* 1 to 256: received 0$/],
    [{ columns: 257 }, RangeError, /"columns"/],
    [{ columns: 1.5 }, RangeError, /"columns"/],
    [{ columns: "16" }, TypeError, /"columns" .* number: received "16"$/],
    [{ offset: -1 }, RangeError, /"offset" .* 0 to 2\*\*53 - 1: received -1$/],
    [{ offset: 2 ** 53 }, RangeError, /"offset"/],
    [{ offset: 1n }, TypeError, /"offset" .*: received 1n$/],
    [{ squeeze: 1 }, TypeError, /"squeeze" .*: received 1$/],
  ])("refuses %o", (options, type, message) => {
    for (const dump of [hexdump, hexdumpLines]) {
      const call = () => dump(new Uint8Array(3), options as HexdumpOptions);
      expect(call).toThrow(type);
      expect(call).toThrow(message);
    }
  });

  it("refuses what holds no bytes", () => {
    for (const wrong of ["text", undefined, [1, 2], 7]) {
      expect(() => hexdump(wrong as unknown as Uint8Array)).toThrow(TypeError);
    }
  });

  it.skipIf(!TOOL)("agrees with the real hexdump -C", () => {
    const random = seededRandom(SEED);
    for (let length = 0; length < 120; length++) {
      const bytes = patchyBytes(length, random);
      expect(hexdump(bytes), `${length} bytes`)
        .toBe(output("hexdump", ["-C"], bytes.slice()));
    }
    const long = patchyBytes(100_000, random);
    expect(hexdump(long)).toBe(output("hexdump", ["-C"], long.slice()));
    expect(hexdump(long, { squeeze: false }))
      .toBe(output("hexdump", ["-v", "-C"], long.slice()));
  });

  it.skipIf(!TOOL)("agrees with the real hexdump in other widths", () => {
    const bytes = patchyBytes(1000, seededRandom(SEED));
    for (const columns of COLUMNS) {
      expect(hexdump(bytes, { columns }), `${columns} columns`)
        .toBe(output("hexdump", toolFormat(columns), bytes.slice()));
    }
  });
});

describe("hexdumpLines()", () => {
  it("gives the lines of hexdump(), without newlines", () => {
    const bytes = patchyBytes(20_000, seededRandom(SEED));
    const lines = [...hexdumpLines(bytes, { offset: 3 })];
    expect(`${lines.join("\n")}\n`).toBe(hexdump(bytes, { offset: 3 }));
    expect([...hexdumpLines(new Uint8Array(0))]).toEqual([]);
    expect([...hexdumpLines(new Uint8Array(1 << 20))].length).toBe(3);
  });

  it("reads the bytes when their lines are asked for", () => {
    const bytes = new Uint8Array(2 ** 20).map((_, i) => i >> 4);
    const lines = hexdumpLines(bytes);
    expect(lines.next().value).toMatch(/^00000000 {2}00 00/);
    bytes[bytes.length - 16] = 0xaa;
    expect([...lines].at(-2)).toMatch(/^000ffff0 {2}aa/);
  });
});

describe("HexdumpFormatter", () => {
  it("gives the same whatever the pieces are", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.constantFrom(1, 4, 7, 16),
        fc.array(fc.nat(9), { maxLength: 12 }),
        fc.nat(15),
        (seed, columns, rows, rest) => {
          const whole = rows.reduce((sum, count) => sum + count, 0) * columns;
          const bytes = patchyBytes(
            whole + rest % columns,
            seededRandom(seed),
          );
          const options = { offset: 9, columns, squeeze: true };
          const formatter = new HexdumpFormatter(options);
          let dump = "";
          let at = 0;
          for (const count of [...rows, 1]) {
            const piece = bytes.subarray(at, at += count * columns);
            dump += new TextDecoder().decode(formatter.push(piece));
          }
          dump += new TextDecoder().decode(formatter.end());
          expect(dump).toBe(naiveHexdump(bytes, options));
        },
      ),
      { numRuns: rounds(300) },
    );
  });
});

/** Both ways to read a dump back. */
async function revertBoth(dump: string): Promise<Uint8Array> {
  const { bytes } = parseHexdump(dump);
  expect(parseHexdump(text(dump)).bytes).toEqual(bytes);
  const parts: number[] = [];
  for await (const part of revertHexdumpFile(file("dump", dump))) {
    for (const byte of part) parts.push(byte);
  }
  expect(Uint8Array.from(parts)).toEqual(bytes);
  return bytes;
}

async function rejection(dump: string | Uint8Array): Promise<string> {
  let streamed: unknown;
  try {
    for await (const _ of revertHexdumpFile(file("bad", dump)));
  } catch (error) {
    streamed = error;
  }
  try {
    parseHexdump(dump);
  } catch (error) {
    expect(streamed).toEqual(error);
    if (!(error instanceof SabmapError)) throw error;
    expect(error.code).toBe("ERR_BAD_DUMP");
    return error.message;
  }
  throw new Error(`read back, with ${streamed} from a file: ${dump}`);
}

describe("parseHexdump()", () => {
  it("is the inverse of hexdump()", async () => {
    const random = seededRandom(SEED);
    for (let length = 0; length < 200; length += 1 + length % 3) {
      const bytes = patchyBytes(length, random);
      for (const columns of COLUMNS) {
        for (const squeeze of [true, false]) {
          const dump = hexdump(bytes, { columns, squeeze, offset: 77 });
          const parsed = parseHexdump(dump);
          expect(parsed.bytes).toEqual(bytes.slice());
          expect(parsed.offset).toBe(77);
          expect(parsed.complete).toBe(true);
        }
      }
      expect(await revertBoth(hexdump(bytes))).toEqual(bytes.slice());
    }
  });

  it("is the inverse of hexdump() on any bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 300 }),
        (bytes, columns, offset) => {
          const parsed = parseHexdump(hexdump(bytes, { columns, offset }));
          expect(parsed).toEqual({ bytes, offset, complete: true });
        },
      ),
    );
  });

  it("reads nothing from nothing", () => {
    const nothing = { offset: 0, bytes: new Uint8Array(0), complete: true };
    for (const dump of ["", "\n", " \r\n\n"]) {
      expect(parseHexdump(dump)).toEqual(nothing);
    }
    expect(parseHexdump("0010\n")).toEqual({ ...nothing, offset: 16 });
  });

  it("reads what people make of dumps", async () => {
    const bytes = Uint8Array.of(0x61, 0xff, 0x63);
    for (
      const dump of [
        "00000000  61 ff 63                                          |a.c|\n00000003\n",
        "00000000  61 ff 63                                          |a.c|\r\n00000003\r\n",
        "\n00000000  61 FF 63  |a|c|  \n\n00000003",
        "0 61 ff 63\n3",
        "0\t61\tff   63\n",
        "0  61 ff 63    \n",
        "0: 61ff 63 \t\r\n",
        "0  61 ff|whatever\n2 63\n3\n\n",
        "0  61 ff 63|",
        "0000: 61ff 63  abc",
        "0000:61ff63\n0003",
      ]
    ) {
      expect(await revertBoth(dump), dump).toEqual(bytes);
    }
  });

  it("says whether the last line is there", async () => {
    const dump = hexdump(seededBytes(100, SEED));
    const notes: string[] = [];
    const onNote = (note: string) => void notes.push(note);
    const cut = dump.slice(0, dump.lastIndexOf("\n", dump.length - 2) + 1);
    expect(parseHexdump(cut).complete).toBe(false);
    expect(parseHexdump("0: 61  a\n").complete).toBe(true);
    for (const each of [dump, cut, "0: 61  a\n", ""]) {
      for await (
        const _ of revertHexdumpFile(file("cut", each), { onNote })
      );
    }
    expect(notes).toEqual([
      "the dump does not say where it ends, so it may have been cut",
    ]);
    for await (const _ of revertHexdumpFile(file("cut", cut)));
  });

  it("repeats rows as often as the next offset says", async () => {
    const dump = "10 61 62\n*\n18 63 64\n*\n1c 65\n1d\n";
    expect(new TextDecoder().decode(await revertBoth(dump)))
      .toBe("ababababcdcde");
  });

  it.each([
    ["x", /line 1 must start with an offset of 1 to 14 .*: received "x"$/],
    ["|", /line 1 must start with an offset/],
    [" 00000000  61", /line 1 must start with an offset/],
    ["0000000g  61", /line 1 must start with an offset/],
    ["00000000-61", /line 1 must start with an offset/],
    ["000000000000000  61", /line 1 must start with an offset/],
    ["20000000000000  61", /line 1 must start with an offset .* below 2\*\*53/],
    ["0000000 6261", /line 1 must have pairs .*: received "0000000 6261"$/],
    ["0  61 6", /line 1 must have two hexadecimal digits in column 7/],
    ["0  61 6|", /line 1 must have two hexadecimal digits in column 7/],
    ["0  61 g1", /line 1 must have two hexadecimal digits in column 7/],
    ["0  61 1g", /line 1 must have two hexadecimal digits in column 7/],
    ["0: 616", /line 1 must have two hexadecimal digits in column 6/],
    ["0: 61-62", /line 1 must have two hexadecimal digits in column 6/],
    ["0:", /line 1 must have bytes behind its offset/],
    ["0:   abc", /line 1 must have bytes behind its offset/],
    ["0 |abc|", /line 1 must have bytes behind its offset/],
    ["*", /line 1 must be a row of bytes.*: received "\*"$/],
    ["0  61\n*\n*\n", /line 3 must be a row of bytes/],
    ["0  61\n**\n", /line 2 must start with an offset/],
    [
      "0  61\n*\n",
      /an offset must follow the "\*" of line 2: received the end$/,
    ],
    ["0  61\n*\n\n\n", /an offset must follow the "\*" of line 2/],
    ["0  61\n\n2  62", /line 3 must go on at 00000001: received "2 {2}62"$/],
    ["5  61\n5  62", /line 2 must go on at 00000006/],
    ["5  61\n4\n", /line 2 must go on at 00000006/],
    ["5  61\n7\n", /line 2 must go on at 00000006/],
    ["0 61 62\n*\n5 61", /line 3 must go on some rows of 2 bytes behind 0{7}2/],
    ["0 61 62\n*\n2 61", /line 3 must go on some rows of 2 bytes/],
    ["0 61 62\n*\n0 61", /line 3 must go on some rows of 2 bytes/],
    ["0  61\n1\n1  62\n", /line 3 must be the last: received "1 {2}62"$/],
    ["0  61\n1\n1\n", /line 3 must be the last/],
    ["0  61\n1\n*\n", /line 3 must be the last/],
    [
      `0 ${" 61".repeat(257)}`,
      /line 1 must have at most 256 bytes: .*\.\.\."$/,
    ],
    [`0: ${"61".repeat(257)}`, /line 1 must have at most 256 bytes/],
    [`0  61 |${"x".repeat(5000)}`, /line 1 must have at most 4096 bytes: /],
    ["fffffffffffff1  61", /line 1 must start with an offset .* below 2\*\*53/],
    ["0  ä1", /line 1 must have two hexadecimal digits/],
  ])("refuses %j", async (dump, message) => {
    expect(await rejection(dump)).toMatch(message);
    expect(await rejection(dump))
      .toMatch(/^Cannot read a dump back as [^\n]*: received [^\n]*$/);
  });

  it("takes a row of 256 bytes, and a line of 4,096", async () => {
    expect((await revertBoth(`0 ${" 61".repeat(256)}`)).length).toBe(256);
    const line = `0  61 |${"x".repeat(4089)}`;
    expect((await revertBoth(line)).length).toBe(1);
    expect(await rejection(`${line}x`)).toMatch(/at most 4096 bytes/);
  });

  it("refuses what would be longer than allowed, before memory is taken", () => {
    const dump = "0 61\n*\n1fffffffffffff\n";
    expect(() => parseHexdump(dump)).toThrow(
      /^Cannot read a dump back as line 3 must not lead beyond 1,073,741,824 bytes: received 9,007,199,254,740,991$/,
    );
    expect(() => parseHexdump("0 61 62 63\n", { maxBytes: 2 }))
      .toThrow(/line 1 must not lead beyond 2 bytes: received 3$/);
    const rows = "0 61\n1 62\n*\n300\n";
    expect(() => parseHexdump(rows, { maxBytes: 767 })).toThrow(SabmapError);
    expect(parseHexdump(rows, { maxBytes: 768 }).bytes.length).toBe(768);
    for (const maxBytes of [-1, 2 ** 32, 1.5, NaN, "5"]) {
      expect(() => parseHexdump("", { maxBytes } as { maxBytes: number }))
        .toThrow(RangeError);
    }
  });

  it("takes bytes of shared memory, and nothing but text and bytes", () => {
    const dump = text("0 61\n1\n");
    const shared = new Uint8Array(new SharedArrayBuffer(dump.length));
    shared.set(dump);
    expect(parseHexdump(shared).bytes).toEqual(Uint8Array.of(0x61));
    for (const wrong of [undefined, 7, ["0 61"]]) {
      expect(() => parseHexdump(wrong as unknown as string)).toThrow(TypeError);
    }
  });

  it("never fails otherwise, whatever the text is", () => {
    const line = fc.string({
      unit: fc.constantFrom(..."0123456789abcdefF \t:|*\r\nx"),
      maxLength: 60,
    });
    fc.assert(
      fc.property(line, (dump) => {
        try {
          parseHexdump(dump, { maxBytes: 5000 });
        } catch (error) {
          expect((error as SabmapError).code).toBe("ERR_BAD_DUMP");
        }
      }),
      { numRuns: rounds(2000) },
    );
  });

  it.skipIf(!TOOL)("reads back what the real hexdump -C writes", async () => {
    const bytes = patchyBytes(5000, seededRandom(SEED)).slice();
    expect(await revertBoth(output("hexdump", ["-C"], bytes))).toEqual(bytes);
  });

  it.skipIf(!XXD)("reads back what the real xxd writes", async () => {
    const bytes = patchyBytes(5000, seededRandom(SEED)).slice();
    for (
      const args of [
        [],
        ["-g1"],
        ["-c", "8"],
        ["-c", "256", "-g", "4"],
        [
          "-a",
        ],
        ["-u"],
        ["-c", "5", "-g", "3"],
      ]
    ) {
      expect(await revertBoth(output("xxd", args, bytes)), `${args}`)
        .toEqual(bytes);
    }
    // Rows whose text looks like more digits, or ends in spaces.
    const tricky = text("61 62  63 64 65 66 67 68 69 70  ");
    expect(await revertBoth(output("xxd", ["-c", "7"], tricky)))
      .toEqual(tricky);
  });

  it.skipIf(!OD)("reads back what the real od -A x -t x1 writes", async () => {
    const bytes = patchyBytes(5000, seededRandom(SEED)).slice();
    expect(await revertBoth(output("od", ["-A", "x", "-t", "x1"], bytes)))
      .toEqual(bytes);
  });
});

/** All of a dump as text. */
async function dumpText(
  ...args: Parameters<typeof hexdumpFile>
): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of hexdumpFile(...args)) parts.push(part.slice());
  return Buffer.concat(parts).toString("latin1");
}

describe("hexdumpFile()", () => {
  it("dumps files longer than its pieces, in any width", async () => {
    const bytes = patchyBytes(2 ** 20 + 12_345, seededRandom(SEED));
    const path = file("long", bytes.slice());
    for (const columns of [16, 17, 256]) {
      expect(await dumpText(path, { columns }) === hexdump(bytes, { columns }))
        .toBe(true);
    }
  });

  it("dumps from any start and up to any length", async () => {
    const bytes = patchyBytes(500, seededRandom(SEED));
    const path = file("short", bytes.slice());
    for (let start = 0; start < 520; start += 13) {
      for (const length of [1, 2, 16, 31, 32, 100, 499, 500, 501]) {
        const part = bytes.subarray(start, start + length);
        expect(await dumpText(path, { start, length }))
          .toBe(hexdump(part, { offset: Math.min(start, 500) }));
      }
    }
  });

  it.skipIf(!TOOL)("agrees with the real hexdump -s -n", async () => {
    const bytes = patchyBytes(100, seededRandom(SEED)).slice();
    const path = file("tool", bytes);
    const path0 = file("empty", "");
    for (const start of [0, 1, 16, 50, 99, 100, 101, 5000]) {
      for (const length of [0, 1, 16, 50, 100, 1000]) {
        const args = ["-C", "-s", `${start}`, "-n", `${length}`];
        expect(await dumpText(path, { start, length }), `${args}`)
          .toBe(output("hexdump", args, bytes));
        expect(await dumpText(path0, { start, length }), `${args}`)
          .toBe(output("hexdump", args, new Uint8Array(0)));
      }
    }
  });

  it("reads a sparse file beyond 4 GiB where asked to", async () => {
    const path = file("sparse", "");
    fs.truncateSync(path, 2 ** 32 + 1000);
    const expected = hexdump(new Uint8Array(40), { offset: 2 ** 32 - 24 });
    expect(await dumpText(path, { start: 2 ** 32 - 24, length: 40 }))
      .toBe(expected);
    expect(await dumpText(path, { start: 2 ** 32 + 990 }))
      .toBe(hexdump(new Uint8Array(10), { offset: 2 ** 32 + 990 }));
  });

  it("dumps files without a size", async () => {
    const text = await dumpText("/proc/self/cmdline", { start: 1 });
    expect(text).toMatch(/^00000001 {2}/);
    expect(parseHexdump(text).bytes).toEqual(
      Uint8Array.from(fs.readFileSync("/proc/self/cmdline").subarray(1)),
    );
    expect(await dumpText("/proc/self/cmdline", { start: 2 ** 30 }))
      .toMatch(/^[0-9a-f]{8}\n$/);
  });

  it("says what is wrong", async () => {
    await expect(dumpText(join(folder, "none"))).rejects.toMatchObject({
      code: "ENOENT",
    });
    await expect(dumpText(folder)).rejects.toMatchObject({ code: "EISDIR" });
    for (const length of [-1, 1.5, NaN, "1"]) {
      const options = { length } as { length: number };
      expect(() => hexdumpFile("x", options)).toThrow(RangeError);
    }
    expect(() => hexdumpFile("x", { start: -1 })).toThrow(RangeError);
    expect(() => hexdumpFile("x", { columns: 0 })).toThrow(RangeError);
  });

  it("ends with the signal's reason", async () => {
    const path = file("aborted", new Uint8Array(2 ** 22));
    const controller = new AbortController();
    const pieces = hexdumpFile(path, { signal: controller.signal });
    await pieces.next();
    controller.abort(new Error("enough"));
    await expect(pieces.next()).rejects.toThrow("enough");
  });
});

describe("fillWithRow()", () => {
  it("writes whole rows and nothing else", () => {
    const row = Uint8Array.of(1, 2, 3);
    for (let count = 1; count < 40; count++) {
      const target = new Uint8Array(200);
      fillWithRow(target, 5, 5 + 3 * count, row);
      const expected = new Uint8Array(200);
      for (let i = 0; i < 3 * count; i++) expected[5 + i] = 1 + i % 3;
      expect(target).toEqual(expected);
    }
  });
});

describe("hexdumpFile() and revertHexdumpFile()", () => {
  /** Paths of the open files of this process that the tests made. */
  function openFiles(): string[] {
    return fs.readdirSync("/proc/self/fd").flatMap((fd) => {
      try {
        return [fs.readlinkSync(`/proc/self/fd/${fd}`)];
      } catch {
        return [];
      }
    }).filter((path) => path.startsWith(folder));
  }

  it.skipIf(!fs.existsSync("/proc/self/fd"))(
    "close what they have opened, however they end",
    async () => {
      const good = file("good", hexdump(patchyBytes(99, seededRandom(SEED))));
      const bad = file("bad", "0 61\nx\n");
      for await (const _ of hexdumpFile(good)) {
        expect(openFiles()).toContain(good);
      }
      for await (const _ of hexdumpFile(good)) break;
      for await (const _ of revertHexdumpFile(good));
      for await (const _ of revertHexdumpFile(good)) break;
      await rejection(fs.readFileSync(bad));
      const signal = AbortSignal.abort(new Error("enough"));
      await expect(hexdumpFile(good, { signal }).next()).rejects.toThrow();
      expect(openFiles()).toEqual([]);
    },
  );
});

describe("revertHexdumpFile()", () => {
  it("writes rows that repeat in pieces of bounded length", async () => {
    const dump = file("bomb", "0 61 62 63\n*\n1ffffffffffffe\n");
    let byteLength = 0;
    for await (const piece of revertHexdumpFile(dump)) {
      expect(piece.length).toBeLessThanOrEqual(2 ** 20);
      byteLength += piece.length;
      if (byteLength > 2 ** 24) break;
    }
    expect(byteLength).toBeGreaterThan(2 ** 24);
  });

  it("repeats rows exactly, over several pieces", async () => {
    const row = " 01 02 03 04 05 06 07";
    const count = 400_000;
    const end = (7 * count).toString(16);
    const dump = file("long", `0${row}\n*\n${end} ff\n*\n${end}0\n`);
    const hash = (await import("node:crypto")).createHash("md5");
    let byteLength = 0;
    for await (const piece of revertHexdumpFile(dump)) {
      hash.update(piece);
      byteLength += piece.length;
    }
    const expected = new Uint8Array(7 * count * 16).fill(0xff);
    for (let i = 0; i < 7 * count; i++) expected[i] = 1 + i % 7;
    expect(byteLength).toBe(expected.length);
    expect(hash.digest("hex")).toBe(
      (await import("node:crypto")).createHash("md5").update(expected).digest(
        "hex",
      ),
    );
  });

  it("fills its pieces to the last byte", async () => {
    for (const [end, rest] of [[2 ** 20, 1], [2 ** 20 + 1, 1], [2 ** 21, 16]]) {
      const last = " 62".repeat(rest!);
      const path = file("full", `0 61\n*\n${end!.toString(16)}${last}\n`);
      const parts: Uint8Array[] = [];
      for await (const part of revertHexdumpFile(path)) {
        parts.push(part.slice());
      }
      const expected = new Uint8Array(end! + rest!).fill(0x61);
      expected.fill(0x62, end);
      expect(Buffer.concat(parts).equals(expected), `${end}`).toBe(true);
    }
  });

  it("reads dumps longer than its pieces", async () => {
    const bytes = seededBytes(900_000, SEED);
    const path = file("longdump", hexdump(bytes));
    const parts: Uint8Array[] = [];
    for await (const part of revertHexdumpFile(path)) parts.push(part.slice());
    expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  });

  it("ends at once where a line has no end", async () => {
    const path = file("binary", new Uint8Array(2 ** 22).fill(0x30));
    const call = async () => {
      for await (const _ of revertHexdumpFile(path));
    };
    await expect(call()).rejects.toThrow(/line 1 must have at most 4096 bytes/);
  });
});
