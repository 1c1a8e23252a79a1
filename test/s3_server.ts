/**
 * A stand-in for S3 which checks signatures by the book, in code of its own: Signature Version 4 of AWS, headers only
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 *
 * @module
 */
import { createHash, createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Exchange, startServer, type TestServer } from "./http_server.ts";

/** Who may ask. */
export interface S3User {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly region: string;
}

/** How a bucket answers. */
export interface S3Settings {
  /** `undefined` for a bucket that everybody may read. */
  readonly user: S3User | undefined;
  /** Version of the object, if the bucket keeps them. */
  readonly versionId?: string;
}

/** A bucket with one object. */
export interface S3Server extends TestServer {
  /** For `AWS_ENDPOINT_URL`. */
  readonly endpoint: string;
  /** Paths and queries of the requests so far. */
  readonly targets: string[];
}

/** Serves one object, as `s3://bucket/` and any key. */
export async function startS3(
  bytes: Uint8Array,
  settings: S3Settings,
): Promise<S3Server> {
  const targets: string[] = [];
  const server = await startServer(bytes);
  server.lie = (exchange) => {
    targets.push(exchange.request.url ?? "");
    return answer(exchange, settings);
  };
  return Object.assign(server, {
    endpoint: new URL(server.url).origin,
    targets,
  });
}

function answer(exchange: Exchange, settings: S3Settings): boolean {
  const { user, versionId } = settings;
  if (versionId !== undefined) exchange.headers["x-amz-version-id"] = versionId;
  const code = user === undefined
    ? anonymousFault(exchange.request)
    : signatureFault(exchange.request, user);
  if (code !== undefined) return refuse(exchange, 403, code);
  const { pathname, searchParams } = urlOf(exchange.request);
  if (!pathname.startsWith("/bucket/")) {
    return refuse(exchange, 404, "NoSuchBucket");
  }
  const asked = searchParams.get("versionId") ?? versionId;
  if (asked !== versionId) return refuse(exchange, 404, "NoSuchVersion");
  return false;
}

function refuse(
  { response }: Exchange,
  status: number,
  code: string,
): boolean {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(
    `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>m</Message></Error>`,
  );
  return true;
}

function urlOf(request: IncomingMessage): URL {
  return new URL(`http://host${request.url ?? "/"}`);
}

function anonymousFault({ headers }: IncomingMessage): string | undefined {
  return headers.authorization === undefined ? undefined : "AccessDenied";
}

/** What is wrong with a signature, as S3 calls it; `undefined` if nothing is. */
function signatureFault(
  request: IncomingMessage,
  user: S3User,
): string | undefined {
  const { authorization = "" } = request.headers;
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/
      .exec(authorization);
  if (found === null) return "AccessDenied";
  const [, id = "", day = "", region = "", names = "", signature = ""] = found;
  if (id !== user.accessKeyId) return "InvalidAccessKeyId";
  if (region !== user.region) return "AuthorizationHeaderMalformed";
  const signed = names.split(";");
  if (!signed.includes("host") || !signed.includes("x-amz-date")) {
    return "AccessDenied";
  }
  const token = request.headers["x-amz-security-token"];
  if (token !== user.sessionToken) return "InvalidToken";
  const expected = sign(request, signed, { user, day, region });
  return signature === expected ? undefined : "SignatureDoesNotMatch";
}

function sign(
  request: IncomingMessage,
  signed: readonly string[],
  { user, day, region }: { user: S3User; day: string; region: string },
): string {
  const date = String(request.headers["x-amz-date"]);
  const text = [
    "AWS4-HMAC-SHA256",
    date,
    `${day}/${region}/s3/aws4_request`,
    sha256(canonicalRequest(request, signed)),
  ].join("\n");
  const key = [day, region, "s3", "aws4_request"].reduce<string | Buffer>(
    (secret, part) => hmac(secret, part),
    `AWS4${user.secretAccessKey}`,
  );
  return hmac(key, text).toString("hex");
}

function canonicalRequest(
  request: IncomingMessage,
  signed: readonly string[],
): string {
  const { searchParams } = urlOf(request);
  const query = [...searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const headers = signed.map((name) =>
    `${name}:${String(request.headers[name] ?? "").trim()}\n`
  );
  return [
    request.method,
    // S3 signs the path as it is sent, encoded once.
    (request.url ?? "").split("?")[0],
    query,
    headers.join(""),
    signed.join(";"),
    String(request.headers["x-amz-content-sha256"]),
  ].join("\n");
}

/** Encodes all but the characters that RFC 3986 leaves. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
