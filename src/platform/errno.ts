/**
 * The names of error numbers of Linux, as far as our calls of the C library give them.
 *
 * @module
 */

const ERRNO_NAMES: Readonly<Record<number, `E${string}`>> = {
  1: "EPERM",
  5: "EIO",
  6: "ENXIO",
  7: "E2BIG",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  19: "ENODEV",
  22: "EINVAL",
  28: "ENOSPC",
  34: "ERANGE",
  95: "ENOTSUP",
};

/** @returns The name of an error number, `EIO` for those that are not expected. */
export function errnoName(errno: number): `E${string}` {
  return ERRNO_NAMES[errno] ?? "EIO";
}
