/**
 * Locks over `Int32` cells of shared memory, for threads of one process or of several that map one file.
 *
 * @module
 */
export type { LockOptions } from "./lock_cells.ts";
export { LockGuard } from "./lock_guard.ts";
export { type LockOwner, LockOwners, threadOwner } from "./lock_owners.ts";
export { type LockSetup, Mutex } from "./mutex.ts";
export { RwLock } from "./rw_lock.ts";
export { StripedLock } from "./striped_lock.ts";
