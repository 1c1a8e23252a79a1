/**
 * `process hash` of several files, and of folders: several at once, printed in order.
 *
 * @module
 */
import { failureLine, isFatal } from "./failure.ts";
import { findFiles, FoundQueue } from "./found_files.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, Exit } from "./io.ts";
import { LineWriter } from "./line_writer.ts";
import { digestLines } from "./print_digests.ts";
import { runOptions } from "./run.ts";
import { hideSecrets } from "./secrets.ts";
import { TotalProgress } from "./total_progress.ts";

/** As `printDigests`, for any number of operands. */
export async function printMany(
  operands: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  const names = hideSecrets(operands);
  const { hashFiles } = await import("../hash_files.ts");
  const { options, parameters } = command;
  const algorithms = command.algorithms ?? ["blake3"];
  const progress = TotalProgress.for(
    io,
    options,
    () => findFiles(names, command),
  );
  const output = new LineWriter(io.stdout);
  // Both outputs may be the same terminal or file: lines keep their order.
  const tell = async (line: string) => {
    await output.flush();
    await io.stderr.write(line);
  };
  const queue = new FoundQueue(io, options, tell);
  const targets = queue.paths(findFiles(names, command));
  let failures = 0;
  try {
    const outcomes = hashFiles(targets, {
      ...parameters,
      algorithms,
      ...runOptions(io, options),
      onProgress: progress && ((now) => progress.show(now)),
    });
    for await (const outcome of outcomes) {
      const name = await queue.nextFile();
      const { result, error } = outcome;
      if (result !== undefined) {
        await output.add(digestLines(name, result, command));
      } else if (isFatal(error, io)) throw error;
      else {
        failures++;
        await tell(failureLine(error, io, name));
      }
    }
    await queue.tell();
    await output.flush();
    await queue.tellLinks();
  } finally {
    await progress?.end();
  }
  return failures + queue.failures > 0 ? Exit.Failure : Exit.Done;
}
