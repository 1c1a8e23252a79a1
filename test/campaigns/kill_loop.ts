/**
 * Kills processes that patch a file, at random moments, and looks what recovery makes of the file.
 *
 *     bun test/campaigns/kill_loop.ts 10000        # the long form; also: deno run -A, and node on build/
 *
 * The file alternates between two contents: whatever a kill leaves has to be, once recovered, one of them as a
 * whole. Where a kill has landed is read from what it left, not from a clock.
 */
import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { recoverFile } from "../../src/patch_file.ts";
import { BLOCK_BYTES, decodeSeal } from "../../src/patch/journal_format.ts";
import type { Runtime } from "../runtimes.ts";
import { generator } from "./crash_explorer.ts";
import type { Choose } from "./simulated_disk.ts";

/** Where kills landed, and what went wrong. */
export interface KillReport {
  kills: number;
  /** The file as it was, without a sealed journal. */
  beforeSeal: number;
  /** A sealed journal, and the file as it was. */
  sealed: number;
  /** A sealed journal, and the file changed in part. */
  applying: number;
  /** A sealed journal, and all of the file changed. */
  committing: number;
  /** The process had ended before the kill. */
  late: number;
  readonly wrong: string[];
}

/** A kill leaves the cache as it is, so syncs that cost nothing change nothing but the time that it takes. */
const QUICK_FOLDER = fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

type Landing = "beforeSeal" | "sealed" | "applying" | "committing" | "late";

const FILE_BYTES = 4 * 1024 ** 2;
const STRIDE = 256;
const SCRIPT = fileURLToPath(
  new URL("../fixtures/patch_process.mjs", import.meta.url),
);

/**
 * Kills until so many kills have landed, and so many of them while the file was being changed.
 *
 * @param runtime What patches.
 */
export async function killLoop(
  runtime: Runtime,
  wanted: { readonly kills: number; readonly applying: number },
  seed: number,
): Promise<KillReport> {
  const folder = fs.mkdtempSync(join(QUICK_FOLDER, "sabmap-kill-"));
  const loop = new KillLoop(runtime, join(folder, "data"), generator(seed));
  try {
    const { report } = loop;
    while (report.kills < wanted.kills || report.applying < wanted.applying) {
      if (report.kills > 20 * wanted.kills) break;
      await loop.once();
      if (report.wrong.length > 5) break;
    }
    return report;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

class KillLoop {
  readonly report: KillReport = {
    kills: 0,
    beforeSeal: 0,
    sealed: 0,
    applying: 0,
    committing: 0,
    late: 0,
    wrong: [],
  };
  readonly #runtime: Runtime;
  readonly #file: string;
  readonly #journal: string;
  readonly #random: Choose;
  #now = 0;
  /** How long after its start a run changes the file, as far as is known. */
  #spanMs = 60;

  constructor(runtime: Runtime, file: string, random: Choose) {
    this.#runtime = runtime;
    this.#file = file;
    this.#journal = join(file, "..", ".data.sabmap-journal");
    this.#random = random;
    fs.writeFileSync(file, content(0));
  }

  /** One run that is killed, and its recovery. */
  async once(): Promise<void> {
    const before = content(this.#now);
    const next = (this.#now + 1) % 250;
    const after = content(next);
    const wasKilled = await this.#killOne(next);
    const left = fs.readFileSync(this.#file);
    this.#aim(wasKilled ? this.#count(left, before, after) : "late");
    const undo = this.#random(2) === 1;
    const { outcome } = await recoverFile(this.#file, { undo });
    const found = fs.readFileSync(this.#file);
    const isNew = found.equals(after);
    const isRight = isNew || found.equals(before);
    const again = await recoverFile(this.#file);
    if (!isRight) this.#complain(`mixed after ${outcome}`);
    if (again.outcome !== "none") this.#complain("not recovered at once");
    if (fs.existsSync(this.#journal)) this.#complain("a journal is left");
    if (!wasKilled && !isNew) {
      this.#complain("success was told of the old file");
    }
    this.#now = isNew ? next : this.#now;
  }

  #complain(what: string): void {
    this.report.wrong.push(`kill ${this.report.kills}: ${what}`);
  }

  /** @returns Whether the kill came before the end. */
  async #killOne(byte: number): Promise<boolean> {
    const { command, args, src, ending } = this.#runtime;
    const child = spawn(
      command,
      [...args, SCRIPT, src, ending, this.#file, String(STRIDE), String(byte)],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    // One in four at any time, the others around the moment that is aimed at.
    const share = this.#random(1000) / 1000;
    const isAimed = this.#random(4) > 0;
    const delayMs = (isAimed ? 0.8 + 0.4 * share : 1.5 * share) * this.#spanMs;
    const isDone = await killAfter(child, delayMs);
    if (isDone) this.report.late++;
    else this.report.kills++;
    return !isDone;
  }

  #count(left: Uint8Array, before: Uint8Array, after: Uint8Array): Landing {
    const landing = !isSealed(this.#journal)
      ? "beforeSeal"
      : Buffer.compare(left, before) === 0
      ? "sealed"
      : Buffer.compare(left, after) === 0
      ? "committing"
      : "applying";
    this.report[landing]++;
    return landing;
  }

  /** Machines differ, and so do their hours: aims at the moments in which the file is being changed. */
  #aim(landing: Landing): void {
    if (landing === "beforeSeal") this.#spanMs *= 1.06;
    else if (landing !== "applying") this.#spanMs *= 0.94;
  }
}

/** Waits for the process to begin, then for so long, and kills it. @returns Whether it said that it was done. */
function killAfter(child: ChildProcess, delayMs: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let output = "";
    let startedMs: number | undefined;
    child.stdout?.on("data", (data: Uint8Array) => {
      output += new TextDecoder().decode(data);
      if (startedMs !== undefined) return;
      startedMs = performance.now();
      setTimeout(() => child.kill("SIGKILL"), delayMs);
    });
    child.on("error", reject);
    child.on("close", () => resolve(output.includes("done")));
  });
}

function isSealed(journal: string): boolean {
  if (!fs.existsSync(journal)) return false;
  const bytes = fs.readFileSync(journal);
  return bytes.byteLength >= 2 * BLOCK_BYTES &&
    typeof decodeSeal(bytes.subarray(-BLOCK_BYTES)) === "object";
}

const contents = new Map<number, Uint8Array>();

/** The file after the patch with a byte. */
function content(byte: number): Uint8Array {
  const known = contents.get(byte);
  if (known !== undefined) return known;
  const bytes = Buffer.alloc(FILE_BYTES, 0xff);
  for (let at = 0; at + 4 <= FILE_BYTES; at += STRIDE) {
    bytes.fill(byte, at, at + 4);
  }
  contents.clear();
  contents.set(byte, bytes);
  return bytes;
}

if (import.meta.main) {
  const { RUNTIMES } = await import("../runtimes.ts");
  const kills = Number(process.argv[2] ?? 200);
  const seed = Number(process.argv[3] ?? 1);
  const name = "Deno" in globalThis
    ? "deno"
    : "Bun" in globalThis
    ? "bun"
    : "node";
  const runtime = RUNTIMES.find((known) => known.name === name);
  if (runtime === undefined) throw new Error("no runtime");
  const wanted = { kills, applying: kills / 5 };
  const report = await killLoop(runtime, wanted, seed);
  console.log(JSON.stringify({ runtime: name, seed, ...report }));
  process.exitCode = report.wrong.length > 0 ? 1 : 0;
}
