/**
 * The command `process work`.
 *
 * @module
 */
import type { Command } from "commander";
import type { WorkerEvent } from "../bullmq.ts";
import {
  addFleetOptions,
  checkFleetOptions,
  parseDuration,
  type RawFleetOptions,
} from "./fleet_options.ts";
import { type CliIo, Exit, InterruptError, UsageError } from "./io.ts";
import { checkCommonOptions, parseInteger } from "./options.ts";

interface RawWorkOptions extends RawFleetOptions {
  readonly root?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly concurrency?: string;
  readonly lock?: string;
  readonly stalled?: string;
  readonly idleExit?: string;
}

const CONCURRENCY_MAX = 64;

/** Declares arguments, options and help. */
export function configure(command: Command): void {
  const collect = (text: string, texts: readonly string[] = []) => [
    ...texts,
    text,
  ];
  command
    .usage("[options] --redis URL --root DIR")
    .description(
      "Works on shards of files that process submit has put into a queue, until it is told to end.",
    )
    .option(
      "--root <dir>",
      "a folder to serve: nothing outside of it is read; repeatable",
      collect,
    )
    .option(
      "--allow-host <host>",
      "a host to read from: HOST, HOST:PORT, *.DOMAIN or s3://BUCKET; repeatable",
      collect,
    );
  addFleetOptions(command);
  command
    .option(
      "--concurrency <n>",
      "shards at a time (default: 1, as each takes all cores)",
    )
    .option(
      "--lock <time>",
      "without a sign of life for so long, a worker loses its shard to another (default: 30s)",
    )
    .option(
      "--stalled <time>",
      "how often to look for shards that were lost so (default: half of --lock, up to 15s)",
    )
    .option("--idle-exit <time>", "end when there was no work for so long")
    .addHelpText("after", HELP);
}

const HELP = `
At SIGTERM or SIGINT it hands back the shards it is at, to be done elsewhere, and ends within a second.
The queue names operations that are built in, and files: never code, nor anything outside of --root and --allow-host.
Credentials of S3 are taken from the environment of the worker.
With --json, a line is printed for each shard that begins and ends.
Exit codes: 0 ended by SIGTERM or --idle-exit, 130 by SIGINT, 2 the queue cannot be used.

Examples:
  process work --redis redis://localhost --root /data
  process work --redis-url-file /run/secrets/redis --redis-ca ca.pem --root /mnt/shared
  process work --redis redis://localhost --allow-host s3://my-bucket --store s3://my-bucket/partials`;

/** Works until it is told to end. */
export async function run(
  _operands: readonly string[],
  raw: RawWorkOptions,
  io: CliIo,
): Promise<number> {
  if (raw.root === undefined && raw.allowHost === undefined) {
    throw new UsageError("missing --root DIR or --allow-host HOST");
  }
  const common = checkCommonOptions(raw);
  const fleet = checkFleetOptions(raw, common, io);
  const idleMs = timeOption(raw.idleExit, "--idle-exit");
  const concurrency = raw.concurrency === undefined
    ? undefined
    : parseInteger(raw.concurrency, 1, CONCURRENCY_MAX, "--concurrency");
  const { startWorker } = await import("../bullmq.ts");
  const worker = await startWorker({
    ...fleet,
    roots: raw.root,
    allowHosts: raw.allowHost,
    store: raw.store,
    concurrency,
    workers: common.workers,
    io: common.io,
    segmentBytes: common.segmentBytes,
    lockMs: timeOption(raw.lock, "--lock"),
    stalledMs: timeOption(raw.stalled, "--stalled"),
    idleExitMs: idleMs,
    signal: io.signal,
    onEvent: (event) => tell(event, common.json, fleet.onNote, io),
  });
  // It hands back its shards first, and never takes long for that.
  io.endAtInterrupt?.({ code: Exit.Done, isSoon: true });
  fleet.onNote(`serves the queue ${worker.queue}`);
  if (common.json) await io.stdout.write(`{"event":"ready"}\n`);
  await worker.closed;
  return exitCode(io.signal.reason);
}

function timeOption(
  text: string | undefined,
  option: string,
): number | undefined {
  return text === undefined ? undefined : parseDuration(text, option);
}

function tell(
  event: WorkerEvent,
  json: boolean,
  onNote: (note: string) => void,
  io: CliIo,
): void {
  // Whoever read the lines has gone; the work goes on.
  if (json) io.stdout.write(`${JSON.stringify(event)}\n`).catch(() => {});
  if (event.event !== "failed") return;
  onNote(`${event.job} failed, attempt ${event.attempt}: ${event.reason}`);
}

/** A worker that was asked to end, and has, did well. */
function exitCode(reason: unknown): number {
  const isSigint = reason instanceof InterruptError && reason.exitCode === 130;
  return isSigint ? reason.exitCode : Exit.Done;
}
