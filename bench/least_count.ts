/**
 * The least program of this runtime that counts the lines of a file with two threads: `bun bench/least_count.ts FILE`.
 *
 * It starts one thread beside its own, and both claim 1 MiB at a time. It takes no options, plans nothing, watches
 * nothing: `process count` cannot be quicker.
 *
 * @module
 */
import { countInBoth, startThread } from "./two_js_threads.ts";

/** The arguments of a program, where the runtime has them soonest. */
interface ArgumentGlobals {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process: { readonly argv: readonly string[] };
}

const globals = globalThis as unknown as ArgumentGlobals;
const path = globals.Deno?.args[0] ?? globals.process.argv[2] ?? "";
const thread = startThread();
console.log(await countInBoth(thread, path));
await thread.stop();
