/** The README's examples, run as they stand there. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, runShell } from "./run_cli.ts";
import { RUNTIMES } from "./runtimes.ts";
import {
  fixture,
  removeFolder,
  runtime,
  temporaryFolder,
} from "./temporary.ts";

const README = fs.readFileSync(fixture("../README.md"), "utf8");
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

/** Texts of the fenced blocks of a language. */
function blocks(language: string): string[] {
  return [
    ...README.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm")),
  ]
    .map((match) => match[1] ?? "");
}

/** What differs from run to run: the time, and the rate. */
function withoutTimes(text: string): string {
  return text.replace(/^( {2}time {6}).*$/gm, "$1...");
}

test("README: the commands print what it says", async () => {
  const [transcript = "", ...others] = blocks("console");
  expect(others).toEqual([]);
  const steps = transcript.split(/^\$ /m).slice(1);
  expect(steps.length).toBeGreaterThan(5);
  for (const step of steps) {
    const [command = "", ...lines] = step.split("\n");
    const { stdout, stderr, code } = await runShell(command, { cwd: folder });
    expect(withoutTimes(stdout), command).toBe(withoutTimes(lines.join("\n")));
    expect(stderr, command).toBe("");
    expect(code, command).toBe(0);
  }
});

test("README: the library's examples run as pasted", async () => {
  const [job = ""] = blocks("js");
  fs.writeFileSync(join(folder, "zeros.mjs"), job);
  fs.writeFileSync(join(folder, "notes.txt"), "one\0two\n");
  const { command, args, src, ending } = RUNTIMES.find(({ name }) =>
    name === runtime
  )!;
  const outputs: string[] = [];
  for (const [index, example] of blocks("ts").entries()) {
    // The one change: where the package is, which is not installed here.
    const path = join(folder, `example${index}.mjs`);
    fs.writeFileSync(path, example.replace('"sabmap"', `"${src}mod${ending}"`));
    const { stdout, stderr, code } = await run([command, ...args, path], {
      cwd: folder,
    });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    outputs.push(stdout.trim());
  }
  const blake3 = /^8 [0-9a-f]{64}$/;
  expect(outputs).toEqual([expect.stringMatching(blake3), "1 1"]);
});

test("README: the table of commands names those that there are", async () => {
  const { stdout } = await runShell("process --help");
  const commands = [
    ...stdout.matchAll(/^ {2}(\w+) {2,}(?!.*print the help of a command)/gm),
  ]
    .map((match) => match[1]).filter((name) => name !== "files");
  expect(commands.length).toBeGreaterThan(2);
  for (const name of commands) expect(README).toContain(`| \`process ${name} `);
});
