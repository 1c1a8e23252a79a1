/**
 * How many disjoint matches a stretch of a file has, where that depends on what is in front of it.
 *
 * All that matters of what is in front is how far its last match reaches into the stretch, the *entry*. As a function
 * of the entry, count and exit (how far the stretch's own last match reaches) change only at the places where a
 * match may start: entries between two such places begin with the same match, and have all else in common. So a
 * chain is a short table; two neighbours' tables join by looking the exits of one up in the other. That is exact,
 * associative, and small even where matches overlap all the way (`aa` in a gigabyte of `a`).
 *
 * @module
 */

/** Entries up to `upTo` (an offset in the file) give `count` matches, of which the last ends at `exit`. */
export interface ChainStep {
  /** `Infinity` in the last step. */
  readonly upTo: number;
  readonly count: number;
  /** -1 if there is no match: the exit is the entry then. */
  readonly exit: number;
}

/** Steps of growing `upTo`. Plain data. */
export type Chain = readonly ChainStep[];

/** A chain that does not depend on its entry, nor what is behind it on its exit. */
export function countedChain(count: number): Chain {
  return [{ upTo: Infinity, count, exit: -1 }];
}

/** The step for an entry. */
export function stepAt(chain: Chain, entry: number): ChainStep {
  const step = chain.find(({ upTo }) => entry <= upTo);
  if (step === undefined) throw new Error("Bug: a chain without a last step");
  return step;
}

/** Joins the chains of neighbours. */
export function joinChains(left: Chain, right: Chain): Chain {
  const joined: ChainStep[] = [];
  let entryMin = -1;
  for (const { upTo, count, exit } of left) {
    if (exit >= 0) {
      const next = stepAt(right, exit);
      joined.push({
        upTo,
        count: count + next.count,
        exit: next.exit >= 0 ? next.exit : exit,
      });
    } else {
      for (const next of right) {
        if (next.upTo <= entryMin) continue;
        joined.push({
          upTo: Math.min(upTo, next.upTo),
          count: count + next.count,
          exit: next.exit,
        });
        if (next.upTo >= upTo) break;
      }
    }
    entryMin = upTo;
  }
  return withoutRepeats(joined);
}

/** One step for neighbours that give the same. */
export function withoutRepeats(steps: readonly ChainStep[]): Chain {
  return steps.filter(({ count, exit }, i) => {
    const next = steps[i + 1];
    return next === undefined || next.count !== count || next.exit !== exit;
  });
}
