/**
 * Any other runtime: no FFI and no workers, each refused with one clear error, so that the library
 * can be imported and probed everywhere.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";
import type { Platform } from "./platform.ts";

function refuseLibc(): Promise<never> {
  return Promise.reject(
    new SabmapError(
      ErrorCode.MapRefused,
      "this runtime has no FFI known to sabmap",
    ),
  );
}

export const stubPlatform: Platform = {
  name: "stub",
  bindLibc: refuseLibc,
  bindCopyLibc: refuseLibc,
  startWorker: () => {
    throw new SabmapError(
      ErrorCode.WorkerCrashed,
      "this runtime has no workers known to sabmap",
    );
  },
};
