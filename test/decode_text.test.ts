import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeText,
  type TextEncodingName,
  type TextErrorMode,
} from "../src/binary/decode_text.ts";
import { encodeText } from "../src/binary/encode_text.ts";
import { SabmapError } from "../src/errors.ts";
import { seededRandom } from "./job_driver.ts";
import { fromHex, testAgainstPython } from "./python_oracle.ts";
import { rounds } from "./effort.ts";

const SEED = 20261121;
const COMMITTED = 2000;
const MODES = [
  "strict",
  "ignore",
  "replace",
  "backslashreplace",
  "surrogateescape",
] as const;
const ENCODINGS: readonly TextEncodingName[] = [
  "utf-8",
  "utf-8-sig",
  "utf-16",
  "utf-16le",
  "utf-16be",
  "ascii",
  "latin-1",
  "cp1252",
];

/** What Python makes of bytes or text in each mode: a value, or where and why it raises. */
interface TextCase {
  readonly decode?: string;
  readonly encode?: string;
  readonly encoding: string;
  readonly results: readonly (string | [number, number, string])[];
}

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  // In the middle of a buffer, so that offsets count.
  const all = new Uint8Array(new SharedArrayBuffer(bytes.length + 9)).fill(255);
  all.set(bytes, 3);
  return all.subarray(3, 3 + bytes.length);
}

function codeUnits(text: string): string {
  return Array.from(
    { length: text.length },
    (_, i) => text.charCodeAt(i).toString(16),
  ).join(" ");
}

function attempt<T>(action: () => T): T | SabmapError {
  try {
    return action();
  } catch (error) {
    if (error instanceof SabmapError) return error;
    throw error;
  }
}

function expectAsPython(one: TextCase, where: string): void {
  for (const [i, mode] of MODES.entries()) {
    const expected = one.results[i]!;
    const text = `${where}, ${mode}: ${JSON.stringify(one)}`;
    const received = attempt(() =>
      one.decode === undefined
        ? Buffer.from(encodeText(one.encode!, one.encoding, mode)).toString(
          "hex",
        )
        : decodeText(shared(fromHex(one.decode)), one.encoding, mode)
    );
    if (typeof expected === "string") {
      if (typeof received !== "string") throw received;
      if (received !== expected) {
        expect(codeUnits(received), text).toBe(codeUnits(expected));
      }
    } else expectError(received, expected, mode, one, text);
  }
}

function expectError(
  received: unknown,
  [start, end, reason]: [number, number, string],
  mode: TextErrorMode,
  one: TextCase,
  text: string,
): void {
  expect(received, text).toBeInstanceOf(SabmapError);
  const { code, message, range } = received as SabmapError;
  expect(code, text).toBe("ERR_BAD_TEXT");
  if (one.decode !== undefined) {
    expect(range, text).toEqual({ start, end });
    const bytes = fromHex(one.decode).subarray(start, end);
    const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0"));
    expect(message, text).toContain(
      `(${reason} at offset ${start}): received ${hex.join(" ")}`,
    );
  } else if (mode === "strict") {
    expect(message, text).toContain(`(${reason} at index ${start}): received`);
  }
}

describe("decodeText() and encodeText() agree with Python", () => {
  testAgainstPython<TextCase>(
    { name: "decode_cases", committed: COMMITTED, fresh: 3000 },
    (one, i, where) => expectAsPython(one, where || `case ${i}`),
  );
});

/** Text with characters of all lengths, and bytes that are none at some places. */
function patchyText(
  byteLength: number,
  random: () => number,
  badEvery: number,
): { bytes: Uint8Array; faults: number[] } {
  const pieces = ["plain ascii, ", "é", "€", "😀", "\0", "\n", "\ufeff"].map((
    piece,
  ) => new TextEncoder().encode(piece));
  const bytes = new Uint8Array(byteLength);
  const faults: number[] = [];
  for (let at = 0; at < byteLength;) {
    if (random() * badEvery < 1) {
      faults.push(at);
      bytes[at++] = 0xff;
      continue;
    }
    const piece = pieces[Math.floor(random() * pieces.length)]!;
    if (at + piece.length > byteLength) bytes.fill(0x2e, at);
    else bytes.set(piece, at);
    at += piece.length;
  }
  return { bytes, faults };
}

describe("decodeText()", () => {
  test("decodes long text, however its chunks are cut", () => {
    const random = seededRandom(SEED);
    for (let length = 65_530; length < 65_545; length++) {
      const { bytes } = patchyText(2 * length + 3, random, Infinity);
      const expected = Buffer.from(bytes).toString("utf8");
      for (const source of [bytes, shared(bytes), Buffer.from(bytes)]) {
        expect(decodeText(source) === expected, `${length}`).toBe(true);
      }
    }
    // Each way that a character can lie over the end of a chunk.
    for (const character of ["é", "€", "😀"]) {
      for (let front = 65_530; front < 65_540; front++) {
        const text = "x".repeat(front) + character + "y".repeat(70_000);
        expect(decodeText(Buffer.from(text)) === text).toBe(true);
      }
    }
  });

  test("reports faults at their offsets in long text", () => {
    const random = seededRandom(SEED);
    for (const badEvery of [2, 100, 30_000]) {
      const { bytes, faults } = patchyText(300_000, random, badEvery);
      expect(faults.length).toBeGreaterThan(0);
      const error = attempt(() => decodeText(shared(bytes)));
      expect((error as SabmapError).range)
        .toEqual({ start: faults[0]!, end: faults[0]! + 1 });
      const expected = Buffer.from(bytes).toString("latin1");
      const escaped = decodeText(shared(bytes), "utf-8", "surrogateescape");
      expect(
        Buffer.from(encodeText(escaped, "utf-8", "surrogateescape"))
          .toString("latin1") === expected,
      ).toBe(true);
      expect(escaped.match(/\udcff/g)?.length).toBe(faults.length);
      const replaced = decodeText(bytes, "utf-8", "replace");
      expect(replaced === Buffer.from(bytes).toString("utf8")).toBe(true);
    }
  });

  test("replaces as the runtime's decoder does, whatever the bytes are", () => {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    const bounds = [
      ...[0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf],
      ...[0xe0, 0xe1, 0xed, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff],
    ];
    for (const a of bounds) {
      for (const b of bounds) {
        for (const c of bounds) {
          for (const d of bounds) {
            const bytes = Uint8Array.of(a, b, c, d);
            const received = decodeText(bytes, "utf-8", "replace");
            if (received === decoder.decode(bytes)) continue;
            expect(codeUnits(received), `${bytes}`)
              .toBe(codeUnits(decoder.decode(bytes)));
          }
        }
      }
    }
  });

  test("stops at an unfinished character at the end of long text", () => {
    const front = "é".repeat(50_000);
    for (const [tail, replaced] of [[1, "\ufffd"], [3, "\ufffd"]] as const) {
      const bytes = Buffer.concat([
        Buffer.from(front),
        Buffer.from("😀").subarray(0, tail),
      ]);
      const error = attempt(() => decodeText(bytes)) as SabmapError;
      expect(error.range).toEqual({ start: 100_000, end: 100_000 + tail });
      expect(error.message).toContain("unexpected end of data");
      expect(decodeText(bytes, "utf-8", "replace") === front + replaced)
        .toBe(true);
    }
  });

  test("knows the names that Python knows, however they are written", () => {
    const bytes = Uint8Array.of(0xe9);
    for (
      const name of ["latin1", "LATIN-1", "l1", "ISO-8859-1", "iso8859_1"]
    ) {
      expect(decodeText(bytes, name)).toBe("é");
    }
    for (const name of ["utf8", "UTF-8", "U8", "utf_8", "cp65001"]) {
      expect(decodeText(Uint8Array.of(0xc3, 0xa9), name)).toBe("é");
    }
    for (const name of ["utf-16-le", "UTF_16LE", "utf16le"]) {
      expect(decodeText(Uint8Array.of(0xe9, 0), name)).toBe("é");
    }
    for (const name of ["us-ascii", "646", "ASCII"]) {
      expect(decodeText(Uint8Array.of(0x65), name)).toBe("e");
    }
    for (const name of ["windows-1252", "CP1252", "1252"]) {
      expect(decodeText(Uint8Array.of(0x80), name)).toBe("€");
    }
    for (const name of ENCODINGS) {
      expect(decodeText(encodeText("e", name), name).slice(-1)).toBe("e");
    }
  });

  test("decodes every byte of the encodings that have all", () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(codeUnits(decodeText(all, "latin-1")))
      .toBe(Array.from(all, (i) => i.toString(16)).join(" "));
    // https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT
    const special = [
      ...[0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6],
      ...[0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0, 0, 0x2018, 0x2019, 0x201c],
      ...[0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153],
      ...[0, 0x17e, 0x178],
    ];
    for (const byte of all) {
      const expected = byte >= 0x80 && byte < 0xa0
        ? special[byte - 0x80]!
        : byte;
      if (expected === 0 && byte !== 0) continue;
      const text = String.fromCharCode(expected);
      expect(decodeText(Uint8Array.of(byte), "cp1252")).toBe(text);
      expect(encodeText(text, "cp1252")).toEqual(Uint8Array.of(byte));
    }
  });

  test("takes any view, and text longer than its scratch", () => {
    const floats = new Float64Array([1, 2]);
    const expected = Buffer.from(floats.buffer).toString("latin1");
    expect(decodeText(floats, "latin-1")).toBe(expected);
    expect(decodeText(floats.buffer, "latin-1")).toBe(expected);
    expect(
      decodeText({ toUint8View: () => new Uint8Array(floats.buffer) }, "l1"),
    )
      .toBe(expected);
    for (const length of [8191, 8192, 8193, 20_000]) {
      const bytes = new Uint8Array(length).map((_, i) => 65 + i % 26);
      for (const name of ["ascii", "latin-1", "cp1252"]) {
        expect(decodeText(shared(bytes), name))
          .toBe(Buffer.from(bytes).toString("latin1"));
      }
    }
    const pairs = "😀".repeat(5000);
    const units = encodeText(pairs, "utf-16be");
    expect(decodeText(units, "utf-16be")).toBe(pairs);
    const broken = Buffer.concat([Buffer.from(pairs), Uint8Array.of(255)]);
    expect(decodeText(broken, "utf-8", "ignore")).toBe(pairs);
  });

  test("defaults to UTF-8 and strict", () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0xc3, 0xa9)))
      .toBe("\ufeffé");
    expect(() => decodeText(Uint8Array.of(0x61, 0xff, 0x62))).toThrow(
      /^Cannot decode bytes as utf-8 \(invalid start byte at offset 1\): received ff$/,
    );
    expect(decodeText(new Uint8Array(0))).toBe("");
  });

  test("refuses what it does not know", () => {
    const bytes = Uint8Array.of(0x61);
    expect(() => decodeText(bytes, "utf-32")).toThrow(RangeError);
    expect(() => decodeText(bytes, "utf-8-sg")).toThrow(
      /^Cannot use an encoding as it must be one of utf-8, .*: received "utf-8-sg" \(did you mean "utf-8-sig"\?\)$/,
    );
    for (const wrong of ["Strict", "surrogatepass", ""]) {
      expect(() => decodeText(bytes, "utf-8", wrong as TextErrorMode)).toThrow(
        /^Cannot use an error mode as it must be one of strict, .*: received "/,
      );
      expect(() => encodeText("", "utf-8", wrong as TextErrorMode))
        .toThrow(RangeError);
    }
    expect(() => decodeText(bytes, 8 as unknown as string)).toThrow(TypeError);
    expect(() => decodeText(bytes, "utf-8", null as unknown as TextErrorMode))
      .toThrow(TypeError);
    expect(() => decodeText("text" as unknown as Uint8Array)).toThrow(
      TypeError,
    );
    expect(() => encodeText(bytes as unknown as string)).toThrow(
      /^Cannot encode text as it must be a string: received Uint8Array/,
    );
  });
});

describe("encodeText()", () => {
  test("with surrogateescape is the inverse of decodeText(), on any bytes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom("utf-8", "ascii", "latin-1", "cp1252"),
        (bytes, encoding) => {
          const text = decodeText(shared(bytes), encoding, "surrogateescape");
          expect(encodeText(text, encoding, "surrogateescape")).toEqual(bytes);
        },
      ),
      { numRuns: rounds(500) },
    );
  });

  test("is the inverse of decodeText(), on any text", () => {
    const text = fc.string({ unit: "binary" });
    fc.assert(
      fc.property(
        text,
        fc.constantFrom("utf-8", "utf-8-sig", "utf-16", "utf-16le", "utf-16be"),
        (text, encoding) => {
          expect(decodeText(encodeText(text, encoding), encoding)).toBe(text);
        },
      ),
      { numRuns: rounds(500) },
    );
  });

  test("gives bytes of its own that end with the text", () => {
    for (const text of ["", "abc", "é".repeat(100), "\udcff".repeat(50)]) {
      const bytes = encodeText(text, "utf-8", "surrogateescape");
      expect(bytes.buffer.byteLength).toBe(bytes.length);
    }
  });

  test("names the character", () => {
    expect(() => encodeText("a😀\udc80", "utf-8")).toThrow(
      /^Cannot encode text as utf-8 \(surrogates not allowed at index 3\): received U\+DC80$/,
    );
    expect(() => encodeText("é😀", "latin-1")).toThrow(
      /^Cannot encode text as latin-1 \(ordinal not in range\(256\) at index 1\): received U\+1F600$/,
    );
  });
});
