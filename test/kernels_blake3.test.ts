import { describe, expect, test } from "vitest";
import { bindKernels, WidthChooser } from "../src/kernels/bind.ts";
import {
  KERNEL_SCRATCH_BYTES,
  type Kernels,
  type Region,
} from "../src/kernels/kernels.ts";
import { createKernels } from "../src/kernels/load.ts";
import {
  backends,
  bytes,
  copyOf,
  expectWritesOnly,
  KEY,
  memory,
  MEMORY_BYTES,
  module,
  OUTPUT,
  place,
  randomBytes,
  SCRATCH,
} from "./kernels_arena.ts";
import * as reference from "./reference.ts";

const FLAGS = [
  0,
  reference.Blake3Flag.KeyedHash,
  reference.Blake3Flag.DeriveKeyMaterial,
];
const COUNTERS = [0, 1, 2 ** 32 - 2, 2 ** 32, 2 ** 40 + 3, 2 ** 53 - 2000];
const COUNTS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 64, 1000];

/** The forms of the rounds that a runtime may choose, beside those that this one does. */
const forms: [string, Kernels][] = module === undefined
  ? []
  : [false, true].flatMap((rolled) =>
    ([4, 8] as const).map((atOnce): [string, Kernels] => [
      `${rolled ? "rolled" : "unrolled"}, ${atOnce} at a time`,
      bindKernels(memory, module!, SCRATCH, { rolled, atOnce }),
    ])
  );
const all = [...backends, ...forms];

/** Puts a key into the memory and returns its words. */
function placeKey(seed: number): number[] {
  const key = randomBytes(32, seed);
  bytes.set(key, KEY);
  return reference.wordsOf(key);
}

function cvOf(input: reference.Blake3Input): Uint8Array {
  return reference.bytesOf(reference.blake3Compress(input).slice(0, 8));
}

function expectCvs(expected: Uint8Array[], where: string): void {
  for (const [i, cv] of expected.entries()) {
    expect(copyOf(OUTPUT + 32 * i, 32), `${where}, chaining value ${i}`)
      .toEqual(cv);
  }
}

describe.each(all)("%s: blake3Chunks()", (_name, kernels) => {
  test.each(COUNTS)("agrees with the reference for %i chunks", (count) => {
    const content = randomBytes(count * 1024, 10 + count);
    const key = placeKey(11);
    const counter = 2 ** 32 - 3;
    const at = place(content, 0, 1);
    const expected = Array.from({ length: count }, (_, i) => {
      const chunk = content.subarray(i * 1024, (i + 1) * 1024);
      return cvOf(reference.blake3Chunk(chunk, BigInt(counter + i), key, 0));
    });
    const output = { byteOffset: OUTPUT, byteLength: 32 * count };
    expectWritesOnly(
      output,
      () => kernels.blake3Chunks(at, count, counter, KEY, 0, OUTPUT),
    );
    expectCvs(expected, "seed 11");
  });

  test("agrees with the reference for every counter and mode", () => {
    const content = randomBytes(14 * 1024, 12);
    const key = placeKey(13);
    const at = place(content, 0, 1);
    for (const counter of COUNTERS) {
      for (const flags of FLAGS) {
        kernels.blake3Chunks(at, 14, counter, KEY, flags, OUTPUT);
        const expected = Array.from({ length: 14 }, (_, i) => {
          const chunk = content.subarray(i * 1024, (i + 1) * 1024);
          return cvOf(
            reference.blake3Chunk(
              chunk,
              BigInt(counter) + BigInt(i),
              key,
              flags,
            ),
          );
        });
        expectCvs(expected, `counter ${counter}, flags ${flags}`);
      }
    }
  });

  test("gives the same at every alignment of the input", () => {
    const content = randomBytes(13 * 1024, 14);
    placeKey(15);
    kernels.blake3Chunks(place(content, 0, 1), 13, 7, KEY, 0, OUTPUT);
    const expected = copyOf(OUTPUT, 416);
    for (let shift = 1; shift < 64; shift++) {
      kernels.blake3Chunks(place(content, shift, shift), 13, 7, KEY, 0, OUTPUT);
      expect(copyOf(OUTPUT, 416), `shift ${shift}`).toEqual(expected);
    }
  });

  test("reads up to the last byte of the memory, and not beyond", () => {
    const content = randomBytes(17 * 1024, 16);
    placeKey(17);
    for (let count = 1; count <= 17; count++) {
      const chunks = content.subarray(0, count * 1024);
      kernels.blake3Chunks(place(chunks, 0, 1), count, 0, KEY, 0, OUTPUT);
      const expected = copyOf(OUTPUT, 32 * count);
      bytes.set(chunks, MEMORY_BYTES - chunks.length);
      kernels.blake3Chunks(
        MEMORY_BYTES - chunks.length,
        count,
        0,
        KEY,
        0,
        OUTPUT,
      );
      expect(copyOf(OUTPUT, 32 * count), `${count} chunks`).toEqual(expected);
    }
  });
});

describe.each(all)("%s: blake3Chunk()", (_name, kernels) => {
  const { ChunkEnd, Root } = reference.Blake3Flag;

  test("agrees with the reference at every length", () => {
    const content = randomBytes(1024, 50);
    const key = placeKey(51);
    const counter = 2 ** 32 + 7;
    for (let byteLength = 0; byteLength <= 1024; byteLength++) {
      const chunk = content.subarray(0, byteLength);
      // Rubbish stands behind the chunk.
      const at = place(chunk, byteLength % 64, 1);
      const end = reference.blake3Chunk(chunk, BigInt(counter), key, 0);
      expectWritesOnly(
        { byteOffset: OUTPUT, byteLength: 32 },
        () =>
          kernels.blake3Chunk(
            at,
            byteLength,
            counter,
            KEY,
            0,
            ChunkEnd,
            OUTPUT,
          ),
      );
      expectCvs([cvOf(end)], `${byteLength} bytes`);
    }
  });

  test("gives digests with ROOT, in every mode", () => {
    const content = randomBytes(1000, 52);
    const key = placeKey(53);
    for (const flags of FLAGS) {
      for (const byteLength of [0, 1, 64, 65, 1000]) {
        const chunk = content.subarray(0, byteLength);
        const at = place(chunk, 3, 1);
        const end = ChunkEnd | Root;
        kernels.blake3Chunk(at, byteLength, 0, KEY, flags, end, OUTPUT);
        const top = reference.blake3Chunk(chunk, 0n, key, flags);
        const root = cvOf({ ...top, flags: top.flags | Root });
        expectCvs([root], `${byteLength} bytes, flags ${flags}`);
      }
    }
  });

  test("stops behind whole blocks of a chunk that goes on", () => {
    const content = randomBytes(1024, 54);
    const key = placeKey(55);
    const at = place(content, 0, 1);
    for (let blocks = 1; blocks < 16; blocks++) {
      kernels.blake3Chunk(at, 64 * blocks, 9, KEY, 0, 0, OUTPUT);
      // What the next block takes in.
      const front = content.subarray(0, 64 * blocks + 1);
      const { cv } = reference.blake3Chunk(front, 9n, key, 0);
      expectCvs([reference.bytesOf([...cv])], `${blocks} blocks`);
    }
  });
});

describe.each(all)("%s: blake3Parents()", (_name, kernels) => {
  test.each(COUNTS)(
    "agrees with the reference for %i parents, elsewhere and in place",
    (count) => {
      const children = randomBytes(count * 64, 20 + count);
      const key = placeKey(21);
      for (const flags of FLAGS) {
        const at = place(children, 0, 1);
        const expected = Array.from({ length: count }, (_, i) => {
          const words = reference.wordsOf(
            children.subarray(i * 64, i * 64 + 64),
          );
          return cvOf(
            reference.blake3Parent(
              words.slice(0, 8),
              words.slice(8),
              key,
              flags,
            ),
          );
        });
        const output = { byteOffset: OUTPUT, byteLength: 32 * count };
        expectWritesOnly(
          output,
          () => kernels.blake3Parents(at, count, KEY, flags, OUTPUT),
        );
        expectCvs(expected, `flags ${flags}`);
        bytes.set(children, OUTPUT);
        kernels.blake3Parents(OUTPUT, count, KEY, flags, OUTPUT);
        expectCvs(expected, `flags ${flags}, in place`);
      }
    },
  );
});

test("createKernels() lets two instances share a memory", () => {
  const other: Region = {
    byteOffset: 128 * 1024,
    byteLength: KERNEL_SCRATCH_BYTES,
  };
  const second = createKernels(memory, module, other);
  const first = backends.at(-1)![1];
  const content = randomBytes(8 * 1024, 40);
  const at = place(content, 0, 1);
  placeKey(41);
  first.blake3Chunks(at, 8, 0, KEY, 0, OUTPUT);
  const expected = copyOf(OUTPUT, 256);
  // The first instance's scratch is overwritten between its calls, as another user of it might.
  bytes.fill(0xaa, SCRATCH.byteOffset, SCRATCH.byteOffset + SCRATCH.byteLength);
  second.blake3Chunks(at, 4, 0, KEY, 0, OUTPUT);
  first.blake3Chunks(at + 4096, 4, 4, KEY, 0, OUTPUT + 128);
  expect(copyOf(OUTPUT, 256)).toEqual(expected);
});

describe("WidthChooser", () => {
  /** Calls of 512 chunks that take so long. @returns Which of them were wide. */
  function run(count: number, four: number, eight: number) {
    const chooser = new WidthChooser();
    return Array.from({ length: count }, () => {
      const { wide } = chooser;
      chooser.note(512, wide ? eight : four);
      return wide;
    });
  }
  const wideOf = (calls: boolean[]) => calls.filter((wide) => wide).length;

  test("leaves the first 64 MiB to four", () => {
    expect(wideOf(run(128 + 8, 3, 1))).toBe(0);
  });

  test("goes on with eight where they are faster", () => {
    expect(wideOf(run(1000, 3, 2))).toBe(1000 - 128 - 8);
  });

  test("goes back to four where eight are not faster, and tries again, less and less often", () => {
    const calls = run(20_000, 2, 3);
    const trials = calls.flatMap((wide, i) =>
      wide && calls[i - 1] === false ? [i] : []
    );
    expect(wideOf(calls)).toBe(64 + 8 * trials.length);
    const distances = trials.slice(1).map((at, i) => at - trials[i]!);
    expect(distances.slice(0, 3)).toEqual([64 + 49, 64 + 17, 128 + 17]);
    expect(distances.at(-1)).toBe(2048 + 17);
  });

  test("soon goes on with eight whose code was not compiled at first", () => {
    const chooser = new WidthChooser();
    const wide: boolean[] = [];
    for (let i = 0; i < 1000; i++) {
      wide.push(chooser.wide);
      chooser.note(512, chooser.wide ? i < 300 ? 3 : 1 : 2);
    }
    expect(wide.slice(400)).not.toContain(false);
  });

  test("follows what changes meanwhile", () => {
    const chooser = new WidthChooser();
    const wide: boolean[] = [];
    const round = 80 + 2048 + 1;
    for (let i = 0; i < 128 + round + 48; i++) {
      wide.push(chooser.wide);
      const isLater = i > 128 + 1000;
      chooser.note(512, chooser.wide && !isLater ? 1 : 2);
    }
    expect(wideOf(wide.slice(128 + 8, 128 + round))).toBe(round - 8);
    expect(wideOf(wide.slice(128 + round))).toBe(8);
  });

  test("learns nothing from short calls", () => {
    const chooser = new WidthChooser();
    for (let i = 0; i < 5000; i++) {
      expect(chooser.wide).toBe(false);
      chooser.note(127, 1);
    }
  });
});

test("blake3Chunks() gives the same while it chooses", () => {
  if (module === undefined) return;
  const region = { byteOffset: 128 * 1024, byteLength: KERNEL_SCRATCH_BYTES };
  const content = randomBytes(130 * 1024, 42);
  const at = place(content, 0, 1);
  placeKey(43);
  backends[0]![1].blake3Chunks(at, 130, 5, KEY, 0, OUTPUT);
  const expected = copyOf(OUTPUT, 130 * 32);
  const kernels = createKernels(memory, module, region);
  for (let i = 0; i < 300; i++) {
    bytes.fill(0, OUTPUT, OUTPUT + 130 * 32);
    kernels.blake3Chunks(at, 130, 5, KEY, 0, OUTPUT);
    expect(Buffer.from(copyOf(OUTPUT, 130 * 32)).equals(expected), `call ${i}`)
      .toBe(true);
  }
});

describe("reference: blake3()", () => {
  const vectors: [number, string][] = [
    [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
    [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
    [1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"],
    [2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030"],
    [31744, "62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47"],
    [
      102400,
      "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085",
    ],
  ];
  test.each(vectors)(
    "gives the published vector of %i bytes",
    (byteLength, digest) => {
      const result = reference.blake3(reference.blake3TestInput(byteLength));
      expect(Buffer.from(result).toString("hex")).toBe(digest);
    },
  );
});
