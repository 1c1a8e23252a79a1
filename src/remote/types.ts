/**
 * What is known of an object on another machine. Types only.
 *
 * @module
 */

/** Which version of an object is meant: all that is read of it is of this one, or the run fails. */
export interface RemotePin {
  /** The strong ETag, as the server writes it, quotes included. */
  readonly etag: string;
  /** Where the bucket keeps versions. */
  readonly versionId?: string | undefined;
}

/** The version that an object has to be. */
export interface RemoteExpectation extends RemotePin {
  /** Bytes; not looked at if absent. */
  readonly size?: number | undefined;
}

/** What tells an object from another, and from an earlier version of itself. */
export interface RemoteFingerprint extends RemotePin {
  /** How it is fetched. */
  readonly kind: "http" | "s3";
  /** Without user and password. */
  readonly url: string;
  /** Bytes. */
  readonly size: number;
}

/** How objects are fetched. */
export interface RemoteOptions {
  /** Milliseconds without a byte after which a request is given up and made again. Defaults to 30,000. */
  readonly timeoutMs?: number | undefined;
  /** How often a request that failed is made again. Defaults to 5. */
  readonly retries?: number | undefined;
  /** Bytes of one request, 64 KiB to 1 GiB. Defaults to 8 MiB. */
  readonly chunkBytes?: number | undefined;
  /** Requests at a time, 1 to 64. Defaults to 4. */
  readonly requests?: number | undefined;
  /** Hosts that may be asked, also by redirects (see `isAllowedHost`). Defaults to all. */
  readonly allowHosts?: readonly string[] | undefined;
}
