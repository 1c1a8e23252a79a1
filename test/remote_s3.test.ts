/** Objects of S3, against a server that checks each signature. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPartBytes } from "../src/find_part_bytes.ts";
import { hashFile } from "../src/operations.ts";
import { remoteFingerprint } from "../src/remote/fingerprint.ts";
import { openTarget } from "../src/remote/target.ts";
import { type S3Server, type S3Settings, startS3 } from "./s3_server.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const BYTES = seededBytes(300_000, 11);
const USER = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  region: "eu-central-1",
};
const VARIABLES = [
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_PROFILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "HOME",
];
const before = VARIABLES.map((name) => [name, process.env[name]] as const);
const files = temporaryFiles();
const servers: S3Server[] = [];
let blake3: string | undefined;

beforeEach(async () => {
  for (const name of VARIABLES) delete process.env[name];
  // No test sees the credentials of whoever runs it.
  process.env["HOME"] = join(files.folder, "nobody");
  blake3 ??= (await hashFile(files.make(BYTES))).digests["blake3"];
});
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  for (const server of servers.splice(0)) await server.close();
});

async function serve(settings: S3Settings): Promise<S3Server> {
  const server = await startS3(BYTES, settings);
  servers.push(server);
  process.env["AWS_ENDPOINT_URL"] = server.endpoint;
  return server;
}

function useCredentials(sessionToken?: string): void {
  process.env["AWS_ACCESS_KEY_ID"] = USER.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = USER.secretAccessKey;
  process.env["AWS_REGION"] = USER.region;
  if (sessionToken !== undefined) {
    process.env["AWS_SESSION_TOKEN"] = sessionToken;
  }
}

async function digestOf(url: string): Promise<string | undefined> {
  const remote = { chunkBytes: 64 * 1024, retries: 0 };
  return (await hashFile(url, { remote })).digests["blake3"];
}

/** Characters that URLs and signatures treat in ways of their own. */
const KEYS = [
  "key",
  "folder/big.data",
  "a b+c~d_e.f-g",
  "100%/ä€😀/[x]{y}|`^",
  "q?x=1&y=2#z",
  "%20%2F%zz",
  "it's (a) *key*!",
  "/leading//double/",
  "=;,:@$",
];

describe("s3://bucket/key", () => {
  it("every request is signed, whatever the key", async () => {
    const server = await serve({ user: USER });
    useCredentials();
    for (const key of KEYS) {
      expect(await digestOf(`s3://bucket/${key}`), key).toBe(blake3);
    }
    expect(server.requests.length).toBeGreaterThan(4 * KEYS.length);
    for (const headers of server.requests) {
      expect(headers["accept-encoding"]).toBe("identity");
    }
    const paths = server.targets.map((target) => target.split("?")[0] ?? "");
    const keys = new Set(
      paths.map((path) => decodeURIComponent(path.replace("/bucket/", ""))),
    );
    expect([...keys]).toEqual(KEYS);
  });

  it("session tokens are signed with it", async () => {
    await serve({ user: { ...USER, sessionToken: "to+ken/==" } });
    useCredentials("to+ken/==");
    expect(await digestOf("s3://bucket/key")).toBe(blake3);
  });

  it("requests without credentials are anonymous", async () => {
    const server = await serve({ user: undefined });
    expect(await digestOf("s3://bucket/key")).toBe(blake3);
    expect(server.requests[0]?.authorization).toBeUndefined();
  });

  it("credentials and region come from the files of the profile", async () => {
    await serve({ user: { ...USER, sessionToken: "t" } });
    const folder = join(files.folder, ".aws");
    mkdirSync(folder);
    process.env["HOME"] = files.folder;
    writeFileSync(
      join(folder, "credentials"),
      `[default]\naws_access_key_id = no\naws_secret_access_key = no\n\n[work]\n` +
        `aws_access_key_id = ${USER.accessKeyId}\n` +
        `aws_secret_access_key=${USER.secretAccessKey}\naws_session_token = t\n`,
    );
    writeFileSync(
      join(folder, "config"),
      `[default]\nregion = xx\n[profile work]\nregion = ${USER.region}\n`,
    );
    process.env["AWS_PROFILE"] = "work";
    expect(await digestOf("s3://bucket/key")).toBe(blake3);
    delete process.env["AWS_PROFILE"];
    await expect(digestOf("s3://bucket/key")).rejects.toMatchObject({
      code: "EACCES",
      message: "permission denied (403 Forbidden, InvalidAccessKeyId)",
    });
  });

  it("versions are pinned, and can be asked for", async () => {
    const server = await serve({ user: USER, versionId: "v.1_x-2" });
    useCredentials();
    expect(await digestOf("s3://bucket/key")).toBe(blake3);
    const [probe, ...rest] = server.targets;
    expect(probe).toBe("/bucket/key");
    for (const target of rest) {
      expect(target).toBe("/bucket/key?versionId=v.1_x-2");
    }
    expect(await remoteFingerprint("s3://bucket/key")).toEqual({
      kind: "s3",
      url: "s3://bucket/key",
      size: BYTES.length,
      etag: '"one"',
      versionId: "v.1_x-2",
    });
    await expect(digestOf("s3://bucket/key?versionId=v0")).rejects
      .toMatchObject({
        code: "ENOENT",
        message: "no such object (404 Not Found, NoSuchVersion)",
      });
  });

  it("ETags of uploads in parts are checked as those of files", async () => {
    const server = await serve({ user: undefined });
    const { digests } = await hashFile("s3://bucket/key", {
      algorithms: ["s3-etag"],
      partBytes: 64 * 1024,
    });
    server.etag = `"${digests["s3-etag"]}"`;
    const { etag } = await remoteFingerprint("s3://bucket/key");
    const found = await findPartBytes("s3://bucket/key", etag);
    expect(found?.partBytes).toBe(64 * 1024);
  });

  it("objects that were stored packed are read as they were stored", async () => {
    const server = await serve({ user: undefined });
    const { lie } = server;
    server.lie = (exchange) => {
      exchange.headers["content-encoding"] = "gzip";
      return lie(exchange);
    };
    expect(await digestOf("s3://bucket/key.gz")).toBe(blake3);
  });

  it("a bucket of another region is asked there", async () => {
    const server = await serve({ user: USER });
    useCredentials();
    process.env["AWS_REGION"] = "us-west-2";
    const { lie } = server;
    server.lie = (exchange) => {
      exchange.headers["x-amz-bucket-region"] = USER.region;
      const { authorization = "" } = exchange.request.headers;
      if (!authorization.includes("us-west-2")) return lie(exchange);
      exchange.response.writeHead(400, exchange.headers);
      exchange.response.end();
      return true;
    };
    expect(await digestOf("s3://bucket/key")).toBe(blake3);
  });

  it("wrong secrets and missing buckets have one line", async () => {
    await serve({ user: USER });
    useCredentials();
    await expect(digestOf("s3://other/key")).rejects.toMatchObject({
      code: "ENOENT",
      file: "s3://other/key",
      message: "no such object (404 Not Found, NoSuchBucket)",
    });
    process.env["AWS_SECRET_ACCESS_KEY"] = "wrong";
    await expect(digestOf("s3://bucket/key")).rejects.toMatchObject({
      code: "EACCES",
      message: "permission denied (403 Forbidden, SignatureDoesNotMatch)",
    });
  });

  it("what cannot be asked is refused before anybody is asked", async () => {
    for (const url of ["s3://", "s3://bucket", "s3://bucket/", "s3://b*/k"]) {
      await expect(digestOf(url)).rejects.toThrow(
        `Cannot fetch an object as it must be named s3://BUCKET/KEY, with a bucket of 2 to 254 letters, digits, ".", "_" or "-": received "${url}"`,
      );
    }
    await expect(digestOf("s3://bucket/a/../b")).rejects.toThrow(
      "no part of its key",
    );
    useCredentials();
    process.env["AWS_ENDPOINT_URL"] = "http://store.example.com";
    await expect(digestOf("s3://bucket/key")).rejects.toThrow(
      "Cannot send credentials",
    );
    process.env["AWS_ENDPOINT_URL"] = "store.example.com";
    await expect(digestOf("s3://bucket/key")).rejects.toThrow(
      "AWS_ENDPOINT_URL",
    );
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    delete process.env["AWS_ENDPOINT_URL"];
    await expect(digestOf("s3://bucket/key")).rejects.toThrow("received one");
  });

  it("openTarget() finds the hosts of AWS", async () => {
    const urlOf = async (path: string) => (await openTarget(path)).url.href;
    expect(await urlOf("s3://my-bucket/a b")).toBe(
      "https://my-bucket.s3.us-east-1.amazonaws.com/a%20b",
    );
    process.env["AWS_DEFAULT_REGION"] = "eu-west-1";
    expect(await urlOf("s3://my.bucket/k")).toBe(
      "https://s3.eu-west-1.amazonaws.com/my.bucket/k",
    );
    process.env["AWS_REGION"] = "cn-north-1";
    expect(await urlOf("s3://my-bucket/k")).toBe(
      "https://my-bucket.s3.cn-north-1.amazonaws.com.cn/k",
    );
    process.env["AWS_ENDPOINT_URL_S3"] = "https://store.example.com/base/";
    expect(await urlOf("s3://my-bucket/k")).toBe(
      "https://store.example.com/base/my-bucket/k",
    );
  });
});
