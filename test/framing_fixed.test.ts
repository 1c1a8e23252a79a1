import { expect, test } from "vitest";
import { fixed, type FixedOptions } from "../src/binary/fixed_framing.ts";
import {
  expectSplit,
  placeSegment,
  readAll,
  takeRecords,
} from "./framing_driver.ts";
import { splitFixed } from "./framing_oracle.ts";
import { seededBytes, seededRandom } from "./job_driver.ts";

const OPTIONS: readonly FixedOptions[] = [
  {},
  { rest: "ignore" },
  { skip: 1 },
  { skip: 5 },
  { skip: 17, rest: "ignore" },
];

test("fixed() splits as one look through the file does", () => {
  for (const options of OPTIONS) {
    for (const recordBytes of [1, 2, 3, 7, 8, 32]) {
      const framing = fixed(recordBytes, options);
      for (let length = 0; length < 70; length += 3) {
        const file = seededBytes(length, length);
        const split = splitFixed(file, recordBytes, options);
        for (let segmentBytes = 1; segmentBytes <= 40; segmentBytes += 3) {
          const random = seededRandom(length * 64 + segmentBytes);
          const outcome = readAll(framing, file, undefined, {
            segmentBytes,
            eagerBytes: Math.floor(random() * 4),
            random,
            rubbish: Uint8Array.of(0xa5),
            isFixed: random() < 0.2,
          });
          const message = `${recordBytes} bytes, ${
            JSON.stringify(options)
          }, file of ${length}, segments of ${segmentBytes}`;
          expectSplit(outcome, split, file, message);
        }
      }
    }
  }
});

test("fixed() tells where a record is cut off", () => {
  const framing = fixed(32);
  const file = seededBytes(2 * 32 + 1, 1);
  const range = placeSegment(file, 0, framing, {
    segmentBytes: 128,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: Uint8Array.of(0),
  });
  const { taken, error } = takeRecords(framing, range, undefined);
  expect(taken.length).toBe(2);
  expect(error).toMatchObject({
    code: "ERR_RECORD_TRUNCATED",
    range: { start: 64, end: 65 },
    message:
      "Cannot read the record at offset 64 as its 32 bytes must be in the file: received 1 byte",
  });
});

test("fixed() keeps offsets exact in files of petabytes", () => {
  const framing = fixed(3);
  const offset = 2 ** 52 + 1024;
  const bytes = new Uint8Array(new SharedArrayBuffer(16));
  const records = framing.records({
    offset,
    byteLength: 9,
    address: 0,
    before: 0,
    after: 7,
    bytes: bytes.subarray(0, 9),
  });
  const first = offset + Number((3n - BigInt(offset) % 3n) % 3n);
  const offsets = Array.from(records, (record) => record.offset);
  expect(offsets).toEqual([first, first + 3, first + 6]);
});

test("fixed() refuses what is no length", () => {
  const wrong: [() => unknown, string][] = [
    [
      () => fixed(0),
      'Cannot make a framing as "recordBytes" must be an integer from 1 to 536870912: received 0',
    ],
    [
      () => fixed(1.5),
      'Cannot make a framing as "recordBytes" must be an integer from 1 to 536870912: received 1.5',
    ],
    [
      () => fixed("4" as unknown as number),
      'Cannot make a framing as "recordBytes" must be a number: received "4"',
    ],
    [
      () => fixed(4, { skip: -1 }),
      'Cannot make a framing as "skip" must be an integer from 0 to 9007199254740991: received -1',
    ],
    [
      () => fixed(4, { rest: "drop" as "ignore" }),
      'Cannot make a framing as "rest" must be "error" or "ignore": received "drop"',
    ],
  ];
  for (const [call, message] of wrong) expect(call).toThrow(message);
});
