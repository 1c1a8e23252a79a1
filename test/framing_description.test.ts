import { expect, test } from "vitest";
import { delimited } from "../src/binary/delimited.ts";
import { fixed } from "../src/binary/fixed_framing.ts";
import type { RecordFraming } from "../src/binary/framing.ts";
import {
  type FramingDescription,
  framingFrom,
} from "../src/binary/framing/description.ts";
import { lengthPrefixed } from "../src/binary/length_prefixed.ts";
import { fileIndex, readAll } from "./framing_driver.ts";
import { KINDS } from "./framing_messages.ts";
import { seededBytes, seededRandom } from "./job_driver.ts";

const FRAMINGS: readonly RecordFraming[] = [
  fixed(5),
  fixed(7, { skip: 3, rest: "ignore" }),
  delimited(10),
  delimited("||", { quote: "'", maxRecordBytes: 200 }),
  delimited("\n", { quote: '"', crlf: true }),
  lengthPrefixed({ header: "B", length: 0, lengthScale: 2, lengthBias: 1 }),
  ...KINDS.map(({ options }) => lengthPrefixed(options)),
];

test("framingFrom() makes the same framing from plain data", () => {
  for (const framing of FRAMINGS) {
    const sent: FramingDescription = structuredClone(framing.description);
    const again = framingFrom(sent);
    expect(again.description).toEqual(framing.description);
    expect(again.before).toBe(framing.before);
    expect(again.after).toBe(framing.after);
    expect(again.indexer?.kind).toBe(framing.indexer?.kind);
  }
});

test("framingFrom() gives the same entries and records", () => {
  const kind = KINDS.find(({ options }) =>
    typeof options.checksum === "function"
  )!;
  const file = new Uint8Array(
    [5, 0, 90, 12].flatMap((n) => [...kind.write(seededBytes(n, n))]),
  );
  const framing = lengthPrefixed(kind.options);
  const again = framingFrom(structuredClone(framing.description));
  const [index, indexAgain] = [framing, again].map((each) =>
    fileIndex(each.indexer!.createFollower(16), file).index
  );
  expect(indexAgain).toEqual(index);
  const slotting = {
    segmentBytes: 16,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: file,
  };
  const taken = readAll(framing, file, index, slotting);
  expect(taken.taken.length).toBe(4);
  expect(readAll(again, file, index, slotting)).toEqual(taken);
});

test("framingFrom() checks a checksum that has a name", () => {
  const [kind] = KINDS;
  const file = kind!.write(seededBytes(20, 1));
  file[9]! ^= 1;
  const { description } = lengthPrefixed(kind!.options);
  const { error } = readAll(framingFrom(description), file, undefined, {
    segmentBytes: 64,
    eagerBytes: 0,
    random: seededRandom(1),
    rubbish: file,
  });
  expect(error?.code).toBe("ERR_CHECKSUM");
});
