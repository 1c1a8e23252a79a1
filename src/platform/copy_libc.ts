/**
 * The functions of the C library that copies of files need: see libc.ts.
 *
 * @module
 */
import { SabmapError, type SabmapErrorOptions } from "../errors.ts";
import { errnoName } from "./errno.ts";

/** More of the C library, for copies of files. */
export interface CopySymbols {
  ioctl(fd: number, request: bigint, argument: bigint): number;
  lseek(fd: number, offset: bigint, whence: number): bigint;
  copy_file_range(
    from: number,
    fromOffset: bigint,
    to: number,
    toOffset: bigint,
    byteLength: bigint,
    flags: number,
  ): bigint;
  flistxattr(fd: number, list: bigint, byteLength: bigint): bigint;
  fgetxattr(
    fd: number,
    name: bigint,
    value: bigint,
    byteLength: bigint,
  ): bigint;
  fsetxattr(
    fd: number,
    name: bigint,
    value: bigint,
    byteLength: bigint,
    flags: number,
  ): number;
  fremovexattr(fd: number, name: bigint): number;
  errno(): number;
  addressOf(buffer: SharedArrayBuffer): bigint;
}

/** `FICLONE` of `ioctl_ficlone(2)`: both files share their blocks until one changes. */
const FICLONE = 0x4004_9409n;
/** `whence` of `lseek(2)`. */
const Seek = { Set: 0, Data: 3, Hole: 4 } as const;
/** Most bytes of the names of all extended attributes, and of the value of one: `limits.h`. */
const ATTRIBUTE_BYTES_MAX = 65_536;

/** The access control list of a file: acl(5). */
const ACCESS_LIST = "system.posix_acl_access";

/** An extended attribute. */
interface NamedAttribute {
  readonly name: string;
  /** Of the name, ended by a zero. */
  readonly address: bigint;
  /** What the address lies in, which must stay. */
  readonly names: SharedArrayBuffer;
}

/** Checked calls of the C library that copy files. */
export class CopyLibc {
  readonly #symbols: CopySymbols;

  constructor(symbols: CopySymbols) {
    this.#symbols = symbols;
  }

  /** Makes a file share the blocks of another. @returns False where the file system cannot. */
  clone(from: number, to: number): boolean {
    return this.#symbols.ioctl(to, FICLONE, BigInt(from)) === 0;
  }

  /**
   * Finds the next bytes that are not in a hole.
   *
   * @returns Their range; `undefined` if there are none, and all of the rest where holes are not known.
   */
  nextData(
    fd: number,
    position: number,
    byteLength: number,
  ): { readonly start: number; readonly end: number } | undefined {
    const seek = (offset: number, whence: number) =>
      Number(
        BigInt.asIntN(64, this.#symbols.lseek(fd, BigInt(offset), whence)),
      );
    const start = seek(position, Seek.Data);
    if (start < 0) {
      const isBehindAll = this.#errnoName() === "ENXIO";
      return isBehindAll ? undefined : { start: position, end: byteLength };
    }
    const end = seek(start, Seek.Hole);
    return { start, end: end < 0 ? byteLength : end };
  }

  /**
   * Copies bytes within the kernel, to the place in the other file that they have in the first.
   *
   * @returns How many; -1 if the kernel cannot copy between these files.
   */
  copyRange(
    from: number,
    to: number,
    position: number,
    byteLength: number,
  ): number {
    const { lseek, copy_file_range } = this.#symbols;
    lseek(from, BigInt(position), Seek.Set);
    lseek(to, BigInt(position), Seek.Set);
    const count = copy_file_range(from, 0n, to, 0n, BigInt(byteLength), 0);
    return Number(BigInt.asIntN(64, count));
  }

  /**
   * Gives a file the extended attributes of another, and with them its access control list.
   *
   * @throws {SabmapError} With the errno's name if one of them cannot be set.
   */
  copyAttributes(
    from: number,
    to: number,
    about: SabmapErrorOptions = {},
  ): void {
    for (const { address } of this.#attributes(from)) {
      this.#copyAttribute(from, to, address, about);
    }
  }

  /** Names of the extended attributes of a file. @throws {SabmapError} If they cannot be listed. */
  attributeNames(fd: number): string[] {
    return this.#attributes(fd).map(({ name }) => name);
  }

  /**
   * Takes from a new file the access control list that it has from its folder, if the file that it is a copy of has
   * none: it would let others in.
   *
   * @throws {SabmapError} With the errno's name if it stays.
   */
  dropInheritedAccess(from: number, to: number): void {
    const listOf = (fd: number) =>
      this.#attributes(fd).find(({ name }) => name === ACCESS_LIST);
    const inherited = listOf(to);
    if (inherited === undefined || listOf(from) !== undefined) return;
    if (this.#symbols.fremovexattr(to, inherited.address) === 0) return;
    throw new SabmapError(
      this.#errnoName(),
      "an access control list that the folder gives new files cannot be taken from a copy",
    );
  }

  /** The extended attributes of a file, with addresses of their names; none where the file system has none. */
  #attributes(fd: number): NamedAttribute[] {
    const names = new SharedArrayBuffer(ATTRIBUTE_BYTES_MAX);
    const address = this.#symbols.addressOf(names);
    const length = this.#symbols.flistxattr(
      fd,
      address,
      BigInt(ATTRIBUTE_BYTES_MAX),
    );
    const byteLength = this.#listLength(length);
    const list = new Uint8Array(names, 0, byteLength);
    const found: NamedAttribute[] = [];
    for (let at = 0; at < byteLength;) {
      const end = list.indexOf(0, at);
      const name = String.fromCharCode(...list.subarray(at, end));
      found.push({ name, address: address + BigInt(at), names });
      at = end + 1;
    }
    return found;
  }

  /** @throws {SabmapError} If attributes that there may be cannot be listed. */
  #listLength(result: bigint): number {
    const byteLength = Number(BigInt.asIntN(64, result));
    if (byteLength >= 0) return byteLength;
    const errno = this.#errnoName();
    if (errno === "ENOTSUP") return 0;
    throw new SabmapError(
      errno,
      "the extended attributes of the file cannot be listed",
    );
  }

  #copyAttribute(
    from: number,
    to: number,
    name: bigint,
    about: SabmapErrorOptions,
  ): void {
    const buffer = new SharedArrayBuffer(ATTRIBUTE_BYTES_MAX);
    const value = this.#symbols.addressOf(buffer);
    const room = BigInt(ATTRIBUTE_BYTES_MAX);
    const got = this.#symbols.fgetxattr(from, name, value, room);
    const length = BigInt.asIntN(64, got);
    const failed = length < 0n ||
      this.#symbols.fsetxattr(to, name, value, length, 0) !== 0;
    if (failed) {
      throw new SabmapError(
        this.#errnoName(),
        "an extended attribute of the file cannot be kept",
        about,
      );
    }
  }

  #errnoName(): `E${string}` {
    return errnoName(this.#symbols.errno());
  }
}
