/**
 * Where Redis is, and how to talk to it safely: from a URL to checked options of a connection.
 *
 * @module
 */
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { fromSystemError } from "../errors.ts";
import { loadBuiltin } from "../platform/builtin.ts";

/** How to reach Redis, or Valkey. */
export interface RedisOptions {
  /**
   * `rediss://[USER:PASSWORD@]HOST[:PORT][/DB]`, `redis://` on this machine, or `unix:/PATH[?db=N]`. Special
   * characters of user and password are percent-encoded.
   */
  readonly url: string;
  /** PEM file of the authority that signed the server's certificate. Defaults to those of the system. */
  readonly caFile?: string | undefined;
  /** Name in the server's certificate, where the URL has another. */
  readonly serverName?: string | undefined;
  /** PEM file of this client's certificate, where the server wants one; with `keyFile`. */
  readonly certFile?: string | undefined;
  /** PEM file of the key of `certFile`. */
  readonly keyFile?: string | undefined;
  /** Allows `redis://` to other machines: whoever is on the way reads and writes along. */
  readonly allowPlain?: boolean | undefined;
}

/** Options of a connection, as ioredis and BullMQ take them. */
export interface ClientOptions {
  readonly host?: string;
  readonly port?: number;
  /** Of a socket. */
  readonly path?: string;
  readonly family?: number;
  readonly db?: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: TlsOptions;
  readonly maxRetriesPerRequest?: number | null;
  readonly socketTimeout?: number;
  readonly disableClientInfo?: boolean;
  readonly retryStrategy?: (times: number) => number | null;
}

/** A checked way to Redis. */
export interface RedisTarget {
  /** For messages: without user and password. */
  readonly shown: string;
  readonly client: ClientOptions;
}

const PORT_DEFAULT = 6379;

/** A server that does not answer for so long is given up, and connected to anew. */
const SOCKET_TIMEOUT_MS = 20_000;

/**
 * Checks the options, and reads the files that they name.
 *
 * @throws {TypeError} If the URL is none of Redis. Its text is not in the message, as it may hold a password.
 * @throws {RangeError} If it would send secrets and data in clear over a network.
 * @throws {SabmapError} With the errno's name if a file cannot be read.
 */
export function redisTarget(options: RedisOptions): RedisTarget {
  const url = parseUrl(options.url);
  const place = url.protocol === "unix:" ? socketOf(url) : hostOf(url, options);
  return {
    shown: place.shown,
    client: {
      ...place.client,
      ...url.username && { username: decodeURIComponent(url.username) },
      ...url.password && { password: decodeURIComponent(url.password) },
      // Commands wait for a server that comes back; BullMQ asks for this.
      maxRetriesPerRequest: null,
      socketTimeout: SOCKET_TIMEOUT_MS,
      retryStrategy: (times: number) => Math.min(100 * 2 ** times, 5000),
      // Redis before 7.2 does not know the command, nor an ACL that would allow it.
      disableClientInfo: true,
    },
  };
}

interface Place {
  readonly shown: string;
  readonly client: ClientOptions;
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(?:rediss?|unix):$/.test(url.protocol)) return url;
  throw new TypeError(
    `Cannot connect to Redis as its URL must start with rediss://, redis:// or unix:/: received ${
      url === undefined ? "no URL" : `"${url.protocol}"`
    }`,
  );
}

function socketOf(url: URL): Place {
  const path = decodeURIComponent(url.pathname);
  const db = databaseOf(url.searchParams.get("db") ?? "0");
  return { shown: `unix:${path}`, client: { path, db } };
}

function hostOf(url: URL, options: RedisOptions): Place {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (host === "" || url.search !== "" || url.hash !== "") {
    throw new TypeError(
      `Cannot connect to Redis as its URL must be rediss://USER:PASSWORD@HOST:PORT/DB: received ${
        host === "" ? "no host" : `"${url.search}${url.hash}" at the end`
      }`,
    );
  }
  const isTls = url.protocol === "rediss:";
  if (!isTls) checkPlain(host, options);
  const port = Number(url.port || PORT_DEFAULT);
  const db = databaseOf(url.pathname.slice(1) || "0");
  return {
    shown: `${url.protocol}//${url.hostname}:${port}`,
    // Family 0: whatever the name has, of IPv4 and IPv6.
    client: {
      ...{ host, port, db, family: 0 },
      ...isTls && { tls: tlsOptions(host, options) },
    },
  };
}

function databaseOf(text: string): number {
  if (/^[0-9]{1,5}$/.test(text)) return Number(text);
  throw new TypeError(
    `Cannot connect to Redis as its database must be a number: received "${text}"`,
  );
}

/** @throws {RangeError} If the way to the server can be listened to, or TLS was asked for in vain. */
function checkPlain(host: string, options: RedisOptions): void {
  const given = (["caFile", "serverName", "certFile", "keyFile"] as const)
    .find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw new RangeError(
      `Cannot use "${given}" as it is for rediss:// URLs: received redis://`,
    );
  }
  if (options.allowPlain || isLoopback(host)) return;
  throw new RangeError(
    `Cannot connect to Redis on another machine without TLS, unless plain connections are allowed: received redis://${host}`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" ||
    /^127(?:\.[0-9]{1,3}){3}$/.test(host);
}

function tlsOptions(
  host: string,
  { caFile, certFile, keyFile, serverName }: RedisOptions,
): TlsOptions {
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new RangeError(
      `Cannot use a certificate without its key, nor a key without its certificate: received ${
        certFile ?? keyFile
      } alone`,
    );
  }
  return {
    host,
    rejectUnauthorized: true,
    ...serverName !== undefined && { servername: serverName },
    ...caFile !== undefined && { ca: readText(caFile) },
    ...certFile !== undefined && { cert: readText(certFile) },
    ...keyFile !== undefined && { key: readText(keyFile) },
  };
}

function readText(path: string): string {
  const fs = loadBuiltin<typeof import("node:fs")>("node:fs");
  try {
    return fs.readFileSync(path, "utf8");
  } catch (error) {
    throw fromSystemError(error, path);
  }
}
