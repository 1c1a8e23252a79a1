/**
 * An object on another machine: what there is to know of it before it is read.
 *
 * ```text
 * GET, Range: bytes=0-0   206, strong ETag      -> read in parts, several at once, all bound to the ETag
 *                         206, no strong ETag   -> read in one request
 *                         200                   -> the server has no ranges: this is that request
 *                         416                   -> empty, probably: read in one request
 * ```
 *
 * A HEAD would not do: nginx with gzip answers one with a weak ETag and no length.
 *
 * @module
 */
import { type ByteRange, groupDigits } from "../errors.ts";
import {
  changedError,
  finalError,
  remoteError,
  TransientError,
  UnreachableError,
} from "./failures.ts";
import {
  contentLength,
  contentRange,
  requireSuccess,
  strongEtag,
  versionOf,
} from "./judge.ts";
import { Connections } from "./http_answer.ts";
import { pauseBeforeRetry } from "./patience.ts";
import { type Answer, type Asked, drop, send, type Sender } from "./send.ts";
import { checkRemoteOptions } from "./settings.ts";
import { openTarget } from "./target.ts";
import type {
  RemoteExpectation,
  RemoteFingerprint,
  RemoteOptions,
  RemotePin,
} from "./types.ts";

/** An object that can be read in parts. */
export interface RangedObject {
  readonly sender: Sender;
  readonly size: number;
  readonly pin: RemotePin;
  readonly whole?: undefined;
}

/** An object that has to be read in one request, from its start, and only once. */
export interface WholeObject {
  readonly sender: Sender;
  /** `undefined` if the server does not say. */
  readonly size: number | undefined;
  /** The answer whose body is the object. */
  readonly whole: Answer;
  /** Why. */
  readonly reason: string;
}

/** An object that is there. */
export type RemoteObject = RangedObject | WholeObject;

/** What an object is opened for. */
export interface OpenRemote {
  readonly signal: AbortSignal;
  readonly options?: RemoteOptions | undefined;
  /** The version that it has to be. */
  readonly expect?: RemoteExpectation | undefined;
}

const FIRST_BYTE: ByteRange = { start: 0, end: 1 };
const RANGE_NOT_SATISFIABLE = 416;

/**
 * Asks for an object.
 *
 * @throws {RangeError} If `path` is no URL of one, or an option is out of range.
 * @throws {SabmapError} If it cannot be read; `ERR_FILE_CHANGED` if it is not the version that is expected.
 */
export async function openObject(
  path: string,
  { signal, options = {}, expect }: OpenRemote,
): Promise<RemoteObject> {
  const settings = checkRemoteOptions(options);
  const target = await openTarget(path);
  const pinned = expect?.versionId === undefined
    ? target
    : target.inVersion(expect.versionId);
  const connections = new Connections();
  const sender = { target: pinned, settings, route: {}, connections };
  const asked = { range: FIRST_BYTE, etag: expect?.etag };
  try {
    const object = await judgeProbe(
      await sendTrying(sender, asked, signal),
      { ...sender, signal },
    );
    if (expect !== undefined) requireExpected(object, expect);
    return object;
  } catch (error) {
    // Also an answer that nobody will read.
    connections.close();
    throw error;
  }
}

/** Sends a request until it is answered. A server that is not there is not tried again: that is mostly a wrong name. */
async function sendTrying(
  sender: Sender,
  asked: Asked,
  signal: AbortSignal,
): Promise<Answer> {
  const about = { file: sender.target.shown };
  for (let failures = 1;; failures++) {
    try {
      const answer = await send(sender, asked, signal);
      if (answer.response.status === RANGE_NOT_SATISFIABLE) return answer;
      await requireSuccess(answer, about).catch((error) => {
        drop(answer.response, answer.patience);
        throw error;
      });
      return answer;
    } catch (error) {
      if (!(error instanceof TransientError)) throw error;
      const isLast = failures > sender.settings.retries ||
        error instanceof UnreachableError;
      if (isLast) throw finalError(error, failures, about);
      await pauseBeforeRetry(failures, error.retryAfterMs, signal);
    }
  }
}

async function judgeProbe(
  answer: Answer,
  { signal, ...first }: Sender & { readonly signal: AbortSignal },
): Promise<RemoteObject> {
  const { response, patience, target } = answer;
  const sender = { ...first, target };
  if (response.status === 200) {
    return wholeObject(sender, answer, "the server has no ranges");
  }
  drop(response, patience);
  const askAgain = async (reason: string) =>
    wholeObject(sender, await sendTrying(sender, {}, signal), reason);
  if (response.status === RANGE_NOT_SATISFIABLE) {
    return await askAgain("the object is empty");
  }
  const size = sizeOf(answer);
  if (size === undefined) return await askAgain("the server tells no size");
  const etag = strongEtag(response);
  if (etag === undefined) {
    return await askAgain("the server gives no strong ETag");
  }
  const versionId = versionOf(response);
  return {
    sender: versionId === undefined
      ? sender
      : { ...sender, target: target.inVersion(versionId) },
    size,
    pin: versionId === undefined ? { etag } : { etag, versionId },
  };
}

/** @throws {SabmapError} `ERR_REMOTE` if the answer is not the first byte. */
function sizeOf({ response, target }: Answer): number | undefined {
  const sent = contentRange(response);
  if (
    response.status === 206 && sent?.start === 0 && sent.end === 1 &&
    sent.size !== 0
  ) return sent.size;
  const said = response.header("content-range") ?? "no Content-Range";
  throw remoteError(
    `the server answered ${response.status} and ${
      said.slice(0, 80)
    }: expected 206 and bytes 0-0`,
    { file: target.shown, range: FIRST_BYTE },
  );
}

function wholeObject(
  sender: Sender,
  whole: Answer,
  reason: string,
): WholeObject {
  const { response, patience, target } = whole;
  if (response.status === 200) {
    return { sender, size: contentLength(response), whole, reason };
  }
  drop(response, patience);
  throw remoteError(
    `the server answered ${response.status} to a request for all of the object: expected 200`,
    { file: target.shown },
  );
}

function requireExpected(
  object: RemoteObject,
  expect: RemoteExpectation,
): void {
  const file = object.sender.target.shown;
  if (object.whole !== undefined) throw needsRanges(object);
  const { pin, size } = object;
  if (pin.etag !== expect.etag || size !== (expect.size ?? size)) {
    throw changedError(
      `it has ETag ${pin.etag} and ${groupDigits(size)} bytes, and had ${
        expect.size === undefined
          ? expect.etag
          : `${expect.etag} and ${groupDigits(expect.size)}`
      }`,
      { file },
    );
  }
}

/** The error of an object that can be read in one go only. */
function needsRanges({ reason, sender: { target } }: WholeObject): Error {
  return remoteError(
    `cannot be read in parts, as ${reason}: expected 206 with a strong ETag`,
    { file: target.shown },
  );
}

/** Lets go of what has not been read, and of the connections. */
export function closeObject({ whole, sender }: RemoteObject): void {
  if (whole !== undefined) drop(whole.response, whole.patience);
  sender.connections.close();
}

/** What is known of an object beforehand. @returns `undefined` if it has to be read in one request. */
export async function pinOf(
  path: string,
  signal: AbortSignal = new AbortController().signal,
  options: RemoteOptions = {},
): Promise<RemotePin & { readonly size: number } | undefined> {
  const object = await openObject(path, { signal, options });
  closeObject(object);
  return object.whole === undefined
    ? { size: object.size, ...object.pin }
    : undefined;
}

/** As `remoteFingerprint`. */
export async function fingerprintOf(
  url: string,
  signal: AbortSignal = new AbortController().signal,
  options: RemoteOptions = {},
): Promise<RemoteFingerprint> {
  const object = await openObject(url, { signal, options });
  closeObject(object);
  const { kind, shown } = object.sender.target;
  if (object.whole !== undefined) throw needsRanges(object);
  if (shown.includes("=***")) {
    throw remoteError(
      "cannot be named to others, as its URL holds a signature or a token: expected one that other machines have credentials for",
      { file: shown },
    );
  }
  return { kind, url: shown, size: object.size, ...object.pin };
}
