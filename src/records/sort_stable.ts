/**
 * A merge sort of indices by numbers: what is equal stays in order.
 *
 * ```text
 * runs of 8 by insertion -> runs of 16, 32 ... by merging, there and back between two pairs of lists
 * ```
 *
 * Why it is fast: keys move along with their indices, so that each step reads and writes in order, and no function
 * is called for a comparison unless keys are equal. The sort of typed arrays calls one each time.
 *
 * @module
 */

/** Length of the runs that merging begins with. */
const RUN = 8;

/** Less than 0 if index `a` comes in front of `b`. */
export type CompareIndices = (a: number, b: number) => number;

/** Keys, each with its index. */
interface Pairs {
  readonly keys: Float64Array;
  readonly indices: Uint32Array<ArrayBuffer>;
}

/**
 * Sorts the indices of keys, of which none is NaN.
 *
 * @param compare Asked about indices whose keys are equal, if not about all.
 * @param always Whether it is asked about all.
 */
export function sortStable(
  keys: Float64Array,
  compare?: CompareIndices,
  always = false,
): Uint32Array<ArrayBuffer> {
  const { length } = keys;
  let from: Pairs = {
    keys: keys.slice(),
    indices: Uint32Array.from({ length }, (_, i) => i),
  };
  let to: Pairs = {
    keys: new Float64Array(length),
    indices: new Uint32Array(length),
  };
  const isBefore = comparison(compare, always);
  for (let start = 0; start < length; start += RUN) {
    insert(from, start, Math.min(start + RUN, length), isBefore);
  }
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(middle + width, length);
      mergeRuns(from, to, { start, middle, end }, isBefore);
    }
    [from, to] = [to, from];
  }
  return from.indices;
}

/** Decides where keys do not: `undefined` if they always do. */
type Decide = ((key: number, a: number, other: number, b: number) => boolean);

function comparison(
  compare: CompareIndices | undefined,
  always: boolean,
): Decide | undefined {
  if (compare === undefined) return undefined;
  return always
    ? (_key, a, _other, b) => compare(a, b) < 0
    : (key, a, other, b) => key < other || key === other && compare(a, b) < 0;
}

function insert(
  { keys, indices }: Pairs,
  start: number,
  end: number,
  decide: Decide | undefined,
): void {
  for (let i = start + 1; i < end; i++) {
    // `!` here and below: `i` and what is in front of it are inside.
    const key = keys[i]!, index = indices[i]!;
    let at = i;
    for (; at > start; at--) {
      const other = keys[at - 1]!, before = indices[at - 1]!;
      const goes = decide === undefined
        ? key < other
        : decide(key, index, other, before);
      if (!goes) break;
      keys[at] = other;
      indices[at] = before;
    }
    keys[at] = key;
    indices[at] = index;
  }
}

function mergeRuns(
  from: Pairs,
  to: Pairs,
  run: { start: number; middle: number; end: number },
  decide: Decide | undefined,
): void {
  const { keys, indices } = from;
  const { middle, end } = run;
  let left = run.start, right = middle;
  for (let at = run.start; at < end; at++) {
    const takesRight = left === middle || right < end &&
        (decide === undefined
          ? keys[right]! < keys[left]!
          : decide(keys[right]!, indices[right]!, keys[left]!, indices[left]!));
    const next = takesRight ? right++ : left++;
    to.keys[at] = keys[next]!;
    to.indices[at] = indices[next]!;
  }
}
