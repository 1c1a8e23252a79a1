import { expect, test } from "vitest";
import { delimited } from "../src/binary/delimited.ts";
import type {
  FramingIndex,
  RecordFraming,
  SearchKernels,
} from "../src/binary/framing.ts";
import {
  expectSplit,
  followedIndex,
  parallelIndex,
  placeSegment,
  readAll,
  takeRecords,
} from "./framing_driver.ts";
import { splitDelimited } from "./framing_oracle.ts";
import { seededRandom } from "./job_driver.ts";

const encoder = new TextEncoder();
const bytesOf = (text: string) => encoder.encode(text);

/** Bytes of the letters of `alphabet`. */
function randomText(
  alphabet: string,
  length: number,
  random: () => number,
): Uint8Array {
  const letters = bytesOf(alphabet);
  return Uint8Array.from(
    { length },
    () => letters[Math.floor(random() * letters.length)] ?? 0,
  );
}

function indexOf(
  framing: RecordFraming,
  file: Uint8Array,
  segmentBytes: number,
  random: () => number,
): FramingIndex | undefined {
  const { indexer } = framing;
  if (indexer?.kind !== "parallel") return undefined;
  const index = parallelIndex(indexer, file, segmentBytes, random);
  const follower = indexer.createFollower(segmentBytes);
  const followed = followedIndex(follower, file, random);
  expect(followed).toEqual(index);
  return index;
}

/** Kernels that look byte by byte, to be told from the search in TypeScript by how often they are called. */
function naiveKernels(
  buffer: SharedArrayBuffer,
): SearchKernels & { calls: number } {
  const bytes = new Uint8Array(buffer);
  const kernels = {
    calls: 0,
    findByte: (start: number, end: number, byte: number) =>
      kernels.findEither(start, end, byte, byte),
    findEither: (start: number, end: number, a: number, b: number) => {
      kernels.calls++;
      let at = start;
      while (at < end && bytes[at] !== a && bytes[at] !== b) at++;
      return at;
    },
  };
  return kernels;
}

interface Shape {
  readonly delimiter: string;
  /** Letters of the file; the first few are those that matter. */
  readonly alphabet: string;
  readonly quote?: string;
  readonly crlf?: boolean;
  readonly maxRecordBytes?: number;
}

const SHAPES: readonly Shape[] = [
  { delimiter: "\n", alphabet: "\nab" },
  { delimiter: "\n", alphabet: "\nabcdefghijklmnopqrst" },
  { delimiter: "\n", alphabet: "\n\rab", crlf: true },
  { delimiter: "\0", alphabet: "\0\nab" },
  { delimiter: "\r\n", alphabet: "\r\na" },
  { delimiter: "abc", alphabet: "abc" },
  { delimiter: "||", alphabet: "|a" },
  { delimiter: "aa", alphabet: "aaab" },
  { delimiter: "aba", alphabet: "ab" },
  { delimiter: "aabaa", alphabet: "aab" },
  { delimiter: "\n", alphabet: '\n"ab', quote: '"' },
  { delimiter: "\n", alphabet: '\n\r"abcdefghij,', quote: '"', crlf: true },
  { delimiter: "\r\n", alphabet: "\r\n'a", quote: "'" },
  { delimiter: "abc", alphabet: "abc'", quote: "'" },
  { delimiter: "||", alphabet: '|"a', quote: '"' },
  { delimiter: "aba", alphabet: "aabb'", quote: "'" },
  { delimiter: "é€", alphabet: "é€a" },
  { delimiter: "\n", alphabet: "\nabcdef", maxRecordBytes: 5 },
  { delimiter: "\r\n", alphabet: "\r\nab", maxRecordBytes: 4 },
  { delimiter: "aa", alphabet: "aabc", maxRecordBytes: 3 },
  { delimiter: "\n", alphabet: '\n"abc', quote: '"', maxRecordBytes: 9 },
  { delimiter: "||", alphabet: '|"ab', quote: '"', maxRecordBytes: 6 },
];

test.each(SHAPES)(
  "delimited() splits as one look through the file does: $delimiter $alphabet $quote",
  (shape) => {
    const { delimiter, quote, crlf, maxRecordBytes } = shape;
    const framing = delimited(delimiter, { quote, crlf, maxRecordBytes });
    const needle = bytesOf(delimiter);
    for (let seed = 1; seed <= 60; seed++) {
      const random = seededRandom(seed);
      const rubbish = bytesOf(shape.alphabet);
      const length = Math.floor(random() ** 2 * 120);
      const file = randomText(shape.alphabet, length, random);
      const split = splitDelimited(file, needle, {
        quote: quote?.charCodeAt(0),
        crlf,
        maxRecordBytes,
      });
      for (let segmentBytes = 1; segmentBytes < 14; segmentBytes++) {
        const index = indexOf(framing, file, segmentBytes, random);
        const outcome = readAll(framing, file, index, {
          segmentBytes,
          eagerBytes: Math.floor(random() * 4),
          random,
          rubbish,
          isFixed: random() < 0.2,
        });
        const message = `seed ${seed}, segments of ${segmentBytes}`;
        expectSplit(outcome, split, file, message);
      }
    }
  },
);

test("delimited() finds records that are longer than segments, extension by extension", () => {
  for (const length of [4095, 4096, 4097, 20_000]) {
    const text = `${"a".repeat(length)}\n${"b".repeat(9000)}\nend`;
    const file = bytesOf(text);
    const framing = delimited("\n", { maxRecordBytes: length + 1 });
    for (const segmentBytes of [1000, 4096, 16_384, 65_536]) {
      const outcome = readAll(framing, file, undefined, {
        segmentBytes,
        eagerBytes: 10,
        random: seededRandom(length),
        rubbish: bytesOf("\n"),
      });
      const split = splitDelimited(file, bytesOf("\n"), {
        maxRecordBytes: length + 1,
      });
      expectSplit(outcome, split, file, `segments of ${segmentBytes}`);
    }
  }
});

test("delimited() reads no more behind a segment than its records take", () => {
  const file = bytesOf("x".repeat(63) + "\n" + "y".repeat(100_000));
  const framing = delimited("\n");
  let asked = 0;
  const range = placeSegment(file, 0, framing, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf("\n"),
  });
  const extend = (count: number) => range.extend?.(count) ?? (asked += count);
  expect(takeRecords(framing, { ...range, extend }, undefined).taken.length)
    .toBe(1);
  expect(asked).toBe(0);
});

test("delimited() takes the bound on records to the byte, whatever is behind", () => {
  for (const delimiter of ["\n", "\r\n", "||"]) {
    const framing = delimited(delimiter, { maxRecordBytes: 10 });
    for (const length of [9, 10, 11, 12]) {
      for (const end of [delimiter, "", `${delimiter}zz`]) {
        const file = bytesOf(`ab${delimiter}${"x".repeat(length)}${end}`);
        for (let segmentBytes = 1; segmentBytes <= 32; segmentBytes++) {
          const random = seededRandom(segmentBytes);
          const index = indexOf(framing, file, segmentBytes, random);
          const { error } = readAll(framing, file, index, {
            segmentBytes,
            eagerBytes: 0,
            random,
            rubbish: bytesOf(delimiter),
          });
          const offset = 2 + delimiter.length;
          expect(error?.message).toBe(
            length <= 10
              ? undefined
              : `Cannot read the record at offset ${offset} as it must not exceed 10 bytes: received more`,
          );
        }
      }
    }
  }
});

test("delimited() tells of quotes that the file does not close", () => {
  const framing = delimited("\n", { quote: '"' });
  const file = bytesOf('a\nb"c\nd');
  const outcome = takeRecords(
    framing,
    placeSegment(file, 0, framing, {
      segmentBytes: 64,
      eagerBytes: 0,
      random: seededRandom(1),
      rubbish: bytesOf('"\n'),
    }),
    undefined,
  );
  expect(outcome.taken.map(({ offset }) => offset)).toEqual([0]);
  expect(outcome.error).toMatchObject({
    code: "ERR_RECORD_TRUNCATED",
    range: { start: 2, end: 7 },
    message:
      "Cannot read the record at offset 2 as the end of its quotes must be in the file: received 5 bytes",
  });
});

test("Records.advance() throws again what it has thrown, and stays where it is", () => {
  const framing = delimited("\n", { quote: '"' });
  const range = placeSegment(bytesOf('ab\n"c\nd'), 0, framing, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf('"\n'),
  });
  const records = framing.records(range);
  expect(records.advance()).toBe(true);
  for (let i = 0; i < 3; i++) {
    expect(() => records.advance()).toThrow("the end of its quotes must");
    expect(records.current.text()).toBe("ab");
  }
});

test("delimited() gives one record object, with text, and the same through advance()", () => {
  const file = bytesOf("first\n\nd\u00e9j\u00e0 vu\n\ufeffx");
  const framing = delimited(10);
  const range = placeSegment(file, 0, framing, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf("\n"),
  });
  const texts = ["first", "", "d\u00e9j\u00e0 vu", "\ufeffx"];
  const seen = Array.from(framing.records(range), (record) => ({
    record,
    text: record.text(),
  }));
  expect(seen.map(({ text }) => text)).toEqual(texts);
  expect(new Set(seen.map(({ record }) => record)).size).toBe(1);
  const records = framing.records(range);
  for (const text of texts) {
    expect(records.advance()).toBe(true);
    expect(records.current.text()).toBe(text);
  }
  expect(records.advance()).toBe(false);
  expect(records.advance()).toBe(false);
});

test("FramedRecord.text() decodes records of every length", () => {
  const framing = delimited("\n");
  for (const length of [0, 1, 15, 16, 17, 40, 4095, 4096, 4097, 10_000]) {
    for (const end of ["", "\u00e9", "\ud83d\ude00"]) {
      const text = "abc".repeat(length).slice(0, length) + end;
      const file = bytesOf(`-\n${text}\n-`);
      const range = placeSegment(file, 0, framing, {
        segmentBytes: 16_384,
        eagerBytes: 0,
        random: seededRandom(length),
        rubbish: bytesOf("x"),
      });
      const texts = Array.from(framing.records(range), (each) => each.text());
      expect(texts).toEqual(["-", text, "-"]);
    }
  }
  const broken = Uint8Array.of(0x61, 0xff, 0x62, 10);
  const range = placeSegment(broken, 0, framing, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf("x"),
  });
  const texts = Array.from(framing.records(range), (each) => each.text());
  expect(texts).toEqual(["a\ufffdb"]);
});

test("delimited() lets a job write into its records", () => {
  const file = bytesOf("ab\ncd\n");
  const framing = delimited("\n");
  const range = placeSegment(file, 0, framing, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf("\n"),
  });
  for (const record of framing.records(range)) record.bytes.fill(0x78);
  expect(new TextDecoder().decode(range.bytes)).toBe("xx\nxx\n");
});

test("delimited() searches with kernels where the range has them", () => {
  for (const quote of [undefined, '"']) {
    const framing = delimited("\r\n", { quote });
    const random = seededRandom(7);
    const file = randomText('\r\n"ab', 400, random);
    file[399] = 0x61;
    const index = indexOf(framing, file, 50, random);
    for (let i = 0; i < 8; i++) {
      const range = placeSegment(file, i, framing, {
        segmentBytes: 50,
        eagerBytes: 0,
        random,
        rubbish: bytesOf("\r\n"),
      });
      const search = naiveKernels(range.bytes.buffer);
      const entry = index?.entries[i];
      const expected = takeRecords(framing, range, entry);
      expect(takeRecords(framing, { ...range, search }, entry)).toEqual(
        expected,
      );
      expect(search.calls).toBeGreaterThan(0);
    }
  }
});

test("delimited() refuses what is no delimiter or quote", () => {
  const wrong: [() => unknown, string][] = [
    [
      () => delimited(""),
      'Cannot make a framing as "delimiter" must be 1 to 128 bytes: received 0',
    ],
    [
      () => delimited("x".repeat(129)),
      'Cannot make a framing as "delimiter" must be 1 to 128 bytes: received 129',
    ],
    [
      () => delimited(256),
      'Cannot make a framing as "delimiter" must be an integer from 0 to 255: received 256',
    ],
    [
      () => delimited("\ud800"),
      'Cannot make a framing as "delimiter" must be text without lone surrogates: received "\\ud800"',
    ],
    [
      () => delimited(null as unknown as string),
      'Cannot make a framing as "delimiter" must be a byte or text: received null',
    ],
    [
      () => delimited("\n", { quote: "ab" }),
      'Cannot make a framing as "quote" must be one byte: received "ab"',
    ],
    [
      () => delimited("\n", { quote: "" }),
      'Cannot make a framing as "quote" must be one byte: received ""',
    ],
    [
      () => delimited('","', { quote: '"' }),
      'Cannot make a framing as "quote" must be no part of the delimiter: received "\\""',
    ],
    [
      () => delimited(";", { crlf: true }),
      'Cannot make a framing as "crlf" must be left out unless the delimiter is "\\n": received true',
    ],
    [
      () => delimited("\n", { crlf: 1 as unknown as boolean }),
      'Cannot make a framing as "crlf" must be true or false: received 1',
    ],
    [
      () => delimited("\n", { maxRecordBytes: 0 }),
      'Cannot make a framing as "maxRecordBytes" must be an integer from 1 to 536870912: received 0',
    ],
    [
      () => delimited("\n", { maxRecordBytes: "1" as unknown as number }),
      'Cannot make a framing as "maxRecordBytes" must be a number: received "1"',
    ],
  ];
  for (const [call, message] of wrong) expect(call).toThrow(message);
});

test("delimited() needs an index only where bytes in front of a segment decide", () => {
  expect(delimited("\n").indexer).toBe(undefined);
  expect(delimited("\r\n", { crlf: false }).indexer).toBe(undefined);
  expect(delimited("abcab").indexer?.kind).toBe("parallel");
  expect(delimited("\n", { quote: '"' }).indexer?.kind).toBe("parallel");
});

test("delimited() calls it a bug when the engine gives too little", () => {
  const framing = delimited("\n", { quote: '"' });
  const file = bytesOf("ab\ncd\n");
  const slotting = {
    segmentBytes: 4,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: bytesOf("\n"),
  };
  const range = placeSegment(file, 1, framing, slotting);
  expect(() => framing.records(range)).toThrow(
    "Bug: the segment at 4 was given without its entry",
  );
  expect(() => framing.records({ ...range, before: 0 }, 1)).toThrow(
    "Bug: the segment at 4 was given 0 of 1 bytes in front",
  );
});
