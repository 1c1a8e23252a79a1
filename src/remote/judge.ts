/**
 * Whether an answer is what was asked for: a server that ignores a range, or sends another object's, must not pass.
 *
 * @module
 */
import { type ByteRange, groupDigits, SabmapError } from "../errors.ts";
import {
  type About,
  changedError,
  remoteError,
  showRange,
  TransientError,
} from "./failures.ts";
import type { HttpAnswer } from "./http_answer.ts";
import { type Answer, drop, readPiece } from "./send.ts";
import type { RemotePin } from "./types.ts";

const PRECONDITION_FAILED = 412;
const TOO_MANY_REQUESTS = 429;
const REQUEST_TIMEOUT = 408;
/** Bytes of an error's body that are looked at. */
const BODY_BYTES_MAX = 4096;

/** A part of an object, as `Content-Range` says it. */
export interface ContentRange extends ByteRange {
  /** Bytes of the object; `undefined` if the server does not know. */
  readonly size: number | undefined;
}

/** @returns `undefined` where there is none, or none of bytes. */
export function contentRange(response: HttpAnswer): ContentRange | undefined {
  const text = response.header("content-range") ?? "";
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(text);
  if (found === null) return undefined;
  const [, start, last, size] = found;
  return {
    start: Number(start),
    end: Number(last) + 1,
    size: size === "*" ? undefined : Number(size),
  };
}

/** @returns `undefined` if there is none, or a weak one, which stands for more than one content. */
export function strongEtag(response: HttpAnswer): string | undefined {
  const etag = response.header("etag") ?? "";
  return /^"[^"]*"$/.test(etag) ? etag : undefined;
}

/** Version of the object; `undefined` where the bucket keeps none. */
export function versionOf(response: HttpAnswer): string | undefined {
  const version = response.header("x-amz-version-id");
  return version === null || version === "null" ? undefined : version;
}

/** @returns `undefined` if there is none. */
export function contentLength(response: HttpAnswer): number | undefined {
  const text = response.header("content-length") ?? "";
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * Lets pass what is neither a failure nor packed.
 *
 * @throws {TransientError} If the same request may succeed later.
 * @throws {SabmapError} `ENOENT`, `EACCES`, `ERR_FILE_CHANGED` or `ERR_REMOTE`.
 */
export async function requireSuccess(
  answer: Answer,
  about: About,
): Promise<void> {
  const { response, target } = answer;
  if (!response.ok) throw await refusal(answer, about);
  // S3 packs nothing: there it only tells what the bytes are that were stored.
  if (target.kind === "s3") return;
  const coding = response.header("content-encoding") ?? "identity";
  if (coding.toLowerCase() === "identity") return;
  throw remoteError(
    `the server sends the object packed with ${
      coding.slice(0, 40)
    }: expected its own bytes, as asked for`,
    about,
  );
}

/** What an answer means that is no success. Its body is read, or given up. */
async function refusal(answer: Answer, about: About): Promise<Error> {
  const { response, isShortcut } = answer;
  const { status } = response;
  const said = await describeStatus(answer);
  if (status === PRECONDITION_FAILED) {
    return changedError(`it has another ETag (${said})`, about);
  }
  const isGone = status === 404 || status === 410;
  const isClosed = status === 401 || status === 403;
  if (
    status >= 500 || status === TOO_MANY_REQUESTS ||
    status === REQUEST_TIMEOUT || (isShortcut && (isGone || isClosed))
  ) {
    return new TransientError(`the server answered ${said}`, {
      retryAfterMs: retryAfter(response),
    });
  }
  if (isGone) {
    return new SabmapError("ENOENT", `no such object (${said})`, about);
  }
  if (isClosed) {
    return new SabmapError("EACCES", `permission denied (${said})`, about);
  }
  const wanted = about.range === undefined
    ? "200"
    : `206 with ${showRange(about.range)}`;
  return remoteError(`the server answered ${said}: expected ${wanted}`, about);
}

/** `404 Not Found, NoSuchKey`: S3 says more in a body of XML. */
async function describeStatus(answer: Answer): Promise<string> {
  const { status, statusText } = answer.response;
  const code = await s3Code(answer).catch(() => undefined);
  drop(answer.response, answer.patience);
  const line = `${status} ${statusText.replace(/[^\x20-\x7e]/g, "")}`.trim();
  return code === undefined ? line : `${line}, ${code}`;
}

async function s3Code(answer: Answer): Promise<string | undefined> {
  const { response } = answer;
  const type = response.header("content-type") ?? "";
  if (!type.includes("xml")) return undefined;
  let text = "";
  while (text.length < BODY_BYTES_MAX) {
    const piece = await readPiece(answer);
    if (piece === undefined) break;
    text += Buffer.from(piece).toString("latin1");
  }
  return /<Code>([A-Za-z]{1,64})<\/Code>/.exec(text)?.[1];
}

/** Seconds, or a date. */
function retryAfter(response: HttpAnswer): number | undefined {
  const text = response.header("retry-after");
  if (text === null) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

/**
 * Lets the answer to a request for a range pass only if it is that range of the same object.
 *
 * @throws {SabmapError} `ERR_FILE_CHANGED` or `ERR_REMOTE`.
 */
export function requireRange(
  { response }: Answer,
  { range, size, pin }: {
    readonly range: ByteRange;
    readonly size: number;
    readonly pin: RemotePin;
  },
  file: string,
): void {
  const about = { file, range };
  const etag = response.header("etag");
  if (etag !== null && etag !== pin.etag) {
    throw changedError(
      `its ETag is ${etag.slice(0, 80)}, and was ${pin.etag}`,
      about,
    );
  }
  if (response.status !== 206) {
    throw remoteError(
      `the server ignores ranges (${response.status}): expected 206 with ${
        showRange(range)
      }`,
      about,
    );
  }
  const sent = contentRange(response);
  if (
    sent === undefined || sent.start !== range.start || sent.end !== range.end
  ) {
    throw remoteError(
      `the server sends ${
        sent === undefined ? "no Content-Range" : showRange(sent)
      }: expected ${showRange(range)}`,
      about,
    );
  }
  if (sent.size !== size) {
    throw remoteError(
      `the server says that the object has ${
        sent.size === undefined ? "any number of" : groupDigits(sent.size)
      } bytes: expected ${groupDigits(size)}, as it said before`,
      about,
    );
  }
  const length = contentLength(response);
  if (length !== undefined && length !== range.end - range.start) {
    throw remoteError(
      `the server sends ${groupDigits(length)} bytes: expected ${
        groupDigits(range.end - range.start)
      }, which are ${showRange(range)}`,
      about,
    );
  }
}
