/**
 * How much tests try. They run on three runtimes, so by default each takes a third of what is many: the ways to run that
 * must not matter are spread over the runtimes, and random cases too, which have another seed in each run.
 * With `SABMAP_LONG=1` each runtime takes all.
 *
 * @module
 */
import process from "node:process";
import { runtime } from "./temporary.ts";

const TURN = ["node", "deno", "bun"].indexOf(runtime);
const isLong = process.env["SABMAP_LONG"] === "1";

/** How many random cases to try, of so many over all runtimes. */
export function rounds(count: number): number {
  return isLong ? count : Math.ceil(count / 3);
}

/** Those of a list that this runtime takes: the first, and every third from another place on in each. */
export function spread<T>(list: readonly T[]): readonly T[] {
  return list.filter((_, index) => isLong || index === 0 || index % 3 === TURN);
}
