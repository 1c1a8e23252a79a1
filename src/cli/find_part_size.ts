/**
 * `process hash --s3 ETAG FILE`: in what parts a file was uploaded.
 *
 * @module
 */
import type { UploadParts } from "../runs.ts";
import { requireOne } from "./expect.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, Exit } from "./io.ts";
import { showText, toPath } from "./names.ts";
import { parseInteger } from "./options.ts";
import { painter } from "./paint.ts";
import { forEachFile, withProgress } from "./run.ts";
import { showSize } from "./units.ts";
import { verdictLine } from "./verdict.ts";

/**
 * Finds the length of parts with which a file has an ETag or a composite checksum, and says which.
 *
 * @returns The exit code: 1 if there is none among those that were tried, 2 if the file cannot be read.
 * @throws {UsageError} If there is not one file.
 */
export async function findPartSize(
  etag: string,
  operands: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  requireOne(operands, "--s3");
  const { options, raw } = command;
  const parts = raw.parts === undefined
    ? undefined
    : parseInteger(raw.parts, 1, Number.MAX_SAFE_INTEGER, "--parts");
  let code: number = Exit.Done;
  const failure = await forEachFile(
    operands,
    io,
    options,
    async (file, context) => {
      const { findPartBytes } = await import("../find_part_bytes.ts");
      const found = await withProgress(
        context,
        (run) => findPartBytes(toPath(file), etag, { ...run, parts }),
      );
      if (found === undefined) {
        code = Exit.Negative;
        if (!options.quiet) await tellMore(file, etag, parts, io);
      }
      if (found !== undefined && options.quiet) return;
      await io.stdout.write(
        options.json ? `${JSON.stringify(jsonOf(file, found))}\n` : verdictLine(
          file,
          describe(found) ?? painter(io, options).red("FAILED"),
        ),
      );
    },
  );
  return Math.max(code, failure);
}

/** Says what was not tried. */
async function tellMore(
  file: string,
  value: string,
  parts: number | undefined,
  io: CliIo,
): Promise<void> {
  const isCounted = parts !== undefined || /-[0-9]+"?$/.test(value.trim());
  const what = isCounted
    ? "no likely length of parts gives this; --expect VALUE --part-size SIZE tries another"
    : "this is not what an upload in one go gives; of one in parts, --parts N says how many there were";
  await io.stderr.write(`process: note: ${showText(file)}: ${what}\n`);
}

function describe(found: UploadParts | undefined): string | undefined {
  if (found === undefined) return undefined;
  const { partBytes, count } = found;
  if (partBytes === undefined) return "OK, uploaded in one go";
  const parts = count === 1 ? "1 part" : `${count} parts`;
  return `OK, ${parts} of ${showSize(partBytes)}`;
}

function jsonOf(file: string, found: UploadParts | undefined): object {
  return {
    file,
    algorithm: found?.algorithm,
    ok: found !== undefined,
    partBytes: found?.partBytes,
    parts: found?.count,
  };
}
