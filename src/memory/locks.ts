/**
 * Locks over `Int32` cells of shared memory, for threads of one process or of several that map one file.
 *
 * @module
 */
export type { LockOptions } from "./locks/checks.ts";
export { LockGuard } from "./locks/guard.ts";
export { type LockOwner, LockOwners, threadOwner } from "./locks/owners.ts";
export { type LockSetup, Mutex } from "./locks/mutex.ts";
export { RwLock } from "./locks/rw_lock.ts";
export { StripedLock } from "./locks/striped_lock.ts";
