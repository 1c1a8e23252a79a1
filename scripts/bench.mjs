// `npm run bench`: the benchmarks, on each runtime in turn, of the library and the command as the npm package has them.
//
// `deno run -A bench/NAME.ts` and `bun bench/NAME.ts` ask the same of the sources.
//
//     npm run bench                                     all of them, half an hour
//     npm run bench -- engine commands/hash             some of them, or some of their questions
//     npm run bench -- --runtime deno,bun engine
//     npm run bench -- --check                          tiny inputs, results only, some seconds
//     npm run bench -- --json engine > rows.ndjson      one object per row
//
// Inputs (25 GB, of which 20 are holes) stay in the folder sabmap-bench of the temporary folder.
// Exit code 1 if a result is wrong or a benchmark dies; a target that is missed is only reported.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildBench } from "./build_bench.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => `${root}node_modules/.bin/${name}`;
const RUNTIMES = {
  deno: [bin("deno"), "run", "-A"],
  bun: [bin("bun")],
  node: [process.execPath],
};
const BENCHES = [
  "kernels",
  "digest_kernels",
  "digests",
  "engine",
  "cold",
  "commands",
  "startup",
  "memory",
  "struct",
  "shared_file",
  "find",
  "view",
  "framings",
  "record",
  "hash_files",
  "patch",
  "bullmq",
  "update",
  "records_set",
  "records",
  "shards",
  "remote",
];
/** It prints a table only. */
const WITHOUT_JSON = ["kernels"];

const { check, json, runtimes, wanted } = readCommand();
if (!(await buildBench())) process.exitCode = 1;
const flags = [check && "--check", json && "--json"].filter(Boolean);
for (const [bench, questions] of wanted) {
  if (json && WITHOUT_JSON.includes(bench)) {
    console.error(`bench: ${bench} is left out, as it has no --json`);
    continue;
  }
  for (const runtime of runtimes) {
    const [command, ...args] = RUNTIMES[runtime];
    const program = `build/bench/bench/${bench}.js`;
    run(command, [...args, program, ...flags, ...questions]);
    if (!json) console.log();
  }
}

/** Runs a command; a failure is remembered in the exit code and does not keep the next from running. */
function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
  });
  if (status === 0) return;
  console.error(
    `bench: ${command} ${args.join(" ")} ended with ${
      error?.message ?? status
    }`,
  );
  process.exitCode = 1;
}

function readCommand() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        check: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        runtime: { type: "string", default: Object.keys(RUNTIMES).join() },
      },
    });
    const runtimes = values.runtime.split(",");
    requireKnown("--runtime", runtimes, Object.keys(RUNTIMES));
    return { ...values, runtimes, wanted: readNames(positionals) };
  } catch (error) {
    console.error(`bench: ${error.message}`);
    process.exit(2);
  }
}

/** `engine/count` asks the questions of `engine` whose names start with `count`. */
function readNames(names) {
  const wanted = new Map();
  for (const name of names.length > 0 ? names : BENCHES) {
    const [bench, ...question] = name.split("/");
    const questions = wanted.get(bench) ?? [];
    wanted.set(
      bench,
      question.length > 0 ? [...questions, question.join("/")] : questions,
    );
  }
  requireKnown("benchmarks", [...wanted.keys()], BENCHES);
  return wanted;
}

function requireKnown(what, names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new TypeError(
    `Cannot run as ${what} must be of ${
      known.join(", ")
    }: received "${unknown}"`,
  );
}
