/**
 * Whom requests for an object go to, and with what credentials.
 *
 * @module
 */
import type { HttpAnswer } from "./http_answer.ts";
import { decodeEscapes, isRemote, shownPath } from "./is_remote.ts";
import { readNetrc } from "./netrc.ts";

/** An object, as requests name it. */
export interface Target {
  readonly kind: "http" | "s3";
  /** How it may be shown. */
  readonly shown: string;
  /** Where the first request goes. */
  readonly url: URL;
  /** Adds what proves who asks, where that may be sent to `url`. */
  authorize(url: URL, headers: Headers): Promise<Headers>;
  /** The same object elsewhere, where an answer names that place in a way of its own. */
  elsewhere(response: HttpAnswer): Target | undefined;
  /** The same object in one of its versions. */
  inVersion(versionId: string): Target;
}

/**
 * Makes a target of a path.
 *
 * @throws {RangeError} If it is no URL of an object, or asks to send secrets in the clear.
 */
export async function openTarget(path: string): Promise<Target> {
  if (path.startsWith("s3://")) {
    const { openS3Target } = await import("./s3_target.ts");
    return openS3Target(path);
  }
  return httpTarget(path);
}

function httpTarget(path: string): Target {
  const shown = shownPath(path);
  if (!isRemote(path) || !URL.canParse(path)) {
    throw new RangeError(
      `Cannot fetch an object as its URL must be valid: received "${shown}"`,
    );
  }
  const url = new URL(path);
  const given = basicCredentials(url);
  url.username = url.password = url.hash = "";
  if (given !== undefined) requireSecrecy(url, "a password");
  const basic = given ?? (isSecret(url) ? storedCredentials(url) : undefined);
  const { origin } = url;
  const target: Target = {
    kind: "http",
    shown,
    url,
    authorize: (to, headers) => {
      if (basic !== undefined && to.origin === origin) {
        headers.set("authorization", basic);
      }
      return Promise.resolve(headers);
    },
    elsewhere: () => undefined,
    inVersion: () => target,
  };
  return target;
}

/** What `fetch` takes in no URL. @returns `undefined` where there is none. */
function basicCredentials({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return basicOf(decodeEscapes(username), decodeEscapes(password));
}

function storedCredentials({ hostname }: URL): string | undefined {
  const entry = readNetrc(hostname);
  return entry && basicOf(entry.login, entry.password);
}

function basicOf(login: string, password: string): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
}

/** @throws {RangeError} If others on the way could read along. */
export function requireSecrecy(url: URL, what: string): void {
  if (isSecret(url)) return;
  throw new RangeError(
    `Cannot send ${what} as it must go over https, or to this machine: received "${url.protocol}//${url.host}"`,
  );
}

/** Whether nobody on the way to a host can read along. */
function isSecret({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" ||
    hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
}
