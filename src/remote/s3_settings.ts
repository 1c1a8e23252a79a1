/**
 * Endpoint, region and credentials of S3, from where AWS's own tools have them: the environment, then the files of the
 * profile. Credentials that come from elsewhere (SSO, roles, the machine) have to be put into the environment.
 *
 * @module
 */
import { readEnvironment, readUserFile } from "./environment.ts";

/** Who asks. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** How S3 is asked. */
export interface S3Settings {
  /** Without a slash at its end; `undefined` for AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** Whether that is where the bucket is said to be, so that no other is tried. */
  readonly isRegionKnown: boolean;
  /** `undefined` for anonymous requests. */
  readonly credentials: S3Credentials | undefined;
  /** Keys that the signer derives from the secret, once a day. */
  readonly keys: Map<string, ArrayBuffer>;
}

const REGION_DEFAULT = "us-east-1";

/** @throws {RangeError} If a variable is of no use. */
export function readS3Settings(): S3Settings {
  const profile = readEnvironment("AWS_PROFILE") ?? "default";
  const region = readEnvironment("AWS_REGION") ??
    readEnvironment("AWS_DEFAULT_REGION") ??
    readProfile("AWS_CONFIG_FILE", "config", configSection(profile))
      .get("region") ??
    REGION_DEFAULT;
  if (!/^[a-z0-9-]{1,40}$/.test(region)) {
    throw new RangeError(
      `Cannot ask S3 as its region must be a name like us-east-1: received "${region}"`,
    );
  }
  return {
    endpoint: readEndpoint(),
    region,
    isRegionKnown: false,
    credentials: readCredentials(profile),
    keys: new Map(),
  };
}

function readEndpoint(): string | undefined {
  const text = readEnvironment("AWS_ENDPOINT_URL_S3") ??
    readEnvironment("AWS_ENDPOINT_URL");
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (isWeb && url.username === "" && url.search === "") {
    return url.href.replace(/\/+$/, "");
  }
  throw new RangeError(
    `Cannot ask S3 as AWS_ENDPOINT_URL must be http:// or https:// and a host: received ${
      url === undefined ? "none" : `one of ${url.protocol}`
    }`,
  );
}

function readCredentials(profile: string): S3Credentials | undefined {
  const accessKeyId = readEnvironment("AWS_ACCESS_KEY_ID");
  const secretAccessKey = readEnvironment("AWS_SECRET_ACCESS_KEY");
  if (accessKeyId !== undefined && secretAccessKey !== undefined) {
    const sessionToken = readEnvironment("AWS_SESSION_TOKEN");
    return withToken({ accessKeyId, secretAccessKey }, sessionToken);
  }
  if (accessKeyId !== undefined || secretAccessKey !== undefined) {
    throw new RangeError(
      "Cannot ask S3 as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be there: received one",
    );
  }
  const found = readProfile(
    "AWS_SHARED_CREDENTIALS_FILE",
    "credentials",
    profile,
  );
  const id = found.get("aws_access_key_id");
  const secret = found.get("aws_secret_access_key");
  if (id === undefined || secret === undefined) return undefined;
  return withToken(
    { accessKeyId: id, secretAccessKey: secret },
    found.get("aws_session_token"),
  );
}

function withToken(
  credentials: S3Credentials,
  sessionToken: string | undefined,
): S3Credentials {
  return sessionToken === undefined
    ? credentials
    : { ...credentials, sessionToken };
}

function configSection(profile: string): string {
  return profile === "default" ? profile : `profile ${profile}`;
}

/** Reads a section of a file of AWS's. @returns Nothing where there is none. */
function readProfile(
  variable: string,
  name: string,
  section: string,
): Map<string, string> {
  const home = readEnvironment("HOME") ?? readEnvironment("USERPROFILE");
  const path = readEnvironment(variable) ??
    (home === undefined ? undefined : `${home}/.aws/${name}`);
  const text = path === undefined ? undefined : readUserFile(path);
  return parseSection(text ?? "", section);
}

function parseSection(text: string, wanted: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[\s*(.*?)\s*\]/.exec(line);
    if (head !== null) section = head[1] ?? "";
    const entry = /^([a-z_]+)\s*=\s*(\S.*?)\s*$/.exec(line);
    if (entry === null || section !== wanted) continue;
    values.set(entry[1] ?? "", entry[2] ?? "");
  }
  return values;
}
