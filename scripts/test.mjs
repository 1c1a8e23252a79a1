// `npm test`: builds, then runs the same suite on Node, Deno and Bun, and adds their counts up.
// Arguments go to vitest: `npm test -- test/plan.test.ts`. SABMAP_RUNTIMES=node,bun picks runtimes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` };
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");

const RUNTIMES = {
  node: [process.execPath, [vitest]],
  deno: [join(bin, "deno"), ["run", "-A", "npm:vitest"]],
  bun: [join(bin, "bun"), ["--bun", "vitest"]],
};

const names = (process.env.SABMAP_RUNTIMES ?? "node,deno,bun").split(",");
const unknown = names.find((name) => !(name in RUNTIMES));
if (unknown !== undefined) {
  console.error(
    `SABMAP_RUNTIMES must name node, deno or bun: received "${unknown}"`,
  );
  process.exit(2);
}

const build = spawnSync(process.execPath, ["scripts/build.mjs"], {
  cwd: root,
  stdio: "inherit",
});
if (build.status !== 0) process.exit(build.status ?? 1);

const folder = mkdtempSync(join(tmpdir(), "sabmap-report-"));
const total = { passed: 0, failed: 0, skipped: 0 };
let broken = false;
for (const name of names) {
  console.log(`\n== ${name}`);
  const report = join(folder, `${name}.json`);
  const [command, args] = RUNTIMES[name];
  const code = await run(command, [
    ...args,
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ]);
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : undefined;
  total.passed += counts?.numPassedTests ?? 0;
  total.failed += counts?.numFailedTests ?? 0;
  total.skipped += counts?.numPendingTests ?? 0;
  // A suite that ran nothing, or died, has not passed.
  if (code !== 0 || !(counts?.numPassedTests > 0)) broken = true;
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
process.exit(broken || total.failed > 0 ? 1 : 0);

function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
