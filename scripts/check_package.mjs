// Packs the npm package, installs the tarball into an empty folder as a user would, and runs the
// command and the library from there on Node, Deno and Bun.
import { spawnSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const folder = mkdtempSync(join(tmpdir(), "sabmap-package-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

run("npm", ["pack", "--silent", "--pack-destination", folder], root);
const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
writeFileSync(
  join(folder, "package.json"),
  JSON.stringify({ name: "user", private: true, type: "module" }),
);
run(
  "npm",
  ["install", "--silent", "--no-audit", "--no-fund", `./${tarball}`],
  folder,
);

const { version } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8"),
);
// Large enough that workers start.
const bytes = new Uint8Array(8 * 1024 ** 2 + 1).fill(7);
writeFileSync(join(folder, "data.bin"), bytes);
writeFileSync(
  join(folder, "use.mjs"),
  `import { hashFile } from "sabmap";
const { digests, stats } = await hashFile("data.bin", { workers: 2 });
if (stats.workers !== 2) throw new Error("no workers were started");
console.log(digests.blake3);
`,
);
writeFileSync(
  join(folder, "job.mjs"),
  `import { defineJob, fixed } from "sabmap";
export default defineJob({
  name: "records",
  framing: () => fixed(3),
  start: () => undefined,
  scan: (range) => [...range.records()].length,
  merge: (left, right) => left + right,
  finish: (count) => count,
});
`,
);

const installed = join(
  "node_modules",
  "sabmap",
  "dist",
  "src",
  "cli",
  "bin.js",
);
const RUNTIMES = {
  node: ["node", []],
  deno: [bin("deno"), ["run", "-A", "--unstable-worker-options"]],
  bun: [bin("bun"), []],
};

checkTypes();
checkGroups();
const digests = new Set();
for (const [name, [command, args]] of Object.entries(RUNTIMES)) {
  const said = run(command, [...args, installed, "--version"], folder);
  if (!said.includes(version)) {
    fail(`${name}: --version said ${said}, expected ${version}`);
  }
  digests.add(
    run(
      command,
      [...args, installed, "hash", "data.bin", "--workers", "2"],
      folder,
    ).split(" ")[0],
  );
  digests.add(run(command, [...args, "use.mjs"], folder).trim());
  const count = run(
    command,
    [...args, installed, "run", "job.mjs", "data.bin"],
    folder,
  ).trim();
  if (Number(count) !== bytes.length / 3) {
    fail(`${name}: the job said ${count}, expected ${bytes.length / 3}`);
  }
  checkBench(name, command, args);
  console.log(`${name}: command and library work from the tarball`);
}
for (const name of ["process", "sabmap"]) {
  digests.add(
    run(
      join(folder, "node_modules", ".bin", name),
      ["hash", "data.bin"],
      folder,
    ).split(" ")[0],
  );
}
if (digests.size !== 1) fail(`the digests differ: ${[...digests].join(", ")}`);
console.log(`tarball ${tarball}: one digest from all of them`);

/** All imports lead to files of the package, and a patch loads nothing of what runs jobs: a module can bring all of it. */
function checkGroups() {
  const dist = join(folder, "node_modules", "sabmap", "dist");
  const files = readdirSync(dist, { recursive: true })
    .filter((name) => name.endsWith(".js"));
  for (const name of files) {
    const code = readFileSync(join(dist, name), "utf8");
    const imports = [...code.matchAll(/(?:from |import\()"(\.[^"]+)"/g)]
      .map(([, path]) => join(dirname(name), path));
    for (const path of imports) {
      if (!files.includes(path)) fail(`${name} imports ${path}: no such file`);
    }
    const statics = [...code.matchAll(/^import .*from "\.\/(\w+)-.*";$/gm)]
      .map(([, group]) => group);
    if (!/\/patch-[^/]*$/.test(name) || !code.includes("patchFile")) continue;
    const more = statics.filter((group) => !["start", "cli"].includes(group));
    if (more.length > 0) fail(`${name} imports ${more.join(", ")} as well`);
  }
}

/** The README's modules pass a strict type check, also where there are no types of Node; a store into a file to read does not. */
function checkTypes() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const modules = [...readme.matchAll(/^```ts\n([^]*?)^```/gm)].map((
    [, code],
  ) => code);
  modules.push(`import { SharedFile } from "sabmap";
const file = await SharedFile.open("data.bin");
// @ts-expect-error: it is open to be read
file.bytes[0] = 1;
`);
  const names = modules.map((code, index) => {
    const name = `types${index}.ts`;
    writeFileSync(join(folder, name), code);
    return name;
  });
  if (names.length < 5) fail("README.md has no modules");
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const lib = ["--target", "esnext", "--lib", "esnext,dom", "--types", ""];
  run("node", [
    tsc,
    "--noEmit",
    "--strict",
    "--module",
    "nodenext",
    ...lib,
    ...names,
  ], folder);
  console.log("types: the README's modules are right");
}

/** What `bench` loads is loaded by nothing else: a package for timing, and one that goes into the report. */
function checkBench(name, command, args) {
  const files = { "--html": `${name}.html`, "--trace": `${name}.json` };
  const said = run(
    command,
    [
      ...[...args, installed, "bench", "data.bin", "--json", "--quiet"],
      ...["--runs", "1", "--workers", "2", ...Object.entries(files).flat()],
    ],
    folder,
  );
  const rows = said.trim().split("\n").map((line) => JSON.parse(line));
  if (!rows.some((row) => row.strategy === "stream" && row.seconds !== null)) {
    fail(`${name}: bench measured no stream: ${said}`);
  }
  const page = readFileSync(join(folder, files["--html"]), "utf8");
  if (!page.includes("<canvas")) fail(`${name}: the report has no plots`);
  const trace = readFileSync(join(folder, files["--trace"]), "utf8");
  const names = JSON.parse(trace).traceEvents.map((event) => event.name);
  for (const wanted of ["run", "fill", "scan"]) {
    if (!names.includes(wanted)) fail(`${name}: the trace has no ${wanted}`);
  }
}

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
  });
  if (status !== 0) {
    fail(
      `${command} ${args.join(" ")}: ${
        error?.message ?? `exit ${status}`
      }\n${stdout}${stderr}`,
    );
  }
  return stdout;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
