// Bundles entries for Node into few files: loading forty modules takes a worker 55 ms to start, few 31
// (two workers on a 2-core Xeon; Node 20.20, 2026-11-21). Packages stay imports.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Where the entries of the package end up: at the places of their sources, below the folder. */
export const PACKAGE_ENTRIES = [
  "src/mod.ts",
  "src/cli/bin.ts",
  "workers/worker.ts",
  // For Deno, where it runs the package.
  "workers/sandbox_keeper.ts",
  "workers/sandboxed.ts",
];

export function bundle(entries, folder) {
  const { status, stdout, stderr } = spawnSync(
    `${root}node_modules/.bin/bun`,
    [
      ...[
        "build",
        ...entries,
        "--target=node",
        "--splitting",
        "--root",
        ".",
        "--outdir",
        folder,
      ],
      // Chunks lie in src/, from where "../workers/worker.js" leads to the worker.
      ...["--chunk-naming", "src/[name]-[hash].[ext]", "--packages=external"],
    ],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`bun build failed:\n${stdout}${stderr}`);
}
