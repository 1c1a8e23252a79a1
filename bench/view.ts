/**
 * How much longer does a View take over its elements than a typed array?
 *
 *     npm run bench -- view              # on all three runtimes
 *     deno run -A bench/view.ts load     # the questions whose names start with "load"
 *     bun bench/view.ts --check
 *
 * 64 KiB of shared memory, over and over, in one thread; both sides are warm. Views of all kinds have
 * been used before the first question, as in a program that reads more than one thing.
 *
 * @module
 */
import { View } from "../src/memory/view.ts";
import { type Contender, runPairs, type Timed } from "./pairs.ts";
import { atMost, type Target } from "./report.ts";
import { figureOf, type Question, runSuite } from "./suite.ts";

const BYTES = 64 * 1024;
/** Times over the bytes that are timed at once. */
const ROUNDS = 20;
/** Times that this is done in a run, the best of which counts: the machine may be busy meanwhile. */
const REPEATS = 7;
/** Calls until engines have compiled a function for good, which they do by how often it is called. */
const WARM_UP_CALLS = 3000;
const PAIRS = 31;
/** Of the time that the typed array takes. */
const TARGET: Target = atMost(1.3);

/** Does something with all elements so many times, and says what came of it. */
type Action = (rounds: number) => number;

const buffer = new SharedArrayBuffer(BYTES);
const bytes = new Uint8Array(buffer);
const words = new Uint32Array(buffer);
const numbers = new Float64Array(buffer);
/** What is stored. */
const otherBuffer = new SharedArrayBuffer(BYTES);
const otherBytes = new Uint8Array(otherBuffer);
const otherWords = new Uint32Array(otherBuffer);
const otherNumbers = new Float64Array(otherBuffer);
const byteView = new View(buffer);
const wordView = new View(buffer, "I");
const numberView = new View(buffer, "d");

await runSuite({
  name: "view",
  cache: "64 KiB in cache",
  questions: () => {
    useAllKinds();
    return [
      ...loads(),
      ...iterations(),
      ...stores(),
      ...others(),
    ];
  },
});

function loads(): Question[] {
  return [
    ask("load/B", sumByteView, sumBytes),
    ask("load/I", sumWordView, sumWords),
    ask("load/d", sumNumberView, sumNumbers),
  ];
}

function iterations(): Question[] {
  return [
    ask("iterate/B", goOverByteView, goOverBytes),
    ask("iterate/d", goOverNumberView, goOverNumbers),
  ];
}

/**
 * Values come from an array of the same kind, so that engines know that they fit: a View refuses those
 * that do not, which a typed array would cut off, and a loop that has to check is slower.
 */
function stores(): Question[] {
  return [
    ask("store/B", fillByteView, fillBytes),
    ask("store/I", fillWordView, fillWords),
    ask("store/d", fillNumberView, fillNumbers),
  ];
}

/** What no typed array can do, against a DataView. For information. */
function others(): Question[] {
  const data = new DataView(buffer);
  const swapped = new View(buffer, ">I");
  const odd = new View(bytes.subarray(1, BYTES - 3), "I");
  const strided = wordView.slice(undefined, undefined, 2);
  const sum = (
    offset: number,
    stride: number,
    littleEndian: boolean,
  ): Action => {
    const count = Math.floor((BYTES - offset) / stride);
    return (rounds) =>
      sumData(data, { offset, stride, count, littleEndian, rounds });
  };
  return [
    ask(
      "other/swapped",
      (n) => sumOther(swapped, n),
      sum(0, 4, false),
      "inform",
    ),
    ask("other/unaligned", (n) => sumOther(odd, n), sum(1, 4, true), "inform"),
    ask(
      "other/strided",
      (n) => sumOther(strided, n),
      sum(0, 8, true),
      "inform",
    ),
  ];
}

/** Asks how many times the time of `rival` we take: the median over pairs of runs. */
function ask(
  name: string,
  ours: Action,
  rival: Action,
  inform?: "inform",
): Question {
  return {
    name,
    target: inform === undefined ? TARGET : undefined,
    twoThreads: false,
    answer: async (check) => {
      fill(otherWords, 99);
      const sides = [repeated("View", ours), repeated("rival", rival)] as const;
      await runPairs(...sides, 0);
      if (check) return undefined;
      for (let i = 0; i < WARM_UP_CALLS; i++) ours(1), rival(1);
      const pairs = await runPairs(...sides, PAIRS);
      const ratios = pairs.map((pair) => pair.ours / pair.rival);
      const best = Math.min(...pairs.map((pair) => pair.ours)) / ROUNDS;
      const detail = `of the rival's time; ${(best * 1e6).toFixed(1)} µs`;
      return figureOf(ratios, "x", detail);
    },
  };
}

function repeated(what: string, action: Action): Contender {
  const run = (): Timed => {
    const times = Array.from({ length: REPEATS }, () => time(action));
    const seconds = Math.min(...times.map((timed) => timed.seconds));
    return { seconds, result: times.map((timed) => timed.result).join() };
  };
  return { what, run };
}

function time(action: Action): Timed {
  fill(words, 77);
  const started = performance.now();
  const result = action(ROUNDS);
  const seconds = (performance.now() - started) / 1000;
  return { seconds, result: `${result} ${words[76]}` };
}

/** Words of which every two are a number between 1 and 2. */
function fill(array: Uint32Array, factor: number): void {
  for (let i = 0; i < array.length; i += 2) {
    array[i] = i * factor;
    array[i + 1] = 0x3ff00000 + i;
  }
}

/** Loads, stores and goes over elements of all kinds. */
function useAllKinds(): void {
  for (const format of "bBhHiIqQfdec?") {
    const view: View<string> = new View(new ArrayBuffer(64), format);
    for (const [i, value] of [...view].entries()) view.set(i, value);
    view.release();
  }
}

// One function for each, as engines compile a function for the kinds of objects that it has seen.

function sumBytes(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES; i++) sum += bytes[i]!;
  }
  return sum;
}

function sumByteView(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES; i++) sum += byteView.at(i);
  }
  return sum;
}

function sumWords(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 4; i++) sum += words[i]!;
  }
  return sum;
}

function sumWordView(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 4; i++) sum += wordView.at(i);
  }
  return sum;
}

function sumNumbers(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 8; i++) sum += numbers[i]!;
  }
  return sum;
}

function sumNumberView(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 8; i++) sum += numberView.at(i);
  }
  return sum;
}

function goOverBytes(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (const value of bytes) sum += value;
  }
  return sum;
}

function goOverByteView(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (const value of byteView) sum += value;
  }
  return sum;
}

function goOverNumbers(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (const value of numbers) sum += value;
  }
  return sum;
}

function goOverNumberView(rounds: number): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (const value of numberView) sum += value;
  }
  return sum;
}

function fillBytes(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES; i++) bytes[i] = otherBytes[i]!;
  }
  return rounds;
}

function fillByteView(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES; i++) byteView.set(i, otherBytes[i]!);
  }
  return rounds;
}

function fillWords(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 4; i++) words[i] = otherWords[i]!;
  }
  return rounds;
}

function fillWordView(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 4; i++) wordView.set(i, otherWords[i]!);
  }
  return rounds;
}

function fillNumbers(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 8; i++) numbers[i] = otherNumbers[i]!;
  }
  return rounds;
}

function fillNumberView(rounds: number): number {
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < BYTES / 8; i++) numberView.set(i, otherNumbers[i]!);
  }
  return rounds;
}

function sumOther(view: View<">I" | "I">, rounds: number): number {
  const { length } = view;
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < length; i++) sum += view.at(i);
  }
  return sum;
}

function sumData(
  data: DataView,
  { offset, stride, count, littleEndian, rounds }: {
    readonly offset: number;
    readonly stride: number;
    readonly count: number;
    readonly littleEndian: boolean;
    readonly rounds: number;
  },
): number {
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < count; i++) {
      sum += data.getUint32(offset + i * stride, littleEndian);
    }
  }
  return sum;
}
