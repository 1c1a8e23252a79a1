/**
 * What `process records` says of records that could not be read.
 *
 * @module
 */
import type { OnBad, RecordCounts } from "../record_stats.ts";
import { failureLine } from "./failure.ts";
import type { CliIo } from "./io.ts";
import type { CommonOptions } from "./options.ts";

/** Tells of records that could not be read. */
export async function tellBad(
  name: string,
  { badCount, bad }: RecordCounts,
  onBad: OnBad | undefined,
  { io, options }: {
    readonly io: CliIo;
    readonly options: CommonOptions;
  },
): Promise<void> {
  if (onBad === "report") {
    for (const { reason, code } of bad) {
      const error = Object.assign(new Error(reason), { code });
      await io.stderr.write(failureLine(error, io, name));
    }
  }
  if (badCount === 0 || options.quiet) return;
  const what = badCount === 1 ? "1 record" : `${badCount} records`;
  const shown = onBad === "report" && badCount > bad.length
    ? `, of which the first ${bad.length} are named`
    : "";
  await io.stderr.write(
    `process: note: ${name}: ${what} could not be read${shown}\n`,
  );
}
