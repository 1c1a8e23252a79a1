/**
 * Before all tests: Node's workers and command run from `dist/`, and tests on Deno and Bun start Node
 * too, so it is built here from the sources as they are.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export default function setup(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    "node",
    ["scripts/build.mjs", "--no-kernels", "--internals"],
    { cwd: root, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`the build failed:\n${stdout}${stderr}`);
}
