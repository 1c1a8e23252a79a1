/**
 * What the figures hold for: machine, commit, versions.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { repositoryUrl } from "../program.ts";
import { makeStamp } from "../stamp.ts";
import { countCores } from "../two_cores.ts";
import type { RuntimeName } from "./contest.ts";
import type { PeerOptions } from "./options.ts";
import { processOn, versionIn, versionOf } from "./programs.ts";
import type { Setting } from "./table.ts";

/** Programs whose versions are told, with the names that people know them by. */
const TOOLS: readonly (readonly [command: string, name: string])[] = [
  ["wc", "coreutils"],
  ["rg", "ripgrep"],
  ["grep", "grep"],
  ["b3sum", "b3sum"],
  ["xxhsum", "xxhsum"],
  ["rhash", "RHash"],
  ["openssl", "OpenSSL"],
  ["parallel", "GNU parallel"],
  ["perl", "perl"],
  ["sed", "sed"],
  ["python3", "Python"],
];

const RUNTIME_NAMES: Readonly<Record<RuntimeName, string>> = {
  deno: "Deno",
  bun: "Bun",
  node: "Node",
};

const MIB = 1024 ** 2;

/** Looks around. */
export async function describeSetting(
  { byteLength, runtimes, python }: PeerOptions,
): Promise<Setting> {
  const { commit, date, processor, cores } = makeStamp("page cache");
  const mebibytes = (share: number) => `${byteLength / share / MIB} MiB`;
  return {
    files: `Files are of ${mebibytes(1)} (SHA-256, four digests, records: ${
      mebibytes(2)
    }; replacements: ${mebibytes(4)}) and in the page cache.`,
    commit,
    date,
    processor,
    cores,
    coresThere: await countCores(),
    versions: [
      ...runtimes.map((name) =>
        `${RUNTIME_NAMES[name]} ${versionOf(processOn(name).command)}`
      ),
      ...TOOLS.map(([command, name]) => named(name, versionOf(command))),
      ...["duckdb", "polars"].map((name) =>
        named(name, moduleVersion(python, name))
      ),
    ],
  };
}

function named(name: string, version: string | undefined): string {
  return version === undefined ? `${name} not installed` : `${name} ${version}`;
}

function moduleVersion(python: string, name: string): string | undefined {
  const script = fileURLToPath(repositoryUrl("bench/measurements_python.py"));
  const { status, stdout } = spawnSync(python, [script, name, "--version"], {
    encoding: "utf8",
  });
  return status === 0 ? versionIn(stdout) : undefined;
}
