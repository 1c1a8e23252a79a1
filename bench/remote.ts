/**
 * How fast are objects of a web server processed?
 *
 *     npm run bench -- remote             # on all three runtimes
 *     deno run -A bench/remote.ts hash    # the questions whose names start with "hash"
 *     bun bench/remote.ts --check
 *
 * 256 MiB over the loopback from nginx, in page cache. `slow` is a server that gives each request 32 MiB/s, as object
 * stores do, and 64 MiB of that: there it matters how many requests are on their way at once.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { hashFile } from "../src/operations.ts";
import type { RunOptions } from "../src/options.ts";
import { hasNginx, type Nginx, startNginx } from "../test/nginx.ts";
import { randomFile, readThrough } from "./inputs.ts";
import type { BenchOptions } from "./options.ts";
import { type Contender, time } from "./pairs.ts";
import { processProgram } from "./program.ts";
import { type Comparison, howFast, type Question, runSuite } from "./suite.ts";

const FILE_BYTES = 256 * 1024 ** 2;
const SLOW_BYTES = FILE_BYTES / 4;
/** Large enough that workers are started, and several requests are made. */
const CHECK_BYTES = 6 * 1024 ** 2 + 12_345;

const home = fs.mkdtempSync(join(tmpdir(), "sabmap-nginx-"));
let nginx: Nginx | undefined;
try {
  await runSuite({
    name: "remote",
    cache: "256 MiB in page cache, from nginx over the loopback",
    questions,
  });
} finally {
  await nginx?.stop();
  fs.rmSync(home, { recursive: true });
}

async function questions({ check }: BenchOptions): Promise<Question[]> {
  const path = randomFile(check ? CHECK_BYTES : FILE_BYTES);
  if (hasNginx) nginx = await startNginx(dirname(path), home);
  const slowPath = randomFile(check ? CHECK_BYTES : SLOW_BYTES);
  const base = nginx?.url ?? "http://127.0.0.1:1/";
  const slow = `${base}slow/${basename(slowPath)}`;
  return comparisons(path, `${base}${basename(path)}`, slow).map((comparison) =>
    howFast({ ...comparison, prepare: () => readThrough(path) })
  );
}

function comparisons(path: string, url: string, slow: string): Comparison[] {
  const hash = processHash(url);
  return [
    { name: "hash/curl-b3sum", ours: hash, rival: curlAndB3sum(url) },
    { name: "hash/file", ours: hash, rival: processHash(path) },
    {
      name: "slow/one-request",
      ours: library(slow, {}),
      rival: library(slow, { requests: 1 }),
    },
    {
      name: "slow/two-requests",
      ours: library(slow, {}),
      rival: library(slow, { requests: 2 }),
    },
  ];
}

function processHash(file: string): Contender {
  const { command, args } = processProgram();
  return printing(`process hash ${kindOf(file)}`, command, [
    ...args,
    "hash",
    file,
  ]);
}

function curlAndB3sum(url: string): Contender {
  return printing("curl | b3sum", "bash", [
    "-c",
    'set -o pipefail; curl -sf "$0" | b3sum',
    url,
  ]);
}

/** The library in this process, whose runtime has compiled it already. */
function library(url: string, remote: RunOptions["remote"]): Contender {
  const { requests = 4 } = remote ?? {};
  return {
    what: `hashFile() by ${requests} requests`,
    missing: missing(),
    run: () =>
      time(async () =>
        (await hashFile(url, { remote })).digests["blake3"] ?? ""
      ),
  };
}

/** The digest that a command prints. */
function printing(
  what: string,
  command: string,
  args: readonly string[],
): Contender {
  return {
    what,
    missing: missing(),
    run: () =>
      time(() => {
        const options = { encoding: "utf8" } as const;
        const { status, stdout, stderr } = spawnSync(command, args, options);
        if (status === 0) return stdout.split(" ")[0] ?? "";
        throw new Error(`${what} ended with ${status}: ${stderr}`);
      }),
  };
}

function kindOf(file: string): string {
  return file.startsWith("http") ? "URL" : "FILE";
}

function missing(): string | undefined {
  if (!hasNginx) return "nginx: not there";
  for (const tool of ["curl", "b3sum"]) {
    if (spawnSync(tool, ["--version"]).error) return `${tool}: not there`;
  }
  return undefined;
}
