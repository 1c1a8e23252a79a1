/**
 * How many threads can run at once: what the runtime knows, and what a container is allowed.
 *
 * Deno 2.9 and Bun 1.4 look at the quota of the control group themselves and round it down; Node 20 gives
 * the cores of the machine (tried with quotas of 0.5, 1.5 and 2 cores, 2026-11-21).
 *
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
 * @module
 */
import { loadBuiltin } from "./builtin.ts";
import { readProcFile } from "./proc_file.ts";

let counted: number | undefined;

/** How many threads this process can run at once, at least 1. Looked up once. */
export function cpuCount(): number {
  return counted ??= countCores();
}

function countCores(): number {
  const cores = coresKnown();
  const quota = cpuQuota(readProcFile);
  if (quota === undefined) return cores;
  return withinQuota(cores, quota, coresAllowed(readProcFile));
}

function coresKnown(): number {
  // Node 20 has no navigator.
  const { navigator } = globalThis as {
    navigator?: { hardwareConcurrency?: number };
  };
  return navigator?.hardwareConcurrency ??
    loadBuiltin<typeof import("node:os")>("node:os").availableParallelism();
}

/**
 * Bounds a count of cores by a quota. A fraction counts as one more: two threads can use up 1.5 cores,
 * and one cannot.
 *
 * @param cores From the runtime, which may have rounded the same quota down.
 * @param quota In cores.
 * @param allowed On how many cores the process may run, whatever its quota; `undefined` if that is not known.
 */
export function withinQuota(
  cores: number,
  quota: number,
  allowed: number = Infinity,
): number {
  const roundedDown = Math.max(1, Math.floor(quota));
  const most = Math.max(1, Math.ceil(quota));
  return Math.min(cores === roundedDown ? allowed : cores, most);
}

/** How a file of the kernel's is read; what cannot be read gives a text without numbers. */
export type ReadProcFile = (path: string) => string;

/**
 * On how many cores this process may run: those of its affinity (taskset, cpusets) that are there.
 *
 * @returns `undefined` if that is not known.
 */
export function coresAllowed(read: ReadProcFile): number | undefined {
  const [, mask = ""] =
    /^Cpus_allowed_list:\s*(\S+)$/m.exec(read("/proc/self/status")) ?? [];
  const allowed = parseCores(mask);
  const online = new Set(parseCores(read("/sys/devices/system/cpu/online")));
  const count = allowed.filter((core) => online.has(core)).length;
  return count > 0 ? count : undefined;
}

/** Numbers of `0-3,8`; none of what is no such list. */
function parseCores(text: string): number[] {
  return text.trim().split(",").flatMap((part) => {
    const [, first, last = first] = /^([0-9]+)(?:-([0-9]+))?$/.exec(part) ?? [];
    if (first === undefined) return [];
    const length = Math.max(0, Number(last) - Number(first) + 1);
    return Array.from({ length }, (_, index) => Number(first) + index);
  });
}

/** A hierarchy of control groups, where it is mounted. */
interface Hierarchy {
  /** The group that is seen at the mount point: `/`, or a container's own. */
  readonly root: string;
  readonly mountPoint: string;
  /** Version 1 has a hierarchy, or several, for its controllers. */
  readonly isUnified: boolean;
}

/**
 * Finds the least of the quotas of this process' control groups, of version 1 and 2.
 *
 * @returns In cores; `undefined` if there is none, or this is not Linux.
 */
export function cpuQuota(read: ReadProcFile): number | undefined {
  const hierarchies = parseMounts(read("/proc/self/mountinfo"));
  const quotas = parseGroups(read("/proc/self/cgroup")).flatMap(
    ({ path, isUnified }) => {
      const hierarchy = hierarchies.find((each) =>
        each.isUnified === isUnified
      );
      return hierarchy === undefined ? [] : quotasOf(path, hierarchy, read);
    },
  );
  return quotas.length === 0 ? undefined : Math.min(...quotas);
}

/** `36 25 0:31 /root /mount/point rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct` */
function parseMounts(mountinfo: string): Hierarchy[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [mount = "", superblock = ""] = line.split(" - ");
    const [, , , root = "", mountPoint = ""] = mount.split(" ");
    const [kind, , options = ""] = superblock.split(" ");
    const isUnified = kind === "cgroup2";
    const hasCpu = kind === "cgroup" && options.split(",").includes("cpu");
    return isUnified || hasCpu ? [{ root, mountPoint, isUnified }] : [];
  });
}

/** `4:cpu,cpuacct:/path` of version 1, `0::/path` of version 2 */
function parseGroups(
  cgroup: string,
): { readonly path: string; readonly isUnified: boolean }[] {
  return cgroup.split("\n").flatMap((line) => {
    const [, controllers, path] = /^[0-9]+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const isUnified = controllers === "";
    const hasCpu = controllers.split(",").includes("cpu");
    return isUnified || hasCpu ? [{ path, isUnified }] : [];
  });
}

/** Quotas of a group and of all those above it that can be seen. */
function quotasOf(
  path: string,
  { root, mountPoint, isUnified }: Hierarchy,
  read: ReadProcFile,
): number[] {
  const quotas: number[] = [];
  const below = belowRoot(path, root).split("/").filter(Boolean);
  for (let depth = below.length; depth >= 0; depth--) {
    const folder = [mountPoint, ...below.slice(0, depth)].join("/");
    const quota = isUnified
      ? parseQuota(read(`${folder}/cpu.max`))
      : parseQuota(
        `${read(`${folder}/cpu.cfs_quota_us`)} ${
          read(`${folder}/cpu.cfs_period_us`)
        }`,
      );
    if (quota !== undefined) quotas.push(quota);
  }
  return quotas;
}

/** A container may see the path of its group as it is outside, and nothing but the group itself at the mount point. */
function belowRoot(path: string, root: string): string {
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`)
    ? path.slice(root.length)
    : "";
}

/** `150000 100000` is 1.5 cores; `max 100000`, `-1 100000` and what is no such text are no quota. */
function parseQuota(text: string): number | undefined {
  const [, quota, period] = /^\s*([0-9]+)\s+([0-9]+)\s*$/.exec(text) ?? [];
  const cores = Number(quota) / Number(period);
  return cores > 0 && Number.isFinite(cores) ? cores : undefined;
}
