/**
 * The least program of this runtime that gives BLAKE3 of a file with two threads: `bun bench/least_hash.ts FILE`; or
 * with one: `bun bench/least_hash.ts FILE 1`.
 *
 * It starts one thread beside its own; each reads a half and hashes it with our kernels. It takes no options, plans
 * nothing, watches nothing, and only files of 2, 4, 8 ... 32,768 MiB: with files that take much longer than a thread
 * to start, `process hash` cannot be quicker.
 *
 * @module
 */
import { hashHere, hashInBoth } from "./two_hash_threads.ts";

/** The arguments of a program, where the runtime has them soonest. */
interface ArgumentGlobals {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process: { readonly argv: readonly string[] };
}

const globals = globalThis as unknown as ArgumentGlobals;
const args = globals.Deno?.args ?? globals.process.argv.slice(2);
const [path = "", threads] = args;
console.log(threads === "1" ? hashHere(path) : await hashInBoth(path));
