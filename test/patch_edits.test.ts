/** What a patch is asked to do: lists of edits, numbers, scripts, options. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  parseAddition,
  parsePlace,
  parseReplacement,
} from "../src/cli/patch_edits.ts";
import {
  type Addition,
  addTo,
  NUMBER_TYPES,
  numberBytes,
} from "../src/patch/additions.ts";
import { EditList } from "../src/patch/edit_list.ts";
import { parseBytes } from "../src/patch/parse_bytes.ts";
import { type ScriptEdit, ScriptParser } from "../src/patch/script.ts";
import { SabmapError } from "../src/errors.ts";
import { rounds } from "./effort.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

describe("EditList", () => {
  const listed = (list: EditList) =>
    Array.from({ length: list.count }, (_, i) => [
      list.offset(i),
      ...list.bytes.subarray(
        list.start(i),
        list.start(i) + list.byteLength(i),
      ),
    ]);

  test("settle() sorts, and drops edits that are there twice", () => {
    const list = new EditList();
    list.add(9, Uint8Array.of(1));
    list.add(3, Uint8Array.of(2, 3));
    list.add(9, Uint8Array.of(1));
    list.add(2 ** 40, Uint8Array.of(4));
    list.settle();
    expect(listed(list)).toEqual([[3, 2, 3], [9, 1], [2 ** 40, 4]]);
    expect(list.byteCount()).toBe(4);
  });

  test.each([
    ["other bytes", [3, 1, 2], [3, 1, 9]],
    ["another length", [3, 1, 2], [3, 1]],
    ["one in the other", [3, 1, 2, 3], [4, 2]],
  ])("settle() refuses edits that overlap: %s", (_, left, right) => {
    for (const pair of [[left, right], [right, left]]) {
      const list = new EditList();
      for (const [offset = 0, ...bytes] of pair) {
        list.add(offset, Uint8Array.from(bytes));
      }
      expect(() => list.settle()).toThrow(/overlap must be equal: received \[/);
    }
  });

  test("settle() takes edits that touch", () => {
    const list = new EditList();
    list.add(4, Uint8Array.of(2));
    list.add(3, Uint8Array.of(1));
    list.settle();
    expect(list.count).toBe(2);
  });

  test("requireWithin() names the edit that does not lie in the file", () => {
    const list = new EditList();
    list.add(8, Uint8Array.of(1, 2));
    list.requireWithin(10);
    expect(() => list.requireWithin(9)).toThrow(/received \[8, 10\)/);
  });

  test("settle() gives what a naive sort gives", () => {
    fc.assert(fc.property(
      fc.array(
        fc.tuple(fc.nat(300), fc.uint8Array({ minLength: 1, maxLength: 3 })),
      ),
      (edits) => {
        const list = new EditList();
        const kept = edits.filter(([offset], index) =>
          edits.findIndex(([other]) => Math.abs(other - offset) < 3) === index
        );
        for (const [offset, bytes] of kept) list.add(offset, bytes);
        list.settle();
        const sorted = kept.map(([offset, bytes]) => [offset, ...bytes])
          .sort(([a = 0], [b = 0]) => a - b);
        expect(listed(list)).toEqual(sorted);
      },
    ));
  });
});

describe("addTo()", () => {
  const added = (addition: Omit<Addition, "offset">, ...before: number[]) => {
    const bytes = Uint8Array.from(before);
    addTo(bytes, { offset: 0, ...addition });
    return [...bytes];
  };

  test("adds in both byte orders", () => {
    expect(added({ type: "u16", delta: 300 }, 1, 0)).toEqual([45, 1]);
    expect(added({ type: "u16", endian: "big", delta: 300 }, 0, 1))
      .toEqual([1, 45]);
    expect(added({ type: "i8", delta: -3 }, 1)).toEqual([254]);
    expect(added({ type: "u64", delta: 2n ** 40n }, 1, 0, 0, 0, 0, 0, 0, 0))
      .toEqual([1, 0, 0, 0, 0, 1, 0, 0]);
  });

  test("rounds floating point numbers as their type does", () => {
    fc.assert(fc.property(
      fc.constantFrom("f32", "f64"),
      fc.double({ noNaN: true, max: 1e30, min: -1e30 }).map(Math.fround),
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
      fc.boolean(),
      (type, before, delta, isLittle) => {
        const view = new DataView(new ArrayBuffer(numberBytes(type)));
        const set = type === "f32" ? "setFloat32" : "setFloat64";
        const get = type === "f32" ? "getFloat32" : "getFloat64";
        view[set](0, before, isLittle);
        addTo(new Uint8Array(view.buffer), {
          type,
          offset: 0,
          delta,
          endian: isLittle ? "little" : "big",
        });
        const sum = before + delta;
        expect(view[get](0, isLittle))
          .toBe(type === "f32" ? Math.fround(sum) : sum);
      },
    ));
  });

  const integers = NUMBER_TYPES.filter((type) => !type.startsWith("f"));

  test.each(integers)("%s: overflow is an error, or wraps", (type) => {
    const bits = 8 * numberBytes(type);
    const top = type.startsWith("i")
      ? 2n ** BigInt(bits - 1)
      : 2n ** BigInt(bits);
    const bottom = type.startsWith("i") ? -top : 0n;
    const at = (value: bigint) => {
      const bytes = new Uint8Array(bits / 8);
      let rest = BigInt.asUintN(bits, value);
      for (let i = 0; i < bytes.length; i++, rest >>= 8n) {
        bytes[i] = Number(rest & 255n);
      }
      return bytes;
    };
    const most = at(top - 1n);
    expect(() => addTo(most, { type, offset: 7, delta: 1 }))
      .toThrow(/at 7 as the sum must be in its range/);
    addTo(most, { type, offset: 7, delta: 1, wrap: true });
    expect(most).toEqual(at(bottom));
    const least = at(bottom);
    expect(() => addTo(least, { type, offset: 7, delta: -1 })).toThrow(/range/);
    addTo(least, { type, offset: 7, delta: -1, wrap: true });
    expect(least).toEqual(at(top - 1n));
  });

  test("an overflow of floating point numbers is an error", () => {
    const bytes = new Uint8Array(new Float64Array([1.7e308]).buffer);
    expect(() => addTo(bytes, { type: "f64", offset: 0, delta: 1e308 }))
      .toThrow(/range/);
  });

  test("whole numbers take whole deltas only", () => {
    const bytes = new Uint8Array(4);
    expect(() => addTo(bytes, { type: "u32", offset: 0, delta: 0.5 }))
      .toThrow(/must be a whole number: received 0.5/);
  });
});

describe("options of process patch", () => {
  test("parsePlace() reads offsets and bytes", () => {
    expect(parsePlace("0x10=ff00", "--at"))
      .toEqual({ offset: 16, bytes: Uint8Array.of(255, 0) });
    expect(parsePlace("1KiB=text:a=b", "--at"))
      .toEqual({ offset: 1024, bytes: utf8("a=b") });
  });

  test.each(["", "5", "=ff", "5=", "5=f", "5=fg", "x=ff", "-1=ff", "5=text:"])(
    "parsePlace() refuses %j",
    (text) => expect(() => parsePlace(text, "--at")).toThrow(/--at/),
  );

  test.each(
    [
      ["foo=bar", "foo", "bar"],
      ["hex:6162=hex:6364", "ab", "cd"],
      ["hex:6162=6364", "ab", "cd"],
      ["hex:6162=text:xy", "ab", "xy"],
      ["ab=hex:6364", "ab", "cd"],
      ["a=b=c=d", "a=b", "c=d"],
      ["text:a=text:b", "a", "b"],
      ["é=ab", "é", "ab"],
    ] as const,
  )("parseReplacement(%j)", (text, old, next) => {
    expect(parseReplacement(text)).toEqual({ old: utf8(old), new: utf8(next) });
  });

  test.each(["", "foo", "foo=ba", "=", "hex:6=7", "hex:zz=yy"])(
    "parseReplacement() refuses %j",
    (text) => expect(() => parseReplacement(text)).toThrow(/equally many/),
  );

  test("parseAddition() reads type, order, place and sum", () => {
    expect(parseAddition("u32be@0x10=-1", false)).toEqual({
      type: "u32",
      endian: "big",
      offset: 16,
      delta: -1n,
      wrap: false,
    });
    expect(parseAddition("f64@8=-1.5e3", true).delta).toBe(-1500);
    expect(parseAddition("i64le@8=0xff", true).delta).toBe(255n);
  });

  test.each([
    ...["u24@0=1", "u8@0", "u8@=1", "u8@0=", "u8@0=1.5", "f32@0=x", "f32@0="],
    ...["u8xe@0=1", "f16@0=1", "u8@0=--1", "f64@0=Infinity"],
  ])(
    "parseAddition() refuses %j",
    (text) => expect(() => parseAddition(text, false)).toThrow(/--add/),
  );
});

describe("ScriptParser", () => {
  const parse = (text: string, pieceBytes = Infinity) => {
    const parser = new ScriptParser("edits");
    const edits: ScriptEdit[] = [];
    const bytes = utf8(text);
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      parser.push(
        bytes.subarray(at, at + pieceBytes),
        (edit) => edits.push(edit),
      );
    }
    parser.finish((edit) => edits.push(edit));
    return edits;
  };
  const script = '{"offset": 5, "bytes": "0A ff"}\r\n\n' +
    '{"bytes":"text:hé","expect":"00","offset":"0x10"}';

  test("reads lines, whatever pieces they come in", () => {
    const expected = [
      { offset: 5, bytes: Uint8Array.of(10, 255), expect: undefined },
      { offset: 16, bytes: utf8("hé"), expect: Uint8Array.of(0) },
    ];
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      expect(parse(script, pieceBytes)).toEqual(expected);
    }
    expect(parse("")).toEqual([]);
  });

  test.each([
    ["nonsense", /line 1 of the script is no JSON/],
    ["\n[1]", /line 2 of the script is no object/],
    ["null", /no object/],
    ['{"offset":1,"bytes":"00","expct":"00"}', /not known: "expct"/],
    ['{"bytes":"00"}', /no "offset"/],
    ['{"offset":-1,"bytes":"00"}', /no "offset"/],
    ['{"offset":1.5,"bytes":"00"}', /no "offset"/],
    ['{"offset":9007199254740992,"bytes":"00"}', /no "offset"/],
    ['{"offset":1}', /no "bytes"/],
    ['{"offset":1,"bytes":""}', /no "bytes"/],
    ['{"offset":1,"bytes":"0"}', /no "bytes"/],
    ['{"offset":1,"bytes":[0]}', /no "bytes"/],
    ['{"offset":1,"bytes":"00","expect":null}', /no "expect"/],
  ])("refuses %j", (text, message) => {
    expect(() => parse(text)).toThrow(message);
    expect(() => parse(text)).toThrow(SabmapError);
  });

  test("refuses bytes that are no UTF-8", () => {
    const parser = new ScriptParser("edits");
    expect(() => parser.push(Uint8Array.of(0x7b, 0xff, 0x0a), () => {}))
      .toThrow(/no UTF-8/);
  });

  test("takes or refuses anything, and breaks at nothing", () => {
    const value = fc.oneof(fc.json(), fc.string(), fc.constant(script));
    fc.assert(
      fc.property(value, fc.integer({ min: 1, max: 9 }), (text, size) => {
        const outcome = (pieceBytes: number) => {
          try {
            return parse(text, pieceBytes);
          } catch (error) {
            if (error instanceof SabmapError) return error.message;
            throw error;
          }
        };
        expect(outcome(size)).toEqual(outcome(Infinity));
      }),
      { numRuns: rounds(300) },
    );
  });

  test("reads what JSON writes", () => {
    const edit = fc.record({
      offset: fc.maxSafeNat(),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    });
    fc.assert(fc.property(fc.array(edit), (edits) => {
      const lines = edits.map(({ offset, bytes }) =>
        JSON.stringify({ offset, bytes: Buffer.from(bytes).toString("hex") })
      );
      expect(parse(lines.join("\n"))).toEqual(
        edits.map((each) => ({ ...each, expect: undefined })),
      );
    }));
  });
});

test("parseBytes() reads hexadecimal digits of both cases, with spaces", () => {
  expect(parseBytes("0x0A fF_01", "hex")).toEqual(Uint8Array.of(10, 255, 1));
  expect(parseBytes("hex:00", "text")).toEqual(Uint8Array.of(0));
  expect(parseBytes("0g", "hex")).toBeUndefined();
});
