/**
 * The lock between processes that patch one file: `flock(2)`, by whatever way this runtime has to it.
 *
 * Advisory: it keeps out those who ask for it, such as other runs of sabmap, and nobody else. It goes with the
 * process, however that ends.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import { loadBuiltin } from "../platform/builtin.ts";
import type { Target } from "./target.ts";
import { descriptorOf } from "./open_file.ts";

/** Gives the lock back. */
export type Unlock = () => void;

/** Who else may have the file locked: nobody, or others that share it. */
export type LockKind = "exclusive" | "shared";

/**
 * Locks a file.
 *
 * @throws {SabmapError} At once: `ERR_LOCKED` if another process has it locked, or it cannot be locked here;
 * `ERR_CONFLICT` if the path leads to another file by now.
 */
export async function lockTarget(
  target: Target,
  kind: LockKind = "exclusive",
): Promise<Unlock> {
  return (await loadLock(kind))(target);
}

/** As {@link lockTarget}, with all that has to be loaded loaded before. */
export async function loadLock(
  kind: LockKind = "exclusive",
): Promise<(target: Target) => Unlock> {
  const lock = lockByDeno(kind) ?? await lockDescriptor(kind);
  return (target) => lockSame(target, lock);
}

function lockSame(target: Target, lock: (target: Target) => Unlock): Unlock {
  const unlock = lock(target);
  try {
    // Whoever had the lock may have put another file in the place of this one.
    target.requireSame();
    return unlock;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** The part of Deno's namespace that is used, so that Node's and Bun's checkers know it as well. */
interface DenoLocks {
  readonly FsFile: { readonly prototype: object };
  openSync(path: string, options: { read: true; write: true }): DenoLockFile;
}

interface DenoLockFile {
  tryLockSync(exclusive: boolean): boolean;
  statSync(): { readonly ino: number | null; readonly dev: number };
  close(): void;
}

/** Deno locks without FFI, and sooner than it loads the C library. */
function lockByDeno(kind: LockKind): ((target: Target) => Unlock) | undefined {
  const { Deno: deno } = globalThis as unknown as { Deno?: DenoLocks };
  if (deno === undefined || !("tryLockSync" in deno.FsFile.prototype)) {
    return undefined;
  }
  return ((target) => lockOnDeno(deno, target, kind));
}

function lockOnDeno(deno: DenoLocks, target: Target, kind: LockKind): Unlock {
  const file = deno.openSync(target.name, { read: true, write: true });
  if (!file.tryLockSync(kind === "exclusive")) {
    file.close();
    throw lockedError(target);
  }
  if (file.statSync().ino !== Number(target.opened.inode)) {
    file.close();
    throw target.conflict("the file was replaced while it was opened");
  }
  return () => file.close();
}

/** The lock goes with the descriptor, when the target is closed. */
async function lockDescriptor(
  kind: LockKind,
): Promise<(target: Target) => Unlock> {
  // Loaded here, as Deno does without.
  const { loadLibc } = await import("../platform/platform.ts");
  const { Lock } = await import("../platform/libc.ts");
  const libc = await loadLibc().catch(() => undefined);
  const flag = kind === "shared" ? Lock.Shared : Lock.Exclusive;
  return (target) => {
    const fd = descriptorOf(target.file);
    const isLocked = libc?.tryLock(fd, flag, { file: target.name }) ??
      lockByCommand(fd, target, kind);
    if (!isLocked) throw lockedError(target);
    return () => {};
  };
}

/** Exit code of `flock` for a lock that another has. */
const CONFLICT_CODE = 1;

/**
 * Locks by the command `flock` of util-linux: a lock goes with the open file, which a child shares.
 *
 * @throws {SabmapError} `ERR_LOCKED` if there is no such command.
 */
function lockByCommand(
  fd: number,
  { name }: Target,
  kind: LockKind,
): boolean {
  const { spawnSync } = loadBuiltin<typeof import("node:child_process")>(
    "node:child_process",
  );
  const flag = kind === "shared" ? "-s" : "-x";
  const { status, error } = spawnSync("flock", [flag, "-n", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  if (status === 0 || status === CONFLICT_CODE) return status === 0;
  throw new SabmapError(
    ErrorCode.Locked,
    "the file cannot be locked, as there is neither FFI (on Node: npm install koffi) nor the command flock",
    { file: name, cause: error },
  );
}

function lockedError({ name }: Target): SabmapError {
  return new SabmapError(
    ErrorCode.Locked,
    "another process is changing the file",
    { file: name },
  );
}
