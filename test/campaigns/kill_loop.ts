/**
 * Kills processes that patch a file, at random moments, and looks what recovery makes of the file.
 *
 *     bun test/campaigns/kill_loop.ts 10000        # the long form; also: deno run -A, and node on build/
 *     bun test/campaigns/kill_loop.ts 1000 1 update  # of jobs that change their file: kills, seed
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
/** What changes the file: a patch, or a job that updates it. */
export type Victim = "patch_process" | "update_process";

/**
 * Kills until so many kills have landed, and so many of them while the file was being changed.
 *
 * @param runtime What patches.
 * @param victim The program that is killed.
 */
export async function killLoop(
  runtime: Runtime,
  wanted: { readonly kills: number; readonly applying: number },
  seed: number,
  victim: Victim = "patch_process",
): Promise<KillReport> {
  const folder = fs.mkdtempSync(join(QUICK_FOLDER, "sabmap-kill-"));
  const random = generator(seed);
  const script = fileURLToPath(
    new URL(`../fixtures/${victim}.mjs`, import.meta.url),
  );
  const loop = new KillLoop(runtime, script, join(folder, "data"), random);
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
  readonly #script: string;
  readonly #file: string;
  readonly #journal: string;
  readonly #random: Choose;
  #now = 0;
  /** How long a run takes before it changes the file, and how long it changes it, as far as is known. */
  #beforeMs = 60;
  #applyMs = 10;

  constructor(runtime: Runtime, script: string, file: string, random: Choose) {
    this.#runtime = runtime;
    this.#script = script;
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
      [
        ...args,
        this.#script,
        src,
        ending,
        this.#file,
        String(STRIDE),
        String(byte),
      ],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    // Half of them at any time, the others from when the run says that it begins to change the file.
    const share = this.#random(1000) / 1000;
    const isAimed = this.#random(2) === 1;
    const isDone = isAimed
      ? await killAfter(child, "apply", share * this.#applyMs)
      : await killAfter(child, "start", 1.5 * share * this.#beforeMs);
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

  /** Machines differ, and so do their hours. */
  #aim(landing: Landing): void {
    if (landing === "beforeSeal") this.#beforeMs *= 1.03;
    else if (landing === "sealed") this.#applyMs *= 1.05;
    else if (landing === "applying") this.#applyMs *= 1.02;
    else {
      this.#beforeMs *= 0.95;
      this.#applyMs *= 0.95;
    }
  }
}

/** Waits for a word of the process, then for so long, and kills it. @returns Whether it said that it was done. */
function killAfter(
  child: ChildProcess,
  word: "start" | "apply",
  delayMs: number,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let output = "";
    let isTimed = false;
    child.stdout?.on("data", (data: Uint8Array) => {
      output += new TextDecoder().decode(data);
      if (isTimed || !output.includes(word)) return;
      isTimed = true;
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

/** The file after the patch with a byte. */
function content(byte: number): Uint8Array {
  const words = new Uint32Array(FILE_BYTES / 4).fill(0xffff_ffff);
  const changed = byte * 0x0101_0101;
  for (let at = 0; at < words.length; at += STRIDE / 4) words[at] = changed;
  return Buffer.from(words.buffer);
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
  const victim = process.argv[4] === "update"
    ? "update_process"
    : "patch_process";
  const report = await killLoop(runtime, wanted, seed, victim);
  console.log(JSON.stringify({ runtime: name, victim, seed, ...report }));
  process.exitCode = report.wrong.length > 0 ? 1 : 0;
}
