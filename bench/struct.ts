/**
 * How fast is `Struct` on records `<IIdQ8x`, against the `struct` of Python?
 *
 *     npm run bench -- struct            # on all three runtimes
 *     bun bench/struct.ts iterUnpack     # the questions whose names start with "iterUnpack"
 *     deno run -A bench/struct.ts --check
 *
 * 8 MiB of records as `process generate records` makes them. Both sides run the same loop over all
 * records, which adds up one field, and time the loop alone, taking the fastest of 8, as other work on
 * the machine only adds; then all fields of all records are folded into one text, which must be the same.
 *
 * @module
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Struct } from "../src/binary/struct.ts";
import { recordBlocks } from "../src/generate/record_blocks.ts";
import { cacheFolder } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time, type Timed } from "./pairs.ts";
import { repositoryUrl } from "./program.ts";
import { atLeast } from "./report.ts";
import { command, runCommand } from "./rivals.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FORMAT = "<IIdQ8x";
const FILE_BYTES = 8 * 1024 ** 2;
const CHECK_BYTES = 64 * 1024;
/** The same number is in `bench/python_struct.py`. */
const PASSES = 8;

type Format = "<IIdQ8x" | ">IIdQ8x";
type Loop = (record: Struct<Format>, bytes: Uint8Array) => number;

/** The loops of `bench/python_struct.py`, by their names there. */
const LOOPS = {
  iter_unpack(record, bytes) {
    let total = 0;
    for (const values of record.iterUnpack(bytes)) total += values[2];
    return total;
  },
  unpack_from(record, bytes) {
    let total = 0;
    for (let offset = 0; offset < bytes.length; offset += record.size) {
      total += record.unpackFrom(bytes, offset)[2];
    }
    return total;
  },
  pack_into(record, bytes) {
    for (let offset = 0; offset < bytes.length; offset += record.size) {
      record.packInto(bytes, offset, offset, 7, 0.5, 1n);
    }
    return 0;
  },
  pack(record, bytes) {
    let length = 0;
    for (let offset = 0; offset < bytes.length; offset += record.size) {
      length += record.pack(offset, 7, 0.5, 1n).length;
    }
    return length;
  },
} satisfies Record<string, Loop>;

/** Formats that are in use beside the one that is measured. */
const OTHERS = [
  "<5B",
  "<hHiI",
  "<fq",
  "<3Q",
  "i",
  "<bd?Q",
  "dd",
  ">IHHI",
  "<4sIH",
  "<16d",
];

/** The least that gives a fresh list for each record, of this format only. */
class HandIterator
  implements IterableIterator<[number, number, number, bigint]> {
  readonly #view: DataView;
  #at = 0;
  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }
  [Symbol.iterator](): this {
    return this;
  }
  next(): IteratorResult<[number, number, number, bigint], undefined> {
    const at = this.#at;
    const view = this.#view;
    if (at >= view.byteLength) return { value: undefined, done: true };
    this.#at = at + 32;
    const [id, kind] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    const value = view.getFloat64(at + 8, true);
    const time = view.getBigUint64(at + 16, true);
    return { value: [id, kind, value, time], done: false };
  }
}

await runSuite({ name: "struct", cache: "8 MiB in memory", questions });

function questions({ check }: BenchOptions): Question[] {
  const path = recordFile(check ? CHECK_BYTES : FILE_BYTES);
  const target = atLeast(3);
  return [
    { ...compare("iterUnpack", "iter_unpack", path), target },
    {
      ...compare("iterUnpack/beside-others", "iter_unpack", path),
      prepare: useOthers,
    },
    compare("iterUnpack/big-endian", "iter_unpack", path, ">IIdQ8x"),
    {
      ...compare("limit/iterator-by-hand", "iter_unpack", path),
      ours: byHand(path),
    },
    compare("unpackFrom", "unpack_from", path),
    compare("packInto", "pack_into", path),
    compare("pack", "pack", path),
  ].map((comparison) => ({ ...howFast(comparison), twoThreads: false }));
}

function compare(
  name: string,
  loop: keyof typeof LOOPS,
  path: string,
  format: Format = FORMAT,
): Comparison {
  return {
    name: `${name}/python`,
    ours: ours(name, loop, path, format),
    rival: python(loop, path, format),
  };
}

function ours(
  what: string,
  loop: keyof typeof LOOPS,
  path: string,
  format: Format,
): Contender {
  const record = new Struct(format);
  const bytes = inMemory(path, record);
  return {
    what,
    run: async () => {
      let fastest = Infinity;
      for (let pass = 0; pass < PASSES; pass++) {
        const { seconds } = await time(() => `${LOOPS[loop](record, bytes)}`);
        fastest = Math.min(fastest, seconds);
      }
      return { seconds: fastest, result: fold(record, bytes) };
    },
  };
}

/** The records of a file in shared memory, in another byte order maybe. */
function inMemory(path: string, record: Struct<Format>): Uint8Array {
  const little = fs.readFileSync(path);
  const bytes = new Uint8Array(new SharedArrayBuffer(little.length));
  let offset = 0;
  for (const values of new Struct(FORMAT).iterUnpack(little)) {
    record.packInto(bytes, offset, ...values);
    offset += record.size;
  }
  return bytes;
}

function byHand(path: string): Contender {
  const record = new Struct<Format>(FORMAT);
  const bytes = inMemory(path, record);
  return {
    what: "an iterator by hand",
    run: async () => {
      let fastest = Infinity;
      for (let pass = 0; pass < PASSES; pass++) {
        const { seconds } = await time(() => {
          let total = 0;
          for (const values of new HandIterator(bytes)) total += values[2];
          return `${total}`;
        });
        fastest = Math.min(fastest, seconds);
      }
      return { seconds: fastest, result: fold(record, bytes) };
    },
  };
}

/** What all fields of all records come to. */
function fold(record: Struct<Format>, bytes: Uint8Array): string {
  let [ids, kinds, total, times] = [0, 0, 0, 0n];
  for (const [id, kind, value, time] of record.iterUnpack(bytes)) {
    ids += id;
    kinds += kind;
    total += value;
    times ^= time;
  }
  const bits = Buffer.from(new Struct(">d").pack(total)).toString("hex");
  return `${ids},${kinds},${bits},${times}`;
}

function python(loop: string, path: string, format: Format): Contender {
  const script = fileURLToPath(repositoryUrl("bench/python_struct.py"));
  const args = [script, loop, format, path];
  const { what, missing } = command("Python", "python3", args);
  return { what, missing, run: () => toTimed(runCommand("python3", args)) };
}

/** Reads what `bench/python_struct.py` prints. */
function toTimed(text: string): Timed {
  const [seconds, result] = text.trim().split(" ");
  return { seconds: Number(seconds), result };
}

function useOthers(): void {
  const bytes = new Uint8Array(480 * 200);
  for (const format of OTHERS) {
    const struct = new Struct(format);
    const whole = bytes.length - bytes.length % struct.size;
    const records = bytes.subarray(0, whole);
    for (let turn = 0; turn < 5; turn++) {
      for (const _ of struct.iterUnpack(records));
    }
  }
}

function recordFile(byteLength: number): string {
  const path = join(cacheFolder(), `records-${byteLength}`);
  fs.writeFileSync(
    path,
    Buffer.concat(
      [...recordBlocks(byteLength, 1)].map((block) => block.slice()),
    ),
  );
  return path;
}
