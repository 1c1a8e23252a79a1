// Bundles entries for Node into few files: loading forty modules takes a worker 55 ms to start, few 31
// (two workers on a 2-core Xeon; Node 20.20, 2026-11-21). Packages stay imports.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the entries of the package end up: at the places of their sources, below the folder. */
export const PACKAGE_ENTRIES = [
  "src/mod.ts",
  "src/cli/bin.ts",
  "src/bullmq.ts",
  "workers/worker.ts",
  // Of a fleet.
  "workers/shard.ts",
  // For Deno, where it runs the package.
  "workers/sandbox_keeper.ts",
  "workers/sandboxed.ts",
];

/**
 * Modules that most runs load together, each group in a file of its own. By themselves bundlers make a file for
 * each set of entries that share some modules, of which `process hash` then loads 46, and these make it 14: 11 ms
 * of CPU time (medians of 21 pairs, Node 20.20, 2-core Xeon, 2026-11-21).
 *
 * src/cli/main.ts has to be in one: in the entry itself it would take itself for the program.
 */
const GROUPS = [
  ["start", [
    "src/cli/main.ts",
    "src/cli/process_io.ts",
    // What both a run and a patch need, which otherwise need nothing of each other.
    "src/check_path.ts",
    "src/digest/hex.ts",
    "src/engine/promises.ts",
    "src/kernels/scalar_compress.ts",
    "src/patch/names.ts",
    "src/platform/file_changes.ts",
    "src/platform/platform.ts",
  ]],
  // What a thread waits for: 3 files of 65 KB instead of 6 of 175, and 32 ms to its first answer instead of 36. Not
  // workers/worker.ts itself, which would serve in every thread that loads the file.
  ["worker", ["src/worker.ts", "src/platform/parent.ts"]],
  ["core", [
    "src/operations.ts",
    "src/jobs/hash.ts",
    "src/jobs/count.ts",
    "src/digest/blake3_modes.ts",
  ]],
  ["cli", ["src/cli/program.ts", "src/cli/run.ts"]],
  ["patch", [
    "src/cli/patch.ts",
    "src/patch_file.ts",
    "src/patch/patch.ts",
    "src/platform/libc.ts",
    "src/platform/node_libc.ts",
  ]],
];

/** Writes modules of Node's, with the entries at the places of their sources below the folder. */
export async function bundle(entries, folder) {
  const build = await rolldown({
    cwd: root,
    input: Object.fromEntries(
      entries.map((path) => [path.replace(/\.ts$/, ""), path]),
    ),
    platform: "node",
    external: (id) => !/^[./]/.test(id),
    // Modules of a group are loaded with it.
    checks: { ineffectiveDynamicImport: false },
  });
  await build.write({
    dir: join(root, folder),
    format: "esm",
    entryFileNames: "[name].js",
    // Chunks lie in src/, from where "../workers/worker.js" leads to the worker.
    chunkFileNames: "src/[name]-[hash].js",
    // Those of licenses.
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: { groups: GROUPS.map(groupOf) },
  });
  await build.close();
}

function groupOf([name, entries], index) {
  const modules = closure(entries);
  return {
    name,
    // A module of several is in the first of them.
    priority: GROUPS.length - index,
    test: (id) => modules.has(relative(root, id)),
  };
}

/** Paths of all modules that come with some. */
function closure(entries) {
  const found = new Set();
  const add = (path) => {
    if (found.has(path)) return;
    found.add(path);
    const source = readFileSync(join(root, path), "utf8");
    const imports = source.matchAll(
      /^(?:import|export)\s+(?!type\b)(?:[^;"']*?from\s*)?"(\.[^"]+)";/gm,
    );
    for (const [, specifier] of imports) {
      add(join(dirname(path), specifier));
    }
  };
  entries.forEach(add);
  return found;
}
