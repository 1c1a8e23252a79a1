/**
 * The store in a bucket of S3, or of what speaks like it.
 *
 * Credentials, region and endpoint are those of `s3://` sources (remote/s3_settings.ts). A request that fails is not
 * sent again here: the shard is tried again as a whole. Nothing is removed: buckets have rules for what is old.
 *
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import { ErrorCode, SabmapError } from "../errors.ts";
import { fetchError, remoteError } from "../remote/failures.ts";
import { readS3Settings, type S3Settings } from "../remote/s3_settings.ts";
import { openTarget, requireSecrecy } from "../remote/target.ts";
import { checkStoredLength, type Store } from "./store.ts";

/** Time in which a request has to be done. */
const REQUEST_MS = 120_000;

/** Objects `<prefix>/<run>/<shard>.<BLAKE3>`. */
export class S3Store implements Store {
  readonly shown: string;
  readonly #settings: S3Settings;

  private constructor(shown: string, settings: S3Settings) {
    this.shown = shown;
    this.#settings = settings;
  }

  /**
   * Checks place and settings; asks nobody yet.
   *
   * @param place As `s3://bucket/prefix`.
   * @throws {RangeError} If they name no place, or credentials would go in clear over a network.
   */
  static async open(place: string): Promise<S3Store> {
    const store = new S3Store(place.replace(/\/+$/, ""), readS3Settings());
    requireSecrecy(await store.#urlOf("name"), "partials");
    return store;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    const response = await this.#send("PUT", name, bytes.slice());
    await response.body?.cancel();
    if (!response.ok) throw this.#refusal(response, name);
  }

  async get(name: string, byteLength: number): Promise<Uint8Array> {
    checkStoredLength(byteLength);
    const response = await this.#send("GET", name);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw this.#refusal(response, name);
    }
    return await readExactly(response, byteLength, `${this.shown}/${name}`);
  }

  removeShards(): Promise<void> {
    return Promise.resolve();
  }

  removeOld(): Promise<void> {
    return Promise.resolve();
  }

  async #urlOf(name: string): Promise<URL> {
    return (await openTarget(`${this.shown}/${name}`)).url;
  }

  async #send(
    method: "GET" | "PUT",
    name: string,
    body?: Uint8Array<ArrayBuffer>,
  ): Promise<Response> {
    const url = await this.#urlOf(name);
    const headers = await this.#sign(method, url);
    // Behind the signature, as Node would add to it.
    headers.set("accept-encoding", "identity");
    const signal = AbortSignal.timeout(REQUEST_MS);
    try {
      return await fetch(url, {
        method,
        headers,
        signal,
        redirect: "manual",
        ...body && { body },
      });
    } catch (error) {
      throw this.#unreachable(error, url, name);
    }
  }

  async #sign(method: string, url: URL): Promise<Headers> {
    const { credentials, region, keys } = this.#settings;
    if (credentials === undefined) return new Headers();
    const signer = new AwsV4Signer({
      method,
      url: url.href,
      service: "s3",
      region,
      cache: keys,
      ...credentials,
    });
    return (await signer.sign()).headers;
  }

  #unreachable(error: unknown, url: URL, name: string): Error {
    const file = `${this.shown}/${name}`;
    const reason = fetchError(error, url.host, file);
    return reason instanceof SabmapError
      ? reason
      : remoteError(reason.message, { file, cause: error });
  }

  #refusal({ status }: Response, name: string): SabmapError {
    const file = `${this.shown}/${name}`;
    if (status === 404) {
      return new SabmapError("ENOENT", "no such object", { file });
    }
    return remoteError(`the store answered with status ${status}`, { file });
  }
}

/** Never takes more than was put. */
async function readExactly(
  response: Response,
  byteLength: number,
  file: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(byteLength);
  let filled = 0;
  for await (const chunk of response.body ?? []) {
    if (filled + chunk.byteLength > byteLength) {
      filled = Infinity;
      break;
    }
    bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled === byteLength) return bytes;
  throw new SabmapError(
    ErrorCode.Store,
    `holds ${
      filled === Infinity ? "more" : `${filled} bytes`
    } where ${byteLength} were put`,
    { file },
  );
}
