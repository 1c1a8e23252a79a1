/**
 * Tells names of objects on other machines from those of files.
 *
 * @module
 */

/** What a name starts with that is fetched. All else is a file's; one of that name is still reached as `./http:...`. */
const REMOTE = /^(?:https?|s3):\/\//;

/** A path that is fetched. */
export type RemotePath =
  | `https://${string}`
  | `http://${string}`
  | `s3://${string}`;

/** Whether a path is a URL of an object that is fetched: `https://`, `http://` or `s3://`, in lower case. */
export function isRemote(path: unknown): path is RemotePath {
  return typeof path === "string" && REMOTE.test(path);
}

/** A URL object as a path: the keys of S3 are plain text, where a URL has escapes. @returns `undefined` for other URLs. */
export function remotePath(url: URL): string | undefined {
  if (url.protocol === "s3:") {
    const key = decodeEscapes(url.pathname + url.hash);
    return `s3://${url.host}${key}${url.search}`;
  }
  return isRemote(url.href) ? url.href : undefined;
}

/** Text whose escapes stand for characters, where they do. */
export function decodeEscapes(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Parts of a query that let whoever has them read the object. */
const SECRET_PARAMETERS =
  /([?&](?:X-Amz-(?:Signature|Credential|Security-Token)|X-Goog-(?:Signature|Credential)|Signature|AWSAccessKeyId|sig|token|access_token|api_?key|key|password|auth)=)[^&#]*/gi;

/**
 * A remote path as it may be shown, written to a list or sent to another machine: without user and password, and
 * with `***` for signatures and tokens. Other paths stay as they are.
 */
export function shownPath(path: string): string {
  if (!isRemote(path)) return path;
  if (path.startsWith("s3://")) return path;
  return path
    .replace(/^(https?:\/\/)[^/?#]*@/, "$1")
    .replace(SECRET_PARAMETERS, "$1***");
}
