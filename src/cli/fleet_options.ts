/**
 * The options that `process submit` and `process work` share: how to reach the queue.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { QueueOptions, RedisOptions } from "../bullmq.ts";
import { fromSystemError } from "../errors.ts";
import { type CliIo, UsageError } from "./io.ts";
import { showText } from "./names.ts";
import type { CommonOptions, RawCommonOptions } from "./options.ts";

/** The options as the parser leaves them. */
export interface RawFleetOptions extends RawCommonOptions {
  readonly redis?: string;
  readonly redisUrlFile?: string;
  readonly redisCa?: string;
  readonly redisServerName?: string;
  readonly redisCert?: string;
  readonly redisKey?: string;
  readonly allowPlain?: boolean;
  readonly prefix?: string;
  readonly queue?: string;
  readonly store?: string;
  readonly keep?: string;
}

/** Declares the options. */
export function addFleetOptions(command: Command): void {
  command
    .option(
      "--redis <url>",
      "Redis or Valkey: rediss://HOST[:PORT][/DB], redis:// on this machine, or unix:/PATH " +
        "(default: SABMAP_REDIS_URL or REDIS_URL of the environment)",
    )
    .option(
      "--redis-url-file <file>",
      "a file that holds the URL, with user and password",
    )
    .option("--redis-ca <file>", "certificate of the authority, PEM")
    .option("--redis-server-name <name>", "name in the server's certificate")
    .option("--redis-cert <file>", "certificate of this client, PEM")
    .option("--redis-key <file>", "key of that certificate, PEM")
    .option(
      "--allow-plain",
      "allow redis:// to other machines: without TLS, everyone on the way reads and writes along",
    )
    .option(
      "--prefix <name>",
      "what all keys in Redis start with (default: sabmap)",
    )
    .option("--queue <name>", "name of the queue (default: shards)")
    .option(
      "--store <place>",
      "where large partials go: a folder that all hosts share, or s3://BUCKET/PREFIX " +
        "(default: .sabmap-store in the root)",
    )
    .option(
      "--keep <time>",
      "how long what has ended is kept, such as 12h (default: 24h)",
    );
}

/**
 * Checks the options.
 *
 * @throws {UsageError} If there is no URL, or two.
 * @throws {SabmapError} With the errno's name if the file of the URL cannot be read.
 */
export function checkFleetOptions(
  raw: RawFleetOptions,
  options: CommonOptions,
  io: CliIo,
): QueueOptions & {
  redis: RedisOptions;
  keepSeconds: number | undefined;
  onNote: (note: string) => void;
} {
  const onNote = noteWriter(options, io);
  return {
    redis: {
      url: redisUrl(raw, io, onNote),
      caFile: raw.redisCa,
      serverName: raw.redisServerName,
      certFile: raw.redisCert,
      keyFile: raw.redisKey,
      allowPlain: raw.allowPlain,
    },
    prefix: raw.prefix,
    queue: raw.queue,
    keepSeconds: raw.keep === undefined
      ? undefined
      : Math.ceil(parseDuration(raw.keep, "--keep") / 1000),
    onNote,
  };
}

/** Writes notes, unless nobody wants them. */
export function noteWriter(
  options: CommonOptions,
  io: CliIo,
): (note: string) => void {
  if (options.quiet) return () => {};
  return (note) => void io.stderr.write(`process: note: ${showText(note)}\n`);
}

function redisUrl(
  raw: RawFleetOptions,
  { env }: CliIo,
  onNote: (note: string) => void,
): string {
  if (raw.redis !== undefined && raw.redisUrlFile !== undefined) {
    throw new UsageError("Cannot use --redis together with --redis-url-file");
  }
  if (raw.redis !== undefined) {
    if (hasSecret(raw.redis)) {
      onNote(
        "other users of this machine see the password in --redis: use SABMAP_REDIS_URL or --redis-url-file",
      );
    }
    return raw.redis;
  }
  const url = raw.redisUrlFile === undefined
    ? env["SABMAP_REDIS_URL"] || env["REDIS_URL"]
    : readUrl(raw.redisUrlFile);
  if (url) return url;
  throw new UsageError(
    "missing --redis URL (or SABMAP_REDIS_URL or REDIS_URL in the environment)",
  );
}

function hasSecret(text: string): boolean {
  return URL.canParse(text) && new URL(text).password !== "";
}

function readUrl(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw fromSystemError(error, file);
  }
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a time: a number with a unit.
 *
 * @param what The option, for the message.
 * @returns Milliseconds.
 * @throws {UsageError} If `text` is no time.
 */
export function parseDuration(text: string, what: string): number {
  const [, digits = "", unit = ""] = /^([0-9]{1,12}) ?([a-z]+)$/.exec(text) ??
    [];
  const factor = Object.hasOwn(UNITS_MS, unit) ? UNITS_MS[unit] : undefined;
  if (factor !== undefined) return Number(digits) * factor;
  throw new UsageError(
    `Cannot use ${what} as a time is a whole number of ms, s, m, h or d: received "${text}"`,
  );
}
