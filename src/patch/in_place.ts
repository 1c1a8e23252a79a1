/**
 * Changing a file without a net.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import { PAGE_BYTES } from "./apply.ts";
import { FileSyncs } from "./file_syncs.ts";
import { goThroughChanges, type PatchPlan } from "./plan.ts";
import type { Steps } from "./steps.ts";
import type { Target } from "./target.ts";
import { FINISH_MS, isNearlyDone, retoldOnce } from "./unfinished.ts";

/** What all failures name that leave edits in the file. */
const NO_JOURNAL = "no journal was kept that could finish or undo them";

/**
 * Writes the changes, once everything has been checked.
 *
 * @returns How many bytes got another value.
 * @throws {SabmapError} With the file changed in part: `ERR_ABORTED` if it was to end and would have taken long;
 * `ERR_CONFLICT`; the errno's name.
 */
export function* writeInPlace(plan: PatchPlan, target: Target): Steps<number> {
  const buffer = new Uint8Array(new SharedArrayBuffer(256 * 1024));
  const syncs = new FileSyncs(target.file, "sync");
  target.requireSame();
  let isBegun = false;
  let isWritten = false;
  try {
    const changed = yield* untilInterrupted(
      goThroughChanges(
        plan,
        target,
        "apply",
        (offset, length, _old, _oldAt, bytes, at) => {
          buffer.set(bytes.subarray(at, at + length));
          target.file.write(buffer, 0, length, offset);
          isBegun = true;
          syncs.wrote(PAGE_BYTES + length);
        },
      ),
      target,
    );
    isWritten = true;
    // Or nobody would hear of a disk that did not take them.
    syncs.begin("data");
    if (!(yield* syncs.finish(FINISH_MS))) throw partial(target, "all");
    target.requireSame();
    return changed;
  } catch (error) {
    if (!isBegun) throw error;
    throw retoldOnce(
      error,
      target,
      NO_JOURNAL,
      (what) =>
        `${what}; ${
          isWritten ? "all" : "some"
        } edits are written, and ${NO_JOURNAL}`,
    );
  } finally {
    yield* syncs.settle();
  }
}

/** Ends work in the middle if its rest takes long. */
function* untilInterrupted(
  steps: Steps<number>,
  target: Target,
): Steps<number> {
  const startedMs = performance.now();
  for (;;) {
    // A write behind the end would make a file longer that somebody has cut off.
    target.requireNotCut();
    const next = steps.next(false);
    if (next.done) return next.value;
    const { bytesDone: done, byteLength: count } = next.value;
    if ((yield next.value) && !isNearlyDone({ done, count }, startedMs)) {
      throw partial(target, `${groupDigits(done)} of ${groupDigits(count)}`);
    }
  }
}

function partial({ name }: Target, written: string): SabmapError {
  return new SabmapError(
    ErrorCode.Aborted,
    `interrupted; ${written} edits are written, perhaps not to the disk, and ${NO_JOURNAL}`,
    { file: name },
  );
}
