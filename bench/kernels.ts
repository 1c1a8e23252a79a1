/**
 * How fast is each kernel on one core, against its scalar twin, hash-wasm and `Buffer`?
 *
 *     bun bench/kernels.ts
 *     deno run -A bench/kernels.ts
 *     deno run -A bench/kernels.ts --check    # each case once on 16 KiB, results only
 *
 * The input is 1 MiB, as long as a segment, and stays in L2. Each result is compared
 * with that of the naive oracles in `test/reference.ts`, in every iteration.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import process from "node:process";
import { createBLAKE3 } from "hash-wasm";
import { Bench } from "tinybench";
import {
  BLAKE3_IV,
  Blake3Flag,
  rootOutput,
} from "../src/digest/blake3_compress.ts";
import { KERNEL_SCRATCH_BYTES, type Kernels } from "../src/kernels/kernels.ts";
import { compileKernels, createKernels } from "../src/kernels/load.ts";
import * as reference from "../test/reference.ts";

/** Places in the memory. */
const KEY = 0;
const COUNTS = 1024;
const NEEDLE_AT = 2048;
const CVS = 4096;
const SCRATCH = 128 * 1024;
const INPUT = 1024 * 1024;

/** One way to answer one question: `question/backend`. */
interface Case {
  readonly question: string;
  readonly backend: string;
  /** Does the work and returns its result in a form that can be compared. */
  readonly run: () => string | number;
  readonly expected: string | number;
}

const check = process.argv.includes("--check");
const inputBytes = check ? 16 * 1024 : 1024 * 1024;
const memory = new WebAssembly.Memory({
  initial: 64,
  maximum: 64,
  shared: true,
});
const arena = new Uint8Array(memory.buffer);
const counts = new Uint32Array(memory.buffer, COUNTS, 256);
const input = arena.subarray(INPUT, INPUT + inputBytes);
arena.set(reference.bytesOf(reference.BLAKE3_IV), KEY);

function bind(module: WebAssembly.Module | undefined): Kernels {
  return createKernels(memory, module, {
    byteOffset: SCRATCH,
    byteLength: KERNEL_SCRATCH_BYTES,
  });
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** BLAKE3 of the input, whose length is a power of two of chunks. */
function blake3(kernels: Kernels): string {
  let count = inputBytes / 1024;
  kernels.blake3Chunks(INPUT, count, 0, KEY, 0, CVS);
  for (count /= 2; count > 1; count /= 2) {
    kernels.blake3Parents(CVS, count, KEY, 0, CVS);
  }
  const words = new Uint32Array(memory.buffer, CVS, 16);
  const root = {
    cv: BLAKE3_IV,
    block: [...words],
    blockLength: 64,
    counter: 0,
  };
  return toHex(rootOutput({ ...root, flags: Blake3Flag.Parent }));
}

/** A number that differs where the counts do, in all likelihood. */
function fingerprint(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) {
    sum = (Math.imul(sum, 31) + values[i]!) | 0;
  }
  return sum;
}

/** A needle that the input does not hold. */
const NEEDLE = new TextEncoder().encode("sabmap: not here");

function findFirst(kernels: Kernels): number {
  return kernels.findFirst(INPUT, inputBytes, NEEDLE_AT, NEEDLE.length);
}

function findLast(kernels: Kernels): number {
  return kernels.findLast(INPUT, inputBytes, NEEDLE_AT, NEEDLE.length);
}

function histogram(kernels: Kernels): number {
  counts.fill(0);
  kernels.histogram(INPUT, inputBytes, COUNTS);
  return fingerprint(counts);
}

/** The questions about one kind of content, which is in the input while they run. */
async function casesOf(content: string): Promise<Case[]> {
  const backends: [string, Kernels][] = [["scalar", bind(undefined)], [
    "simd",
    bind(compileKernels()),
  ]];
  const copy = Uint8Array.from(input);
  const cases: Case[] = [];
  const add = (
    question: string,
    expected: Case["expected"],
    run: (kernels: Kernels) => Case["expected"],
  ) => {
    for (const [backend, kernels] of backends) {
      cases.push({
        question: `${question}/${content}`,
        backend,
        expected,
        run: () => run(kernels),
      });
    }
  };
  arena.set(NEEDLE, NEEDLE_AT);
  const found = reference.findAll(copy, NEEDLE, true)[0] ?? -1;
  add("findFirst", found, findFirst);
  add("findLast", found, findLast);
  addBuffer(cases, content, copy, found);
  add("histogram", fingerprint(reference.histogram(copy)), histogram);
  if (content !== "random") return cases;
  add(
    "countByte",
    reference.countByte(copy, 10),
    (k) => k.countByte(INPUT, inputBytes, 10),
  );
  const digest = toHex(reference.blake3(copy));
  add("blake3", digest, blake3);
  const rival = await createBLAKE3();
  const run = () => rival.init().update(copy).digest();
  cases.push({
    question: `blake3/${content}`,
    backend: "hash-wasm",
    expected: digest,
    run,
  });
  return cases;
}

/** The runtime's own search, on memory that is not shared. */
function addBuffer(
  cases: Case[],
  content: string,
  copy: Uint8Array<ArrayBuffer>,
  expected: number,
): void {
  const buffer = Buffer.from(copy.buffer);
  const run = () => buffer.indexOf(NEEDLE);
  const question = `findFirst/${content}`;
  cases.push({ question, backend: "Buffer.indexOf", expected, run });
}

function verify({ question, backend, run, expected }: Case): void {
  const result = run();
  if (result !== expected) {
    throw new Error(
      `${question}/${backend} is wrong: received ${result} instead of ${expected}`,
    );
  }
}

/** Best time of each case in milliseconds, in the order of the cases. */
async function measure(cases: readonly Case[]): Promise<number[]> {
  const bench = new Bench({ time: 300, warmupTime: 100, throws: true });
  for (const one of cases) {
    bench.add(`${one.question}/${one.backend}`, () => verify(one));
  }
  const tasks = await bench.run();
  return tasks.map(({ result }) =>
    "latency" in result ? result.latency.min : NaN
  );
}

/** One line for each case, with ratios to the others that answer the same question. */
function report(cases: readonly Case[], times: readonly number[]): void {
  cases.forEach(({ question, backend }, i) => {
    const rate = (inputBytes / times[i]! / 1e6).toFixed(2).padStart(8);
    const ratios = cases.flatMap((other, j) => {
      if (j === i || other.question !== question) return [];
      return [`${(times[j]! / times[i]!).toFixed(2)} x ${other.backend}`];
    });
    console.log(
      `${`${question}/${backend}`.padEnd(34)}${rate} GB/s   ${
        ratios.join("   ")
      }`,
    );
  });
}

const CONTENTS: Readonly<Record<string, (index: number) => number>> = {
  random: (index) => Math.imul(index ^ (index >>> 7), 0x9e3779b1) >>> 24,
  pairs: (index) => index & 1,
  zeros: () => 0,
};

/** What the figures hold for. */
function stamp(): string {
  const versions: Readonly<Record<string, string | undefined>> =
    process.versions;
  const runtime = ["bun", "deno", "node"].find((name) =>
    versions[name] !== undefined
  )!;
  const processors = cpus();
  return [
    `commit ${commit()}`,
    `${runtime} ${versions[runtime]}`,
    `${
      processors[0]?.model ?? "unknown processor"
    }, ${processors.length} cores`,
    `${inputBytes} bytes in cache, best time`,
    new Date().toISOString().slice(0, 10),
  ].join(" · ");
}

function commit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: "pipe",
    })
      .trim();
  } catch {
    return "unknown";
  }
}

console.log(stamp());
for (const [content, byteAt] of Object.entries(CONTENTS)) {
  for (let i = 0; i < inputBytes; i++) input[i] = byteAt(i);
  const cases = await casesOf(content);
  cases.forEach(verify);
  if (check) {
    console.log(`${cases.length} results on ${content} bytes are right`);
  } else report(cases, await measure(cases));
}
