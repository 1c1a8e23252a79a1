import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DigestSink } from "../src/bench/digest_sink.ts";
import { createOperation } from "../src/bench/operation.ts";
import { RecordsSink, type Sink, SINK_BYTES } from "../src/bench/sink.ts";
import { seededRandom } from "../src/bench/statistics.ts";
import { BENCH_OPERATIONS, type BenchOperation } from "../src/bench/types.ts";
import { blake3 } from "../src/digest/blake3.ts";
import { crc32 } from "../src/digest/crc32.ts";
import { naiveFound } from "./bench_oracle.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const PATTERN = Uint8Array.of(0x61, 0x61, 0x62, 0x61, 0x61);
const SEEDS = [1, 2, 3];
const files = temporaryFiles();

/** Random bytes in which the pattern occurs, also one in another, and records are whole. */
function content(byteLength: number, seed: number): Uint8Array {
  const bytes = seededBytes(Math.floor(byteLength / 32) * 32, seed);
  const random = seededRandom(seed);
  for (let i = 0; i < byteLength / 4096; i++) {
    const at = Math.floor(random() * Math.max(0, bytes.length - 8));
    bytes.set([0x61, 0x61, 0x62, 0x61, 0x61, 0x62, 0x61, 0x61], at);
  }
  return bytes;
}

/** Hands bytes over in pieces of random lengths, some of them read into the sink's own place. */
function feed(sink: Sink, bytes: Uint8Array, random: () => number): string {
  for (let at = 0; at < bytes.length;) {
    const length = Math.ceil(random() ** 8 * 2 * SINK_BYTES);
    const part = bytes.subarray(at, at + length);
    if (random() < 0.5) {
      const space = sink.space();
      const taken = part.subarray(0, space.byteLength);
      space.set(taken);
      sink.update(space.subarray(0, taken.byteLength));
      at += taken.byteLength;
    } else {
      sink.update(part.slice());
      at += part.byteLength;
    }
  }
  return sink.end();
}

describe.each(BENCH_OPERATIONS)("createOperation() %s", (name) => {
  const operation = createOperation(name, { pattern: PATTERN });

  test.each([
    [0, [1]],
    [4096, SEEDS],
    [2 * SINK_BYTES + 4096, [4]],
  ])(
    "finds the same however %d bytes are cut",
    (byteLength, seeds) => {
      for (const seed of seeds) {
        const bytes = content(byteLength, seed);
        const found = feed(operation.createSink(), bytes, seededRandom(seed));
        expect(found, `seed ${seed}`).toBe(naiveFound(name, bytes, PATTERN));
      }
    },
  );

  test("finds the same byte by byte", () => {
    const bytes = content(4096, 5);
    const sink = operation.createSink();
    for (let at = 0; at < bytes.length; at++) {
      sink.update(bytes.subarray(at, at + 1));
    }
    expect(sink.end()).toBe(naiveFound(name, bytes, PATTERN));
  });

  test("finds the same with workers, whatever they are", async () => {
    const bytes = content(9 * 64 * 1024 + 640, 7);
    // Across a cut, and one after the other.
    bytes.fill(0x61, 64 * 1024 - 7, 64 * 1024 + 9);
    bytes.set(PATTERN, 2 * 64 * 1024 - 2);
    const path = files.make(bytes);
    const expected = naiveFound(name, bytes, PATTERN);
    for (const io of ["stream", "map", "preload"] as const) {
      for (const workers of [1, 3]) {
        const { found, stats } = await operation.run(path, {
          io,
          workers,
          segmentBytes: 64 * 1024,
          inlineBytes: 0,
        });
        expect(found, `${io} ${workers}`).toBe(expected);
        expect(stats.workers).toBe(workers);
      }
    }
  });
});

test("RecordsSink sums up exactly, also beyond 2**53", () => {
  const sink = new RecordsSink();
  const chunk = new Uint8Array(SINK_BYTES).fill(0xff);
  const chunks = 300;
  for (let i = 0; i < chunks; i++) sink.update(chunk);
  const records = BigInt(chunks * SINK_BYTES / 32);
  expect(sink.end()).toBe(String(records * 0xffff_ffffn));
});

test("DigestSink stands in for a runtime without CRC-32", () => {
  const bytes = seededBytes(SINK_BYTES + 5, 1);
  const found = feed(new DigestSink(crc32), bytes, seededRandom(1));
  expect(found).toBe(naiveFound("crc32", bytes, PATTERN));
});

test("DigestSink gives the digest of nothing", () => {
  expect(new DigestSink(blake3).end()).toBe(
    "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
  );
});

test("naiveFound() knows CRC-32 as zlib does", () => {
  const bytes = seededBytes(1000, 3);
  const name: BenchOperation = "crc32";
  if (typeof zlibCrc32 !== "function") return;
  expect(parseInt(naiveFound(name, bytes, PATTERN), 16)).toBe(
    zlibCrc32(bytes),
  );
});
