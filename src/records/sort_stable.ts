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

/** How two of them are compared. */
interface Comparison {
  readonly compare: CompareIndices | undefined;
  readonly always: boolean;
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
  const indices = new Uint32Array(length);
  for (let i = 0; i < length; i++) indices[i] = i;
  let from: Pairs = { keys: keys.slice(), indices };
  let to: Pairs = {
    keys: new Float64Array(length),
    indices: new Uint32Array(length),
  };
  const comparison = { compare, always };
  for (let start = 0; start < length; start += RUN) {
    insert(from, start, Math.min(start + RUN, length), comparison);
  }
  for (let width = RUN; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(middle + width, length);
      mergeRuns(from, to, { start, middle, end }, comparison);
    }
    [from, to] = [to, from];
  }
  return from.indices;
}

function insert(
  { keys, indices }: Pairs,
  start: number,
  end: number,
  { compare, always }: Comparison,
): void {
  for (let i = start + 1; i < end; i++) {
    // `!` here and below: `i` and what is in front of it are inside.
    const key = keys[i]!, index = indices[i]!;
    let at = i;
    for (; at > start; at--) {
      const other = keys[at - 1]!, before = indices[at - 1]!;
      const goes = compare === undefined || !always && key !== other
        ? key < other
        : compare(index, before) < 0;
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
  { compare, always }: Comparison,
): void {
  const { keys, indices } = from;
  const { keys: toKeys, indices: toIndices } = to;
  const { start, middle, end } = run;
  let left = start, right = middle, at = start;
  while (left < middle && right < end) {
    const key = keys[left]!, other = keys[right]!;
    const takesRight = compare === undefined || !always && key !== other
      ? other < key
      : compare(indices[right]!, indices[left]!) < 0;
    toKeys[at] = takesRight ? other : key;
    toIndices[at++] = indices[takesRight ? right++ : left++]!;
  }
  // One of the two has no more.
  const rest = left < middle ? left : right;
  const restEnd = left < middle ? middle : end;
  toKeys.set(keys.subarray(rest, restEnd), at);
  toIndices.set(indices.subarray(rest, restEnd), at);
}
