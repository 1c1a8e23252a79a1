/**
 * The question of replacing: everybody has a copy of the file, and turns a phrase into another and back
 * by turns, so that all copies are the same after each round.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { crc32 } from "node:zlib";
import { cacheFolder, linesFile, readThrough } from "../inputs.ts";
import { time, WrongResultError } from "../pairs.ts";
import type { Contender, Question, Rival, RuntimeName } from "./contest.ts";
import { outputOf, processOn, versionOf } from "./programs.ts";

/** The phrase that is there at first, one in 10 KiB of generated lines, and the one that is not. */
const PHRASES = ["word we", "WORD WE"] as const;

/** What one contender works on. */
class Copy {
  readonly path: string;
  readonly #original: string;
  readonly #expected: () => readonly [number, number];
  #state: 0 | 1 = 0;

  constructor(
    original: string,
    name: string,
    expected: () => readonly [number, number],
  ) {
    this.path = join(cacheFolder(), `replace-${name}`);
    this.#original = original;
    this.#expected = expected;
  }

  make(): void {
    fs.copyFileSync(this.#original, this.path);
    // Or the kernel would write it to the disk while the first runs are timed.
    const fd = fs.openSync(this.path, "r+");
    fs.fsyncSync(fd);
    fs.closeSync(fd);
  }

  remove(): void {
    fs.rmSync(this.path, { force: true });
  }

  /** The phrase that is there, and what is to become of it. */
  next(): readonly [string, string] {
    const [first, second] = PHRASES;
    const pair = this.#state === 0 ? [first, second] : [second, first];
    this.#state = this.#state === 0 ? 1 : 0;
    return pair as [string, string];
  }

  /** @throws {WrongResultError} If the file is not as it should be by now. */
  check(what: string): void {
    if (checksumOf(this.path) === this.#expected()[this.#state]) return;
    throw new WrongResultError(`${what} left another file`);
  }
}

function checksumOf(path: string): number {
  return crc32(fs.readFileSync(path));
}

/** Checksums of the file as it is, and with the phrase replaced. */
function expectedOf(path: string): readonly [number, number] {
  const bytes = fs.readFileSync(path);
  const before = crc32(bytes);
  const [old, next] = PHRASES.map((phrase) => Buffer.from(phrase));
  if (old === undefined || next === undefined) throw new Error("Bug");
  for (let at = bytes.indexOf(old); at >= 0; at = bytes.indexOf(old, at)) {
    next.copy(bytes, at);
  }
  return [before, crc32(bytes)];
}

/** Asks how fast a phrase is replaced in a file of so many bytes. */
export function replaceQuestion(byteLength: number): Question {
  const original = linesFile(byteLength);
  let expected: readonly [number, number] | undefined;
  const copies: Copy[] = [];
  const copyFor = (name: string): Copy => {
    const copy = new Copy(
      original,
      name,
      () => expected ??= expectedOf(original),
    );
    copies.push(copy);
    return copy;
  };
  const ours = (durability: string) => {
    const made = new Map<RuntimeName, Contender>();
    return (runtime: RuntimeName) => {
      const known = made.get(runtime) ??
        patch(runtime, durability, copyFor(`${runtime}-${durability}`));
      made.set(runtime, known);
      return known;
    };
  };
  return {
    name: "replace",
    title: "a phrase replaced in place, safe on the disk: `process patch`",
    figure: "times",
    unit: "s",
    ours: ours("journal"),
    rivals: [
      editor("`perl -pi -e`", "perl", ["-pi", "-e"], copyFor),
      editor(
        "`perl -0777 -pi -e`, all of it in memory",
        "perl",
        ["-0777", "-pi", "-e"],
        copyFor,
      ),
      editor("`sed -i`", "sed", ["-i"], copyFor),
      { label: "ours with `--durability none`", on: ours("none") },
    ],
    prepare: () => {
      for (const copy of copies) {
        copy.make();
        readThrough(copy.path);
      }
    },
    finish: () => copies.forEach((copy) => copy.remove()),
  };
}

function patch(
  runtime: RuntimeName,
  durability: string,
  copy: Copy,
): Contender {
  const { command, args } = processOn(runtime);
  const what = `process patch --durability ${durability} on ${runtime}`;
  return turn(what, copy, (old, next) => {
    outputOf(command, [
      ...[...args, "patch", "--replace", `text:${old}=${next}`],
      ...["--durability", durability, "--quiet", copy.path],
    ]);
  });
}

/** An editor of streams, which writes a new file and does not wait for the disk. */
function editor(
  label: string,
  command: string,
  args: readonly string[],
  copyFor: (name: string) => Copy,
): Rival {
  const copy = copyFor([command, ...args].join(""));
  const contender = {
    ...turn(label, copy, (old, next) => {
      const script = [...args, `s/${old}/${next}/g`, copy.path];
      const env = { LC_ALL: "C", PATH: process.env["PATH"] };
      const { status } = spawnSync(command, script, { env });
      if (status !== 0) throw new Error(`${command} ended with ${status}`);
    }),
    missing: versionOf(command) === undefined
      ? `${command} is not installed`
      : undefined,
  };
  return { label, on: () => contender };
}

function turn(
  what: string,
  copy: Copy,
  replace: (old: string, next: string) => void,
): Contender {
  return {
    what,
    run: async () => {
      const [old, next] = copy.next();
      const { seconds } = await time(() => {
        replace(old, next);
        return "";
      });
      copy.check(what);
      return { value: seconds, result: undefined };
    },
  };
}
