/**
 * How fast is sabmap against the programs that one would take otherwise? Writes the table of README.md.
 *
 *     npm run peers                      # all questions, 5 minutes; writes README.md
 *     npm run peers -- find blake3       # some, printed only
 *     npm run peers -- --size 4GiB --rounds 15 --seconds 60
 *     npm run peers -- --python ~/venv/bin/python    # one that has duckdb and polars
 *     npm run peers -- --check           # results only, on small files, and whether README.md's table is one of these
 *
 * Whole commands, sabmap's on Deno, Bun and Node, in rounds in which all take turns in random order. What a
 * program finds out is compared with what the others do; rivals that are not installed are named.
 * The files (5 GB by default) stay in the folder sabmap-bench of the temporary folder.
 *
 * @module
 */
import * as fs from "node:fs";
import process from "node:process";
import { type Answer, ask, type Question } from "./peers/contest.ts";
import { type PeerOptions, readPeerOptions } from "./peers/options.ts";
import { questions } from "./peers/questions.ts";
import { describeSetting } from "./peers/setting.ts";
import { checkPeers, formatPeers, replacePeers } from "./peers/table.ts";
import { repositoryUrl } from "./program.ts";

const README = repositoryUrl("README.md");

try {
  await main(readPeerOptions());
} catch (error) {
  console.error(`peers: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function main(options: PeerOptions): Promise<void> {
  const all = questions(options);
  const wanted = choose(all, options.names);
  const readme = fs.readFileSync(README, "utf8");
  // Told before the work, not after it.
  if (options.write) replacePeers(readme, "");
  const answers: Answer[] = [];
  for (const question of wanted) {
    const answer = await ask(question, options.runtimes, options);
    report(answer, options.check);
    answers.push(answer);
  }
  if (options.check) return checkPeers(readme, all);
  const part = formatPeers(answers, await describeSetting(options));
  console.log(part);
  if (!options.write) return;
  fs.writeFileSync(README, replacePeers(fs.readFileSync(README, "utf8"), part));
  console.error("peers: README.md is written");
}

/** @throws {RangeError} If a name is unknown. */
function choose(
  all: readonly Question[],
  names: readonly string[],
): readonly Question[] {
  const known = all.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `Cannot ask as the questions are ${
        known.join(", ")
      }: received "${unknown}"`,
    );
  }
  return names.length === 0
    ? all
    : all.filter(({ name }) => names.includes(name));
}

/** What happened, as it happens. */
function report({ question, rivals, rounds }: Answer, check: boolean): void {
  const missing = rivals.flatMap(({ missing }) => missing ?? []);
  const what = check ? "results agree" : `${rounds} rounds`;
  const notes = [what, ...missing].join("; ");
  console.error(`peers: ${question.name}: ${notes}`);
}
