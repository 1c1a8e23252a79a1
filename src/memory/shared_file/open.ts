/**
 * Opens a file, and chooses how its bytes come into memory.
 *
 * @module
 */
import {
  type ByteRange,
  ErrorCode,
  groupDigits,
  SabmapError,
} from "../../errors.ts";
import { hasJournal } from "../../patch/hot_journal.ts";
import { isNetworkFile } from "../../platform/file_system.ts";
import type { FilePath } from "../../platform/file_path.ts";
import { loadLibc } from "../../platform/platform.ts";
import { isMapRefusal } from "../mapping.ts";
import { MappedBacking } from "./mapped.ts";
import type { CheckedOptions } from "./options.ts";
import { OpenedFile } from "./opened_file.ts";
import { PreloadedBacking } from "./preloaded.ts";
import type { SharedFileAccess } from "./types.ts";

/** A file that is open, in either way. */
export type FileBacking = MappedBacking | PreloadedBacking;

/**
 * Opens a window of a file.
 *
 * @throws {RangeError} If the file has not got the window, or it does not fit into one memory.
 * @throws {SabmapError} If the file cannot be opened, read or mapped; `ERR_HOT_JOURNAL` if it is to be written to and
 * a patch of it was not finished.
 */
export async function openBacking(
  path: FilePath,
  options: CheckedOptions,
): Promise<FileBacking> {
  const { access, io } = options;
  const file = new OpenedFile(path, access);
  try {
    if (access === "write") requireSettled(file);
    const range = chooseRange(file, options);
    if (io === "preload") {
      return await PreloadedBacking.load(file, access, range);
    }
    if (io === "map") return await map(file, access, range);
    return await mapOrLoad(file, access, range);
  } catch (error) {
    file.close();
    throw error;
  }
}

/**
 * What is stored over a half of a patch would keep it from ever being finished.
 *
 * @throws {SabmapError} `ERR_HOT_JOURNAL`.
 */
function requireSettled({ path, name }: OpenedFile): void {
  if (!hasJournal(path)) return;
  throw new SabmapError(
    ErrorCode.HotJournal,
    'a patch of it was begun and not finished: run "process recover" first',
    { file: name },
  );
}

/** The bytes that were asked for. */
function chooseRange(
  file: OpenedFile,
  { offset, length }: CheckedOptions,
): ByteRange {
  const { byteLength } = file;
  const end = length === undefined
    ? Math.max(offset, byteLength)
    : offset + length;
  if (end <= byteLength) return { start: offset, end };
  throw new RangeError(
    `Cannot open [${groupDigits(offset)}, ${
      groupDigits(end)
    }) of "${file.name}" as it has ${groupDigits(byteLength)} bytes`,
  );
}

async function map(
  file: OpenedFile,
  access: SharedFileAccess,
  range: ByteRange,
): Promise<MappedBacking> {
  return new MappedBacking(await loadLibc(), file, access, range);
}

/**
 * Maps, unless that is refused.
 *
 * Files of network file systems are read ahead: what others do to them shows late or as SIGBUS there.
 */
async function mapOrLoad(
  file: OpenedFile,
  access: SharedFileAccess,
  range: ByteRange,
): Promise<FileBacking> {
  try {
    if (!isNetworkFile(file.path)) return await map(file, access, range);
  } catch (error) {
    if (!isMapRefusal(error)) throw error;
  }
  return await PreloadedBacking.load(file, access, range);
}
