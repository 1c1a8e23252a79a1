/**
 * A disk that loses power: what was not synced is there in part, in any part.
 *
 * - Writes go to a cache. A sync brings a file's cache to the disk; a crash leaves any subset of the granules (512
 *   bytes or 4 KiB) that were written since, each of them old or new.
 * - Names are synced with their folder; a crash leaves any subset of the changes since.
 * - A sync that fails leaves any subset of the granules, and takes all of them for clean: the cache goes on showing
 *   bytes that the next sync will not write.
 */
import type { SabmapError } from "../../src/errors.ts";
import type { PatchFileSystem } from "../../src/patch/file_system.ts";
import type { PatchFile, PendingSync } from "../../src/patch/open_file.ts";
import type { FileDetails } from "../../src/platform/file_changes.ts";
import type { FilePath } from "../../src/platform/file_path.ts";

/** What the machine does at one operation. */
export type Event = "go" | "crash" | "fail" | "lose";

/** The process is dead: nothing that it does from now on has an effect. */
export class Crash extends Error {}

/** Chooses: a number from 0 to below `count`. */
export type Choose = (count: number) => number;

/** What a disk writes as one. */
interface Granule {
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Inode {
  readonly id: number;
  /** What reads see. Never changed, but replaced: the machine after a crash may have the same. */
  cache: Uint8Array;
  /** What is on the disk. As `cache`. */
  disk: Uint8Array;
  dirty: Granule[];
  mode: number;
  owner: number;
  links: number;
  modified: bigint;
}

type NameChange = (names: Map<string, number>) => void;

export class SimulatedDisk implements PatchFileSystem {
  readonly #granuleBytes: number;
  readonly #inodes = new Map<number, Inode>();
  /** Names as the process sees them, and as the disk has them. */
  #names = new Map<string, number>();
  #diskNames = new Map<string, number>();
  #nameChanges: NameChange[] = [];
  #nextInode = 10;
  #clock = 1n;
  #isDead = false;
  /** Operations so far. */
  operations: string[] = [];
  /** Decides what happens at each operation that changes or syncs something. */
  onOperation: (index: number, name: string) => Event = () => "go";
  /** Chooses what a failed sync has brought to the disk. */
  choose: Choose = () => 0;

  readonly #SabmapError: typeof SabmapError;

  /** @param errors The class that the code under test knows: each copy of the sources has its own. */
  constructor(granuleBytes: number, errors: typeof SabmapError) {
    this.#granuleBytes = granuleBytes;
    this.#SabmapError = errors;
  }

  /** Puts a file on the disk, for good. */
  install(name: string, content: Uint8Array, about: Partial<Inode> = {}): void {
    const inode = this.#newInode();
    inode.cache = content.slice();
    inode.disk = content.slice();
    Object.assign(inode, about);
    this.#names.set(name, inode.id);
    this.#diskNames.set(name, inode.id);
  }

  /** What a file holds now; `undefined` if there is none. */
  content(name: string): Uint8Array | undefined {
    const id = this.#names.get(name);
    return id === undefined ? undefined : this.#inode(id).cache.slice();
  }

  /** Writes as another process would, at once and for good. */
  scribble(name: string, at: number, byte: number): void {
    const inode = this.#inode(this.#names.get(name) ?? 0);
    inode.cache = written(inode.cache, [{ at, bytes: Uint8Array.of(byte) }]);
    inode.disk = written(inode.disk, [{ at, bytes: Uint8Array.of(byte) }]);
    inode.modified = this.#clock++;
  }

  /** Cuts a file as another process would. */
  truncate(name: string, byteLength: number): void {
    const inode = this.#inode(this.#names.get(name) ?? 0);
    inode.cache = inode.cache.slice(0, byteLength);
    inode.disk = inode.disk.slice(0, byteLength);
  }

  /** Changes what is known of a file. */
  alter(name: string, about: Partial<Inode>): void {
    Object.assign(this.#inode(this.#names.get(name) ?? 0), about);
  }

  get names(): string[] {
    return [...this.#names.keys()].sort();
  }

  /** How many things a crash now may leave or take. */
  get looseEnds(): number {
    let count = this.#nameChanges.length;
    for (const inode of this.#inodes.values()) count += inode.dirty.length;
    return count;
  }

  /** The disk after a loss of power. @param keeps Whether the loose end at an index was written. */
  afterPowerLoss(keeps: (index: number) => boolean): SimulatedDisk {
    const next = new SimulatedDisk(this.#granuleBytes, this.#SabmapError);
    next.#nextInode = this.#nextInode;
    next.#clock = this.#clock;
    let index = 0;
    for (const change of this.#nameChanges) {
      if (keeps(index++)) next.#nameChanges.push(change);
    }
    const names = new Map(this.#diskNames);
    for (const change of next.#nameChanges) change(names);
    next.#nameChanges = [];
    next.#names = names;
    next.#diskNames = new Map(names);
    for (const inode of this.#inodes.values()) {
      const kept = inode.dirty.filter(() => keeps(index++));
      const disk = written(inode.disk, kept);
      next.#inodes.set(inode.id, { ...inode, disk, cache: disk, dirty: [] });
    }
    return next;
  }

  /** The machine after the process was killed: the cache is there still. */
  afterKill(): SimulatedDisk {
    const next = new SimulatedDisk(this.#granuleBytes, this.#SabmapError);
    next.#nextInode = this.#nextInode;
    next.#clock = this.#clock;
    next.#names = new Map(this.#names);
    next.#diskNames = new Map(this.#diskNames);
    next.#nameChanges = [...this.#nameChanges];
    for (const inode of this.#inodes.values()) {
      next.#inodes.set(inode.id, { ...inode, dirty: [...inode.dirty] });
    }
    return next;
  }

  open(path: FilePath): PatchFile {
    return this.#opened(path);
  }

  openOwn(path: FilePath): PatchFile {
    return this.#opened(path);
  }

  create(path: FilePath): PatchFile {
    const name = String(path);
    if (this.#names.has(name)) {
      throw new this.#SabmapError("EEXIST", "file exists");
    }
    this.#operate(`create ${name}`);
    const inode = this.#newInode();
    this.#changeNames((names) => names.set(name, inode.id));
    return this.#opened(path);
  }

  look(path: FilePath): FileDetails | undefined {
    this.#requireAlive();
    const name = String(path);
    if (name === ".") return { ...FOLDER };
    const id = this.#names.get(name);
    return id === undefined ? undefined : detailsOf(this.#inode(id));
  }

  isMounted(): boolean {
    return false;
  }

  rename(from: FilePath, to: FilePath): void {
    this.#operate(`rename ${from} ${to}`);
    const id = this.#names.get(String(from)) ?? 0;
    this.#changeNames((names) => {
      // A rename that reached the disk without the creation before it brings the inode along.
      names.delete(String(from));
      names.set(String(to), id);
    });
  }

  remove(path: FilePath): void {
    this.#operate(`remove ${path}`);
    this.#changeNames((names) => names.delete(String(path)));
  }

  syncFolder(): void {
    if (this.#operate("sync folder") === "fail") {
      throw new this.#SabmapError("EIO", "input/output error");
    }
    this.#diskNames = new Map(this.#names);
    this.#nameChanges = [];
  }

  #opened(path: FilePath): PatchFile {
    this.#requireAlive();
    const id = this.#names.get(String(path));
    if (id === undefined) throw new this.#SabmapError("ENOENT", "no such file");
    const inode = this.#inode(id);
    return {
      path,
      details: () => {
        this.#requireAlive();
        return detailsOf(inode);
      },
      read: (bytes, start, byteLength, position) => {
        this.#requireAlive();
        const part = inode.cache.subarray(position, position + byteLength);
        bytes.set(part, start);
        return part.byteLength;
      },
      write: (bytes, start, byteLength, position) =>
        this.#write(inode, bytes.slice(start, start + byteLength), position),
      sync: () => this.#sync(inode),
      startSync: () => this.#startSync(inode),
      // Two changes: so an early sync may be followed by others, or be the last.
      aheadBytes: 2 * 4096 + 1,
      close: () => {},
    };
  }

  #write(inode: Inode, bytes: Uint8Array, position: number): void {
    const event = this.#operate(`write ${inode.id}`);
    if (event === "lose") return;
    const count = event === "fail" ? bytes.byteLength >> 1 : bytes.byteLength;
    const end = position + count;
    const granules: Granule[] = [];
    for (let at = position; at < end;) {
      const next = Math.min(
        end,
        at - at % this.#granuleBytes + this.#granuleBytes,
      );
      const part = bytes.slice(at - position, next - position);
      granules.push({ at, bytes: part });
      at = next;
    }
    inode.dirty.push(...granules);
    inode.cache = written(inode.cache, granules);
    inode.modified = this.#clock++;
    if (event === "fail") {
      throw new this.#SabmapError("EIO", "input/output error");
    }
  }

  #sync(inode: Inode): void {
    const event = this.#operate(`sync ${inode.id}`);
    // Only what is dirty: a failure before this has left bytes in the cache that look clean.
    const synced = inode.dirty.filter(() =>
      event !== "fail" || this.choose(2) !== 0
    );
    inode.disk = written(inode.disk, synced);
    inode.dirty = [];
    if (event === "fail") {
      throw new this.#SabmapError("EIO", "input/output error");
    }
  }

  /** One that ends at once: what is written after it begins is as if it had been written before it ends. */
  #startSync(inode: Inode): PendingSync {
    let error: unknown;
    try {
      this.#sync(inode);
    } catch (thrown) {
      if (thrown instanceof Crash) throw thrown;
      error = thrown;
    }
    return { isDone: true, error, ended: Promise.resolve() };
  }

  #operate(name: string): Event {
    this.#requireAlive();
    const event = this.onOperation(this.operations.length, name);
    this.operations.push(name);
    if (event !== "crash") return event;
    this.#isDead = true;
    throw new Crash(name);
  }

  #requireAlive(): void {
    if (this.#isDead) throw new Crash("dead");
  }

  #changeNames(change: NameChange): void {
    change(this.#names);
    this.#nameChanges.push(change);
  }

  #newInode(): Inode {
    const inode: Inode = {
      id: this.#nextInode++,
      cache: new Uint8Array(0),
      disk: new Uint8Array(0),
      dirty: [],
      mode: 0o600,
      owner: 1000,
      links: 1,
      modified: this.#clock++,
    };
    this.#inodes.set(inode.id, inode);
    return inode;
  }

  #inode(id: number): Inode {
    const inode = this.#inodes.get(id);
    if (inode === undefined) throw new Error(`no inode ${id}`);
    return inode;
  }
}

const DEVICE = 7n;

const FOLDER: FileDetails = {
  kind: "directory",
  byteLength: 0,
  device: DEVICE,
  inode: 1n,
  modifiedNs: 0n,
  changedNs: 0n,
  mode: 0o755,
  links: 2,
  owner: 1000,
  group: 1000,
};

function detailsOf(inode: Inode): FileDetails {
  return {
    kind: "regular",
    byteLength: inode.cache.byteLength,
    device: DEVICE,
    inode: BigInt(inode.id),
    modifiedNs: inode.modified,
    changedNs: inode.modified,
    mode: inode.mode,
    links: inode.links,
    owner: inode.owner,
    group: inode.owner,
  };
}

/** Bytes with others in place of some; what lies between their end and one that is behind it is zero. */
function written(from: Uint8Array, granules: readonly Granule[]): Uint8Array {
  if (granules.length === 0) return from;
  const ends = granules.map(({ at, bytes }) => at + bytes.byteLength);
  const into = new Uint8Array(Math.max(from.byteLength, ...ends));
  into.set(from);
  for (const { at, bytes } of granules) into.set(bytes, at);
  return into;
}
