/**
 * The connections to Redis: tried once before anything else, and watched from then on.
 *
 * @module
 */
import type { Redis } from "ioredis";
import { settlesWithin } from "../engine/promises.ts";
import { ErrorCode, SabmapError } from "../errors.ts";
import { loadPeers } from "./peers.ts";
import type { ClientOptions, RedisTarget } from "./redis_target.ts";

/** What the server says of itself, as far as it matters to a queue. */
export interface ServerFacts {
  readonly version: string;
  /** What it does when its memory is full. */
  readonly evictionPolicy: string;
  /** Whether it writes down what it is told, so that a crash loses a second at most. */
  readonly isAppendOnly: boolean;
}

/** Time in which a server has to answer the first time. */
const FIRST_ANSWER_MS = 10_000;

/**
 * A connection of our own beside those of BullMQ, by which outages are noticed and small keys written.
 */
export class Link {
  readonly facts: ServerFacts;
  readonly redis: Redis;
  readonly #shown: string;
  #downSince: number | undefined;

  private constructor(redis: Redis, shown: string, facts: ServerFacts) {
    this.redis = redis;
    this.facts = facts;
    this.#shown = shown;
  }

  /**
   * Connects. Fails at once where the server refuses, or there is none; later outages are waited out.
   *
   * @param onNote Told when the connection is lost, and when it is back.
   * @throws {SabmapError} `ERR_QUEUE` with what the server, or the network, said.
   */
  static async open(
    target: RedisTarget,
    onNote: (note: string) => void,
  ): Promise<Link> {
    const facts = await tryOnce(target);
    const { Redis } = await loadPeers();
    const redis = new Redis(target.client);
    const link = new Link(redis, target.shown, facts);
    link.#listen(onNote);
    return link;
  }

  /** For how long the server has not been reached, in milliseconds; 0 while it is. */
  get downMs(): number {
    return this.#downSince === undefined
      ? 0
      : performance.now() - this.#downSince;
  }

  /** The server is not there any more. */
  outageError(): SabmapError {
    return queueError(
      this.#shown,
      `has not been reached for ${Math.round(this.downMs / 1000)} s`,
    );
  }

  /** Ends the connection. */
  close(): void {
    this.redis.removeAllListeners("close");
    this.redis.disconnect();
  }

  #listen(onNote: (note: string) => void): void {
    // What is wrong is told once, by `close`, and not at each attempt.
    hearAll(this.redis);
    this.redis.on("close", () => {
      if (this.#downSince !== undefined) return;
      this.#downSince = performance.now();
      onNote(`the connection to ${this.#shown} is lost; trying again`);
    });
    this.redis.on("ready", () => {
      if (this.#downSince === undefined) return;
      this.#downSince = undefined;
      onNote(`the connection to ${this.#shown} is back`);
    });
  }
}

/** What a user should know of a server. */
export function notesOf(facts: ServerFacts): string[] {
  const notes: string[] = [];
  if (facts.evictionPolicy !== "noeviction") {
    notes.push(
      `Redis may drop parts of the queue when its memory is full, as its maxmemory-policy is ${facts.evictionPolicy}: set it to noeviction`,
    );
  }
  if (!facts.isAppendOnly) {
    notes.push(
      "Redis forgets runs when it is restarted, as it keeps no append-only file: set appendonly yes",
    );
  }
  return notes;
}

async function tryOnce(target: RedisTarget): Promise<ServerFacts> {
  const { Redis } = await loadPeers();
  const redis = new Redis({
    ...target.client,
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    connectTimeout: FIRST_ANSWER_MS,
    commandTimeout: FIRST_ANSWER_MS,
    retryStrategy: () => null,
  });
  // The reason comes by this event; what the calls reject with is only that the connection is closed.
  let reason: unknown;
  redis.on("error", (error: unknown) => reason ??= error);
  hearAll(redis);
  try {
    await redis.connect();
    return factsOf(await redis.info());
  } catch (error) {
    throw refusal(target.shown, reason ?? error);
  } finally {
    redis.disconnect();
  }
}

/**
 * Keeps errors of a connection from ending the process.
 *
 * A socket can fail twice, as where the server wants another certificate, and has another name itself (Deno 2.9). The
 * client hears of the first time only.
 */
function hearAll(redis: Redis): void {
  redis.on("error", () => {
    redis.stream?.on("error", () => {});
  });
}

function factsOf(info: string): ServerFacts {
  const field = (name: string) =>
    new RegExp(`^${name}:(.*?)\r?$`, "m").exec(info)?.[1] ?? "";
  return {
    version: field("valkey_version") || field("redis_version"),
    evictionPolicy: field("maxmemory_policy") || "noeviction",
    isAppendOnly: field("aof_enabled") !== "0",
  };
}

/** The server's own words, without the classes and codes around them. */
function refusal(shown: string, error: unknown): SabmapError {
  const { message = String(error), code } = error as Partial<
    Error & { code: string }
  >;
  // Of several addresses of a name, the message of the whole is empty.
  const what = message === "" ? code ?? "it cannot be reached" : message;
  return queueError(shown, `cannot be used: ${what}`, error);
}

function queueError(
  shown: string,
  what: string,
  cause?: unknown,
): SabmapError {
  return new SabmapError(ErrorCode.Queue, `Redis at ${shown} ${what}`, {
    cause,
  });
}

/** How long a server may take to say goodbye, and one that is away to be left. */
export const GOODBYE_MS = 1000;

/** Ends connections of BullMQ, which would wait for a server that is away. Never fails. */
export async function hangUp(
  held: { close(): Promise<unknown>; disconnect(): Promise<unknown> },
): Promise<void> {
  if (await settlesWithin(held.close(), GOODBYE_MS)) return;
  await settlesWithin(held.disconnect(), GOODBYE_MS);
}

/** Options of BullMQ's own connections. */
export function bullmqConnection(
  target: RedisTarget,
  { facts }: Link,
): { connection: ClientOptions; skipVersionCheck: boolean } {
  return {
    connection: target.client,
    // With the check it would write about the policy to the console, for each connection. We have told it once.
    skipVersionCheck: facts.evictionPolicy !== "noeviction",
  };
}
