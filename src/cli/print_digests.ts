/**
 * `process hash FILE...`: digests of files, printed in the order of the arguments.
 *
 * @module
 */
import { hashFile } from "../operations.ts";
import type { HashResult } from "../runs.ts";
import { toBase64 } from "./digest_forms.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import { forEachFile, withProgress } from "./run.ts";
import { sumLine, tagLine } from "./sum_lines.ts";

/**
 * Hashes and prints.
 *
 * @param names Files, and folders where the command is recursive; at least one.
 * @returns The exit code: 2 if a file could not be hashed.
 * @throws {UsageError} If there are no files.
 */
export async function printDigests(
  names: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  if (names.length === 0) {
    throw new UsageError(`missing FILE (use "-" for standard input)`);
  }
  if (names.length === 1 && !command.recursive) {
    return await printOne(names, command, io);
  }
  const { printMany } = await import("./print_many.ts");
  return await printMany(names, command, io);
}

async function printOne(
  names: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  const { options, parameters } = command;
  const algorithms = command.algorithms ?? ["blake3"];
  return await forEachFile(names, io, options, async (name, context) => {
    const result = await withProgress(
      context,
      (run) => hashFile(toPath(name), { ...run, ...parameters, algorithms }),
    );
    await io.stdout.write(digestLines(name, result, command));
  });
}

/** What lines tell of a file. */
type HashedFile = Omit<HashResult, "stats">;

/** How lines are written. */
type LineCommand = Pick<HashCommand, "raw">;

/** The lines about a file: one for each algorithm, in the order asked for. */
export function digestLines(
  file: string,
  result: HashedFile,
  command: LineCommand,
): string {
  const layers = command.raw.layers ? layerLines(result, command) : "";
  const lines = Object.entries(result.digests).map(([algorithm, digest]) =>
    digestLine(file, algorithm, digest, result, command)
  );
  return lines.join("") + layers;
}

function digestLine(
  file: string,
  algorithm: string,
  digest: string,
  result: HashedFile,
  { raw }: LineCommand,
): string {
  const text = raw.base64 ? toBase64(digest) : digest;
  if (raw.json) return jsonLine(file, algorithm, text, result);
  if (raw.names === false) return text + (raw.zero ? "\0" : "\n");
  return raw.tag
    ? tagLine(file, algorithm, text, raw)
    : sumLine(file, text, raw);
}

function jsonLine(
  file: string,
  algorithm: string,
  digest: string,
  { byteLength, parts, pieceLayer }: HashedFile,
): string {
  const made = parts[algorithm];
  const layer = algorithm === "btv2" ? pieceLayer : undefined;
  const more = {
    ...made && { partBytes: made.partBytes, parts: made.count },
    ...layer && { pieceLayer: piecesOf(layer) },
  };
  return `${
    JSON.stringify({ file, algorithm, digest, byteLength, ...more })
  }\n`;
}

/** The piece layer as comments, so that the list can be checked. */
function layerLines(
  { pieceLayer }: HashedFile,
  { raw }: LineCommand,
): string {
  if (raw.json || pieceLayer === undefined) return "";
  const end = raw.zero ? "\0" : "\n";
  return piecesOf(pieceLayer).map((piece, index) =>
    `# piece ${index} ${piece}${end}`
  ).join("");
}

const PIECE_HASH_BYTES = 32;

function piecesOf(layer: Uint8Array): string[] {
  const digits = Buffer.from(layer).toString("hex");
  return digits.match(new RegExp(`.{${2 * PIECE_HASH_BYTES}}`, "g")) ?? [];
}
