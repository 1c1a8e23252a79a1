import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Engine,
  processFile,
  type ProcessOptions,
  type SabmapError,
} from "../src/mod.ts";
import { type Piece, splitDelimited, splitFixed } from "./framing_oracle.ts";
import {
  fixture,
  removeFolder,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";
import { spread } from "./effort.ts";

const JOB = fixture("fixtures/jobs/framed.mjs");
const KIB = 1024;
const SEGMENT = 64 * KIB;
const NEWLINE = 10;
const QUOTE = 34;

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

interface Framed {
  pieces: (Piece & { sum: number })[];
  lanes: Record<string, number>;
}

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** Pieces with the sums of their bytes. */
function summed(bytes: Uint8Array, pieces: readonly Piece[]): Framed["pieces"] {
  return pieces.map(({ offset, byteLength }) => {
    let sum = 7;
    for (const byte of bytes.subarray(offset, offset + byteLength)) {
      sum = (Math.imul(sum, 31) + byte) | 0;
    }
    return { offset, byteLength, sum };
  });
}

/** Each way that bytes come to a job. The last two let the coordinator read on Deno. */
const WAYS: ProcessOptions[] = [
  { io: "stream", permissions: "all", workers: 3 },
  { io: "preload", permissions: "all", workers: 2 },
  { io: "map", permissions: "all", workers: 2 },
  { workers: 1 },
  { workers: 3 },
];

async function expectPieces(
  path: string,
  framing: { kind: string; parameters: unknown[] },
  expected: Framed["pieces"],
): Promise<void> {
  const engines = new Map<unknown, Engine>();
  for (const way of spread(WAYS)) {
    const engine = engines.get(way.permissions) ?? new Engine();
    engines.set(way.permissions, engine);
    for (const lane of [false, true]) {
      const { result, byteLength } = await processFile<Framed>(path, JOB, {
        ...way,
        segmentBytes: SEGMENT,
        engine,
        options: { ...framing, lane },
      });
      expect(result.pieces).toEqual(expected);
      expect(result.lanes).toEqual(lane ? { bytes: byteLength } : {});
    }
  }
  for (const engine of engines.values()) await engine.close();
}

describe("range.records()", () => {
  test("finds fixed records that no segment's length is a multiple of", async () => {
    const bytes = seededBytes(1000 * 401 + 7, 1).subarray(0, 1000 * 401);
    const { pieces } = splitFixed(bytes, 1000);
    const framing = { kind: "fixed", parameters: [1000] };
    await expectPieces(file("fixed", bytes), framing, summed(bytes, pieces));
  });

  test("finds lines, also such as are longer than segments", async () => {
    const bytes = seededBytes(500_000, 2);
    // None but the file's own newlines in 150,000 bytes: a line over more than two segments.
    for (let at = 100_000; at < 250_000; at++) {
      if (bytes[at] === NEWLINE) bytes[at] = 0;
    }
    const { pieces } = splitDelimited(bytes, Uint8Array.of(NEWLINE));
    const framing = { kind: "delimited", parameters: ["\n"] };
    await expectPieces(file("lines", bytes), framing, summed(bytes, pieces));
  });

  test("finds the records of quoted text as one look from the start does", async () => {
    const bytes = seededBytes(400_000, 3);
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] === QUOTE) bytes[at] = 0;
    }
    // Quotes around three segment borders and newlines, and one doubled.
    for (
      const at of [
        60_000,
        70_000,
        130_000,
        131_071,
        131_072,
        200_000,
        399_000,
        399_999,
      ]
    ) {
      bytes[at] = QUOTE;
    }
    const { pieces, error } = splitDelimited(bytes, Uint8Array.of(NEWLINE), {
      quote: QUOTE,
    });
    expect(error).toBeUndefined();
    const framing = { kind: "delimited", parameters: ["\n", { quote: '"' }] };
    await expectPieces(file("quoted", bytes), framing, summed(bytes, pieces));
  });

  /** Messages of random lengths: `>BHI`, payload, CRC-16. */
  function messages(count: number): { bytes: Uint8Array; pieces: Piece[] } {
    const noise = seededBytes(count + 70_000, 4);
    const parts: Uint8Array[] = [];
    const pieces: Piece[] = [];
    let offset = 0;
    for (let i = 0; i < count; i++) {
      const length = i === 100 ? 65_000 : noise[i]! * 4;
      const part = new Uint8Array(7 + length + 2);
      part.set(noise.subarray(i, i + length), 7);
      const view = new DataView(part.buffer);
      view.setUint8(0, i & 255);
      view.setUint16(1, length);
      view.setUint32(3, i);
      view.setUint16(7 + length, crc16(part.subarray(0, 7 + length)));
      parts.push(part);
      pieces.push({ offset, byteLength: part.length });
      offset += part.length;
    }
    return { bytes: new Uint8Array(Buffer.concat(parts)), pieces };
  }

  /** CRC-16/IBM-3740, bit by bit. */
  function crc16(bytes: Uint8Array): number {
    let crc = 0xffff;
    for (const byte of bytes) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) {
        crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
      }
      crc &= 0xffff;
    }
    return crc;
  }

  const MESSAGES = {
    kind: "lengthPrefixed",
    parameters: [{
      header: ">BHI",
      names: ["kind", "length", "sequence"],
      length: "length",
      trailer: ">H",
      checksum: "crc16-ccitt-false",
    }],
  };

  test("finds length-prefixed messages and checks their checksums", async () => {
    const { bytes, pieces } = messages(700);
    await expectPieces(
      file("messages", bytes),
      MESSAGES,
      summed(bytes, pieces),
    );
  });

  async function failure(
    bytes: Uint8Array,
    options: { kind: string; parameters: unknown[]; failAt?: number },
  ): Promise<SabmapError[]> {
    const path = file("broken", bytes);
    const errors: SabmapError[] = [];
    for (const way of spread(WAYS)) {
      const run = { ...way, segmentBytes: SEGMENT, options };
      const error = await processFile(path, JOB, run).then(
        () => expect.fail("it did not fail"),
        (error: unknown) => error as SabmapError,
      );
      expect(error.file).toBe(path);
      errors.push(error);
    }
    return errors;
  }

  test("tells the offset of a message with a wrong checksum, a hostile length, a cut end", async () => {
    const { bytes, pieces } = messages(700);
    const at = pieces[500]!.offset;
    const damaged = bytes.slice();
    damaged[at + 9]! ^= 1;
    for (const error of await failure(damaged, MESSAGES)) {
      expect(error.code).toBe("ERR_CHECKSUM");
      expect(error.range?.start).toBe(at);
    }
    const cut = bytes.subarray(0, bytes.length - 1);
    for (const error of await failure(cut, MESSAGES)) {
      expect(error.code).toBe("ERR_RECORD_TRUNCATED");
      expect(error.range?.start).toBe(pieces.at(-1)?.offset);
    }
    const [options] = MESSAGES.parameters;
    const bounded = { ...options, maxRecordBytes: 60_000 };
    for (
      const error of await failure(bytes, {
        ...MESSAGES,
        parameters: [bounded],
      })
    ) {
      expect(error.code).toBe("ERR_RECORD_TOO_LONG");
      expect(error.range?.start).toBe(pieces[100]?.offset);
    }
  });

  test("tells the offset of a rest that is no fixed record, and of a line too long", async () => {
    const bytes = seededBytes(200_007, 5);
    for (
      const error of await failure(bytes, { kind: "fixed", parameters: [1000] })
    ) {
      expect(error.code).toBe("ERR_RECORD_TRUNCATED");
      expect(error.range?.start).toBe(200_000);
    }
    bytes.fill(1, 50_000, 150_000);
    const lines = {
      kind: "delimited",
      parameters: ["\n", { maxRecordBytes: 90_000 }],
    };
    for (const error of await failure(bytes, lines)) {
      expect(error.code).toBe("ERR_RECORD_TOO_LONG");
      expect(error.range?.start).toBe(bytes.lastIndexOf(NEWLINE, 50_000) + 1);
    }
  });

  test("lets an error of the job tell the record that it was at", async () => {
    const bytes = seededBytes(200_000, 6);
    const failAt = 131_000;
    const options = { kind: "fixed", parameters: [1000], failAt };
    for (const error of await failure(bytes, options)) {
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toBe("the job failed");
      expect(error.range).toEqual({ start: failAt, end: failAt + 1000 });
    }
  });

  test("throws TypeError when the job's framing knows no records", async () => {
    const job = fixture("fixtures/jobs/unframed.mjs");
    const error = await processFile(file("some", Uint8Array.of(1)), job).then(
      () => expect.fail("it did not fail"),
      (error: unknown) => error as Error,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain("the job's framing must tell them apart");
  });

  test("finds nothing in an empty file", async () => {
    const framing = { kind: "delimited", parameters: ["\n", { quote: '"' }] };
    await expectPieces(file("empty", new Uint8Array()), framing, []);
  });
});
