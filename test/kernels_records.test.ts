import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Backend } from "../src/kernels/kernels.ts";
import {
  bindRecordKernels,
  FieldKind,
  ODD_RECORD,
  type RecordKernels,
  TenthsEnd,
} from "../src/kernels/records.ts";
import { FIXED_CACHE_BYTES } from "../src/kernels/records_layout.ts";
import {
  clearFixedCache,
  fixedInitialCells,
  fixedSum,
} from "../src/records/fast_fixed_cells.ts";
import { GroupTable } from "../src/records/group_table.ts";
import { randomBytes } from "./kernels_arena.ts";
import { rounds } from "./effort.ts";

const PAGE = 65536;
const CURSORS = 1024;
const TABLE = PAGE;
const TABLE_BYTES = 4 * 1024 ** 2;
const CACHE = TABLE + TABLE_BYTES;
const INPUT = CACHE + 3 * PAGE;
const SEMICOLON = 0x3b;
const ENCODER = new TextEncoder();
const BACKENDS: readonly Backend[] = ["scalar", "simd"];

/** A table for each backend, in a memory of its own. */
class Setup {
  readonly kernels: RecordKernels;
  readonly table: GroupTable;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly integers: BigInt64Array;
  readonly signed: Int32Array;
  readonly doubles: Float64Array;

  constructor(
    backend: Backend,
    initialCells: Uint8Array,
    tableBytes = TABLE_BYTES,
  ) {
    const memory = new WebAssembly.Memory({
      initial: 128,
      maximum: 128,
      shared: true,
    });
    this.kernels = bindRecordKernels(memory, backend);
    this.table = new GroupTable(
      {
        memory,
        region: { byteOffset: TABLE, byteLength: tableBytes },
        backend,
      },
      { initialCells, seed: [7, 8] },
    );
    this.bytes = new Uint8Array(memory.buffer);
    this.words = new Uint32Array(memory.buffer);
    this.integers = new BigInt64Array(memory.buffer);
    this.signed = new Int32Array(memory.buffer);
    this.doubles = new Float64Array(memory.buffer);
  }

  clearCache(): void {
    clearFixedCache(
      this.words.subarray(CACHE / 4).subarray(0, FIXED_CACHE_BYTES / 4),
    );
  }

  forEach(visit: (key: Uint8Array, cell: number) => void): void {
    this.table.forEach((key, keyBytes, cells) =>
      visit(this.bytes.slice(key, key + keyBytes), cells / 8)
    );
  }
}

const TENTHS = new Uint8Array(
  BigInt64Array.of(0n, 0n, 2n ** 63n - 1n, -(2n ** 63n)).buffer,
);

/** Groups, lines in all, and the lines that are of another form. */
interface Scanned {
  readonly groups: Record<string, string>;
  readonly lines: number;
  readonly odd: readonly string[];
}

/** Scans a text that begins at `INPUT + shift`, in halves that part behind the newline at or after `cut`. */
function scanText(
  backend: Backend,
  text: Uint8Array,
  shift = 0,
  cut = text.length / 2,
): Scanned {
  const setup = new Setup(backend, TENTHS);
  const { bytes, words, kernels, table } = setup;
  const start = INPUT + shift, end = start + text.length;
  // What surrounds the text would go on with it, if it were looked at.
  bytes.fill(0x39, start - 64, end + 64);
  bytes.set(text, start);
  const newline = text.indexOf(0x0a, cut);
  const middle = newline < 0 ? end : start + newline + 1;
  words.set([start, middle, middle, end, 0], CURSORS / 4);
  const odd: string[] = [];
  for (;;) {
    const stopped = kernels.scanTenths(table.address, CURSORS, SEMICOLON);
    if (stopped === TenthsEnd.Done) break;
    expect(stopped).not.toBe(TenthsEnd.Full);
    const cursor = CURSORS / 4 + (stopped === TenthsEnd.OddFirst ? 0 : 2);
    const line = words[cursor]!, halfEnd = words[cursor + 1]!;
    const next = bytes.subarray(0, halfEnd).indexOf(0x0a, line);
    words[cursor] = next < 0 ? halfEnd : next + 1;
    odd.push(textOf(bytes.slice(line, words[cursor])));
  }
  const groups: Record<string, string> = {};
  setup.forEach((key, cell) => {
    groups[textOf(key)] = setup.integers.slice(cell, cell + 4).join();
  });
  return { groups, lines: words[CURSORS / 4 + 4]!, odd: odd.toSorted() };
}

/** One letter for each byte. */
function textOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => String.fromCharCode(byte)).join("");
}

const LINE =
  /^(?!\0[^;]{32};)([^;\n]{0,255});(-?)(\d{1,2}|0\d\d|(?<=-))\.(\d)\n?$/;

function naiveScan(bytes: Uint8Array): Scanned {
  const groups = new Map<string, [number, number, number, number]>();
  const odd: string[] = [];
  let lines = 0;
  for (const line of textOf(bytes).match(/[^\n]*\n|[^\n]+$/g) ?? []) {
    const match = LINE.exec(line);
    if (match === null) {
      odd.push(line);
      continue;
    }
    lines++;
    const [, key = "", sign, whole, tenth] = match;
    if (sign === "-" && whole?.length === 3) {
      lines--;
      odd.push(line);
      continue;
    }
    const value = Number(`${sign}${whole}${tenth}`) + 0;
    const [count, sum, min, max] = groups.get(key) ?? [0, 0, 999, -999];
    groups.set(key, [
      count + 1,
      sum + value,
      Math.min(min, value),
      Math.max(max, value),
    ]);
  }
  const texts = [...groups].map(([key, cells]) => [key, cells.join()]);
  return { groups: Object.fromEntries(texts), lines, odd: odd.toSorted() };
}

function expectScan(text: Uint8Array, shift?: number, cut?: number): void {
  const expected = naiveScan(text);
  for (const backend of BACKENDS) {
    expect(scanText(backend, text, shift, cut), backend).toEqual(expected);
  }
}

describe("scanTenths()", () => {
  test("knows every number of the form", () => {
    const numbers = Array.from({ length: 1999 }, (_, i) => (i - 999) / 10);
    const lines = numbers.map((number) => `k${number};${number.toFixed(1)}\n`);
    expectScan(
      ENCODER.encode(["k;-0.0\nk;00.0\nk;-01.5\n", ...lines].join("")),
    );
  });

  test("leaves every other number, next to those that are of the form", () => {
    const odd = [
      ..."1,1.,.1,1.12,123.4,-123.4,+1.2,+12.3,--1.2,-.5,1.2.3,12.34,-12.34,1e1"
        .split(","),
      ..." 1.2,1.2 ,1.2\r,- 1.2,-\u00001.2,\u00001.2,1.x,x.1,1x.1,x1.1,1/2,1.:,:.1"
        .split(","),
      ..."\u00111.2,-\u00111.2,1:.0,12:3,-12;3,,-,.,-.,1.2;,;1.2,\u00b1.2,\u00121.2"
        .split(","),
    ];
    for (const number of odd) {
      const text = `ab;1.2\nab;${number}\ncd;-3.4\nab;${number}\nab;5.6\n`;
      // With enough behind it that it is not read byte by byte, and without.
      expectScan(ENCODER.encode(text + "pad;7.7\n".repeat(9)));
      expectScan(ENCODER.encode(text));
      expectScan(ENCODER.encode(`ab;1.2\nab;${number}`));
    }
  });

  test("knows any byte in place of each byte of a line", () => {
    const pad = [...ENCODER.encode("pad;7.7\n")];
    for (const number of ["1.2", "12.3", "-1.2", "-12.3", "012.3", "-.5"]) {
      const line = ENCODER.encode(`é;${number}\n`);
      for (let at = 0; at < line.length; at++) {
        const text = Array.from({ length: 256 }, (_, byte) => {
          const changed = line.slice();
          changed[at] = byte;
          return [...changed, ...pad];
        });
        expectScan(Uint8Array.from(text.flat()), at);
      }
    }
  });

  test("knows keys of zeros, which short keys are padded with", () => {
    const lines = Array.from({ length: 40 }, (_, i) => [
      `${"\0".repeat(i)};1.5\n`,
      `a${"\0".repeat(i)};2.5\n`,
      `${"\0".repeat(i)}a;3.5\n`,
    ]);
    const text = lines.flat().join("");
    expectScan(ENCODER.encode(text + text + "pad;7.7\n".repeat(9)));
  });

  test("knows lines without a key or a delimiter, and empty ones", () => {
    expectScan(ENCODER.encode(";1.2\n\n\n;\n1.2\nabc\na;b\n;;1.2\n\n"));
    expectScan(ENCODER.encode("\n".repeat(100)));
    expectScan(new Uint8Array(0));
  });

  test("takes a last line without a newline", () => {
    for (const end of ["a;1.2", "a;-12.3", "a;1.", "a;", "a", "a;1.23"]) {
      for (const lead of [0, 1, 3, 5, 20]) {
        expectScan(ENCODER.encode("b;3.4\n".repeat(lead) + end));
      }
    }
  });

  test("knows keys of every length, at every alignment, up to 255 bytes", () => {
    for (let byteLength = 0; byteLength <= 258; byteLength++) {
      const key = "ß0123456789abcdef".repeat(20).slice(0, byteLength);
      const bytes = ENCODER.encode(key).subarray(0, byteLength);
      const number = ENCODER.encode(`;${byteLength % 100}.5\n`);
      const line = [...bytes, ...number];
      const pad = [...ENCODER.encode("pad;7.7\n".repeat(byteLength % 9))];
      const text = Uint8Array.from([...line, ...pad, ...line, ...line]);
      expectScan(text, byteLength % 17);
    }
  });

  test("parts the lines anywhere", () => {
    const text = ENCODER.encode(
      Array.from({ length: 40 }, (_, i) => `key${i % 7};${i}.${i % 10}\n`)
        .join(""),
    );
    for (let cut = 0; cut <= text.length; cut++) expectScan(text, cut % 5, cut);
  });

  test("agrees with the plain scan on random lines", () => {
    const key = fc.string({
      unit: fc.constantFrom(..."abcéß ;\n.0123456789-"),
      maxLength: 24,
    });
    const number = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.integer({ min: -999, max: 999 }).map((tenths) =>
          (tenths / 10).toFixed(1)
        ),
      },
      {
        weight: 1,
        arbitrary: fc.string({
          unit: fc.constantFrom(..."0159.-; "),
          maxLength: 6,
        }),
      },
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, number), { maxLength: 60 }),
        fc.nat(15),
        fc.boolean(),
        (lines, shift, ends) => {
          const text = lines.map(([key, number]) => `${key};${number}`).join(
            "\n",
          );
          expectScan(ENCODER.encode(text + (ends ? "\n" : "")), shift);
        },
      ),
      { numRuns: rounds(200) },
    );
  });

  test("knows 10,000 keys of up to 100 bytes", () => {
    const lines = Array.from({ length: 25_000 }, (_, i) => {
      const key = `${i % 10_000}`.padEnd((i % 10_000) % 50 + 5, "ü");
      return `${key};${(((i * 7919) % 1999) - 999) / 10}`;
    });
    // Whole numbers have no point: they are odd.
    expectScan(ENCODER.encode(lines.join("\n")));
  });

  test.each(BACKENDS)(
    "%s: stops at a line whose key there is no room for",
    (backend) => {
      const setup = new Setup(backend, TENTHS, 1024 ** 2);
      const lines = Array.from({ length: 20_000 }, (_, i) => `key ${i};1.0\n`);
      const text = ENCODER.encode(lines.join(""));
      setup.bytes.set(text, INPUT);
      const end = INPUT + text.length;
      const middle = INPUT + text.indexOf(0x0a, text.length / 2) + 1;
      const { words } = setup;
      words.set([INPUT, middle, middle, end, 0], CURSORS / 4);
      let added = 0;
      let stops = 0;
      for (;;) {
        const stopped = setup.kernels.scanTenths(TABLE, CURSORS, SEMICOLON);
        added += setup.table.size;
        setup.table.clear();
        if (stopped === TenthsEnd.Done) break;
        expect(stopped).toBe(TenthsEnd.Full);
        stops++;
      }
      expect(stops).toBeGreaterThan(0);
      expect(added).toBe(20_000);
      expect(words[CURSORS / 4 + 4]).toBe(20_000);
    },
  );
});

/** One field of each kind, from offset 8 on; the key is in front. */
interface Field {
  readonly kind: FieldKind;
  readonly byteLength: number;
  write(view: DataView, at: number, value: number): void;
  read(view: DataView, at: number): number;
}

const FIELDS: readonly Field[] = [
  {
    kind: FieldKind.F64,
    byteLength: 8,
    write: (view, at, value) => view.setFloat64(at, value, true),
    read: (view, at) => view.getFloat64(at, true),
  },
  {
    kind: FieldKind.F32,
    byteLength: 4,
    write: (view, at, value) => view.setFloat32(at, value, true),
    read: (view, at) => view.getFloat32(at, true),
  },
  {
    kind: FieldKind.I32,
    byteLength: 4,
    write: (view, at, value) => view.setInt32(at, value, true),
    read: (view, at) => view.getInt32(at, true),
  },
  {
    kind: FieldKind.U32,
    byteLength: 4,
    write: (view, at, value) => view.setUint32(at, value, true),
    read: (view, at) => view.getUint32(at, true),
  },
  {
    kind: FieldKind.I16,
    byteLength: 2,
    write: (view, at, value) => view.setInt16(at, value, true),
    read: (view, at) => view.getInt16(at, true),
  },
  {
    kind: FieldKind.U16,
    byteLength: 2,
    write: (view, at, value) => view.setUint16(at, value, true),
    read: (view, at) => view.getUint16(at, true),
  },
  {
    kind: FieldKind.I8,
    byteLength: 1,
    write: (view, at, value) => view.setInt8(at, value),
    read: (view, at) => view.getInt8(at),
  },
  {
    kind: FieldKind.U8,
    byteLength: 1,
    write: (view, at, value) => view.setUint8(at, value),
    read: (view, at) => view.getUint8(at),
  },
];

interface FixedGroup {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** In units of 2**-1074. */
  readonly units: bigint;
}

function unitsOf(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xf_ffff_ffff_ffffn;
  const size = exponent === 0n
    ? fraction
    : (fraction | (1n << 52n)) << (exponent - 1n);
  return bits >> 63n === 0n ? size : -size;
}

describe("scanFixed()", () => {
  const STRIDE = 19;

  /** Scans records of a key and a value, at odd addresses. */
  function scanValues(
    backend: Backend,
    field: Field,
    keyBytes: number,
    values: readonly (readonly [key: number, value: number])[],
    extremes: 0 | 1 = 1,
    atOnce = Infinity,
  ): { groups: Map<string, FixedGroup>; odd: number[] } {
    const setup = new Setup(backend, fixedInitialCells());
    setup.clearCache();
    const view = new DataView(setup.bytes.buffer);
    const start = INPUT + 3;
    values.forEach(([key, value], i) => {
      const record = start + i * STRIDE;
      setup.bytes.set(randomBytes(STRIDE, i), record);
      for (let at = 0; at < keyBytes; at++) {
        view.setUint8(record + 1 + at, (key >>> (8 * (at % 4))) & 255);
      }
      field.write(view, record + 10, value);
    });
    const odd: number[] = [];
    for (let done = 0; done < values.length;) {
      const end = Math.min(values.length, done + atOnce);
      const stopped = setup.kernels.scanFixed(
        TABLE,
        CACHE,
        start + done * STRIDE,
        end - done,
        STRIDE,
        1,
        keyBytes,
        10,
        field.kind,
        extremes,
      );
      done += stopped % ODD_RECORD;
      if (stopped >= ODD_RECORD) odd.push(done++);
      else expect(done).toBe(end);
    }
    const groups = new Map<string, FixedGroup>();
    setup.forEach((key, cell) => {
      groups.set(key.join(), {
        count: Number(setup.integers[cell]),
        min: setup.doubles[cell + 1]!,
        max: setup.doubles[cell + 2]!,
        units: fixedSum(setup.signed, setup.doubles, cell).map(unitsOf).reduce(
          (a, b) => a + b,
          0n,
        ),
      });
    });
    return { groups, odd };
  }

  function naive(
    field: Field,
    keyBytes: number,
    values: readonly (readonly [key: number, value: number])[],
  ): { groups: Map<string, FixedGroup>; odd: number[] } {
    const groups = new Map<string, FixedGroup>();
    const odd: number[] = [];
    const view = new DataView(new ArrayBuffer(8));
    values.forEach(([key, written], i) => {
      field.write(view, 0, written);
      const value = field.read(view, 0) + 0;
      const name = Array.from(
        { length: keyBytes },
        (_, at) => (key >>> (8 * (at % 4))) & 255,
      ).join();
      const group = groups.get(name) ??
        { count: 0, min: Infinity, max: -Infinity, units: 0n };
      if (!(Math.abs(value) < 2 ** 960)) {
        odd.push(i);
        groups.set(name, group);
        return;
      }
      groups.set(name, {
        count: group.count + 1,
        min: Math.min(group.min, value),
        max: Math.max(group.max, value),
        units: group.units + unitsOf(value),
      });
    });
    return { groups, odd };
  }

  const key = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const anyValue = fc.double();

  for (const field of FIELDS) {
    const [name] = Object.entries(FieldKind).find(([, kind]) =>
      kind === field.kind
    )!;
    test(`${name}: agrees with sums of bigints`, () => {
      fc.assert(
        fc.property(
          fc.constantFrom(0, 1, 2, 4),
          fc.array(
            fc.tuple(fc.oneof(fc.nat(3), key), fc.oneof(anyValue, key)),
            { maxLength: 120 },
          ),
          (keyBytes, values) => {
            const expected = naive(field, keyBytes, values);
            for (const backend of BACKENDS) {
              const scanned = scanValues(backend, field, keyBytes, values);
              expect(scanned, backend).toEqual(expected);
              const sums = scanValues(backend, field, keyBytes, values, 0);
              for (const [key, group] of expected.groups) {
                const extremes = { min: Infinity, max: -Infinity };
                expect(sums.groups.get(key)).toEqual({ ...group, ...extremes });
              }
            }
          },
        ),
        { numRuns: rounds(40) },
      );
    });
  }

  test.each([0, -1070, 900])(
    "carries before a chunk overflows, from 2**%d on",
    (exponent) => {
      const sizes = Array.from(
        { length: 5_000 },
        (_, i) => 1.9999999999999998 * 2 ** (exponent + 28 + i % 3),
      );
      const signs: readonly ((i: number) => number)[] = [
        () => 1,
        () => -1,
        (i) => i % 4 < 2 ? 1 : -1,
      ];
      for (const sign of signs) {
        const values = sizes.map((size, i) => [i % 2, sign(i) * size] as const);
        const expected = naive(FIELDS[0]!, 4, values);
        for (const backend of BACKENDS) {
          const scanned = scanValues(backend, FIELDS[0]!, 4, values);
          expect(scanned).toEqual(expected);
        }
      }
    },
  );

  test("carries before a chunk overflows to which all add most of their bits", () => {
    // 2**929 is 2**31 times the unit of its chunk.
    const values = Array.from(
      { length: 9_000 },
      () => [0, (2 - 2 ** -52) * 2 ** 929] as const,
    );
    for (const backend of BACKENDS) {
      expect(scanValues(backend, FIELDS[0]!, 4, values))
        .toEqual(naive(FIELDS[0]!, 4, values));
    }
  });

  /** Scans in one piece and in many, so that windows change in between. */
  function expectSums(
    values: readonly (readonly [key: number, value: number])[],
    pieces: readonly number[] = [Infinity, 1_000, 601],
  ): void {
    const expected = naive(FIELDS[0]!, 4, values);
    for (const backend of BACKENDS) {
      for (const atOnce of pieces) {
        const scanned = scanValues(backend, FIELDS[0]!, 4, values, 1, atOnce);
        expect(scanned, `${backend}, ${atOnce} at once`).toEqual(expected);
      }
    }
  }

  test.each([0, 1, 20, 35, 36, 60, 90, 200, 900])(
    "is exact where values lie in %d powers of two",
    (spread) => {
      const random = randomBytes(20_000, spread);
      for (const middle of [0, -300, 400, -1000]) {
        const values = Array.from({ length: 2_500 }, (_, i) => {
          const bytes = random.subarray(8 * i, 8 * i + 8);
          const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
          const fraction = 1 +
            (a + b / 256 + c / 2 ** 16 + (d & 15) / 2 ** 20) / 256;
          const exponent = middle + Math.round((e / 255 - 0.5) * spread);
          const value = f < 10
            ? 0
            : (f & 1 ? -1 : 1) * fraction * 2 ** exponent;
          return [f % 7, value] as const;
        });
        expectSums(values);
      }
    },
  );

  test("is exact at the edges of a window", () => {
    // The first value has the window begin 8 powers of two above it.
    const edges = [256, 2 ** -35, 2 ** -36, 2 ** -79, 2 ** -80, 2 ** -81, 1, 0]
      // The largest of odd multiples of what high and low are rounded to.
      .concat(256 - 2 ** -35, 2 ** -36 - 2 ** -79)
      .concat(256 - 2 ** -36, 2 ** -36 - 2 ** -80)
      .flatMap((edge) => [edge, edge * (1 + 2 ** -52), edge * (1 - 2 ** -53)])
      .flatMap((edge) => [edge, -edge]);
    for (const edge of edges) {
      expectSums(
        Array.from(
          { length: 4_200 },
          (_, i) => [i % 2 === 1 ? 0 : 1 + i % 64, i === 0 ? 1 : edge],
        ),
        [Infinity],
      );
      expectSums(
        Array.from({ length: 1_200 }, (_, i) => {
          return [0, i % 3 === 1 ? edge : 1 + i / 2 ** 20];
        }),
        [Infinity],
      );
    }
  });

  test("chooses another window where values change", () => {
    const scales = [0, 1e-300, 1e6, 1e-9, 1e200, 0, 1e250, 1];
    expectSums(
      Array.from({ length: 8_000 }, (_, i) => {
        const scale = scales[Math.floor(i / 1_000)] ?? 1;
        return [i % 5, (i % 2 === 0 ? 1 : -1) * (1 + i / 7) * scale] as const;
      }),
    );
  });

  test("knows keys whose low bits are the same", () => {
    expectSums(
      Array.from({ length: 6_000 }, (_, i) => {
        const key = (i * 7919 % 97) * 65536 + i % 3;
        return [key, i / 10] as const;
      }),
    );
  });

  test.each(BACKENDS)(
    "%s: stops where there is no room for a key",
    (backend) => {
      const setup = new Setup(backend, fixedInitialCells(), 1024 ** 2);
      setup.clearCache();
      const view = new DataView(setup.bytes.buffer);
      const count = 5_000;
      for (let i = 0; i < count; i++) {
        view.setUint32(INPUT + 12 * i, i, true);
        view.setFloat64(INPUT + 12 * i + 4, i, true);
      }
      let done = 0;
      let groups = 0;
      while (done < count) {
        const at = INPUT + 12 * done;
        const added = setup.kernels.scanFixed(
          TABLE,
          CACHE,
          at,
          count - done,
          12,
          0,
          4,
          4,
          FieldKind.F64,
          0,
        );
        expect(added).toBeGreaterThan(1_000 > count - done ? 0 : 1_000);
        expect(setup.table.size).toBe(added);
        groups += added;
        done += added;
        setup.table.clear();
        setup.clearCache();
      }
      expect(groups).toBe(count);
    },
  );
});

describe.each(BACKENDS)("%s: fieldEnds()", (backend) => {
  const setup = new Setup(backend, new Uint8Array(8));
  const { kernels, bytes, words } = setup;
  const OUTPUT = TABLE + TABLE_BYTES;

  function ends(
    from: number,
    end: number,
    delimiter: number,
    capacity: number,
  ): number[] {
    bytes.fill(0xee, OUTPUT, OUTPUT + 4 * capacity + 64);
    const count = kernels.fieldEnds(from, end, delimiter, OUTPUT, capacity);
    const first = OUTPUT / 4;
    // Nothing is written behind the list.
    const behind = bytes.subarray(
      OUTPUT + 4 * capacity,
      OUTPUT + 4 * capacity + 64,
    );
    expect(behind.every((byte) => byte === 0xee)).toBe(true);
    return [...words.subarray(first, first + count)];
  }

  function expected(from: number, end: number, delimiter: number): number[] {
    const found: number[] = [];
    for (let at = from; at < end; at++) {
      if (bytes[at] === delimiter || bytes[at] === 0x0a) found.push(at);
    }
    return found;
  }

  test("finds all of them at every length and offset", () => {
    const text = randomBytes(400, 60).map((byte) =>
      byte < 40 ? SEMICOLON : byte < 60 ? 0x0a : byte
    );
    for (let shift = 0; shift < 4; shift++) {
      bytes.set(text, INPUT + shift);
      for (let length = 0; length <= 300; length++) {
        const from = INPUT + shift, end = from + length;
        expect(ends(from, end, SEMICOLON, 512), `${length} bytes`)
          .toEqual(expected(from, end, SEMICOLON));
      }
    }
  });

  test("stops where the list is full, and goes on behind its last", () => {
    for (const density of [1, 2, 30, 100]) {
      const text = Uint8Array.from(
        { length: 5000 },
        (_, i) => i % density === 0 ? SEMICOLON : 0x78,
      );
      bytes.set(text, INPUT);
      const end = INPUT + text.length;
      for (const capacity of [1, 63, 64, 65, 200]) {
        const found: number[] = [];
        for (let from = INPUT;;) {
          const some = ends(from, end, SEMICOLON, capacity);
          found.push(...some);
          if (some.length < capacity) break;
          from = some.at(-1)! + 1;
        }
        expect(found, `one of ${density}, ${capacity} at a time`)
          .toEqual(expected(INPUT, end, SEMICOLON));
      }
    }
  });

  test("takes any byte for the delimiter", () => {
    bytes.set(Uint8Array.from({ length: 256 }, (_, i) => i), INPUT);
    for (const delimiter of [0, 9, 0x0a, 0x7f, 0x80, 255]) {
      expect(ends(INPUT, INPUT + 256, delimiter, 64))
        .toEqual(expected(INPUT, INPUT + 256, delimiter));
    }
  });
});
