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

/** Writes the modules that the README shows: blocks whose first line is their name. */
function writeJobs(): string[] {
  return blocks("ts").flatMap((code) => {
    const name = /^\/\/ (\w+\.ts)\n/.exec(code)?.[1];
    if (name === undefined) return [];
    fs.writeFileSync(join(folder, name), code);
    return [name];
  });
}

/** Node 20 reads no TypeScript: there the module loses its types. */
async function forRuntime(name: string): Promise<string> {
  if (runtime !== "node") return name;
  const target = name.replace(".ts", ".mjs");
  const bun = fixture("../node_modules/.bin/bun").pathname;
  const built = await run(
    [bun, "build", "--no-bundle", name, "--outfile", target],
    { cwd: folder },
  );
  expect(built.code, built.stderr).toBe(0);
  return target;
}

test("README: the commands print what it says", async () => {
  const jobs = writeJobs();
  expect(jobs).toEqual(["sum_by_kind.ts", "messages.ts", "raise_kind.ts"]);
  const steps = blocks("console").flatMap((transcript) =>
    transcript.split(/^\$ /m).slice(1)
  );
  expect(steps.length).toBeGreaterThan(10);
  for (const step of steps) {
    const [text = "", ...lines] = step.split("\n");
    const job = jobs.find((name) => text.includes(`run ${name}`));
    const command = job === undefined
      ? text
      : text.replace(job, await forRuntime(job));
    const { stdout, stderr, code } = await runShell(command, { cwd: folder });
    expect(withoutTimes(stdout), command).toBe(withoutTimes(lines.join("\n")));
    expect(stderr, command).toBe("");
    expect(code, command).toBe(0);
  }
});

test("README: its jobs are those of examples/", () => {
  for (const name of writeJobs()) {
    const shown = fs.readFileSync(join(folder, name), "utf8");
    const example = fs.readFileSync(fixture(`../examples/${name}`), "utf8");
    expect(shown.slice(shown.indexOf("import "))).toBe(
      example.slice(example.indexOf("import ")),
    );
  }
});

test("README: the library's examples run as pasted", async () => {
  const { command, args, src, ending } = RUNTIMES.find(({ name }) =>
    name === runtime
  )!;
  const job = await forRuntime("messages.ts");
  const outputs: string[] = [];
  for (const [index, example] of blocks("ts").entries()) {
    if (/^\/\/ \w+\.ts\n/.test(example)) continue;
    // The one change: where the package is, which is not installed here.
    const name = `example${index}.ts`;
    const code = example
      .replace('"sabmap"', `"${src}mod${ending}"`)
      .replace("messages.ts", job);
    fs.writeFileSync(join(folder, name), code);
    const path = await forRuntime(name);
    const { stdout, stderr, code: exit } = await run([command, ...args, path], {
      cwd: folder,
    });
    expect(stderr).toBe("");
    expect(exit).toBe(0);
    outputs.push(stdout.trim());
  }
  expect(outputs).toEqual([
    expect.stringMatching(/^8388608 [0-9a-f]{64}$/),
    "2 Hello world",
    [
      "27",
      "13 00000000 0d000000",
      "218103808",
      "1",
      "000100000002",
      "16 at do their of b",
    ].join("\n"),
  ]);
});

test("README: the table of commands names those that there are", async () => {
  const { stdout } = await runShell("process --help");
  const commands = [
    ...stdout.matchAll(/^ {2}(\w+) {2,}(?!.*print the help of a command)/gm),
  ]
    .map((match) => match[1]).filter((name) => name !== "files");
  expect(commands.length).toBeGreaterThan(2);
  for (const name of commands) {
    expect(README).toMatch(new RegExp(`^\\| \`process ${name}[ \`]`, "m"));
  }
});
