// `npm run peers`: compares sabmap with other programs and writes README.md's table; see bench/peers.ts.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildBench } from "./build_bench.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

if (!(await buildBench())) process.exit(1);
const { status } = spawnSync(
  `${root}node_modules/.bin/deno`,
  ["run", "-A", "bench/peers.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
process.exit(status ?? 1);
