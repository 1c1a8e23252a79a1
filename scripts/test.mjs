// `npm test`: builds, then runs the same suite on Node, Deno and Bun, and adds their counts up.
// Arguments go to vitest: `npm test -- test/plan.test.ts`. SABMAP_RUNTIMES=node,bun picks runtimes.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
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

/** Longest silence of a suite that is not hanging: a test may take 2 minutes, and machines are shared. */
const SILENCE_MS = 8 * 60_000;

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
/** @type {string[]} */
const failures = [];
let broken = false;
let hung = false;
for (const name of names) {
  console.log(`\n== ${name}`);
  const report = join(folder, `${name}.json`);
  const [command, args] = RUNTIMES[name];
  const code = await run(command, [
    ...args,
    "run",
    "--reporter=default",
    "--reporter=json",
    "--reporter=./scripts/running_reporter.mjs",
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ]);
  const counts = existsSync(report)
    ? JSON.parse(readFileSync(report, "utf8"))
    : undefined;
  total.passed += counts?.numPassedTests ?? 0;
  total.failed += counts?.numFailedTests ?? 0;
  total.skipped += counts?.numPendingTests ?? 0;
  failures.push(...listFailures(counts).map((text) => `${name}: ${text}`));
  // A suite that ran nothing, or died, has not passed.
  if (code !== 0 || !(counts?.numPassedTests > 0)) broken = true;
  if (hung) break;
}
rmSync(folder, { recursive: true, force: true });
// Whoever has only the end of the output, as of a CI run, sees what failed.
for (const failure of failures) console.log(`\nfailed on ${failure}`);
console.log(
  `\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`,
);
process.exit(broken || total.failed > 0 ? 1 : 0);

/** What failed in a report: tests, and files that could not be loaded, each with the start of its message. */
function listFailures(report) {
  return (report?.testResults ?? []).flatMap((file) => {
    const tests = file.assertionResults.filter((test) =>
      test.status === "failed"
    ).map((test) => [test.fullName, test.failureMessages[0] ?? ""]);
    if (file.status === "failed" && tests.length === 0) {
      tests.push(["(the file)", file.message]);
    }
    return tests.map(([title, message]) =>
      `${relative(root, file.name)}: ${title}\n${message.slice(0, 2_000)}`
    );
  });
}

/** Runs a suite in a process group of its own, and ends all of it when it hangs. */
function run(command, args) {
  return new Promise((resolve) => {
    const running = join(folder, "running.txt");
    const child = spawn(command, args, {
      cwd: root,
      env: {
        ...env,
        SABMAP_RUNNING: running,
        ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}),
      },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const end = (signal) => process.kill(-child.pid, signal);
    const onHang = () => {
      console.error(
        `\nThe suite printed nothing for ${SILENCE_MS / 60_000} minutes, in:`,
      );
      console.error(
        existsSync(running) ? readFileSync(running, "utf8") : "no test",
      );
      console.error(listThreads(child.pid));
      // What the next suites print would bury it.
      hung = true;
      end("SIGKILL");
    };
    const timer = setTimeout(onHang, SILENCE_MS);
    const show = (chunk, stream) => {
      timer.refresh();
      stream.write(chunk);
    };
    child.stdout.on("data", (chunk) => show(chunk, process.stdout));
    child.stderr.on("data", (chunk) => show(chunk, process.stderr));
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, end);
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code) => {
      clearTimeout(timer);
      for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, end);
      // Its last lines may still be in the pipe, which an orphan of it may hold open.
      setTimeout(() => resolve(code ?? 1), 500);
    });
  });
}

/** What all threads of a process group wait for. */
function listThreads(group) {
  const columns = "pid,ppid,tid,stat,wchan:24,etimes,time,args";
  const { stdout } = spawnSync("ps", ["-eLo", `pgid,${columns}`], {
    encoding: "utf8",
  });
  return (stdout ?? "").split("\n")
    .filter((line, i) => i === 0 || Number.parseInt(line) === group)
    .map((line) => line.slice(0, 180)).join("\n");
}
