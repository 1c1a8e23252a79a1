/**
 * Compiles the sources under `src/kernels/assembly/` into `src/kernels/*_wasm.ts`: one module for the
 * kernels of every run, and one for each family that only some runs load.
 *
 *     node scripts/build_kernels.mjs            # npm run build:kernels
 *     node scripts/build_kernels.mjs --check    # exits 1 if a committed file is not what the sources give
 *
 * Two instances share one memory, so the module must have no state of its own: a data
 * segment, a global or a start function ends the build.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

const SOURCES = new URL("../src/kernels/assembly/", import.meta.url);
const TARGETS = new URL("../src/kernels/", import.meta.url);

/** What goes into each module: `simd` becomes `simd_wasm.ts` with `SIMD_WASM_BASE64`, and so on. */
const MODULES = {
  simd: [
    "count_byte.ts",
    "find.ts",
    "find_byte.ts",
    "histogram.ts",
    "blake3.ts",
  ],
  records: [
    "record_table.ts",
    "record_lines.ts",
    "record_fixed.ts",
    "record_fields.ts",
  ],
  pattern: ["pattern.ts"],
  difference: ["difference.ts"],
  set_fields: ["set_fields.ts"],
  md5: ["md5.ts"],
  checksums: ["crc.ts", "adler32.ts", "xxh64.ts", "xxh3.ts"],
};

/** The arena is shared and may be as large as wasm32 allows; a smaller one links too. */
const FLAGS = [
  ...[
    "--runtime",
    "stub",
    "--enable",
    "simd,threads",
    "--importMemory",
    "--noExportMemory",
  ],
  ...["--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"],
  ...["-O3", "--converge", "--noAssert"],
];

/**
 * Writes out the macros of a source.
 *
 * AssemblyScript has no arrays of vectors in locals, and a function cannot change its
 * caller's locals; a function marked `// @macro` is therefore copied to where it is
 * called, with its parameters replaced by the arguments as they stand there.
 */
function expandMacros(source) {
  const macros = new Map();
  const pattern =
    /^\/\/ @macro\b.*\nfunction (\w+)\(([^)]*)\): void \{\n([^]*?)^\}\n/gm;
  let text = source.replace(pattern, (_all, name, parameters, body) => {
    const names = [...parameters.matchAll(/(\w+): \w+/g)].map((match) =>
      match[1]
    );
    macros.set(name, { names, body });
    return "";
  });
  const call = /^ *(\w+)\(([^()]*)\);\n/gm;
  for (let found = true; found;) {
    found = false;
    text = text.replace(call, (all, name, list) => {
      const macro = macros.get(name);
      if (macro === undefined) return all;
      found = true;
      return substitute(
        macro,
        list.split(",").map((argument) => argument.trim()),
        name,
      );
    });
  }
  return text;
}

function substitute({ names, body }, given, name) {
  const values = given.filter((argument) => argument !== "");
  if (values.length !== names.length) {
    throw new Error(
      `${name}() takes ${names.length} arguments: received ${values.length}`,
    );
  }
  return body.replace(
    /\b[a-z]\w*\b/gi,
    (word) => values[names.indexOf(word)] ?? word,
  );
}

/** An entry, or what one imports. */
function readSource(name, folder) {
  if (folder !== "." || !existsSync(new URL(name, SOURCES))) return null;
  return expandMacros(readFileSync(new URL(name, SOURCES), "utf8"));
}

async function compile(entries) {
  let binary;
  const { error, stderr } = await asc.main([
    ...entries,
    "-o",
    "kernels.wasm",
    ...FLAGS,
  ], {
    readFile: (name, folder) => readSource(name, folder),
    writeFile: (name, contents) => {
      if (name === "kernels.wasm") binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`asc: ${error.message}\n${stderr.toString()}`);
  checkStateless(binary);
  return binary;
}

const FORBIDDEN_SECTIONS = new Map([
  [4, "a table"],
  [6, "a global"],
  [8, "a start function"],
  [11, "a data segment"],
]);

function checkStateless(binary) {
  for (const id of sectionIds(binary)) {
    const what = FORBIDDEN_SECTIONS.get(id);
    if (what !== undefined) {
      throw new Error(`the module must be stateless, but has ${what}`);
    }
  }
}

/** Ids of the sections of a module, after its header of eight bytes. */
function* sectionIds(binary) {
  for (let at = 8; at < binary.length;) {
    yield binary[at++];
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      size |= (binary[at] & 127) << shift;
      more = binary[at++] > 127;
    }
    at += size;
  }
}

function render(name, entries, binary) {
  const sources = entries.map((entry) => ` *   src/kernels/assembly/${entry}`);
  const base64 = Buffer.from(binary).toString("base64");
  return `// Made by \`npm run build:kernels\`. Do not edit.
/**
 * A WASM module of ${binary.length} bytes in base64, from
 *
${sources.join("\n")}
 */
export const ${name.toUpperCase()}_WASM_BASE64: string =
  "${base64}";
`;
}

function readCommitted(target) {
  try {
    return readFileSync(target, "utf8");
  } catch {
    // Absent is stale.
    return "";
  }
}

async function main() {
  const isCheck = process.argv.includes("--check");
  for (const [name, entries] of Object.entries(MODULES)) {
    const target = new URL(`${name}_wasm.ts`, TARGETS);
    const text = render(name, entries, await compile(entries));
    if (!isCheck) {
      writeFileSync(target, text);
    } else if (readCommitted(target) !== text) {
      console.error(
        `src/kernels/${name}_wasm.ts is stale: run \`npm run build:kernels\` and commit the result`,
      );
      process.exitCode = 1;
    }
  }
}

await main();
