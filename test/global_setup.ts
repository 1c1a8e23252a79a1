/**
 * Before all tests: on Node the workers and the command run from `dist/`, so it is built here, from
 * the sources as they are.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function setup(): void {
  if ("Deno" in globalThis || "Bun" in globalThis) return;
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`tsc failed:\n${stdout}${stderr}`);
}
