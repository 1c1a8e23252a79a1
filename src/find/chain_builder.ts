/**
 * Makes the chain of a segment (see chain.ts), match by match.
 *
 * Entries that have come to the same place go on together: they are a *group*. A match that may start takes along
 * all groups that have come no further, and they are one from there on. Soon there is one group left, and the rest
 * of the segment is searched once, for all entries. Where that does not happen, each match costs one group's turn.
 *
 * @module
 */
import { type Chain, type ChainStep, withoutRepeats } from "./chain.ts";

/** Entries up to `upTo` have `count` matches more than their group. */
interface Member {
  readonly upTo: number;
  count: number;
}

/** Entries that have come to the same place. */
interface Group {
  /** Where their last match ends. */
  at: number;
  count: number;
  members: Member[];
}

export class ChainBuilder {
  /** In the order of `at`; those before `#first` are gone. */
  #groups: Group[] = [];
  #first = 0;
  /** Entries beyond this have met no match yet. */
  #entryMax: number;
  readonly #entryLast: number;

  /** @param start Where the segment starts. @param entryLast How far matches in front of it can reach. */
  constructor(start: number, entryLast: number) {
    this.#entryMax = start - 1;
    this.#entryLast = entryLast;
  }

  /** Takes the next place at which a match may start, and its end. */
  add(start: number, end: number): void {
    const taken = this.#takeUpTo(start);
    if (this.#entryMax < this.#entryLast) {
      const upTo = Math.min(start, this.#entryLast);
      taken.push({ at: start, count: 0, members: [{ upTo, count: 0 }] });
      this.#entryMax = upTo;
    }
    const group = joinGroups(taken);
    if (group === undefined) return;
    group.at = end;
    group.count++;
    this.#insert(group);
  }

  /** Groups that have come no further than to `start`. */
  #takeUpTo(start: number): Group[] {
    const taken: Group[] = [];
    for (
      let group;
      (group = this.#groups[this.#first]) && group.at <= start;
      this.#first++
    ) taken.push(group);
    if (this.#first > 1024) {
      this.#groups = this.#groups.slice(this.#first);
      this.#first = 0;
    }
    return taken;
  }

  #insert(group: Group): void {
    let index = this.#groups.length;
    while (index > this.#first && this.#groups[index - 1]!.at > group.at) {
      index--;
    }
    this.#groups.splice(index, 0, group);
  }

  /** Whether all entries have met a match, and are in so many groups at most. */
  hasFewGroups(countMax: number): boolean {
    return this.#entryMax >= this.#entryLast &&
      this.#groups.length - this.#first <= countMax;
  }

  /** Adds to each group what follows where it is. @param count How many, and where the last ends. */
  finish(count: (at: number) => { count: number; at: number }): void {
    for (const group of this.#groups.slice(this.#first)) {
      const rest = count(group.at);
      group.count += rest.count;
      group.at = rest.at;
    }
  }

  chain(): Chain {
    const steps: ChainStep[] = this.#groups.slice(this.#first)
      .flatMap(({ at, count, members }) =>
        members.map((member) => ({
          upTo: member.upTo,
          count: count + member.count,
          exit: at,
        }))
      )
      .sort((left, right) => left.upTo - right.upTo);
    if (this.#entryMax < this.#entryLast) {
      steps.push({ upTo: Infinity, count: 0, exit: -1 });
    }
    const last = steps.pop();
    if (last !== undefined) steps.push({ ...last, upTo: Infinity });
    return withoutRepeats(steps);
  }
}

/** One group of all; members of the smaller ones move. */
function joinGroups(groups: readonly Group[]): Group | undefined {
  const largest = groups.reduce<Group | undefined>(
    (best, group) =>
      best === undefined || group.members.length > best.members.length
        ? group
        : best,
    undefined,
  );
  if (largest === undefined) return undefined;
  for (const group of groups) {
    if (group === largest) continue;
    for (const member of group.members) {
      member.count += group.count - largest.count;
      largest.members.push(member);
    }
  }
  return largest;
}
