/**
 * `process hash --check`: files against lists of digests, as `sha256sum --check` does it.
 *
 * @module
 */
import type { Engine, HashOutcome } from "../runs.ts";
import { shownPath } from "../remote/is_remote.ts";
import { CheckedFiles, type MalformedLines } from "./checked_files.ts";
import { failureCode, failureLine, isFatal } from "./failure.ts";
import type { HashCommand } from "./hash_request.ts";
import { type CliIo, Exit, UsageError } from "./io.ts";
import { LineWriter } from "./line_writer.ts";
import { showText } from "./names.ts";
import { otherDigests } from "./other_digests.ts";
import { painter } from "./paint.ts";
import type { ListedDigest } from "./sum_lines.ts";
import { runOptions } from "./run.ts";
import { TotalProgress } from "./total_progress.ts";
import { matchOf, verdictLine } from "./verdict.ts";

/** Why a file that could be read does not pass; what cannot be read has an error code instead. */
const MISMATCH = "mismatch";

/** How the lines of one list came out. */
interface Tally {
  wellFormed: number;
  malformed: number;
  missing: number;
  unreadable: number;
  mismatched: number;
  matched: number;
}

/**
 * Checks the files that lists name.
 *
 * @param lists Names of lists, at least one; `"-"` is standard input.
 * @returns The exit code: 1 if a file does not match or cannot be read, or a list holds no
 * digests; 2 if a list cannot be read.
 * @throws {UsageError} If there are no lists.
 */
export async function checkLists(
  lists: readonly string[],
  command: HashCommand,
  io: CliIo,
): Promise<number> {
  if (lists.length === 0) {
    throw new UsageError('missing list to check (use "-" for standard input)');
  }
  const { Engine } = await import("../engine.ts");
  const engine = new Engine();
  try {
    let code: number = Exit.Done;
    for (const list of lists) {
      const check = new ListCheck(list, command, io, engine);
      code = Math.max(code, await check.run());
    }
    return code;
  } finally {
    await engine.close();
  }
}

/** The check of one list. */
class ListCheck {
  readonly #list: string;
  readonly #command: HashCommand;
  readonly #io: CliIo;
  readonly #engine: Engine;
  readonly #output: LineWriter;
  readonly #files: CheckedFiles;
  readonly #progress: TotalProgress | undefined;
  readonly #tally: Tally = {
    wellFormed: 0,
    malformed: 0,
    missing: 0,
    unreadable: 0,
    mismatched: 0,
    matched: 0,
  };

  constructor(list: string, command: HashCommand, io: CliIo, engine: Engine) {
    this.#list = list;
    this.#command = command;
    this.#io = io;
    this.#engine = engine;
    this.#files = new CheckedFiles(list, command, io);
    this.#progress = TotalProgress.for(
      io,
      command.options,
      list === "-" ? undefined : () => this.#files.find(),
    );
    this.#output = new LineWriter(io.stdout);
  }

  /** @returns The exit code of this list. */
  async run(): Promise<number> {
    try {
      await this.#checkFiles();
    } catch (error) {
      if (isFatal(error, this.#io)) throw error;
      await this.#tell(failureLine(error, this.#io, this.#list));
      return Exit.Failure;
    } finally {
      await this.#progress?.end();
    }
    await this.#output.flush();
    return await this.#summarize();
  }

  async #checkFiles(): Promise<void> {
    const { hashFiles } = await import("../hash_files.ts");
    const { options, parameters } = this.#command;
    const outcomes = hashFiles(this.#files.requests(), {
      ...parameters,
      ...runOptions(this.#io, options),
      engine: this.#engine,
      onProgress: this.#progress && ((now) => this.#progress?.show(now)),
    });
    for await (const outcome of outcomes) {
      await this.#checkFile(await this.#nextGroup(), outcome);
    }
    await this.#nextGroup();
  }

  /** Tells of the malformed lines in front of the next file, or of the end. @returns The lines about that file. */
  async #nextGroup(): Promise<readonly ListedDigest[]> {
    for (;;) {
      const next = this.#files.next();
      if (next === undefined) return [];
      if ("group" in next) return next.group;
      await this.#countMalformed(next);
    }
  }

  async #countMalformed({ first, last }: MalformedLines): Promise<void> {
    this.#tally.malformed += last - first + 1;
    if (!this.#command.raw.warn) return;
    for (let number = first; number <= last; number++) {
      const where = `${showText(this.#list)}: ${number}`;
      await this.#tell(
        `process: ${where}: improperly formatted digest line\n`,
      );
    }
  }

  async #checkFile(
    group: readonly ListedDigest[],
    { result, error }: HashOutcome,
  ): Promise<void> {
    const { file } = group[0] ?? { file: "" };
    this.#tally.wellFormed += group.length;
    try {
      if (result === undefined) throw error;
      const digests = await this.#allDigests(group, result.digests);
      for (const listed of group) {
        const algorithm = matchOf(listed, digests);
        if (algorithm !== undefined) this.#files.confirm(listed, algorithm);
        await this.#printOutcome(listed, algorithm, MISMATCH);
      }
    } catch (failure) {
      if (isFatal(failure, this.#io)) throw failure;
      await this.#fail(file, group, failure);
    } finally {
      this.#files.settle();
    }
  }

  /** The digests that were computed, and others where these do not match. */
  async #allDigests(
    group: readonly ListedDigest[],
    digests: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, readonly string[]>>> {
    const all = Object.fromEntries(
      Object.entries(digests).map(([name, digest]) => [name, [digest]]),
    );
    const open = group.filter((listed) => matchOf(listed, all) === undefined);
    if (open.length === 0) return all;
    const more = await otherDigests(open, all, this.#command, {
      io: this.#io,
      engine: this.#engine,
    });
    return { ...all, ...more };
  }

  async #fail(
    file: string,
    group: readonly ListedDigest[],
    error: unknown,
  ): Promise<void> {
    const code = failureCode(error);
    if (this.#command.raw.ignoreMissing && code === "ENOENT") {
      this.#tally.missing += group.length;
      return;
    }
    await this.#tell(failureLine(error, this.#io, file));
    for (const listed of group) {
      await this.#printOutcome(listed, undefined, code);
    }
  }

  /**
   * @param algorithm Whose digest it is; `undefined` if the file does not pass.
   * @param reason Why it does not, if it does not.
   */
  async #printOutcome(
    { file, algorithms: [first] }: ListedDigest,
    algorithm: string | undefined,
    reason: string,
  ): Promise<void> {
    const { options, raw } = this.#command;
    const ok = algorithm !== undefined;
    if (ok) this.#tally.matched++;
    else if (reason === MISMATCH) this.#tally.mismatched++;
    else this.#tally.unreadable++;
    if (raw.status || (ok && options.quiet)) return;
    if (options.json) {
      const verdict = ok ? { ok } : { ok, reason };
      const shown = shownPath(file);
      const line = { file: shown, algorithm: algorithm ?? first, ...verdict };
      return await this.#output.add(`${JSON.stringify(line)}\n`);
    }
    const paint = painter(this.#io, options);
    const verdict = ok
      ? "OK"
      : paint.red(reason === MISMATCH ? "FAILED" : "FAILED open or read");
    await this.#output.add(verdictLine(file, verdict));
  }

  /** Writes to standard error, behind what was printed before. */
  async #tell(line: string): Promise<void> {
    await this.#output.flush();
    await this.#io.stderr.write(line);
  }

  /** Tells on standard error what was wrong with the list. @returns The exit code. */
  async #summarize(): Promise<number> {
    const { raw } = this.#command;
    const { wellFormed, malformed, missing, unreadable, mismatched, matched } =
      this.#tally;
    if (wellFormed === 0) {
      return await this.#refuse("no properly formatted digest lines found");
    }
    await this.#warn(malformed, "line is", "lines are", "improperly formatted");
    await this.#warn(
      unreadable,
      "listed file",
      "listed files",
      "could not be read",
    );
    await this.#warn(
      mismatched,
      "computed checksum",
      "computed checksums",
      "did NOT match",
    );
    if (missing > 0 && matched + mismatched + unreadable === 0) {
      if (raw.status) return Exit.Negative;
      return await this.#refuse("no file was verified");
    }
    const isBad = unreadable + mismatched > 0 ||
      (raw.strict === true && malformed > 0);
    return isBad ? Exit.Negative : Exit.Done;
  }

  async #refuse(message: string): Promise<number> {
    const code = "ERR_BAD_CHECK_FILE";
    const error = Object.assign(new Error(message), { code });
    await this.#tell(failureLine(error, this.#io, this.#list));
    return Exit.Negative;
  }

  async #warn(
    count: number,
    one: string,
    many: string,
    what: string,
  ): Promise<void> {
    if (count === 0 || this.#command.raw.status) return;
    const subject = count === 1 ? one : many;
    await this.#tell(`process: WARNING: ${count} ${subject} ${what}\n`);
  }
}
