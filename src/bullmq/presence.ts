/**
 * A sign of life of the workers of a queue, for submitters that wait.
 *
 * @module
 */
import type { Redis } from "ioredis";
import type { QueueName } from "./settings.ts";

/** How often a worker gives it, and how long it holds. */
const ANNOUNCE_MS = 5000;
const PRESENT_MS = 15_000;

function keyOf({ prefix, name }: QueueName): string {
  return `${prefix}:${name}:sabmap-workers`;
}

/**
 * Gives the sign from now on.
 *
 * @returns What ends that. The sign itself fades, as other workers may give it too.
 */
export function announce(redis: Redis, queue: QueueName): () => void {
  const give = () => {
    // While the server is away there is nobody to tell; commands would pile up.
    if (redis.status !== "ready" && redis.status !== "connecting") return;
    redis.set(keyOf(queue), "1", "PX", PRESENT_MS).catch(() => {});
  };
  give();
  const timer = setInterval(give, ANNOUNCE_MS);
  return () => clearInterval(timer);
}

/** Whether there were workers a moment ago. */
export async function isAttended(
  redis: Redis,
  queue: QueueName,
): Promise<boolean> {
  return await redis.exists(keyOf(queue)) === 1;
}
