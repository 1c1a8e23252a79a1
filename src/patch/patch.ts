/**
 * A patch as a whole, from path to result.
 *
 * @module
 */
import { checkLocalPath } from "../check_path.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import {
  checkChange,
  checkOptions,
  checkSearch,
  checkShape,
} from "./checks.ts";
import { chooseDurability, journalBytes } from "./choose_durability.ts";
import { gatherPlan } from "./gather.ts";
import { patchJournaled } from "./journaled.ts";
import type {
  Durability,
  PatchOptions,
  PatchResult,
  ShownEdit,
} from "./options.ts";
import {
  checkExpected,
  checkReplaced,
  goThroughChanges,
  type PatchPlan,
} from "./plan.ts";
import {
  finishEarlier,
  frameMemory,
  noteJournal,
  noteOtherNames,
  type Session,
  withSession,
} from "./session.ts";
import type { Target } from "./target.ts";

/** See `patchFile`. */
export async function patch(
  file: FilePath | URL,
  options: PatchOptions,
): Promise<PatchResult> {
  const path = checkLocalPath(file, "patch a file");
  checkShape(options);
  checkChange(options);
  checkOptions(options);
  await checkSearch(options);
  const { dryRun = false } = options;
  const access = dryRun ? "read" : "write";
  return await withSession(path, access, options, async (session) => {
    if (dryRun) noteJournal(session.target, options.onNote);
    const recovered = dryRun
      ? "none"
      : (await finishEarlier(session, options)).outcome;
    const plan = await gatherPlan(session, options);
    const { target } = session;
    const durability = options.durability === undefined ||
        options.durability === "auto"
      ? await chooseDurability(session, plan.edits)
      : options.durability;
    await session.run(checkExpected(plan, target));
    if (dryRun && durability === "copy") {
      const { requireReplaceable } = await import("./copied.ts");
      requireReplaceable(target, options.breakLinks === true);
    }
    const shown = showEdits(plan, target, options.shown ?? (dryRun ? 20 : 0));
    const bytesChanged = dryRun
      ? await session.run(goThroughChanges(plan, target, "plan", () => {}))
      : await write(session, plan, durability, options);
    return {
      file: pathText(path),
      byteLength: target.byteLength,
      edits: plan.edits.count,
      bytesChanged,
      durability,
      dryRun,
      shown,
      recovered,
      undoKept: !dryRun && options.keepUndo === true && bytesChanged > 0 &&
        durability !== "none",
    };
  });
}

/** Longest part of an edit that is shown. */
const SHOWN_BYTES = 64;

function showEdits(
  { edits }: PatchPlan,
  target: Target,
  count: number,
): ShownEdit[] {
  return Array.from({ length: Math.min(count, edits.count) }, (_, index) => {
    const offset = edits.offset(index);
    const whole = edits.byteLength(index);
    const byteLength = Math.min(SHOWN_BYTES, whole);
    const old = new Uint8Array(new SharedArrayBuffer(byteLength));
    target.file.read(old, 0, byteLength, offset);
    const start = edits.start(index);
    return {
      offset,
      old: Uint8Array.from(old),
      new: edits.bytes.slice(start, start + byteLength),
      ...(whole > byteLength ? { byteLength: whole } : {}),
    };
  });
}

/** @returns How many bytes got another value. */
async function write(
  session: Session,
  plan: PatchPlan,
  durability: Durability,
  options: PatchOptions,
): Promise<number> {
  const { target } = session;
  const { keepUndo = false, breakLinks = false } = options;
  if (durability === "none") {
    const { writeInPlace } = await import("./in_place.ts");
    await session.run(checkReplaced(plan, target));
    return await session.run(writeInPlace(plan, target));
  }
  const memory = await frameMemory(journalBytes(plan.edits));
  if (durability === "journal") {
    noteOtherNames(target, options.onNote);
    return await writeJournaled(session, plan, memory, keepUndo);
  }
  const { patchByCopy } = await import("./copied.ts");
  const { loadCopyTools } = await import("./machine_copy.ts");
  const tools = await loadCopyTools(options);
  const { user } = session;
  return await session.run(
    patchByCopy(target, { plan, tools, memory, keepUndo, breakLinks, user }),
  );
}

async function writeJournaled(
  { target, run }: Session,
  plan: PatchPlan,
  memory: Awaited<ReturnType<typeof frameMemory>>,
  keepUndo: boolean,
): Promise<number> {
  let changed = 0;
  await run(patchJournaled(target, {
    memory,
    commit: keepUndo ? "keep-undo" : "remove",
    *fill(journal) {
      changed = yield* goThroughChanges(
        plan,
        target,
        "journal",
        (offset, length, old, oldAt, bytes, at) =>
          journal.add(offset, length, old, oldAt, bytes, at),
      );
    },
    recheck: () => checkExpected(plan, target),
  }));
  return changed;
}
