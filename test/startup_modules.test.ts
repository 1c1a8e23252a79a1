import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { fixture } from "./temporary.ts";

// What a command waits for before its first byte is what it loads: 0.2 to 0.3 ms a module.

const root = fileURLToPath(fixture("../"));

/** Specifiers of the imports of a module that are there at run time and run with it. */
function staticImports(source: string): string[] {
  const statements = source.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:[^;"']*?from\s*)?"(\.[^"]+)";/gm,
  );
  return [...statements].flatMap(([, specifier]) => specifier ?? []);
}

/** All modules of ours that come with some, by their paths. */
function closure(entries: readonly string[]): Set<string> {
  const found = new Set<string>();
  const add = (path: string): void => {
    if (found.has(path)) return;
    found.add(path);
    const source = readFileSync(join(root, path), "utf8");
    for (const specifier of staticImports(source)) {
      add(relative(root, join(root, dirname(path), specifier)));
    }
  };
  entries.forEach(add);
  return found;
}

const STARTED = ["src/cli/main.ts", "src/cli/process_io.ts"];
const PARSED = [...STARTED, "src/cli/program.ts"];
const OPERATED = [...PARSED, "src/operations.ts"];
const HASHED = [
  ...OPERATED,
  "src/cli/hash.ts",
  "src/cli/print_digests.ts",
  "src/jobs/hash.ts",
];
const BLAKE3 = [...HASHED, "src/digest/blake3_modes.ts"];
const PATCHED = [
  ...PARSED,
  "src/cli/patch.ts",
  "src/patch_file.ts",
  "src/patch/patch.ts",
];
const COUNTED = [...OPERATED, "src/cli/count.ts", "src/jobs/count.ts"];

describe("staticImports()", () => {
  it("sees what runs, and neither types nor what is loaded later", () => {
    const source = `import "./a.ts";
import { b, type B } from "./b.ts";
import type { C } from "./c.ts";
export * from "./d.ts";
export type * from "./e.ts";
import {
  f,
} from "./f.ts";
import process from "node:process";
const g = await import("./g.ts");
`;
    const names = staticImports(source);
    expect(names).toEqual(["./a.ts", "./b.ts", "./d.ts", "./f.ts"]);
  });
});

/** Specifiers of the modules that a module loads when it needs them. */
function lazyImports(path: string): string[] {
  const source = readFileSync(join(root, path), "utf8");
  return [...source.matchAll(/\bimport\(\s*"(\.[^"]+)"/g)].map(
    ([, specifier = ""]) => join(dirname(path), specifier),
  );
}

describe("the modules of a thread without permissions", () => {
  it("are there from the start, as none can be loaded later", () => {
    const modules = closure(["workers/sandboxed.ts"]);
    // Many small files are hashed by jobs of ours, which run in no sandbox.
    const others = ["src/engine/file_batches.ts"];
    const wanted = [
      ...lazyImports("src/worker.ts"),
      ...lazyImports("src/engine/plain_loop.ts"),
    ];
    expect(wanted).toContain("src/trace/traced_setup.ts");
    expect(
      wanted.filter((path) => !modules.has(path) && !others.includes(path)),
    ).toEqual([]);
  });
});

describe("the modules that a worker waits for", () => {
  const modules = [...closure(["workers/worker.ts"])];

  it("are few", () => {
    expect(modules.length, modules.join("\n")).toBeLessThanOrEqual(33);
  });

  it.each([
    "src/engine/job_host.ts",
    "src/engine/scan_loop.ts",
    "src/kernels/load.ts",
    "src/kernels/scalar",
    "src/platform/platform.ts",
  ])("do not include %s", (unwanted) => {
    expect(modules.filter((path) => path.startsWith(unwanted))).toEqual([]);
  });
});

describe("the modules that a start waits for", () => {
  it.each<[string, readonly string[], number]>([
    ["--version", STARTED, 16],
    ["the parser", PARSED, 22],
    ["hash with BLAKE3", BLAKE3, 107],
    ["hash with a digest of the runtime", HASHED, 99],
    ["count", COUNTED, 93],
    ["patch", PATCHED, 71],
  ])("are few for %s", (_, entries, most) => {
    const modules = [...closure(entries)].sort();
    expect(modules.length, modules.join("\n")).toBeLessThanOrEqual(most);
  });

  // To load the first of them takes Deno 12 to 25 ms.
  it.each([
    ["hash", BLAKE3],
    ["count", COUNTED],
    ["patch", PATCHED],
  ])("include none of Node's on Deno for %s", (_, entries) => {
    const users = [...closure(entries)].filter((path) =>
      /^import\s+(?!type\b)[^;"']*?from\s*"node:/m.test(
        readFileSync(join(root, path), "utf8"),
      )
    );
    expect(users).toEqual([]);
  });

  it.each([
    "src/mod.ts",
    "src/runs.ts",
    "src/pool.ts",
    "src/bench/",
    "src/binary/",
    "src/digest/crc.ts",
    "src/digest/parts/",
    "src/find/",
    "src/kernels/checksums",
    "src/kernels/pattern",
    "src/kernels/records",
    "src/records/",
    "src/trace/",
  ])("do not include %s for hash and count", (unwanted) => {
    const modules = [...closure([...BLAKE3, ...COUNTED])];
    expect(modules.filter((path) => path.startsWith(unwanted))).toEqual([]);
  });

  it.each([
    "src/patch/copied.ts",
    "src/patch/recover.ts",
    "src/platform/libc.ts",
    "src/platform/platform.ts",
  ])("do not include %s for patch", (unwanted) => {
    expect([...closure(PATCHED)]).not.toContain(unwanted);
  });

  it("come to the command line from where they are, not through lists of all", () => {
    const folder = join(root, "src", "cli");
    const lists =
      /(?:import|export)(?! type)[^;]*["'][./]*\/(?:runs|mod)\.ts["']/;
    const users = readdirSync(folder).filter((name) =>
      lists.test(readFileSync(join(folder, name), "utf8"))
    );
    expect(users).toEqual([]);
  });
});
