/**
 * The command `process generate`.
 *
 * @module
 */
import { nextTurn } from "../engine/promises.ts";
import type { Command } from "commander";
import type { GenerateKind, GenerateResult } from "../runs.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { showText, toPath } from "./names.ts";
import {
  checkCommonOptions,
  type CommonOptions,
  parseInteger,
  type RawCommonOptions,
} from "./options.ts";
import { parseSize } from "./parse_size.ts";
import { type CommandContext, forEachFile, withProgress } from "./run.ts";
import { bytesPerSecond, showRate, showSize } from "./units.ts";

interface RawGenerateOptions extends RawCommonOptions {
  readonly size: string;
  readonly seed: string;
}

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  command
    .usage("[options] KIND FILE")
    .description(
      `Makes a file to try things on: the same bytes for the same seed, everywhere.

Kinds:
  random        random bytes
  lines         lines of 0 to 15 English words
  measurements  "Station;12.3" lines, as of the One Billion Row Challenge; whole lines, up to the size
  records       32-byte records, struct <IIdQ8x: id, kind, value, ts; whole records, up to the size

The file appears, or replaces the one there, when it is complete.`,
    )
    .argument("<kind>", "random, lines, measurements or records")
    .argument("<file>", 'file to write; "-" is standard output')
    .option("--size <size>", "bytes to make", "1GiB")
    .option("--seed <n>", "what the bytes depend on", "1")
    .addHelpText(
      "after",
      `
Examples:
  process generate random big.data --size 256MiB
  process generate measurements measurements.txt --size 13GB --seed 42
  process generate lines - --size 1MiB | wc -l`,
    );
}

/** Generates, and tells what was generated. */
export async function run(
  operands: readonly string[],
  raw: RawGenerateOptions,
  io: CliIo,
): Promise<number> {
  const options = checkCommonOptions(raw);
  const [kindText = "", name = ""] = operands;
  const byteLength = parseSize(raw.size, "--size");
  const seed = parseInteger(raw.seed, 0, Number.MAX_SAFE_INTEGER, "--seed");
  const { GENERATE_KINDS } = await import("../generate/kinds.ts");
  const { generateFile } = await import("../operations.ts");
  const kind = checkKind(kindText, GENERATE_KINDS);
  if (name === "-") {
    return await generateToOutput(kind, { byteLength, seed }, io, options);
  }
  return await forEachFile([name], io, options, async (_, context) => {
    const result = await withProgress(
      context,
      ({ signal, onProgress }) =>
        generateFile(toPath(name), kind, {
          byteLength,
          seed,
          signal,
          onProgress,
        }),
    );
    await report(name, result, context);
  });
}

function checkKind(text: string, kinds: readonly GenerateKind[]): GenerateKind {
  const kind = kinds.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new UsageError(
    `Cannot generate a file as its kind must be one of ${
      kinds.join(", ")
    }: received "${text}"`,
  );
}

async function generateToOutput(
  kind: GenerateKind,
  content: { readonly byteLength: number; readonly seed: number },
  io: CliIo,
  options: CommonOptions,
): Promise<number> {
  if (options.json) {
    throw new UsageError(
      "Cannot write JSON and the file to the same output: name a FILE, or leave out --json",
    );
  }
  const { generateBlocks } = await import("../operations.ts");
  for await (const block of generateBlocks(kind, content)) {
    await io.stdout.write(block);
    // A pipe that is read takes bytes at once: signals come only where the event loop turns.
    await nextTurn(io.signal);
  }
  return Exit.Done;
}

async function report(
  name: string,
  { kind, seed, byteLength, elapsedMs }: GenerateResult,
  { io, options }: CommandContext,
): Promise<void> {
  const seconds = elapsedMs / 1000;
  if (options.json) {
    const rate = bytesPerSecond(byteLength, elapsedMs);
    const result = {
      file: name,
      kind,
      seed,
      byteLength,
      seconds,
      bytesPerSecond: rate,
    };
    await io.stdout.write(`${JSON.stringify(result)}\n`);
  } else if (!options.quiet) {
    const speed = `${seconds.toFixed(3)} s, ${showRate(byteLength, elapsedMs)}`;
    await io.stderr.write(
      `process: ${showText(name)}: wrote ${
        showSize(byteLength)
      } of ${kind}, seed ${seed}, in ${speed}\n`,
    );
  }
}
