/**
 * A fleet on hosts that are network namespaces, hurt in the ways that CI only tries with short locks and on loopback.
 *
 *     bun test/campaigns/fleet.ts                  # as root; all scenarios, some minutes
 *     bun test/campaigns/fleet.ts kill link        # some of them
 *     LOCK=30s bun test/campaigns/fleet.ts kill    # with another lock; 3s if nothing is said
 *     LOCK=default VICTIM=bun SHARDS=16 ...        # with none said to workers; hurting the host on one runtime only
 *     DIST=build/other ...                         # where Node's build is, if not in dist/
 *
 * Hosts run the real command, one on each runtime; each result is compared with that of one machine. What is printed
 * is how long it took from the harm to the lost shard's next start, and to the result.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseDuration } from "../../src/cli/fleet_options.ts";
import {
  makeOperation,
  submitRun,
  type SubmittedRun,
  type WorkerEvent,
} from "../../src/bullmq.ts";
import { hashFile } from "../../src/mod.ts";
import { RedisServer } from "../redis_server.ts";
import { RUNTIMES } from "../runtimes.ts";

const LOCK = process.env["LOCK"] ?? "3s";
const IS_DEFAULT = LOCK === "default";
const LOCK_MS = IS_DEFAULT ? 30_000 : parseDuration(LOCK, "LOCK");
const LOCK_WORDS = IS_DEFAULT ? [] : ["--lock", LOCK];
const FILE_BYTES = 4 * 1024 ** 3;
const SHARDS = Number(process.env["SHARDS"] ?? 64);
const SUBNET = "10.231.77";
const BRIDGE = "sabmap0";
const ALGORITHMS = ["blake3"];

type RuntimeName = typeof RUNTIMES[number]["name"];

/** Words that run the command on a runtime. */
function commandOf(name: RuntimeName): string[] {
  const root = new URL("../../", import.meta.url);
  const at = (path: string) => fileURLToPath(new URL(path, root));
  const source = at("src/cli/main.ts");
  return name === "node"
    ? ["node", at(`${process.env["DIST"] ?? "dist"}/src/cli/bin.js`)]
    : name === "deno"
    ? [at("node_modules/.bin/deno"), "run", "-A", source]
    : [at("node_modules/.bin/bun"), source];
}

/** A host: a namespace with an address, and a worker in it. */
class Host {
  readonly name: string;
  readonly runtime: RuntimeName;
  readonly events: (WorkerEvent & { readonly at: number })[] = [];
  readonly #link: string;
  #child: ChildProcess | undefined;
  #hasEnded = false;
  #tell = (): void => {};

  constructor(runtime: RuntimeName) {
    // Of its own: a namespace is gone only when the last process in it is.
    const number = ++hostCount;
    this.name = `sabmap-host${number}`;
    this.runtime = runtime;
    this.#link = `sabmap-v${number}`;
    ip("netns", "add", this.name);
    const inner = `${this.#link}i`;
    ip(..."link add".split(" "), this.#link, "type", "veth", "peer", inner);
    ip("link", "set", inner, "netns", this.name);
    ip("link", "set", this.#link, "master", BRIDGE, "up");
    const address = `${SUBNET}.${number + 1}/24`;
    ip("-n", this.name, "addr", "add", address, "dev", inner);
    ip("-n", this.name, "link", "set", inner, "up");
  }

  /** Starts the worker. */
  work(port: number, root: string, ...more: string[]): void {
    const child = spawn("ip", [
      ...["netns", "exec", this.name, ...commandOf(this.runtime)],
      ...["work", "--json", "--root", root, "--allow-plain"],
      ...["--redis", `redis://${SUBNET}.1:${port}`, ...LOCK_WORDS, ...more],
    ], { stdio: ["ignore", "pipe", "inherit"] });
    this.#child = child;
    this.#hasEnded = false;
    child.on("exit", () => {
      this.#hasEnded = true;
      this.#tell();
    });
    child.stdout.on("data", (chunk) => {
      for (const line of String(chunk).trim().split("\n")) {
        this.events.push({ ...JSON.parse(line), at: performance.now() });
      }
      this.#tell();
    });
  }

  /** Waits until it is in the middle of a shard that has been waited for. */
  async busy(): Promise<string> {
    for (;;) {
      const last = this.events.at(-1);
      if (last?.event === "start" && last.job.includes("-")) return last.job;
      if (this.#hasEnded) {
        throw new Error(`the worker on ${this.runtime} ended`);
      }
      await new Promise<void>((resolve) => this.#tell = resolve);
    }
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  setLink(state: "up" | "down"): void {
    ip("link", "set", this.#link, state);
  }

  remove(): void {
    this.kill();
    ip("link", "del", this.#link);
    ip("netns", "del", this.name);
  }
}

let hostCount = 0;

function ip(...args: string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "pipe"] });
}

/** Hosts, a server and a file for one scenario. */
class Campaign {
  readonly folder = fs.mkdtempSync(join(tmpdir(), "sabmap-fleet-"));
  readonly path = join(this.folder, "data");
  readonly server: RedisServer;
  readonly hosts: readonly Host[];

  private constructor(server: RedisServer, hosts: readonly Host[]) {
    this.server = server;
    this.hosts = hosts;
    fs.writeFileSync(this.path, "");
    fs.truncateSync(this.path, FILE_BYTES);
  }

  static async open(runtimes: readonly RuntimeName[]): Promise<Campaign> {
    ip("link", "add", BRIDGE, "type", "bridge");
    ip("addr", "add", `${SUBNET}.1/24`, "dev", BRIDGE);
    ip("link", "set", BRIDGE, "up");
    const server = await RedisServer.start(
      ...["--bind", "127.0.0.1", `${SUBNET}.1`, "--protected-mode", "no"],
      ...["--appendonly", "yes"],
    );
    const hosts = runtimes.map((name) => new Host(name));
    return new Campaign(server, hosts);
  }

  async submit(shards = SHARDS): Promise<SubmittedRun> {
    return await submitRun({
      redis: { url: this.server.url },
      path: this.path,
      root: this.folder,
      operation: makeOperation("hash", { algorithms: ALGORITHMS }),
      shards,
      fresh: true,
    });
  }

  startAll(...more: string[]): void {
    const { port } = this.server;
    for (const host of this.hosts) host.work(port, this.folder, ...more);
  }

  /** When the shard was next begun by another host. */
  nextStart(job: string, after: number, not: Host): number {
    const starts = this.hosts.filter((host) => host !== not)
      .flatMap(({ events }) => events)
      .filter(({ event, job: its, at }) =>
        event === "start" && its === job && at > after
      );
    return Math.min(...starts.map(({ at }) => at));
  }

  async close(): Promise<void> {
    for (const host of this.hosts) host.remove();
    await this.server.stop();
    ip("link", "del", BRIDGE);
    fs.rmSync(this.folder, { recursive: true });
  }
}

/** Waits for a result, and compares it. */
async function finish(run: SubmittedRun, expected: string): Promise<void> {
  const merged = await run.result();
  const digest = merged.name === "hash"
    ? merged.result.digests["blake3"]
    : undefined;
  await run.close();
  if (digest !== expected) throw new Error(`wrong result: ${digest}`);
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

/** Hurts one host of three in the middle of a shard. */
async function hurt(
  victim: RuntimeName,
  harm: (host: Host) => void,
  mend: (host: Host) => void,
): Promise<string> {
  const names = RUNTIMES.map(({ name }) => name);
  const campaign = await Campaign.open(names);
  try {
    const { digests } = await hashFile(campaign.path);
    campaign.startAll();
    const run = await campaign.submit();
    const host = campaign.hosts[names.indexOf(victim)];
    if (host === undefined) throw new Error("no such host");
    const job = await host.busy();
    harm(host);
    const at = performance.now();
    const late = setTimeout(() => mend(host), 3 * LOCK_MS);
    await finish(run, digests["blake3"] ?? "");
    clearTimeout(late);
    const next = campaign.nextStart(job, at, host) - at;
    const all = performance.now() - at;
    return `${victim}: shard again after ${seconds(next)}, result after ${
      seconds(all)
    }`;
  } finally {
    await campaign.close();
  }
}

async function restart(): Promise<string> {
  const campaign = await Campaign.open(["deno", "bun"]);
  try {
    const { digests } = await hashFile(campaign.path);
    campaign.startAll();
    const run = await campaign.submit();
    await campaign.hosts[0]?.busy();
    const at = performance.now();
    await campaign.server.kill();
    await campaign.server.launch();
    await finish(run, digests["blake3"] ?? "");
    return `Redis killed and started again: result after ${
      seconds(performance.now() - at)
    }`;
  } finally {
    await campaign.close();
  }
}

/** A host whose worker dies of each shard it takes, and is started again. */
async function poison(): Promise<string> {
  const campaign = await Campaign.open(["bun"]);
  const [host] = campaign.hosts;
  try {
    const at = performance.now();
    const run = await campaign.submit(1);
    let deaths = 0;
    const result = run.result();
    const failed = result.then(() => "no failure", (error) => String(error));
    let isOver = false;
    void failed.then(() => isOver = true);
    while (!isOver) {
      const seen = host?.events.length ?? 0;
      host?.work(campaign.server.port, campaign.folder);
      const died = (async () => {
        while (host !== undefined) {
          const event = host.events.slice(seen).find(({ job, event }) =>
            event === "start" && job?.includes("-")
          );
          if (event !== undefined) break;
          await new Promise((resolve) => setTimeout(resolve, 20));
          if (isOver) return;
        }
        deaths++;
      })();
      await Promise.race([died, failed]);
      host?.kill();
    }
    const text = await failed;
    await run.close();
    return `after ${deaths} deaths and ${
      seconds(performance.now() - at)
    }: ${text}`;
  } finally {
    await campaign.close();
  }
}

/** How much faster two hosts of one thread are than one: the machine must have the cores. */
async function two(): Promise<string> {
  const times: number[] = [];
  for (const names of [["bun"], ["bun", "bun"]] as const) {
    const campaign = await Campaign.open(names);
    try {
      const { digests } = await hashFile(campaign.path);
      campaign.startAll("--workers", "1");
      // All of them are up, and warm.
      await finish(await campaign.submit(), digests["blake3"] ?? "");
      const at = performance.now();
      await finish(await campaign.submit(), digests["blake3"] ?? "");
      times.push(performance.now() - at);
    } finally {
      await campaign.close();
    }
  }
  const [one = NaN, both = NaN] = times;
  return `two hosts are ${(one / both).toFixed(2)} times as fast as one (${
    seconds(one)
  }, ${seconds(both)})`;
}

/** On which runtimes hosts are hurt, one after the other. */
function victims(): RuntimeName[] {
  const names = RUNTIMES.map(({ name }) => name);
  const only = names.filter((name) => name === process.env["VICTIM"]);
  return only.length > 0 ? only : names;
}

const SCENARIOS: Readonly<Record<string, () => AsyncIterable<string>>> = {
  async *kill() {
    for (const name of victims()) {
      yield await hurt(name, (host) => host.kill(), () => {});
    }
  },
  async *link() {
    for (const name of victims()) {
      yield await hurt(
        name,
        (host) => host.setLink("down"),
        (host) => host.setLink("up"),
      );
    }
  },
  async *restart() {
    yield await restart();
  },
  async *poison() {
    yield await poison();
  },
  async *two() {
    yield await two();
  },
};

const wanted = process.argv.slice(2);
for (const [name, scenario] of Object.entries(SCENARIOS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for await (const line of scenario()) console.log(`${name}: ${line}`);
}
process.exit(0);
