// Compiles what `npm run bench` runs: the benchmarks, into build/bench/, and the library as users get it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { bundle, PACKAGE_ENTRIES } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/** @returns Whether that went well; what did not has been printed. */
export async function buildBench() {
  const steps = [
    ["scripts/build.mjs", "--no-kernels"],
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.bench.json"],
  ];
  for (const args of steps) {
    const { status } = spawnSync(process.execPath, args, {
      cwd: root,
      stdio: "inherit",
    });
    if (status !== 0) return false;
  }
  // In place of the one compiled module by module.
  await bundle(PACKAGE_ENTRIES, "build/bench");
  return true;
}
