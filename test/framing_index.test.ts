import { expect, test } from "vitest";
import { delimited } from "../src/binary/delimited.ts";
import type {
  Follower,
  IndexChunk,
  ParallelIndexer,
  RecordFraming,
} from "../src/binary/framing.ts";
import { lengthPrefixed } from "../src/binary/length_prefixed.ts";
import { fileIndex, followedIndex, parallelIndex } from "./framing_driver.ts";
import { JobDriver, seededBytes, seededRandom } from "./job_driver.ts";

const CSV = delimited("\n", { quote: '"' });
const PAIRS = delimited("\0\0");
const QUOTED_PAIRS = delimited("\n\n", { quote: '"' });
const BLOCKS = lengthPrefixed({
  header: "<I",
  length: 0,
  maxRecordBytes: 4 * 2 ** 20,
});

function parallel(framing: RecordFraming): ParallelIndexer {
  const { indexer } = framing;
  if (indexer?.kind === "parallel") return indexer;
  throw new Error("there must be a parallel indexer");
}

function follower(framing: RecordFraming, segmentBytes: number): Follower {
  const { indexer } = framing;
  if (indexer === undefined) throw new Error("there must be an indexer");
  return indexer.createFollower(segmentBytes);
}

/** Blocks with so many bytes of payload each. */
function blocks(payloads: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(
    payloads.reduce((sum, payload) => sum + 4 + payload, 0),
  );
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const payload of payloads) {
    view.setUint32(at, payload, true);
    at += 4 + payload;
  }
  return bytes;
}

test("ParallelIndexer.scan() uses the kernels, on both backends, and gives the same", () => {
  const driver = new JobDriver();
  const random = seededRandom(5);
  const file = Uint8Array.from(
    { length: 3001 },
    () => random() < 0.3 ? 0x22 : 0x61,
  );
  const indexer = parallel(CSV);
  let calls = 0;
  for (const worker of [0, 1]) {
    const { kernels } = driver.context(worker, file.length);
    const counting = {
      countByte: (...args: [number, number, number]) => {
        calls++;
        return kernels.countByte(...args);
      },
    };
    const range = driver.place(file, 0, worker);
    expect(indexer.scan(range, counting)).toEqual(indexer.scan(range));
    const [plain, quick] = [undefined, counting].map((each) => {
      const follower = indexer.createFollower(1000, each);
      follower.update(range);
      return follower.finish(file.length);
    });
    expect(quick).toEqual(plain);
  }
  // One for each scan, and one for each segment of the follower.
  expect(calls).toBe(2 * (1 + 4));
});

test("ParallelIndexer.finish() gives an empty index for an empty file", () => {
  for (const framing of [CSV, PAIRS, QUOTED_PAIRS]) {
    const index = parallel(framing).finish(undefined, 64);
    expect(index.segmentBytes).toBe(64);
    expect(index.entries.length).toBe(0);
    expect(follower(framing, 64).finish(0)).toEqual(index);
  }
  expect(follower(BLOCKS, 64).finish(0).entries.length).toBe(0);
});

test("ParallelIndexer.scan() takes runs of delimiters as long as a segment", () => {
  for (const length of [1, 2, 3, 255, 256, 257, 4096]) {
    for (const shift of [0, 1]) {
      const file = new Uint8Array(shift + 3 * length).fill(1, 0, shift);
      const random = seededRandom(length);
      const index = parallelIndex(parallel(PAIRS), file, length, random);
      const followed = followedIndex(follower(PAIRS, length), file, random);
      expect(index).toEqual(followed);
      // What a delimiter has of its bytes in front of the segment: 2 where it ends there.
      const expected = [2, length - shift, 2 * length - shift].map((count) =>
        count === 0 ? 0 : count % 2 === 0 ? 2 : 1
      );
      expect([...index.entries].slice(0, 3)).toEqual(
        expected,
      );
    }
  }
});

test("FramingIndex is plain data in shared memory", () => {
  const file = seededBytes(500, 1);
  const shared = [
    parallelIndex(parallel(CSV), file, 64, seededRandom(1)),
    followedIndex(follower(BLOCKS, 64), blocks([9, 200, 0]), seededRandom(1)),
  ];
  for (const index of shared) {
    expect(index.entries.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(Object.keys(index).sort()).toEqual(["entries", "segmentBytes"]);
  }
});

test("Follower.entry() knows a segment's entry as soon as the bytes in front of it are there", () => {
  const random = seededRandom(4);
  const text = Uint8Array.from(
    { length: 200 },
    () => Math.floor(random() * 3) * 17,
  );
  const messages = blocks([2, 30, 0, 0, 5, 11, 90, 1]);
  for (
    const [framing, file] of [
      [delimited("\x11", { quote: '"' }), text],
      [PAIRS, text],
      [BLOCKS, messages],
    ] as const
  ) {
    for (let segmentBytes = 1; segmentBytes < 12; segmentBytes++) {
      const all = followedIndex(follower(framing, segmentBytes), file, random);
      const stream = follower(framing, segmentBytes);
      for (let index = 0; index * segmentBytes < file.length; index++) {
        expect(stream.entryCount).toBeGreaterThan(index);
        expect(stream.entry(index)).toBe(all.entries[index]);
        const offset = index * segmentBytes;
        const bytes = file.subarray(offset, offset + segmentBytes);
        stream.update({ offset, bytes });
      }
      expect(stream.finish(file.length)).toEqual(all);
    }
  }
});

test("Follower.entry() gives the first record whose header does not end in front of the segment", () => {
  const file = blocks([2, 30, 0, 0, 5]);
  const hops = follower(BLOCKS, 8);
  hops.update({ offset: 0, bytes: file });
  // Records start at 0, 6, 40, 44 and 48.
  const entries = Array.from({ length: 8 }, (_, i) => hops.entry(i));
  expect(entries).toEqual([0, 6, 40, 40, 40, 40, 48, 57]);
  expect(() => hops.entry(8)).toThrow(
    "Bug: entry 8 was asked for where 8 are known",
  );
});

test("Follower.position says which bytes may be left out", () => {
  const file = blocks([1000, 1000, 0, 1000]);
  const hops = follower(BLOCKS, 512);
  const looked: number[] = [];
  while (hops.position < file.length) {
    const offset = hops.position;
    looked.push(offset);
    hops.update({ offset, bytes: file.subarray(offset, offset + 3) });
    // Bytes that lie in front of it may be given, and do nothing.
    hops.update({ offset: 0, bytes: file.subarray(0, offset) });
  }
  expect(looked).toEqual([0, 3, 1004, 1007, 2008, 2011, 2014]);
  const all = followedIndex(follower(BLOCKS, 512), file, seededRandom(1));
  expect(hops.finish(file.length)).toEqual(all);
});

test("Follower.update() refuses a gap, and finish() a file that was not followed to its end", () => {
  for (const framing of [CSV, BLOCKS]) {
    const gap = follower(framing, 64);
    expect(() => gap.update({ offset: 1, bytes: new Uint8Array(8) })).toThrow(
      "Bug: a follower at 0 was given a chunk at 1",
    );
    expect(() => gap.finish(8)).toThrow(
      "Bug: a file of 8 bytes was followed to 0 only",
    );
  }
});

test("followFile() peeks at headers where records are long, and reads all where they are short", () => {
  const long = blocks(Array.from({ length: 8 }, () => 3 * 2 ** 20));
  const peeked = fileIndex(follower(BLOCKS, 2 ** 20), long);
  expect(peeked.bytesRead).toBeLessThan(long.length / 50);
  expect([...peeked.index.entries].slice(0, 5)).toEqual([
    0,
    3145732,
    3145732,
    3145732,
    6291464,
  ]);
  const short = blocks(Array.from({ length: 20_000 }, (_, i) => i % 100));
  const read = fileIndex(follower(BLOCKS, 65_536), short);
  expect(read.bytesRead).toBeLessThan(1.01 * short.length);
  expect(read.reads).toBeLessThan(2 + short.length / 250_000);
  expect(read.index).toEqual(
    followedIndex(follower(BLOCKS, 65_536), short, seededRandom(2)),
  );
  const text = seededBytes(700_000, 3);
  expect(fileIndex(follower(CSV, 65_536), text).index).toEqual(
    parallelIndex(parallel(CSV), text, 65_536, seededRandom(1)),
  );
});

test("Follower.update() takes chunks with an address only where it is theirs", () => {
  const file = Uint8Array.from('a"b"c"d"e"f"g"', (c) => c.charCodeAt(0));
  const seen: number[] = [];
  const kernels = {
    countByte: (byteOffset: number, byteLength: number, byte: number) => {
      seen.push(byteOffset, byteLength, byte);
      return 1;
    },
  };
  const chunk: IndexChunk = { offset: 0, bytes: file, address: 1000 };
  const csv = parallel(CSV).createFollower(4, kernels);
  csv.update({ offset: 0, bytes: file.subarray(0, 2) });
  csv.update(chunk);
  expect(seen).toEqual([1002, 2, 34, 1004, 4, 34, 1008, 4, 34, 1012, 2, 34]);
});
