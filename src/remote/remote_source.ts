/**
 * Objects on other machines as sources of runs: the coordinator feeds what they send to the workers.
 *
 * @module
 */
import { DescriptorStream } from "../engine/feed.ts";
import type { ByteRange } from "../errors.ts";
import type { Source } from "../source.ts";
import { RangedReader } from "./ranged_reader.ts";
import {
  closeObject,
  openObject,
  type OpenRemote,
  type RangedObject,
  type WholeObject,
} from "./remote_object.ts";
import { WholeReader } from "./whole_reader.ts";

/** How an object is opened as a source. */
export interface OpenRemoteSource extends Omit<OpenRemote, "signal"> {
  /** Ends all that is fetched. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens an object. All that is read of it is of one version, or reading fails.
 *
 * @throws {RangeError} If `path` is no URL of one, or an option is out of range.
 * @throws {SabmapError} If it cannot be read, or is not the version that is expected.
 */
export async function openRemoteSource(
  path: string,
  { signal, ...open }: OpenRemoteSource,
): Promise<Source> {
  const closed = new AbortController();
  const both = signal === undefined
    ? closed.signal
    : AbortSignal.any([signal, closed.signal]);
  const object = await openObject(path, { ...open, signal: both });
  const source = object.whole === undefined
    ? rangedSource(object)
    : wholeSource(object);
  return {
    ...source,
    close: () => {
      source.close();
      closeObject(object);
      closed.abort(new Error("the object was closed"));
    },
  };
}

function rangedSource(object: RangedObject): Source {
  const { size: byteLength, sender: { target } } = object;
  const readers: RangedReader[] = [];
  const open = (range: ByteRange): DescriptorStream => {
    const reader = new RangedReader(object, range);
    readers.push(reader);
    return new DescriptorStream((bytes) => reader.read(bytes));
  };
  const all = open({ start: 0, end: byteLength });
  return {
    path: target.shown,
    file: undefined,
    byteLength,
    stream: (range = { start: 0, end: byteLength }) =>
      range.start === 0 && range.end === byteLength ? all : open(range),
    // Each request has asked for the version of the first.
    checkUnchanged: () => {},
    close: () => readers.forEach((reader) => reader.close()),
  };
}

function wholeSource(object: WholeObject): Source {
  const reader = new WholeReader(object);
  const stream = new DescriptorStream((bytes) => reader.read(bytes));
  return {
    path: object.sender.target.shown,
    file: undefined,
    byteLength: object.size,
    stream: (range) =>
      range === undefined || range.start === 0
        ? stream
        : skipping(stream, range.start),
    checkUnchanged: () => {},
    close: () => reader.close(),
  };
}

const SKIP_BYTES = 1024 ** 2;

/** The same stream behind so many bytes, which are read and left. */
function skipping(
  stream: DescriptorStream,
  byteCount: number,
): DescriptorStream {
  let left = byteCount;
  return new DescriptorStream(async (bytes) => {
    if (left > 0) {
      const rest = new Uint8Array(
        new SharedArrayBuffer(Math.min(left, SKIP_BYTES)),
      );
      while (left > 0) {
        const count = await stream.readSome(rest.subarray(0, left));
        if (count === 0) return 0;
        left -= count;
      }
    }
    return await stream.readSome(bytes);
  });
}
