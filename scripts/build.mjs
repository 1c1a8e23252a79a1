// Builds what Node and the npm package need: the kernels, dist/ as a bundle, and its types.
// With --internals also build/internals/, module by module, from which tests on Node import.
import { spawnSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundle, PACKAGE_ENTRIES } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

function run(script, args) {
  const { status } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = (...args) =>
  run("node_modules/typescript/bin/tsc", [
    "-p",
    "tsconfig.build.json",
    ...args,
  ]);

if (!process.argv.includes("--no-kernels")) {
  run("scripts/build_kernels.mjs", []);
}
rmSync(`${root}/dist`, { recursive: true, force: true });
tsc("--outDir", "dist", "--emitDeclarationOnly");
await bundle(PACKAGE_ENTRIES, "dist");
chmodSync(`${root}/dist/src/cli/bin.js`, 0o755);
if (process.argv.includes("--internals")) {
  tsc(
    "--outDir",
    "build/internals",
    "--declaration",
    "false",
    "--isolatedDeclarations",
    "false",
  );
}
