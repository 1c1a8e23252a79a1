/**
 * The advice that a SharedFile takes, and what the kernel calls it.
 *
 * Not here are those that destroy bytes (`MADV_FREE`, `MADV_REMOVE`, `MADV_HWPOISON`).
 *
 * @module
 */
import { Advice } from "../../platform/libc.ts";
import type { SharedFileAdvice } from "./types.ts";

/** Advice by its name in lower case. */
export const ADVICE: Readonly<Record<SharedFileAdvice, number>> = {
  normal: Advice.Normal,
  random: Advice.Random,
  sequential: Advice.Sequential,
  willneed: Advice.WillNeed,
  dontneed: Advice.DontNeed,
  dontfork: Advice.DontFork,
  dofork: Advice.DoFork,
  mergeable: Advice.Mergeable,
  unmergeable: Advice.Unmergeable,
  hugepage: Advice.HugePage,
  nohugepage: Advice.NoHugePage,
  dontdump: Advice.DontDump,
  dodump: Advice.DoDump,
};
