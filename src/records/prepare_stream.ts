/**
 * Queries of streams whose first line names their fields: it is read before the query is made, and the stream goes
 * on to the run with all that was read of it.
 *
 * @module
 */
import { checkOptions } from "../check_options.ts";
import { abortable } from "../engine/promises.ts";
import type { FilePath } from "../platform/file_path.ts";
import { openSource, type Source } from "../source.ts";
import {
  findHeader,
  type Header,
  type HeaderLayout,
  tooLong,
} from "./header.ts";
import { isStream } from "./option_checks.ts";
import type { RecordOptions } from "./options.ts";
import { type PreparedQuery, prepareQuery } from "./prepare.ts";
import { headerLayout } from "./prepare_source.ts";
import type { RowFormat } from "./query.ts";

/** A query, and what it is to be asked of. */
export interface PreparedRun extends PreparedQuery {
  /** A stream that was opened for its first line; `undefined` where the run is to open what there is. */
  readonly source: Source | undefined;
}

/**
 * Makes a query as `prepareQuery` does, also for a stream with a header.
 *
 * Whoever gets a source runs the query, or closes it.
 *
 * @throws As `prepareQuery`, and what reading throws.
 */
export async function prepareRun(
  path: FilePath,
  options: RecordOptions,
  format: RowFormat,
): Promise<PreparedRun> {
  const { header: hasHeader, struct } = options;
  if (hasHeader !== true || struct !== undefined || !isStream(path)) {
    return { ...prepareQuery(path, options, format), source: undefined };
  }
  checkOptions(options);
  const layout = headerLayout(options);
  const source = await openSource(path, options.signal, options.onNote, {
    options: options.remote,
  });
  try {
    const reading = readStreamHeader(source, path, layout);
    const header = await abortable(reading, options.signal);
    return { ...prepareQuery(path, options, format, header), source };
  } catch (error) {
    source.close();
    throw error;
  }
}

async function readStreamHeader(
  source: Source,
  path: FilePath,
  layout: HeaderLayout,
): Promise<Header> {
  const stream = source.stream();
  for (let byteLength = 1;;) {
    const { bytes, isAll } = await stream.lookAhead(byteLength);
    const found = findHeader(bytes, layout, isAll);
    if (found !== undefined) return found;
    if (bytes.length > layout.maxRecordBytes) throw tooLong(path, layout);
    byteLength = bytes.length + 1;
  }
}
