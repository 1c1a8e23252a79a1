/**
 * `process hash --expect VALUE FILE`: one file against one digest.
 *
 * @module
 */
import {
  algorithmOfTag,
  algorithmsOf,
  type DigestValue,
  parseDigest,
} from "./digest_forms.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { toPath } from "./names.ts";
import { otherDigests } from "./other_digests.ts";
import { painter } from "./paint.ts";
import { type CommandContext, forEachFile, withProgress } from "./run.ts";
import type { ListedDigest } from "./sum_lines.ts";
import { matchOf, verdictLine } from "./verdict.ts";

/**
 * Checks a file.
 *
 * @param value The digest: hexadecimal or base64, with the algorithm in front (`sha256:HEX`) or without, as an
 * ETag in quotes or not.
 * @returns The exit code: 1 if the file has another digest, 2 if it cannot be read.
 * @throws {UsageError} If there is not one file, or no algorithm has such digests.
 */
export async function expectDigest(
  value: string,
  operands: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  requireOne(operands, "--expect");
  const expected = readExpected(value, command);
  let code: number = Exit.Done;
  const failure = await forEachFile(
    operands,
    io,
    command.options,
    async (file, context) => {
      const algorithm = await findAlgorithm(
        { ...expected, file },
        command,
        context,
      );
      if (algorithm === undefined) code = Exit.Negative;
      const named = algorithm ?? expected.algorithms[0];
      await printVerdict(file, named, algorithm !== undefined, command, io);
    },
  );
  return Math.max(code, failure);
}

/** @throws {UsageError} If there is not exactly one operand. */
export function requireOne(operands: readonly string[], option: string): void {
  if (operands.length === 1) return;
  throw new UsageError(
    `Cannot use ${option} as it is about one file: received ${operands.length}`,
  );
}

function readExpected(
  value: string,
  { algorithms, parameters }: HashCommand,
): Omit<ListedDigest, "file"> {
  const { named, digest } = readValue(value);
  const wanted = algorithms ?? (named === undefined ? named : [named]);
  const blake3Bytes = parameters.blake3?.outputBytes;
  const found = digest && algorithmsOf(digest, wanted, blake3Bytes);
  if (digest !== undefined && found !== undefined && found.length > 0) {
    return { algorithms: found, digest };
  }
  const what = wanted === undefined
    ? "no algorithm has digests"
    : `${wanted.join(" and ")} ${
      wanted.length > 1 ? "have" : "has"
    } no digests`;
  throw new UsageError(
    `Cannot use --expect as ${what} of this form: received "${value}"`,
  );
}

/** `sha256:HEX` as of containers, `sha256-BASE64` as of web pages, `"HEX-N"` as of S3. */
function readValue(
  value: string,
): { named: string | undefined; digest: DigestValue | undefined } {
  const text = value.trim().replace(/^(?:W\/)?"(.*)"$/, "$1");
  const [, tag = "", rest = ""] =
    /^([A-Za-z0-9-]+(?=:)|[A-Za-z0-9]+(?=-))[:-](.+)$/.exec(text) ?? [];
  const digest = parseDigest(text);
  const named = digest === undefined ? algorithmOfTag(tag) : undefined;
  return named === undefined
    ? { named, digest }
    : { named, digest: parseDigest(rest) };
}

async function findAlgorithm(
  expected: ListedDigest,
  command: HashCommand,
  context: CommandContext,
): Promise<string | undefined> {
  const { hashFile } = await import("../operations.ts");
  const { digests } = await withProgress(
    context,
    (run) =>
      hashFile(toPath(expected.file), {
        ...run,
        ...command.parameters,
        algorithms: expected.algorithms,
      }),
  );
  const known = Object.fromEntries(
    Object.entries(digests).map(([name, digest]) => [name, [digest]]),
  );
  return matchOf(expected, known) ??
    matchOf(
      expected,
      await otherDigests([expected], known, command, context),
    );
}

async function printVerdict(
  file: string,
  algorithm: string | undefined,
  ok: boolean,
  { options, raw }: HashCommand,
  io: CliIo,
): Promise<void> {
  if (raw.status || (ok && options.quiet)) return;
  const text = ok ? "OK" : painter(io, options).red("FAILED");
  await io.stdout.write(
    options.json
      ? `${JSON.stringify({ file, algorithm, ok })}\n`
      : verdictLine(file, text),
  );
}
