import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Backend } from "../src/kernels/kernels.ts";
import { TableField } from "../src/kernels/records_layout.ts";
import { strongHash } from "../src/kernels/records_scalar_hash.ts";
import {
  GROUP_TABLE_BYTES_MIN,
  groupScratchBytes,
  GroupTable,
  newGroupSeed,
} from "../src/records/group_table.ts";
import { MergedGroups, readPartial } from "../src/records/group_table_merge.ts";
import { randomBytes } from "./kernels_arena.ts";
import { rounds } from "./effort.ts";

const PAGE = 65536;
/** A key lies here while it is looked up; 1 MiB is there for it. */
const KEY = PAGE;
const TABLE = KEY + 1024 ** 2;
const SEED = [0x1234_5678, 0x9abc_def0] as const;
const BACKENDS: readonly Backend[] = ["scalar", "simd"];

/** A table of groups that count, and the memory that it is in. */
class Counter {
  readonly table: GroupTable;
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly cells: Float64Array;

  constructor(backend: Backend, tableBytes = 8 * 1024 ** 2) {
    const pages = Math.ceil((TABLE + tableBytes) / PAGE);
    const memory = new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
    this.bytes = new Uint8Array(memory.buffer);
    // Scratch is not zeroed.
    this.bytes.fill(0xa5, TABLE);
    const region = { byteOffset: TABLE, byteLength: tableBytes };
    const initialCells = new Uint8Array(Float64Array.of(0, 0.5).buffer);
    this.table = new GroupTable({ memory, region, backend }, {
      initialCells,
      seed: SEED,
    });
    this.words = new Uint32Array(memory.buffer);
    this.cells = new Float64Array(memory.buffer);
  }

  /** @returns Whether there was room. */
  add(key: Uint8Array, address = KEY): boolean {
    // What follows a key is not part of it.
    this.bytes.fill(0xee, address - 16, address + key.length + 16);
    this.bytes.set(key, address);
    const cells = this.table.upsert(address, key.length);
    if (cells === 0) return false;
    // Not by expect(), which takes longer than the table.
    if (this.cells[cells / 8 + 1] !== 0.5) {
      throw new Error(`not the cells of a group: ${cells}`);
    }
    this.cells[cells / 8]!++;
    return true;
  }

  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    this.table.forEach((key, keyBytes, cells) => {
      const text = this.bytes.slice(key, key + keyBytes).join();
      if (counts.has(text)) throw new Error(`two groups of ${text}`);
      counts.set(text, this.cells[cells / 8]!);
    });
    return counts;
  }

  field(name: keyof typeof TableField): number {
    return this.words[(TABLE + TableField[name]) / 4]!;
  }

  setField(name: keyof typeof TableField, value: number): void {
    this.words[(TABLE + TableField[name]) / 4] = value;
  }
}

function naiveCounts(keys: readonly Uint8Array[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of keys) {
    const text = key.join();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** As `toEqual`, which takes seconds for large maps. */
function expectCounts(
  counts: ReadonlyMap<string, number>,
  keys: readonly Uint8Array[],
): void {
  const expected = naiveCounts(keys);
  expect(counts.size).toBe(expected.size);
  const wrong = [...expected].find(([key, count]) => counts.get(key) !== count);
  expect(wrong).toBe(undefined);
}

function firstDifference(left: Uint8Array, right: Uint8Array): number {
  if (left.length !== right.length) return Math.min(left.length, right.length);
  return left.findIndex((byte, at) => byte !== right[at]);
}

function numberKey(value: number): Uint8Array {
  return new TextEncoder().encode(`key ${value}`);
}

describe.each(BACKENDS)("%s: upsert()", (backend) => {
  test("finds keys of every length at every alignment", () => {
    const counter = new Counter(backend);
    const keys: Uint8Array[] = [];
    for (let round = 0; round < 3; round++) {
      for (let byteLength = 0; byteLength <= 130; byteLength++) {
        const key = randomBytes(byteLength, byteLength);
        keys.push(key);
        counter.add(key, KEY + 16 + ((byteLength * 7 + round * 5) % 33));
      }
    }
    expect(counter.table.size).toBe(131);
    expectCounts(counter.counts(), keys);
  });

  test("tells keys apart that differ in one byte, in length, or by zeros", () => {
    const keys = [0, 1, 15, 16, 17, 31, 32, 33].flatMap((byteLength) => [
      new Uint8Array(byteLength),
      ...Array.from({ length: byteLength }, (_, at) => {
        const key = new Uint8Array(byteLength);
        key[at] = 1;
        return key;
      }),
    ]);
    const counter = new Counter(backend);
    for (const key of [...keys, ...keys]) counter.add(key);
    expectCounts(counter.counts(), [...keys, ...keys]);
  });

  test("agrees with a map on random keys", () => {
    const key = fc.uint8Array({ maxLength: 40, max: 2 });
    fc.assert(
      fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
        const counter = new Counter(backend, GROUP_TABLE_BYTES_MIN);
        for (const key of keys) counter.add(key);
        expectCounts(counter.counts(), keys);
      }),
      { numRuns: rounds(50) },
    );
  });

  test("grows with many keys, and cells stay where they are", () => {
    const counter = new Counter(backend);
    const first = counter.table.upsert(KEY, 0);
    const count = 60_000;
    for (let i = 0; i < count; i++) counter.add(numberKey(i));
    for (let i = 0; i < count; i += 7) counter.add(numberKey(i));
    expect(counter.table.size).toBe(count + 1);
    expect(counter.table.upsert(KEY, 0)).toBe(first);
    expect([...counter.counts().values()].filter((n) => n === 2).length)
      .toBe(Math.ceil(count / 7));
  });

  test("says that the table is full, and finds what is there all the same", () => {
    const counter = new Counter(backend, GROUP_TABLE_BYTES_MIN);
    let count = 0;
    while (counter.add(numberKey(count))) count++;
    expect(count).toBeGreaterThan(5_000);
    expect(counter.add(numberKey(count + 1))).toBe(false);
    expect(counter.add(numberKey(0))).toBe(true);
    expect(counter.add(numberKey(count - 1))).toBe(true);
    expect(counter.table.size).toBe(count);
    counter.table.clear();
    expect(counter.table.size).toBe(0);
    expect(counter.add(numberKey(count))).toBe(true);
  });

  test("refuses a key that no table of this size holds", () => {
    const counter = new Counter(backend, GROUP_TABLE_BYTES_MIN);
    expect(counter.table.upsert(KEY, 1024 ** 2)).toBe(0);
    expect(counter.table.upsert(KEY, 500_000)).not.toBe(0);
  });

  test("changes the hash where keys were made to collide", () => {
    const counter = new Counter(backend);
    const keys = Array.from({ length: 20_000 }, (_, i) => collidingKey(i));
    for (const key of keys) counter.add(key);
    expect(counter.field("Strong")).toBe(1);
    for (const key of keys) counter.add(key);
    expectCounts(counter.counts(), [...keys, ...keys]);
    counter.table.clear();
    expect(counter.field("Strong")).toBe(0);
  });

  test("changes the seed a few times, and then takes any distance", () => {
    const counter = new Counter(backend);
    // So near that chance alone makes keys collide.
    counter.setField("ProbesMax", 2);
    const keys = Array.from({ length: 8_000 }, (_, i) => numberKey(i));
    for (const key of keys) counter.add(key);
    expect(counter.field("Reseeds")).toBe(4);
    expect(counter.field("ProbesMax")).toBe(0);
    for (const key of keys) counter.add(key);
    expectCounts(counter.counts(), [...keys, ...keys]);
  });

  test("reads nothing behind the end of the memory", () => {
    const counter = new Counter(backend);
    const { table } = counter;
    const end = counter.bytes.length;
    // The table's own last slots serve as keys.
    for (let byteLength = 0; byteLength <= 40; byteLength++) {
      expect(table.upsert(end - byteLength, byteLength)).not.toBe(0);
    }
    expect(table.size).toBe(41);
  });
});

test("both backends make the same table", () => {
  const images = BACKENDS.map((backend) => {
    const counter = new Counter(backend);
    for (let i = 0; i < 30_000; i++) counter.add(randomBytes(i % 50, i % 9001));
    for (let i = 0; i < 2_000; i++) counter.add(collidingKey(i));
    expect(counter.field("Strong")).toBe(1);
    return counter.table.exportPartial();
  });
  expect(firstDifference(images[0]!, images[1]!)).toBe(-1);
});

test("strongHash() is HalfSipHash-2-4", () => {
  // vectors_hsip32 of https://github.com/veorq/SipHash: key 00 01 ... 07, input 00 01 ...
  const expected = [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a];
  const input = Uint8Array.from({ length: 16 }, (_, i) => i);
  expected.forEach((hash, byteLength) => {
    const received = strongHash(input, 0, byteLength, 0x03020100, 0x07060504);
    expect(received >>> 0).toBe(hash);
  });
});

/** The key of 8 bytes whose quick hash is the same for each `i`. */
function collidingKey(i: number): Uint8Array {
  const mask = (1n << 64n) - 1n;
  const seed = (BigInt(SEED[1]) << 32n) | BigInt(SEED[0]);
  const inverse = 0xf1de83e19937733dn;
  const hash = (0xcafen << 32n) | BigInt(i);
  const low = ((hash * inverse) & mask) ^ seed;
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, low, true);
  return key;
}

describe("new GroupTable()", () => {
  const memory = new WebAssembly.Memory({
    initial: 32,
    maximum: 32,
    shared: true,
  });
  const make = (byteOffset: number, byteLength: number, cellBytes: number) =>
    new GroupTable(
      { memory, region: { byteOffset, byteLength }, backend: "scalar" },
      { initialCells: new Uint8Array(cellBytes), seed: newGroupSeed() },
    );

  test("refuses regions and cells that do not fit", () => {
    expect(() => make(64, GROUP_TABLE_BYTES_MIN - 1, 8)).toThrow(RangeError);
    expect(() => make(65, GROUP_TABLE_BYTES_MIN, 8)).toThrow(RangeError);
    expect(() => make(64, GROUP_TABLE_BYTES_MIN, 0)).toThrow(RangeError);
    expect(() => make(64, GROUP_TABLE_BYTES_MIN, 12)).toThrow(RangeError);
    expect(make(64, GROUP_TABLE_BYTES_MIN, 8).size).toBe(0);
  });

  test("groupScratchBytes() leaves room in the arena for any number of workers", () => {
    for (const workers of [1, 2, 3, 8, 64, 512]) {
      const tables = workers * groupScratchBytes(workers);
      expect(tables).toBeLessThanOrEqual(3 * 1024 ** 3);
      expect(groupScratchBytes(workers) % 64).toBe(0);
    }
  });
});

describe("allocate()", () => {
  test("gives bytes that are passed over, and found by their reference in partials", () => {
    const counter = new Counter("scalar");
    const { table } = counter;
    for (let i = 0; i < 3000; i++) {
      counter.add(numberKey(i));
      if (i % 3 !== 0) continue;
      const blob = table.allocate(24);
      counter.cells.fill(i, blob / 8, blob / 8 + 3);
      const cells = table.upsert(KEY, numberKey(i).length);
      counter.cells[cells / 8] = table.reference(blob);
      expect(table.resolve(table.reference(blob))).toBe(blob);
    }
    expect(counter.counts().size).toBe(3000);
    const merged = new MergedGroups(
      { initialCells: new Uint8Array(16), seed: SEED },
      "scalar",
    );
    const partial = table.exportPartial();
    const seen: number[] = [];
    merged.add(partial, (_cell, groups, partialCell) => {
      const cells = new Float64Array(groups.buffer);
      const reference = cells[partialCell]!;
      if (reference === 1) return;
      seen.push(cells[readPartial(partial).resolve(reference) / 8]!);
    });
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, i) => 3 * i));
  });

  test("says when there is no room", () => {
    const { table } = new Counter("scalar", GROUP_TABLE_BYTES_MIN);
    expect(() => table.allocate(1024 ** 2)).toThrow(RangeError);
  });
});

describe.each(BACKENDS)("%s: MergedGroups", (backend) => {
  const options = { initialCells: new Uint8Array(16), seed: SEED };

  test("joins partials of all tables, in any order", () => {
    const keys = Array.from({ length: 20_000 }, (_, i) => numberKey(i % 7_001));
    const partials: Uint8Array<ArrayBuffer>[] = [];
    for (let worker = 0; worker < 3; worker++) {
      const counter = new Counter(backend, GROUP_TABLE_BYTES_MIN);
      keys.forEach((key, i) => {
        if (i % 3 !== worker || counter.add(key)) return;
        partials.push(counter.table.exportPartial());
        counter.table.clear();
        counter.add(key);
      });
      partials.push(counter.table.exportPartial());
    }
    for (const order of [partials, partials.toReversed()]) {
      const merged = new MergedGroups(options, backend);
      const target = new Float64Array(merged.memory.buffer);
      for (const partial of order) {
        merged.add(partial, (cell, { buffer }, partialCell) => {
          target[cell]! += new Float64Array(buffer)[partialCell]!;
        });
      }
      const counts = new Map<string, number>();
      const bytes = new Uint8Array(merged.memory.buffer);
      merged.forEach((key, keyBytes, cells) => {
        const text = bytes.slice(key, key + keyBytes).join();
        counts.set(text, target[cells / 8]!);
      });
      expect(merged.size).toBe(7_001);
      expectCounts(counts, keys);
    }
  });

  test("takes a partial of no groups", () => {
    const merged = new MergedGroups(options, backend);
    merged.add(new Counter(backend).table.exportPartial(), () => {});
    expect(merged.size).toBe(0);
  });
});
