/**
 * From what a caller wants to set to a query: checks all of it before the file is touched.
 *
 * @module
 */
import { framingFrom } from "../binary/framing/description.ts";
import { received } from "../received.ts";
import type { FilePath } from "../platform/file_path.ts";
import type { UpdateRecordsOptions } from "../update_records.ts";
import { checkCount, isStream } from "./option_checks.ts";
import { checkOnBad } from "./prepare.ts";
import { sourceOf } from "./prepare_source.ts";
import type { RecordSource } from "./query.ts";
import type { SetQuery } from "./set_query.ts";
import { bindSet } from "./set_scan.ts";

/** Edits that a dry run shows where nothing is said. */
const SHOWN_DEFAULT = 20;

/**
 * Makes a query.
 *
 * @throws {TypeError|RangeError|SabmapError} As `updateRecords` for its options.
 */
export function prepareSet(
  path: FilePath,
  options: UpdateRecordsOptions,
): SetQuery {
  if (isStream(path)) {
    throw new TypeError(
      `Cannot set fields as the file must be one that can be written in place: received a stream`,
    );
  }
  const { dryRun = false } = options;
  const source = sourceOf(path, options);
  refuseChecksum(source);
  const query: SetQuery = {
    source,
    where: options.where,
    set: checkSet(options.set),
    wraps: options.wrap === true,
    onBad: checkOnBad(options.onBad ?? "stop"),
    shown: checkCount("shown", options.shown) ?? (dryRun ? SHOWN_DEFAULT : 0),
  };
  framingFrom(source.framing);
  bindSet(query, new SharedArrayBuffer(0));
  return query;
}

function checkSet(set: unknown): readonly string[] {
  const texts = Array.isArray(set) ? set : [set];
  if (texts.length > 0 && texts.every((text) => typeof text === "string")) {
    return texts;
  }
  throw new TypeError(
    `Cannot set fields as "set" must be a text such as "field = expression", or a list of them: received ${
      received(set)
    }`,
  );
}

/** A checksum would have to be made anew. */
function refuseChecksum({ framing }: RecordSource): void {
  if (framing.kind !== "lengthPrefixed") return;
  const { checksum } = framing.options;
  if (checksum === undefined) return;
  throw new TypeError(
    `Cannot set fields as their records must have no checksum: received ${
      received(checksum)
    }`,
  );
}
