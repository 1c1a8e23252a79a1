import { spawnSync } from "node:child_process";
import { mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, expect, it } from "vitest";
import {
  coresAllowed,
  cpuCount,
  cpuQuota,
  withinQuota,
} from "../src/platform/cpu_count.ts";
import { runtime } from "./temporary.ts";

/** A kernel with nothing but these files. */
function kernel(files: Readonly<Record<string, string>>) {
  return (path: string) => files[path] ?? "ENOENT";
}

const V2 =
  "22 27 0:21 / /proc rw,relatime - proc proc rw\n31 23 0:28 / /sys/fs/cgroup ro,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
const V1 =
  "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw master:1 - cgroup cgroup rw,cpu,cpuacct\n";

function unified(group: string, limits: Readonly<Record<string, string>>) {
  return cpuQuota(kernel({
    "/proc/self/mountinfo": V2,
    "/proc/self/cgroup": `0::${group}\n`,
    ...Object.fromEntries(
      Object.entries(limits).map(([folder, text]) => [
        `/sys/fs/cgroup${folder}/cpu.max`,
        text,
      ]),
    ),
  }));
}

describe("cpuQuota()", () => {
  it("reads that of a container, which is the root of what it sees", () => {
    expect(unified("/", { "": "150000 100000\n" })).toBe(1.5);
    expect(unified("/", { "": "50000 100000\n" })).toBe(0.5);
    expect(unified("/", { "": "400000 200000\n" })).toBe(2);
  });

  it("takes the least of a group and those above it", () => {
    const group = "/system.slice/job.service";
    const limits = {
      [group]: "max 100000\n",
      "/system.slice": "300000 100000\n",
    };
    expect(unified(group, limits)).toBe(3);
    expect(unified(group, { ...limits, [group]: "250000 100000\n" })).toBe(2.5);
    expect(unified(group, { ...limits, "": "100000 100000\n" })).toBe(1);
  });

  it("finds none where there is none", () => {
    expect(unified("/", { "": "max 100000\n" })).toBeUndefined();
    expect(unified("/", {})).toBeUndefined();
    expect(unified("/a/b", {})).toBeUndefined();
    expect(cpuQuota(kernel({}))).toBeUndefined();
    expect(cpuQuota(() => "")).toBeUndefined();
  });

  it.each([
    "0 100000",
    "100000 0",
    "100000",
    "-1 100000",
    "1e5 100000",
    "100000 100000 3",
    "",
  ])("takes %j for none", (text) => {
    expect(unified("/", { "": text })).toBeUndefined();
  });

  it("reads quotas of version 1, among other hierarchies", () => {
    const files = {
      "/proc/self/mountinfo": V1,
      "/proc/self/cgroup":
        "9:name=systemd:/\n4:memory:/other\n3:cpuset:/set\n2:cpu,cpuacct:/jobs/one\n",
      "/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_quota_us": "-1\n",
      "/sys/fs/cgroup/cpu,cpuacct/jobs/one/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us": "350000\n",
      "/sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/memory/jobs/cpu.cfs_quota_us": "1\n",
      "/sys/fs/cgroup/memory/jobs/cpu.cfs_period_us": "100000\n",
    };
    expect(cpuQuota(kernel(files))).toBe(3.5);
  });

  it("finds its group where the mount shows no more than that, by a path from outside", () => {
    const mount =
      "33 31 0:30 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n";
    const quota = (group: string) =>
      cpuQuota(kernel({
        "/proc/self/mountinfo": mount,
        "/proc/self/cgroup": `4:cpu:${group}\n`,
        "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
        "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        // Of a group that only looks as if it were ours.
        "/sys/fs/cgroup/cpu/def/cpu.cfs_quota_us": "30000\n",
        "/sys/fs/cgroup/cpu/def/cpu.cfs_period_us": "100000\n",
        "/sys/fs/cgroup/cpu/inner/cpu.cfs_quota_us": "70000\n",
        "/sys/fs/cgroup/cpu/inner/cpu.cfs_period_us": "100000\n",
      }));
    expect(quota("/docker/abc")).toBe(2);
    expect(quota("/docker/abc/inner")).toBe(0.7);
    expect(quota("/docker/abcdef")).toBe(2);
    expect(quota("/elsewhere")).toBe(2);
  });

  it("holds both versions against each other on a hybrid system", () => {
    const files = {
      "/proc/self/mountinfo":
        `${V1}34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`,
      "/proc/self/cgroup": "2:cpu,cpuacct:/\n0::/\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "300000\n",
      "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
      "/sys/fs/cgroup/unified/cpu.max": "max 100000\n",
    };
    expect(cpuQuota(kernel(files))).toBe(3);
  });
});

describe("withinQuota()", () => {
  it.each([
    // cores, quota, threads
    [8, 1.5, 2],
    [8, 2, 2],
    [8, 0.1, 1],
    [8, 16, 8],
    [2, 3.5, 2],
    // The runtime has rounded the quota down.
    [1, 1.5, 2],
    [1, 0.5, 1],
    [3, 3.2, 4],
    [1, 8, 1],
  ])(
    "makes of %s cores and a quota of %s %s threads",
    (cores, quota, count) => {
      expect(withinQuota(cores, quota)).toBe(count);
    },
  );

  it("gives no more threads than the process may have cores", () => {
    // A cpuset of one core and a quota of 1.5: the runtime's 1 is of both.
    expect(withinQuota(1, 1.5, 1)).toBe(1);
    expect(withinQuota(1, 1.5, 8)).toBe(2);
    expect(withinQuota(3, 3.5, 3)).toBe(3);
    expect(withinQuota(8, 1.5, 4)).toBe(2);
    expect(withinQuota(2, 16, 64)).toBe(2);
  });
});

describe("coresAllowed()", () => {
  const allowed = (list: string, online: string) =>
    coresAllowed(kernel({
      "/proc/self/status":
        `Name:\tnode\nCpus_allowed:\tff\nCpus_allowed_list:\t${list}\nMems_allowed_list:\t0-9\n`,
      "/sys/devices/system/cpu/online": `${online}\n`,
    }));

  it.each([
    ["0-1", "0-1", 2],
    ["1", "0-7", 1],
    ["0-3,8,10-11", "0-15", 7],
    // All that the kernel could ever have.
    ["0-511", "0-3", 4],
    ["0,2", "0-1", 1],
  ])("counts %s of %s", (list, online, count) => {
    expect(allowed(list, online)).toBe(count);
  });

  it.each([["", "0-1"], ["0-1", ""], ["x", "0-1"], ["3", "0-1"], ["1-0", "0"]])(
    "does not know %j of %j",
    (list, online) => {
      expect(allowed(list, online)).toBeUndefined();
    },
  );

  it("does not know on other systems", () => {
    expect(coresAllowed(kernel({}))).toBeUndefined();
  });
});

describe("cpuCount()", () => {
  it("gives at least one thread", () => {
    expect(cpuCount()).toBeGreaterThanOrEqual(1);
  });

  it("keeps to the quota of a real control group", ({ skip }) => {
    const group = `/sys/fs/cgroup/cpu/sabmap-test-${process.pid}`;
    try {
      mkdirSync(group);
    } catch {
      skip("there are no control groups of version 1 to make one in");
    }
    try {
      expect(countWith(group, 100_000)).toBe(1);
      // On Deno and Bun, which round down, that is one more than they know of.
      expect(countWith(group, 150_000)).toBe(Math.min(2, cpuCount()));
    } finally {
      rmdirSync(group);
    }
  });
});

/** What a process in a group says whose quota is so many microseconds of 100,000. */
function countWith(group: string, quota: number): number {
  writeFileSync(`${group}/cpu.cfs_period_us`, "100000");
  writeFileSync(`${group}/cpu.cfs_quota_us`, String(quota));
  // Node runs no TypeScript: the setup of the tests has compiled it.
  const module = runtime === "node"
    ? "../build/internals/src/platform/cpu_count.js"
    : "../src/platform/cpu_count.ts";
  const { href } = new URL(module, import.meta.url);
  const script = `import("${href}").then((m) => console.log(m.cpuCount()))`;
  const evaluate = runtime === "deno" ? "eval" : "-e";
  const { stdout } = spawnSync("sh", [
    ...["-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', group],
    ...[process.execPath, evaluate, script],
  ], { encoding: "utf8" });
  return Number(stdout);
}
