/**
 * How many times as fast as a loop by hand are framings over the records of a segment?
 *
 *     npm run bench -- framings              # on all three runtimes
 *     deno run -A bench/framings.ts lines    # the questions whose names start with "lines"
 *     bun bench/framings.ts --check
 *
 * One thread and 1 MiB, as long as a segment, over and over. The loops by hand do what one writes without a
 * library: a byte at a time for lines, a DataView for messages. They know that all records end in the
 * segment, and what their lengths are; framings check that.
 *
 * @module
 */
import { delimited } from "../src/binary/delimited.ts";
import type { RecordFraming, RecordRange } from "../src/binary/framing.ts";
import { lengthPrefixed } from "../src/binary/length_prefixed.ts";
import { KERNEL_SCRATCH_BYTES } from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import { runPairs, time } from "./pairs.ts";
import { figureOf, type Question, runSuite } from "./suite.ts";

const BYTES = 1024 ** 2;
/** Place of the segment in the memory; the kernels' scratch is in front of it. */
const ADDRESS = 64 * 1024;
/** Times over the segment in a run. */
const ROUNDS = 20;
const PAIRS = 21;
const NEWLINE = 10;
const QUOTE = 34;

const memory = new WebAssembly.Memory({
  initial: 32,
  maximum: 32,
  shared: true,
});
// The type of `buffer` does not know that the memory is shared.
const buffer = memory.buffer as unknown as SharedArrayBuffer;
const bytes = new Uint8Array(buffer, ADDRESS, BYTES);
const view = new DataView(buffer, ADDRESS, BYTES);
const kernels = createKernels(memory, compileKernels(), {
  byteOffset: 0,
  byteLength: KERNEL_SCRATCH_BYTES,
});
const range: RecordRange = {
  offset: 0,
  byteLength: BYTES,
  address: ADDRESS,
  before: 0,
  after: 0,
  bytes,
};

const messages = lengthPrefixed({
  header: ">BHI",
  names: ["kind", "length", "sequence"],
  length: "length",
  trailer: ">H",
});

await runSuite({
  name: "framings",
  cache: "1 MiB in cache",
  questions: () => [
    ...[10, 50, 200].flatMap(lineQuestions),
    ask("messages/40", sumSequences, sumSequencesByHand, fillMessages),
    ask("index/messages/40", hopEntries, hopByHand, fillMessages),
    ask("index/csv/50", scanQuotes, scanQuotesByHand, () => fillLines(50)),
  ],
});

function lineQuestions(length: number): Question[] {
  const fill = () => fillLines(length);
  const lines = delimited("\n");
  const csv = delimited("\n", { quote: '"' });
  return [
    ask(`lines/${length}`, () => sumLengths(lines), sumLinesByHand, fill),
    ask(`csv/${length}`, () => sumLengths(csv), sumCsvByHand, fill),
  ];
}

/** Asks how many times as fast as `rival` we are: the median over pairs of runs. */
function ask(
  name: string,
  ours: () => number,
  rival: () => number,
  fill: () => void,
): Question {
  const repeat = (action: () => number) => () =>
    time(() => {
      let result = 0;
      for (let i = 0; i < ROUNDS; i++) result = action();
      return String(result);
    });
  const sides = [
    { what: "framing", run: repeat(ours) },
    { what: "loop", run: repeat(rival) },
  ] as const;
  return {
    name,
    twoThreads: false,
    answer: async (check) => {
      fill();
      const pairs = await runPairs(...sides, check ? 0 : PAIRS);
      if (check) return undefined;
      const ratios = pairs.map((pair) => pair.rival / pair.ours);
      const best = Math.min(...pairs.map((pair) => pair.ours));
      const rate = ROUNDS * BYTES / best / 1e9;
      return figureOf(ratios, "x", `${rate.toFixed(2)} GB/s`);
    },
  };
}

/** Lines of `length` bytes on average, with a pair of quotes in every eighth. */
function fillLines(length: number): void {
  bytes.fill(0x61);
  let seed = 1;
  let count = 0;
  for (let at = 0; at < BYTES;) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const end = at + 2 + Math.floor(seed / 2 ** 32 * 2 * (length - 2));
    if (count++ % 8 === 0) bytes.fill(QUOTE, at, Math.min(at + 2, BYTES));
    bytes[Math.min(end, BYTES - 1)] = NEWLINE;
    at = end + 1;
  }
}

/** Messages of 40 bytes on average. */
function fillMessages(): void {
  bytes.fill(0);
  let sequence = 0;
  for (let at = 0; at < BYTES; sequence++) {
    const left = BYTES - at;
    const length = left < 120 ? left : 20 + sequence * 7 % 41;
    view.setUint16(at + 1, length - 9);
    view.setUint32(at + 3, sequence);
    at += length;
  }
}

function sumLengths(framing: RecordFraming): number {
  let sum = 0;
  for (const record of framing.records(range)) {
    sum += record.byteLength;
  }
  return sum;
}

function sumLinesByHand(): number {
  let sum = 0;
  let start = 0;
  for (let at = 0; at < BYTES; at++) {
    if (bytes[at] !== NEWLINE) continue;
    sum += at - start;
    start = at + 1;
  }
  return sum;
}

function sumCsvByHand(): number {
  let sum = 0;
  let start = 0;
  let inside = false;
  for (let at = 0; at < BYTES; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) inside = !inside;
    if (byte !== NEWLINE || inside) continue;
    sum += at - start;
    start = at + 1;
  }
  return sum;
}

function sumSequences(): number {
  let sum = 0;
  for (const record of messages.records(range)) sum += record.field(2);
  return sum;
}

function sumSequencesByHand(): number {
  let sum = 0;
  for (let at = 0; at < BYTES; at += 9 + view.getUint16(at + 1)) {
    sum += view.getUint32(at + 3);
  }
  return sum;
}

function hopEntries(): number {
  const follower = messages.indexer?.createFollower(BYTES / 16);
  follower?.update(range);
  return follower?.entryCount ?? 0;
}

function hopByHand(): number {
  const entries = [0];
  let border = BYTES / 16;
  for (let at = 0; at < BYTES;) {
    at += 9 + view.getUint16(at + 1);
    for (; border <= at; border += BYTES / 16) entries.push(at);
  }
  return entries.length;
}

function scanQuotes(): number {
  const { indexer } = delimited("\n", { quote: '"' });
  if (indexer?.kind !== "parallel") return NaN;
  return indexer.scan(range, kernels)[0] ?? NaN;
}

function scanQuotesByHand(): number {
  let parity = 0;
  for (let at = 0; at < BYTES; at++) if (bytes[at] === QUOTE) parity ^= 1;
  return parity;
}
