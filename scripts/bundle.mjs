// Bundles entries for Node into few files: loading forty modules takes a worker 55 ms to start, few 31
// (two workers on a 2-core Xeon; Node 20.20, 2026-11-21). Packages stay imports, but for Comlink.
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
    "src/patch/parse_bytes.ts",
    "src/platform/file_changes.ts",
    "src/platform/platform.ts",
    "src/received.ts",
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
  ["patch", [
    "src/patch_file.ts",
    "src/patch/patch.ts",
    "src/platform/libc.ts",
    "src/platform/node_libc.ts",
  ]],
  // The parser, and what several commands have.
  ["cli", [
    "src/cli/program.ts",
    "src/cli/run.ts",
    "src/cli/paint.ts",
    "src/cli/patch.ts",
    "src/cli/shard_options.ts",
  ]],
  // The commands that are used most. They need the core, which others do without.
  ["commands", [
    "src/cli/profile.ts",
    "src/cli/hash.ts",
    "src/cli/print_digests.ts",
    "src/cli/sum_lines.ts",
    "src/cli/count.ts",
    "src/cli/find.ts",
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
    // Comlink is in the file that threads wait for, which need not look for a package then.
    external: (id) => !/^[./]/.test(id) && !id.startsWith("comlink"),
    plugins: [{ name: "facades", generateBundle: withoutFacades }],
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

/** All of a file that only gives on what another has. */
const FACADE = /^export \{ ([^}]+) \} from "(\.[^"]+)";\n$/;

/**
 * Leaves files out that are there only because a module of a group is imported by itself, when it is needed: each
 * takes Node a millisecond. The import goes to the group then, and picks.
 */
function withoutFacades(_, files) {
  for (const [name, { isEntry, type, code }] of Object.entries(files)) {
    const [, names, target] = FACADE.exec(code ?? "") ?? [];
    if (type !== "chunk" || isEntry || target === undefined) continue;
    const picks = names.split(", ").map((one) => {
      const [inner, outer = inner] = one.split(" as ");
      return `${outer}: group.${inner}`;
    });
    const group = join(dirname(name), target);
    for (const file of Object.values(files)) {
      const from = (path) => {
        const specifier = relative(dirname(file.fileName), path);
        return specifier.startsWith(".") ? specifier : `./${specifier}`;
      };
      file.code = file.code?.replaceAll(
        `import("${from(name)}")`,
        `import("${from(group)}").then((group) => ({ ${picks.join(", ")} }))`,
      );
    }
    delete files[name];
  }
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
