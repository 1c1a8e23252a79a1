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
import type {
  PatchFile,
  PatchFileSystem,
} from "../../src/patch/file_system.ts";
import type { FileDetails, FilePath } from "../../src/platform/files.ts";

/** What the machine does at one operation. */
export type Event = "go" | "crash" | "fail" | "lose";

/** The process is dead: nothing that it does from now on has an effect. */
export class Crash extends Error {}

/** Chooses: a number from 0 to below `count`. */
export type Choose = (count: number) => number;

interface Inode {
  readonly id: number;
  /** What reads see. */
  cache: Uint8Array;
  /** What is on the disk. */
  disk: Uint8Array;
  dirty: { at: number; bytes: Uint8Array }[];
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
    inode.cache[at] = byte;
    inode.disk[at] = byte;
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
      let disk: Uint8Array = inode.disk.slice();
      for (const granule of inode.dirty) {
        if (keeps(index++)) disk = written(disk, granule.at, granule.bytes);
      }
      next.#inodes.set(inode.id, {
        ...inode,
        disk,
        cache: disk.slice(),
        dirty: [],
      });
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
      next.#inodes.set(inode.id, {
        ...inode,
        cache: inode.cache.slice(),
        disk: inode.disk.slice(),
        dirty: [...inode.dirty],
      });
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
      close: () => {},
    };
  }

  #write(inode: Inode, bytes: Uint8Array, position: number): void {
    const event = this.#operate(`write ${inode.id}`);
    if (event === "lose") return;
    const count = event === "fail" ? bytes.byteLength >> 1 : bytes.byteLength;
    const end = position + count;
    for (let at = position; at < end;) {
      const next = Math.min(
        end,
        at - at % this.#granuleBytes + this.#granuleBytes,
      );
      const part = bytes.slice(at - position, next - position);
      inode.dirty.push({ at, bytes: part });
      inode.cache = written(inode.cache, at, part);
      at = next;
    }
    inode.modified = this.#clock++;
    if (event === "fail") {
      throw new this.#SabmapError("EIO", "input/output error");
    }
  }

  #sync(inode: Inode): void {
    const event = this.#operate(`sync ${inode.id}`);
    // Only what is dirty: a failure before this has left bytes in the cache that look clean.
    for (const { at, bytes } of inode.dirty) {
      if (event === "fail" && this.choose(2) === 0) continue;
      inode.disk = written(inode.disk, at, bytes);
    }
    inode.dirty = [];
    if (event === "fail") {
      throw new this.#SabmapError("EIO", "input/output error");
    }
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

/** Writes in place where there is room; what lies between the end and a write behind it is zero. */
function written(into: Uint8Array, at: number, bytes: Uint8Array): Uint8Array {
  const end = at + bytes.byteLength;
  const target = end > into.byteLength ? new Uint8Array(end) : into;
  if (target !== into) target.set(into);
  target.set(bytes, at);
  return target;
}
