/**
 * Kills a process that patches a file, or fails its calls of the kernel, at each call that concerns the file.
 *
 *     bun test/campaigns/syscall_faults.ts            # all calls, all faults; also: deno run -A
 *
 * strace does it. What is reported has to be true: success means the new file, and after anything else recovery
 * makes the file old or new.
 */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { recoverFile } from "../../src/patch_file.ts";
import type { Runtime } from "../runtimes.ts";

/** What calls concern: the file, its journal or their folder. */
const PLACES = { file: "data", journal: ".data.sabmap-journal", folder: "" };
type Place = keyof typeof PLACES;

/** One fault: at which call, and what. */
export interface Fault {
  readonly place: Place;
  readonly call: string;
  /** Counts from 1, of the calls that concern the place: strace counts for each thread, and a sync has one of its own. */
  readonly when: number;
  /** As strace writes it: `signal=KILL`, `error=EIO`, `retval=2`. */
  readonly what: string;
}

/** What came of one fault. */
export interface FaultResult {
  readonly fault: Fault;
  /** Whether the process said that all was done. */
  readonly done: boolean;
  /** Why this must not be; `undefined` if all is well. */
  readonly wrong: string | undefined;
}

const FILE_BYTES = 20_000;
const STRIDE = 5000;
const SCRIPT = fileURLToPath(
  new URL("../fixtures/patch_process.mjs", import.meta.url),
);
const CALLS = [
  ...["openat", "pread64", "pwrite64", "fdatasync", "fsync", "flock"],
  ...["unlink", "unlinkat", "rename", "renameat2", "statx", "fstat", "close"],
];
/** Calls that change something, or say whether it was. */
const WRITING_CALLS = [
  ...["pwrite64", "fdatasync", "fsync", "unlink", "unlinkat", "flock"],
];

/** Runs one patch under strace. */
async function traced(
  runtime: Runtime,
  folder: string,
  place: Place,
  options: string[],
) {
  const file = join(folder, "data");
  const { command, args, src, ending } = runtime;
  const child = spawn("strace", [
    ...["-f", "-qq", "-o", join(folder, "trace")],
    ...["-P", join(folder, PLACES[place]), ...options],
    ...[command, ...args, SCRIPT, src, ending, file, String(STRIDE), "7"],
  ]);
  let output = "";
  child.stdout.on("data", (data: Uint8Array) => {
    output += new TextDecoder().decode(data);
  });
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => resolve(status ?? 255));
  });
  return { code, done: output.includes("done") };
}

/** Lists the faults of each call that a patch makes. */
export async function listFaults(
  runtime: Runtime,
  breadth: "all" | "writes",
): Promise<Fault[]> {
  const calls = breadth === "all" ? CALLS : WRITING_CALLS;
  const faults: Fault[] = [];
  for (const place of ["file", "journal", "folder"] as const) {
    const made = await callsMade(runtime, place, calls);
    for (const [index, call] of made.entries()) {
      const when = made.slice(0, index).filter((name) => name === call).length;
      faults.push(
        ...faultsOf(call).map((what) => ({
          place,
          call,
          when: 1 + when,
          what,
        })),
      );
    }
  }
  return faults;
}

async function callsMade(
  runtime: Runtime,
  place: Place,
  calls: readonly string[],
): Promise<string[]> {
  return await withFile(async (folder) => {
    await traced(runtime, folder, place, [`--trace=${calls.join()}`]);
    const trace = fs.readFileSync(join(folder, "trace"), "utf8");
    return [...trace.matchAll(/^\d+ +(\w+)\(/gm)].map(([, call = ""]) => call);
  });
}

function faultsOf(call: string): string[] {
  const errors = ["signal=KILL", "error=EIO"];
  if (call === "flock") return ["error=EWOULDBLOCK"];
  if (call === "pread64") return [...errors, "error=EINTR"];
  // `retval` does not carry the call out: bytes that are said to be written and are not.
  return call === "pwrite64"
    ? [...errors, "error=ENOSPC", "error=EINTR", "retval=2"]
    : errors;
}

/** Patches with one fault, recovers, and looks. */
export async function tryFault(
  runtime: Runtime,
  fault: Fault,
): Promise<FaultResult> {
  return await withFile(async (folder) => {
    const { place, call, what, when } = fault;
    const { done, code } = await traced(runtime, folder, place, [
      `--trace=${call}`,
      `--inject=${call}:${what}:when=${when}`,
    ]);
    const wrong = await whatIsWrong(folder, done, code);
    return { fault, done, wrong };
  });
}

async function whatIsWrong(
  folder: string,
  done: boolean,
  code: number,
): Promise<string | undefined> {
  const file = join(folder, "data");
  const journal = join(folder, ".data.sabmap-journal");
  if (done !== (code === 0)) return `exit code ${code}, done: ${done}`;
  const left = fs.existsSync(journal);
  if (done && left) return "done, and a journal is left";
  await recoverFile(file);
  if (fs.existsSync(journal)) return "a journal is left after recovery";
  const found = fs.readFileSync(file);
  const isNew = found.equals(content(7));
  if (done && !isNew) return "done, and the file is not new";
  return isNew || found.equals(content(0)) ? undefined : "the file is mixed";
}

function content(byte: number): Uint8Array {
  const bytes = Buffer.alloc(FILE_BYTES);
  for (let at = 0; at < FILE_BYTES; at += STRIDE) bytes.fill(byte, at, at + 4);
  return bytes;
}

async function withFile<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = fs.mkdtempSync(join(tmpdir(), "sabmap-faults-"));
  try {
    fs.writeFileSync(join(folder, "data"), content(0));
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** Tries all faults, some at a time. */
export async function tryFaults(
  runtime: Runtime,
  faults: readonly Fault[],
  atATime = 4,
): Promise<FaultResult[]> {
  const results: FaultResult[] = [];
  const waiting = [...faults];
  const work = async () => {
    for (let fault = waiting.shift(); fault; fault = waiting.shift()) {
      results.push(await tryFault(runtime, fault));
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return results;
}

if (import.meta.main) {
  const { RUNTIMES } = await import("../runtimes.ts");
  const name = process.argv[2] ?? "bun";
  const runtime = RUNTIMES.find((known) => known.name === name);
  if (runtime === undefined) throw new Error("no such runtime");
  const faults = await listFaults(runtime, "all");
  const results = await tryFaults(runtime, faults);
  const wrong = results.filter((result) => result.wrong !== undefined);
  const done = results.filter((result) => result.done);
  console.log(JSON.stringify({
    runtime: name,
    faults: results.length,
    reportedAsDone: done.map(({ fault }) => Object.values(fault).join(" ")),
    wrong,
  }));
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
