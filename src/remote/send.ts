/**
 * One request for an object, or for a range of it, redirects included.
 *
 * @module
 */
import type { ByteRange } from "../errors.ts";
import { fetchError, remoteError, TransientError } from "./failures.ts";
import { isAllowedHost } from "./hosts.ts";
import type { Connections, HttpAnswer } from "./http_answer.ts";
import { Patience } from "./patience.ts";
import type { RemoteSettings } from "./settings.ts";
import type { Target } from "./target.ts";

/** What is asked for. */
export interface Asked {
  /** All of the object if absent. */
  readonly range?: ByteRange | undefined;
  /** The ETag that the object must have. */
  readonly etag?: string | undefined;
}

/** An answer that is no redirect. */
export interface Answer {
  readonly response: HttpAnswer;
  /** Guards the waits for its body; to be ended with it. */
  readonly patience: Patience;
  /** Who answered: another than was asked first, if S3 has said so. */
  readonly target: Target;
  /** Whether the request went where an earlier redirect had led to. */
  readonly isShortcut: boolean;
}

/** Where redirects have led to, so that only the first request follows them. */
export interface Route {
  end?: URL | undefined;
}

/** Who sends requests, and how. */
export interface Sender {
  readonly target: Target;
  readonly settings: RemoteSettings;
  readonly route: Route;
  readonly connections: Connections;
}

const REDIRECTS_MAX = 10;

/**
 * Sends a request.
 *
 * Credentials go to the host that they are for, and to no other; an encrypted way is never left.
 *
 * @param run Ends the request.
 * @throws {TransientError} If no answer comes.
 * @throws {SabmapError} `ERR_REMOTE` for redirects that lead nowhere or where we may not go.
 */
export async function send(
  sender: Sender,
  asked: Asked,
  run: AbortSignal,
): Promise<Answer> {
  const { target, settings, route } = sender;
  const isShortcut = route.end !== undefined;
  let url = route.end ?? target.url;
  for (let hops = 0; hops <= REDIRECTS_MAX; hops++) {
    requireAllowed(url, target, settings);
    const patience = new Patience(settings.timeoutMs, run, url.host);
    const response = await ask(url, sender, asked, patience);
    const moved = target.elsewhere(response);
    const location = response.header("location");
    const isRedirect = location !== null && isRedirectStatus(response.status);
    if (moved === undefined && !isRedirect) {
      // Such places are often open for some time only: whoever is refused there asks at the beginning again.
      route.end = response.ok && url !== target.url ? url : undefined;
      return { response, patience, target, isShortcut };
    }
    drop(response, patience);
    if (moved !== undefined) {
      return await send({ ...sender, target: moved }, asked, run);
    }
    url = nextUrl(url, location ?? "", target);
  }
  throw remoteError(
    `the server redirects again and again: expected an answer after ${REDIRECTS_MAX} redirects`,
    { file: target.shown },
  );
}

async function ask(
  url: URL,
  { target, connections }: Sender,
  { range, etag }: Asked,
  patience: Patience,
): Promise<HttpAnswer> {
  const headers = await target.authorize(url, new Headers());
  // Behind the signature, which is about less: what is on the way may change these.
  headers.set("accept", "*/*");
  headers.set("accept-encoding", "identity");
  headers.set("user-agent", "sabmap");
  if (range !== undefined) {
    headers.set("range", `bytes=${range.start}-${range.end - 1}`);
  }
  if (etag !== undefined) headers.set("if-match", etag);
  const { signal } = patience;
  try {
    return await patience.during(connections.get(url, headers, signal));
  } catch (error) {
    const { aborted, reason } = signal;
    patience.end();
    throw aborted ? reason : fetchError(error, url.host, target.shown);
  }
}

/** Gives an answer up whose body is not wanted. */
export function drop(response: HttpAnswer, patience: Patience): void {
  response.body.cancel();
  patience.end();
}

function isRedirectStatus(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function nextUrl(from: URL, location: string, { shown }: Target): URL {
  const where = URL.canParse(location, from.href)
    ? new URL(location, from)
    : undefined;
  const isWeb = where?.protocol === "https:" || where?.protocol === "http:";
  if (where === undefined || !isWeb) {
    throw remoteError("the server redirects to what is no URL of the web", {
      file: shown,
    });
  }
  if (from.protocol === "https:" && where.protocol === "http:") {
    throw remoteError(
      `the server redirects from https to http, at ${where.host}: expected to stay encrypted`,
      { file: shown },
    );
  }
  // Whoever redirects does not choose our credentials.
  where.username = where.password = where.hash = "";
  return where;
}

function requireAllowed(
  url: URL,
  { shown, kind, url: first }: Target,
  { allowHosts }: RemoteSettings,
): void {
  if (allowHosts === undefined || isAllowedHost(url, allowHosts)) return;
  const isBucket = kind === "s3" && url.origin === first.origin;
  if (isBucket && isAllowedHost(shown, allowHosts)) return;
  throw remoteError(
    `${url.host} may not be asked: expected a host that is allowed`,
    { file: shown },
  );
}

/** Reads what comes next of a body. @returns `undefined` at its end. */
export async function readPiece(
  { response, patience }: Answer,
): Promise<Uint8Array | undefined> {
  try {
    return await patience.during(response.body.read());
  } catch (error) {
    if (patience.signal.aborted) throw patience.signal.reason;
    throw new TransientError("the connection was lost", { cause: error });
  }
}
