/**
 * The entry of the thread in which a worker of a fleet carries out shards.
 *
 * @module
 */
import { serveShards } from "../src/bullmq/runner_thread.ts";
import { connectToParent } from "../src/platform/parent.ts";

serveShards(connectToParent());
