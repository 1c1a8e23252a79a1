/**
 * The options of commands that can work on one shard of a file.
 *
 * @module
 */
import type { Command } from "commander";
import type { CliIo } from "./io.ts";
import type { RawCommonOptions } from "./options.ts";

/** As the parser leaves them. */
export interface RawShardOptions {
  /** `i/n`. */
  readonly shard?: string;
  /** Name of a file. */
  readonly partial?: string;
}

/** Declares them. */
export function addShardOptions(command: Command): void {
  command
    .option(
      "--shard <i/n>",
      "work on the i-th of n shards of the file only, counted from 0, for process merge",
    )
    .option(
      "--partial <file>",
      'where what is found of it goes; "-" is standard output',
    );
}

/** Whether a shard is asked for. */
export function asksForShard({ shard, partial }: RawShardOptions): boolean {
  return shard !== undefined || partial !== undefined;
}

/**
 * Works on a shard.
 *
 * @param name Of the command.
 * @returns The exit code.
 * @throws {UsageError} If an option is wrong, or the command cannot work on shards so.
 */
export async function workOnShard(
  name: string,
  operands: readonly string[],
  raw: RawShardOptions & RawCommonOptions,
  io: CliIo,
): Promise<number> {
  const { runShardOf } = await import("./run_shard.ts");
  return await runShardOf(name, operands, raw, io);
}
