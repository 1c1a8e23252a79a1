/**
 * From what a caller asks for to the plan of a patch.
 *
 * @module
 */
import { abortable, nextTurn, pause } from "../engine/promises.ts";
import { SabmapError } from "../errors.ts";
import { type FilePath, pathText } from "../platform/file_path.ts";
import { type Addition, addTo, numberBytes } from "./additions.ts";
import {
  checkAddition,
  checkEdit,
  checkExpectation,
  checkReplacement,
} from "./checks.ts";
import { EditList } from "./edit_list.ts";
import { machineFiles } from "./file_system.ts";
import type { PatchOptions, Replacement } from "./options.ts";
import type { PatchPlan } from "./plan.ts";
import { type ScriptEdit, ScriptParser } from "./script.ts";
import type { Session } from "./session.ts";
import type { Target } from "./target.ts";

/** Edits after which the event loop has its turn. */
const TURN_EDITS = 8192;

/**
 * Gathers all edits and expectations, and reads what they depend on.
 *
 * @throws {RangeError} If edits overlap and are not equal, or lie outside of the file.
 * @throws {SabmapError} If the script cannot be read.
 */
export async function gatherPlan(
  session: Session,
  options: PatchOptions,
): Promise<PatchPlan> {
  const plan: PatchPlan = { edits: new EditList(), expected: new EditList() };
  await gatherEdits(plan, options);
  if (options.script !== undefined) {
    await gatherScript(plan, options.script, options.signal);
  }
  for (const expectation of options.expect ?? []) {
    checkExpectation(expectation);
    plan.expected.add(expectation.offset, expectation.bytes);
  }
  const { byteLength } = session.target;
  plan.expected.requireWithin(byteLength);
  gatherAdditions(plan, session.target, options.additions ?? []);
  for (const replacement of options.replacements ?? []) {
    checkReplacement(replacement);
    await gatherReplacement(plan, session, replacement, options);
  }
  plan.edits.requireWithin(byteLength);
  plan.edits.settle();
  plan.expected.sort();
  return plan;
}

async function gatherEdits(
  { edits, expected }: PatchPlan,
  options: PatchOptions,
): Promise<void> {
  let sinceTurn = 0;
  for await (const edit of options.edits ?? []) {
    checkEdit(edit);
    edits.add(edit.offset, edit.bytes);
    if (edit.expect !== undefined) expected.add(edit.offset, edit.expect);
    if (++sinceTurn === TURN_EDITS) {
      sinceTurn = 0;
      await nextTurn(options.signal);
    }
  }
}

async function gatherScript(
  { edits, expected }: PatchPlan,
  script: NonNullable<PatchOptions["script"]>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const isStream = typeof script === "object" && Symbol.asyncIterator in script;
  const parser = new ScriptParser(isStream ? "script" : pathText(script));
  const take = ({ offset, bytes, expect }: ScriptEdit) => {
    edits.add(offset, bytes);
    if (expect !== undefined) expected.add(offset, expect);
  };
  const pieces = isStream ? heardOut(script, signal) : piecesOf(script, signal);
  const iterator = pieces[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (let isFirst = true;; isFirst = false) {
      // Standard input may have nothing to say for long.
      const next = await abortable(iterator.next(), signal);
      if (next.done) break;
      if (!isFirst) await nextTurn(signal);
      parser.push(next.value, take);
    }
    isOver = true;
  } finally {
    // Not waited for: one that waits for its next piece answers behind it.
    if (!isOver) iterator.return?.(undefined).catch(() => {});
  }
  parser.finish(take);
}

/** A signal that is sent when a stream ends is heard within so many milliseconds. */
const HEARD_MS = 20;

/**
 * A stream whose end is believed a moment later. Ctrl-C ends whoever writes a script as well, which cuts it short: it
 * is whole if no signal comes with its end.
 */
async function* heardOut(
  pieces: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  yield* pieces;
  if (signal !== undefined) await pause(HEARD_MS, signal);
}

const PIECE_BYTES = 1024 ** 2;

/** The bytes of a script: of a file by hand, as the reader of streams takes a small patch of Bun 8 ms to load. */
async function* piecesOf(
  path: FilePath,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    const kind = machineFiles.look(path, true)?.kind;
    if (kind === "regular") yield* filePieces(path);
    else yield* heardOut(streamPieces(path, signal), signal);
  } catch (error) {
    throw aboutScript(error, path);
  }
}

/** A failure is told of with the name of the file that is patched. */
function aboutScript(error: unknown, path: FilePath): unknown {
  if (!(error instanceof SabmapError)) return error;
  const file = pathText(path);
  return new SabmapError(
    error.code,
    `the script ${file} cannot be read: ${error.message}`,
    { file, cause: error },
  );
}

function* filePieces(path: FilePath): Generator<Uint8Array> {
  const file = machineFiles.open(path, "read");
  const bytes = new Uint8Array(new SharedArrayBuffer(PIECE_BYTES));
  try {
    for (let position = 0;;) {
      const count = file.read(bytes, 0, PIECE_BYTES, position);
      // A copy: text decoders refuse shared bytes.
      if (count > 0) yield bytes.slice(0, count);
      if (count < PIECE_BYTES) return;
      position += count;
    }
  } finally {
    file.close();
  }
}

async function* streamPieces(
  path: FilePath,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { openRange } = await import("../file_range.ts");
  const reader = await openRange(path, {}, signal);
  const bytes = new Uint8Array(new SharedArrayBuffer(PIECE_BYTES));
  try {
    for (;;) {
      const count = await reader.read(bytes);
      if (count === 0) return;
      // A copy: text decoders refuse shared bytes.
      yield bytes.slice(0, count);
    }
  } finally {
    reader.close();
  }
}

/**
 * Reads the numbers, and adds to them.
 *
 * What was read is expected to be there still when the sums are written.
 */
function gatherAdditions(
  { edits, expected }: PatchPlan,
  target: Target,
  additions: Iterable<Addition>,
): void {
  const places = new EditList();
  for (const addition of additions) {
    checkAddition(addition);
    const shared = readNumber(target, addition);
    const before = shared.slice();
    addTo(shared, addition);
    places.add(addition.offset, shared);
    edits.add(addition.offset, shared);
    expected.add(addition.offset, before);
  }
  requireApart(places);
}

function readNumber(target: Target, { type, offset }: Addition): Uint8Array {
  const byteLength = numberBytes(type);
  const place = new EditList();
  place.addStored(offset, 0, byteLength);
  place.requireWithin(target.byteLength);
  const bytes = new Uint8Array(new SharedArrayBuffer(byteLength));
  target.file.read(bytes, 0, byteLength, offset);
  return bytes;
}

/** Two equal additions would be one edit, which is not what they ask for. */
function requireApart(places: EditList): void {
  places.sort();
  for (let i = 1; i < places.count; i++) {
    const end = places.offset(i - 1) + places.byteLength(i - 1);
    if (end <= places.offset(i)) continue;
    throw new RangeError(
      `Cannot add to numbers as they must not overlap: received two at ${
        places.offset(i - 1)
      } and ${places.offset(i)}`,
    );
  }
}

async function gatherReplacement(
  { edits }: PatchPlan,
  { target }: Session,
  { old, new: next }: Replacement,
  { workers, io, segmentBytes, signal, onTrace }: PatchOptions,
): Promise<void> {
  const { findInFile } = await import("../find_in_file.ts");
  const start = edits.store(next);
  const oldStart = edits.store(old);
  const run = { workers, io, segmentBytes, signal, onTrace };
  const matches = findInFile(target.path, old, run);
  for await (const { offsets } of matches.batches()) {
    edits.addStoredAt(offsets, start, next.byteLength, oldStart);
  }
}
