/**
 * Bundles the parser of arguments, Commander, into `src/cli/commander_bundle.ts`.
 *
 *     node scripts/build_commander.mjs            # npm run build:commander
 *     node scripts/build_commander.mjs --check    # exits 1 if the committed file is not what the package gives
 *
 * As published it loads five modules of Node's, for abilities that `process` does not use: that took each command
 * 25 ms on Deno 2.9 and 6 on Bun 1.4 (EPYC, 2 cores, 2026-11-22). In the bundle they are loaded at their first use.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const target = new URL("../src/cli/commander_bundle.ts", import.meta.url);
const folder = new URL("../node_modules/commander/", import.meta.url);

/** What Commander needs of an emitter: listeners are added, counted and called. */
const EVENTS = `exports.EventEmitter = class {
  #listeners = new Map();
  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }
  listenerCount(name) {
    return this.#listeners.get(name)?.length ?? 0;
  }
  emit(name, ...values) {
    const listeners = this.#listeners.get(name) ?? [];
    for (const listener of listeners) listener.apply(this, values);
    return listeners.length > 0;
  }
};`;

/** Modules that stand for those of Node's. */
const STAND_INS = {
  "node:events": EVENTS,
  "node:process": later("process"),
  ...Object.fromEntries(
    ["node:child_process", "node:fs", "node:path"].map((name) => [
      name,
      later(`process.getBuiltinModule("${name}")`),
    ]),
  ),
};

/** An object whose properties are those of another, which is asked for with the first of them. */
function later(expression) {
  return `module.exports = new Proxy({}, { get: (_, name) => ${expression}[name] });`;
}

const standIns = {
  name: "stand-ins",
  resolveId: (id) => id in STAND_INS ? `\0${id}` : undefined,
  load(id) {
    const code = STAND_INS[id.slice(1)];
    return code === undefined ? undefined : { code, moduleType: "js" };
  },
};

async function bundle() {
  const build = await rolldown({
    cwd: root,
    input: fileURLToPath(new URL("index.js", folder)),
    platform: "neutral",
    plugins: [standIns],
  });
  const { output } = await build.generate({
    format: "iife",
    name: "commander",
    comments: false,
    minify: true,
  });
  await build.close();
  return output[0].code;
}

function render(code) {
  const { version } = readText("package.json", JSON.parse);
  const license = readText("LICENSE", (text) => text.trim());
  return `// Made by \`npm run build:commander\` from Commander ${version}. Do not edit.
// deno-lint-ignore-file
// deno-fmt-ignore-file
// @ts-nocheck
/*!
${license.replace(/^(?=.)/gm, " * ").replace(/^$/gm, " *")}
 */
${
    code.trim().replace(
      /^(?:var|const|let) commander ?=/,
      "export const commander: unknown =",
    )
  }
`;
}

function readText(name, parse) {
  return parse(readFileSync(new URL(name, folder), "utf8"));
}

const text = render(await bundle());
if (!process.argv.includes("--check")) {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error(
    "src/cli/commander_bundle.ts is stale: run `npm run build:commander` and commit the result",
  );
  process.exitCode = 1;
}
