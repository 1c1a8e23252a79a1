/**
 * How long does `process` take over an empty program of the same runtime?
 *
 *     npm run bench -- startup           # on all three runtimes
 *     deno run -A bench/startup.ts
 *
 * For `--version`, and for digest and lines of a small file, which starts no worker.
 *
 * @module
 */
import * as fs from "node:fs";
import * as reference from "../test/reference.ts";
import { randomFile } from "./inputs.ts";
import { checkedBy, type Contender, known, unchecked } from "./pairs.ts";
import { processProgram, programOf, repositoryUrl } from "./program.ts";
import { atMost } from "./report.ts";
import { programCommand } from "./rivals.ts";
import { howMuchLonger, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 1024;

await runSuite({
  name: "startup",
  cache: "programs and input in page cache",
  questions: () => {
    const path = randomFile(FILE_BYTES);
    return [
      overEmpty("version", ["--version"], packageVersion()),
      overEmpty("hash-1KiB", ["hash", path], naiveDigest(path)),
      overEmpty("count-1KiB", ["count", path], naiveCount(path)),
    ];
  },
});

function overEmpty(
  name: string,
  args: readonly string[],
  oracle: Contender,
): Question {
  const ours = programCommand(`process ${args[0]}`, processProgram(), args);
  const empty = programCommand("empty program", programOf("./empty"), []);
  return howMuchLonger({
    name,
    ours: checkedBy(oracle, ours),
    rival: unchecked(empty),
    target: atMost(60),
  });
}

function packageVersion(): Contender {
  const text = fs.readFileSync(repositoryUrl("package.json"), "utf8");
  return known(
    "package.json",
    (JSON.parse(text) as { version: string }).version,
  );
}

function naiveCount(path: string): Contender {
  const lines = fs.readFileSync(path, "latin1").split("\n").length - 1;
  return known("the naive oracle", String(lines));
}

function naiveDigest(path: string): Contender {
  const digest = reference.blake3(fs.readFileSync(path));
  return known("the naive oracle", Buffer.from(digest).toString("hex"));
}
