/**
 * Objects of S3 and of what speaks like it: `s3://bucket/key`, optionally with `?versionId=...` behind it.
 *
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import { readS3Settings, type S3Settings } from "./s3_settings.ts";
import { requireSecrecy, type Target } from "./target.ts";

/** What a path names. */
interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

/**
 * Makes a target of a path. Requests are signed where there are credentials, and anonymous otherwise.
 *
 * @throws {RangeError} If it names no object, or the settings are of no use.
 */
export function openS3Target(path: string): Target {
  const object = parseS3Path(path);
  const settings = readS3Settings();
  return s3Target(path, object, settings);
}

function parseS3Path(path: string): S3Object {
  const [, bucket = "", key = "", versionId] =
    /^s3:\/\/([^/]*)\/([^]*?)(?:\?versionId=([A-Za-z0-9._-]{1,1024}))?$/
      .exec(path) ?? [];
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,253}$/.test(bucket) || key === "") {
    throw new RangeError(
      `Cannot fetch an object as it must be named s3://BUCKET/KEY, with a bucket of 2 to 254 letters, digits, ".", "_" or "-": received "${path}"`,
    );
  }
  // URLs have no way to say these: they are resolved before anybody is asked.
  if (key.split("/").some((part) => part === "." || part === "..")) {
    throw new RangeError(
      `Cannot fetch an object as no part of its key may be "." or "..": received "${path}"`,
    );
  }
  return { bucket, key, versionId };
}

function s3Target(
  shown: string,
  object: S3Object,
  settings: S3Settings,
): Target {
  const url = urlOf(object, settings);
  const { credentials, region } = settings;
  if (credentials !== undefined) requireSecrecy(url, "credentials");
  return {
    kind: "s3",
    shown,
    url,
    async authorize(to, headers) {
      if (credentials === undefined || to.origin !== url.origin) return headers;
      const signer = new AwsV4Signer({
        method: "GET",
        url: to.href,
        headers,
        service: "s3",
        region,
        cache: settings.keys,
        ...credentials,
      });
      return (await signer.sign()).headers;
    },
    elsewhere(response) {
      const named = response.header("x-amz-bucket-region");
      if (
        response.ok || named === null || named === region ||
        settings.isRegionKnown || !/^[a-z0-9-]{1,40}$/.test(named)
      ) return undefined;
      const there = { ...settings, region: named, isRegionKnown: true };
      return s3Target(shown, object, there);
    },
    inVersion: (versionId) =>
      s3Target(shown, { ...object, versionId }, settings),
  };
}

/** Where the object is: below the endpoint that the user has, else on a host named like its bucket. */
function urlOf(
  { bucket, key, versionId }: S3Object,
  { endpoint, region }: S3Settings,
): URL {
  const domain = region.startsWith("cn-")
    ? "amazonaws.com.cn"
    : "amazonaws.com";
  // The certificate of AWS is good for one label in front of its own.
  const isHost = /^[a-z0-9-]+$/.test(bucket);
  const base = endpoint !== undefined
    ? `${endpoint}/${bucket}`
    : isHost
    ? `https://${bucket}.s3.${region}.${domain}`
    : `https://s3.${region}.${domain}/${bucket}`;
  const url = new URL(`${base}/${encodeKey(key)}`);
  if (versionId !== undefined) url.searchParams.set("versionId", versionId);
  return url;
}

function encodeKey(key: string): string {
  return key.split("/").map((part) =>
    encodeURIComponent(part).replace(
      /[!'()*]/g,
      (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  ).join("/");
}
