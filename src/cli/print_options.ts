/**
 * The options that say how a merged result is printed.
 *
 * @module
 */
import type { Command } from "commander";
import { CONTEXT_BYTES_MAX } from "./find.ts";
import { parseInteger } from "./options.ts";

/** Declares them. */
export function addPrintOptions(command: Command): void {
  command
    .option("--tag", "of hash: lines with the algorithm's name")
    .option("--base64", "of hash: digests in base64")
    .option("-z, --zero", "of hash: end lines with NUL, and escape no names")
    .option("--no-names", "of hash: digests only")
    .option(
      "-C, --context <bytes>",
      "of find: show each match with bytes around it, from the file itself",
    );
}

/** @throws {UsageError} If `--context` was given and is no count of bytes. */
export function parseContext(text: string | undefined): number | undefined {
  return text === undefined
    ? undefined
    : parseInteger(text, 0, CONTEXT_BYTES_MAX, "--context");
}
