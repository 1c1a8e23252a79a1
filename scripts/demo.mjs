// `npm run demo`: makes 256 MiB of data in the temporary folder, runs `process big.data --workers 8` on
// Deno and on Bun as a user would, and shows that the digests agree.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const main = join(root, "src", "cli", "main.ts");
const bin = (name) => join(root, "node_modules", ".bin", name);
const RUNTIMES = [
  ["Deno", bin("deno"), ["run", "-A", main]],
  ["Bun", bin("bun"), [main]],
];

const folder = mkdtempSync(join(tmpdir(), "sabmap-demo-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const [, command, args] = RUNTIMES[0];

console.log(`$ process generate lines big.data --size 256MiB --seed 1`);
run(command, [
  ...args,
  "generate",
  "lines",
  "big.data",
  "--size",
  "256MiB",
  "--seed",
  "1",
], "inherit");

const digests = RUNTIMES.map(([name, command, args]) => {
  console.log(`\n$ process big.data --workers 8        # ${name}`);
  run(command, [...args, "big.data", "--workers", "8"], "inherit");
  const json = run(command, [
    ...args,
    "hash",
    "big.data",
    "--workers",
    "8",
    "--json",
  ], "pipe");
  return JSON.parse(json).digest;
});

if (new Set(digests).size !== 1) {
  console.error(`The digests differ: ${digests.join(" and ")}`);
  process.exit(1);
}
console.log(`\nDeno and Bun agree: BLAKE3 ${digests[0]}`);

function run(command, args, stdout) {
  const result = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", stdout, "inherit"],
    encoding: "utf8",
  });
  if (result.status !== 0) {
    console.error(
      result.error?.message ?? `${command} ended with ${result.status}`,
    );
    process.exit(1);
  }
  return result.stdout;
}
