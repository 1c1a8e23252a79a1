import { expect, expectTypeOf, test } from "vitest";
import type { FramingIndex, RecordFraming } from "../src/binary/framing.ts";
import { lengthPrefixed } from "../src/binary/length_prefixed.ts";
import { Struct } from "../src/binary/struct.ts";
import { SabmapError } from "../src/errors.ts";
import {
  expectSplit,
  fileIndex,
  followedIndex,
  placeSegment,
  readAll,
  type SegmentOutcome,
  takeRecords,
} from "./framing_driver.ts";
import { crc16, type Kind, KINDS } from "./framing_messages.ts";
import { type Split, splitPrefixed } from "./framing_oracle.ts";
import { seededBytes, seededRandom } from "./job_driver.ts";

const MAX = 90;

/** Messages one behind the other; mostly short, as segments are. */
function randomFile(kind: Kind, random: () => number): Uint8Array {
  const messages: Uint8Array[] = [];
  for (let left = Math.floor(random() * 12); left > 0; left--) {
    const units = Math.floor(random() ** 2 * 40 / kind.unit);
    const payload = seededBytes(units * kind.unit, left);
    messages.push(kind.write(payload));
  }
  return concatenate(messages);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const byteLength = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Breaks a file in some way, or leaves it as it is. */
function damage(file: Uint8Array, random: () => number): Uint8Array {
  if (random() < 0.4 || file.length === 0) return file;
  const at = Math.floor(random() * file.length);
  if (random() < 0.4) return file.slice(0, at);
  const damaged = file.slice();
  damaged[at] = Math.floor(random() * 256);
  return damaged;
}

function split(kind: Kind, file: Uint8Array, isChecked: boolean): Split {
  const view = new DataView(file.buffer);
  const { headerBytes, trailerBytes, isRight } = kind;
  return splitPrefixed(file, {
    headerBytes,
    leastBytes: headerBytes + trailerBytes,
    maxRecordBytes: MAX,
    recordBytes: (at) => kind.recordBytes(view, at),
    isRight: (start, end) =>
      !isChecked || isRight === undefined || isRight(file, start, end),
  });
}

function follow(
  framing: RecordFraming,
  segmentBytes: number,
  index: (
    follower: ReturnType<
      NonNullable<RecordFraming["indexer"]>["createFollower"]
    >,
  ) => FramingIndex,
): FramingIndex | SabmapError {
  const follower = framing.indexer?.createFollower(segmentBytes);
  if (follower === undefined) throw new Error("there must be an indexer");
  try {
    return index(follower);
  } catch (error) {
    if (error instanceof SabmapError) return error;
    throw error;
  }
}

test.each(KINDS)(
  "lengthPrefixed() splits as one look through the file does: $name",
  (kind) => {
    const framing = lengthPrefixed({ ...kind.options, maxRecordBytes: MAX });
    for (let seed = 1; seed <= 150; seed++) {
      const random = seededRandom(seed);
      const file = damage(randomFile(kind, random), random);
      const hops = split(kind, file, false);
      for (let segmentBytes = 1; segmentBytes < 60; segmentBytes += 7) {
        const message = `seed ${seed}, segments of ${segmentBytes}`;
        const index = follow(
          framing,
          segmentBytes,
          (follower) => followedIndex(follower, file, random),
        );
        const indexAtOnce = follow(
          framing,
          segmentBytes,
          (follower) => fileIndex(follower, file).index,
        );
        expect(indexAtOnce, message).toEqual(index);
        if (index instanceof SabmapError) {
          expect(
            { code: index.code, offset: index.range?.start },
            message,
          ).toEqual(hops.error);
          continue;
        }
        expect(hops.error, message).toBe(undefined);
        const outcome = readAll(framing, file, index, {
          segmentBytes,
          eagerBytes: Math.floor(random() * 12),
          random,
          rubbish: file,
          isFixed: random() < 0.2,
        });
        expectSplit(outcome, split(kind, file, true), file, message);
      }
    }
  },
);

test.each(KINDS)(
  "lengthPrefixed() tells in one segment of all that is wrong: $name",
  (kind) => {
    const framing = lengthPrefixed({ ...kind.options, maxRecordBytes: MAX });
    const codes = new Set<string | undefined>();
    for (let seed = 1; seed <= 400; seed++) {
      const random = seededRandom(seed);
      const file = damage(randomFile(kind, random), random);
      const outcome = readAll(framing, file, undefined, {
        segmentBytes: 1024,
        eagerBytes: 0,
        random,
        rubbish: file,
      });
      expectSplit(outcome, split(kind, file, true), file, `seed ${seed}`);
      codes.add(outcome.error?.code);
    }
    expect(codes).toContain("ERR_RECORD_TRUNCATED");
    if (kind.isRight !== undefined) expect(codes).toContain("ERR_CHECKSUM");
    if (kind.headerBytes === 1) expect(codes).toContain("ERR_BAD_RECORD");
  },
);

/** The only segment of a file. */
function readOne(framing: RecordFraming, file: Uint8Array): SegmentOutcome {
  return takeRecords(
    framing,
    placeSegment(file, 0, framing, {
      segmentBytes: 2 ** 20,
      eagerBytes: 0,
      random: seededRandom(1),
      rubbish: Uint8Array.of(0),
    }),
    undefined,
  );
}

test("lengthPrefixed() passes a record whose header the segment cuts, and reads nothing for it", () => {
  const framing = lengthPrefixed({ header: ">xxH", length: 0 });
  const message = (length: number) => {
    const bytes = new Uint8Array(4 + length);
    new DataView(bytes.buffer).setUint16(2, length);
    return bytes;
  };
  const file = concatenate([message(2), message(900), message(1)]);
  for (const segmentBytes of [7, 8, 9]) {
    const follower = framing.indexer!.createFollower(segmentBytes);
    follower.update({ offset: 0, bytes: file });
    expect(follower.entry(1)).toBe(6);
    const range = placeSegment(file, 1, framing, {
      segmentBytes,
      eagerBytes: 0,
      random: seededRandom(1),
      rubbish: Uint8Array.of(255),
    });
    const asked: number[] = [];
    const extend = (count: number) => {
      asked.push(count);
      return range.extend?.(count) ?? 0;
    };
    const outcome = takeRecords(framing, { ...range, extend }, 6);
    expect(outcome).toEqual({ taken: [] });
    expect(asked).toEqual([]);
  }
});

test("lengthPrefixed() leaves a header that the file cuts to the segment in which it starts", () => {
  const framing = lengthPrefixed({ header: ">I", length: 0 });
  // A record of 4 bytes, and three bytes of the next one's header.
  const file = new Uint8Array(7);
  const outcomes = [0, 1].map((index) =>
    takeRecords(
      framing,
      placeSegment(file, index, framing, {
        segmentBytes: 5,
        eagerBytes: 0,
        random: seededRandom(1),
        rubbish: Uint8Array.of(255),
      }),
      index === 0 ? 0 : 4,
    )
  );
  expect(outcomes[0]?.taken.length).toBe(1);
  expect(outcomes[0]?.error).toMatchObject({
    code: "ERR_RECORD_TRUNCATED",
    range: { start: 4, end: 7 },
  });
  expect(outcomes[1]).toEqual({ taken: [] });
});

const MESSAGES = lengthPrefixed({
  header: ">BHI",
  names: ["kind", "length", "sequence"],
  length: "length",
  trailer: ">H",
  checksum: "crc16-ccitt-false",
});

test("lengthPrefixed() says what is wrong, and where", () => {
  const good = Uint8Array.of(1, 0, 2, 0, 0, 0, 9, 0x68, 0x69, 0, 0);
  const crc = crc16(good.subarray(0, 9));
  good.set([crc >> 8, crc & 255], 9);
  const bad = good.slice();
  bad[10] = good[10]! ^ 1;
  const stored = `0x${(crc ^ 1).toString(16).padStart(4, "0")}`;
  const right = `0x${crc.toString(16).padStart(4, "0")}`;
  const signed = lengthPrefixed({ header: "<qB", length: 0 });
  const unsigned = lengthPrefixed({ header: ">QB", length: 0 });
  const little = (length: bigint) => {
    const bytes = new Uint8Array(9);
    new DataView(bytes.buffer).setBigInt64(0, length, true);
    return bytes;
  };
  const cases: [RecordFraming, Uint8Array, string, string, number, number][] = [
    [
      MESSAGES,
      concatenate([good, bad]),
      "ERR_CHECKSUM",
      `Cannot read the record at offset 11 as its checksum must be ${right}: received ${stored}`,
      11,
      20,
    ],
    [
      MESSAGES,
      concatenate([good, good.subarray(0, 6)]),
      "ERR_RECORD_TRUNCATED",
      "Cannot read the record at offset 11 as its header of 7 bytes must be in the file: received 6 bytes",
      11,
      17,
    ],
    [
      MESSAGES,
      concatenate([good, good.subarray(0, 10)]),
      "ERR_RECORD_TRUNCATED",
      "Cannot read the record at offset 11 as its 11 bytes must be in the file: received 10 bytes",
      11,
      21,
    ],
    [
      signed,
      little(-3n),
      "ERR_BAD_RECORD",
      "Cannot read the record at offset 0 as its length must not leave less than 0 bytes for the payload: received -3 bytes",
      0,
      9,
    ],
    [
      signed,
      little(2n ** 20n - 8n),
      "ERR_RECORD_TOO_LONG",
      "Cannot read the record at offset 0 as it must not exceed 1,048,576 bytes: received 1,048,577 bytes",
      0,
      2 ** 20,
    ],
    [
      unsigned,
      new Uint8Array(9).fill(255),
      "ERR_RECORD_TOO_LONG",
      "Cannot read the record at offset 0 as it must not exceed 1,048,576 bytes: received 18,446,744,073,709,551,624 bytes",
      0,
      2 ** 20,
    ],
  ];
  for (const [framing, file, code, message, start, end] of cases) {
    const { error } = readOne(framing, file);
    expect(error).toMatchObject({ code, message, range: { start, end } });
    if (code === "ERR_CHECKSUM") continue;
    const hopped = follow(
      framing,
      64,
      (follower) => followedIndex(follower, file, seededRandom(1)),
    );
    expect(hopped).toMatchObject({ code, message, range: { start, end } });
  }
});

test("lengthPrefixed() takes the bounds on a length to the byte", () => {
  const framing = lengthPrefixed({
    header: "<h",
    length: 0,
    lengthIncludes: ["header", "trailer"],
    trailer: "B",
    maxRecordBytes: 20,
  });
  for (
    const [length, code] of [
      [2, "ERR_BAD_RECORD"],
      [3, undefined],
      [20, undefined],
      [21, "ERR_RECORD_TOO_LONG"],
    ] as const
  ) {
    const file = new Uint8Array(Math.max(3, length));
    file[0] = length;
    expect(readOne(framing, file).error?.code).toBe(code);
  }
});

test("lengthPrefixed() gives the parts of a record", () => {
  const payload = new TextEncoder().encode("h\u00e9llo");
  const kind = KINDS[0]!;
  const file = concatenate([
    kind.write(Uint8Array.of()),
    kind.write(payload),
  ]);
  const range = placeSegment(file, 0, MESSAGES, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(3),
    rubbish: file,
  });
  const records = MESSAGES.records(range);
  expect(records.advance()).toBe(true);
  expect(records.current.payload.length).toBe(0);
  expect(records.current.text()).toBe("");
  expect(records.advance()).toBe(true);
  const record = records.current;
  expect(record.offset).toBe(9);
  expect(record.byteLength).toBe(15);
  expect(record.payloadOffset).toBe(16);
  expect(record.payloadAddress).toBe(range.address + 16);
  expect(record.payloadByteLength).toBe(6);
  expect([...record.payload]).toEqual([...payload]);
  expect(record.text()).toBe("h\u00e9llo");
  expect(record.header()).toEqual([2, 6, 0x68]);
  expect(record.trailer()).toEqual([crc16(file.subarray(9, 22))]);
  expect(record.field("sequence")).toBe(0x68);
  expect(record.field(1)).toBe(6);
  expect(() => record.field("sequenc" as "sequence")).toThrow(
    'Cannot read a field as it must be one of "kind", "length", "sequence", or an index below 3: received "sequenc"',
  );
  expect(records.advance()).toBe(false);
});

test("LengthPrefixedRecord.field() gives what header() does, whatever the format", () => {
  for (const order of ["<", ">", "@"]) {
    const header = `${order}2Bx2H3s4pq?d2i0s`;
    const { size } = new Struct(header);
    const framing = lengthPrefixed({
      header,
      length: 0,
      lengthIncludes: ["header"],
    });
    const file = seededBytes(size, 9);
    file[0] = size;
    const range = placeSegment(file, 0, framing, {
      segmentBytes: 64,
      eagerBytes: 0,
      random: seededRandom(3),
      rubbish: Uint8Array.of(0),
    });
    const records = framing.records(range);
    expect(records.advance()).toBe(true);
    const values = records.current.header();
    expect(values.length).toBe(12);
    expect(values.map((_, i) => records.current.field(i))).toEqual(values);
  }
});

test("lengthPrefixed() types fields by header and names", () => {
  const framing = lengthPrefixed({
    header: "<B4sQ",
    names: ["kind", "name", "length"],
    length: "length",
  });
  type Record = ReturnType<typeof framing.records>["current"];
  const read = (record: Record) => ({
    kind: record.field("kind"),
    name: record.field("name"),
    length: record.field(2),
    header: record.header(),
    trailer: record.trailer(),
  });
  expectTypeOf<ReturnType<typeof read>>().toEqualTypeOf<{
    kind: number;
    name: Uint8Array;
    length: bigint;
    header: [number, Uint8Array, bigint];
    trailer: [];
  }>();
  const bytes = new Uint8Array(new SharedArrayBuffer(14));
  bytes.set([7, 0x61, 0x62, 0x63, 0x64, 1]);
  const records = framing.records({
    offset: 0,
    byteLength: 14,
    address: 0,
    before: 0,
    after: 0,
    bytes,
  });
  expect(records.advance()).toBe(true);
  expect(read(records.current)).toEqual({
    kind: 7,
    name: Uint8Array.of(0x61, 0x62, 0x63, 0x64),
    length: 1n,
    header: [7, Uint8Array.of(0x61, 0x62, 0x63, 0x64), 1n],
    trailer: [],
  });
  // @ts-expect-error -- the header has no such field
  expect(() => records.current.field("size")).toThrow(TypeError);
});

test("lengthPrefixed() reserves no more behind a segment than lengths can say", () => {
  expect(MESSAGES.after).toBe(7 + 65_535 + 2 - 1);
  expect(lengthPrefixed({ header: "B", length: 0 }).after).toBe(255);
  expect(lengthPrefixed({ header: "b", length: 0 }).after).toBe(127);
  expect(lengthPrefixed({ header: ">I", length: 0 }).after).toBe(2 ** 20 - 1);
  const scaled = { header: "B", length: 0, lengthScale: 4, lengthBias: -3 };
  expect(lengthPrefixed(scaled).after).toBe(4 * 255 - 3);
  const whole = { header: "xxB", length: 0, lengthBias: -400 };
  expect(lengthPrefixed(whole).after).toBe(2);
});

test("lengthPrefixed() refuses what cannot be", () => {
  const wrong: [Parameters<typeof lengthPrefixed>[0], string][] = [
    [
      { header: 4 as unknown as string, length: 0 },
      'Cannot make a framing as "header" must be a format: received 4',
    ],
    [
      { header: ">I", length: 1 },
      'Cannot make a framing as "length" must be an index below 1: received 1',
    ],
    [
      { header: ">IB", names: ["a", "b"], length: "c" },
      'Cannot make a framing as "length" must be one of "a", "b", or an index below 2: received "c"',
    ],
    [
      { header: ">IB", names: ["a"], length: "a" },
      'Cannot make a framing as "names" must have one for each of the header\'s 2 values: received 1',
    ],
    [
      { header: ">IB", names: ["a", "a"], length: "a" },
      'Cannot make a framing as "names" must be a list of different names: received Array',
    ],
    [
      { header: ">fI", length: 0 },
      'Cannot make a framing as the field of "length" must be that of an integer: received "f"',
    ],
    [
      { header: ">I", length: 0, lengthScale: 0 },
      'Cannot make a framing as "lengthScale" must be an integer from 1 to 536870912: received 0',
    ],
    [
      { header: ">I", length: 0, lengthBias: 0.5 },
      'Cannot make a framing as "lengthBias" must be an integer from -536870912 to 536870912: received 0.5',
    ],
    [
      { header: ">I", length: 0, lengthIncludes: ["payload" as "header"] },
      'Cannot make a framing as "lengthIncludes" must be a list of "header" and "trailer": received Array',
    ],
    [
      { header: ">I", length: 0, maxRecordBytes: 3 },
      'Cannot make a framing as "maxRecordBytes" must be an integer from 4 to 536870912: received 3',
    ],
    [
      { header: ">I70000s", length: 0 },
      'Cannot make a framing as "header" must not exceed 65,536 bytes: received 70,004 bytes',
    ],
    [
      { header: ">I", length: 0, checksum: "crc32" },
      'Cannot make a framing as "checksum" must be left out unless there is a "trailer" or "checksumField": received "crc32"',
    ],
    [
      { header: ">I", length: 0, trailer: "i", checksum: "crc32" },
      'Cannot make a framing as the field of "checksum" must be that of an unsigned integer: received "i"',
    ],
    [
      { header: ">I", length: 0, checksum: "crc32", checksumField: 1 },
      'Cannot make a framing as "checksumField" must be an index below 1: received 1',
    ],
    [
      {
        header: ">I",
        length: 0,
        trailer: "I",
        checksum: "crc32",
        checksumStart: 5,
      },
      'Cannot make a framing as "checksumStart" must be an integer from 0 to 4: received 5',
    ],
  ];
  for (const [options, message] of wrong) {
    expect(() => lengthPrefixed(options)).toThrow(message);
  }
  const options = { header: ">I", length: 0, trailer: "I" };
  const checksum = "crc31" as "crc32";
  expect(() => lengthPrefixed({ ...options, checksum })).toThrow(RangeError);
});

test("lengthPrefixed() calls it a bug when the engine gives too little", () => {
  const range = placeSegment(new Uint8Array(64), 1, MESSAGES, {
    segmentBytes: 16,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: Uint8Array.of(0),
  });
  expect(range.before).toBe(6);
  for (const [entry, given] of [[undefined, -1], [9, 9]] as const) {
    expect(() => MESSAGES.records(range, entry)).toThrow(
      `Bug: the segment at 16 was given 6 bytes in front, and ${given} as its entry`,
    );
  }
});
