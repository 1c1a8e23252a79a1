/**
 * The part of a BLAKE3 tree that a range of a file settles, and how neighbours join.
 *
 * A subtree over 2^k chunks that starts at a multiple of 2^k chunks is the same
 * whatever comes before and behind it. So a range is a short list of such subtrees,
 * the largest that fit: at most two of each size, O(log n) in all. What lies across
 * two neighbours is a subtree once both halves are there, and is joined at once.
 *
 * The topmost compression of each subtree is kept but not carried out: only the end
 * of the file tells which one is the root, and the root takes a flag more.
 *
 * @see https://github.com/BLAKE3-team/BLAKE3-specs/blob/master/blake3.pdf section 2.1
 * @module
 */
import {
  BLAKE3_IV,
  Blake3Flag,
  type Blake3Input,
  BLOCK_BYTES,
  chainingValue,
  CHUNK_BYTES,
} from "./blake3_compress.ts";
import { requireWhole } from "./coverage.ts";

/** Plain, keyed, or deriving a key. */
export interface Blake3Mode {
  /** Eight words. */
  readonly key: readonly number[];
  /** Flags that every compression takes. */
  readonly flags: number;
}

/** Plain hashing. */
export const HASH_MODE: Blake3Mode = { key: BLAKE3_IV, flags: 0 };

/** A whole subtree. */
export interface Blake3Node {
  /** Index in the file of the first chunk. */
  readonly chunk: number;
  /** A power of two that divides `chunk`. The file's last chunk counts in full, however short. */
  readonly chunkCount: number;
  /** The topmost compression, not yet carried out. */
  readonly top: Blake3Input;
}

/** What a range of a file settles of its tree. */
export interface Blake3Partial {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly mode: Blake3Mode;
  /** In file order, without gaps; no two could be joined. */
  readonly nodes: readonly Blake3Node[];
  /** The digest, in place of the nodes, where the range is known to be the whole file. */
  readonly digest?: string;
}

/** The compression of the parent of two chaining values, which are the sixteen words of `block`. */
export function parentInput(
  block: readonly number[],
  { key, flags }: Blake3Mode,
): Blake3Input {
  return {
    cv: key,
    block,
    blockLength: BLOCK_BYTES,
    counter: 0,
    flags: flags | Blake3Flag.Parent,
  };
}

/** Whether a subtree has more than one chunk. */
export function isParent({ flags }: Blake3Input): boolean {
  return (flags & Blake3Flag.Parent) !== 0;
}

/** Makes the parent's compression of those of two siblings, carrying these out. */
export type Join = (
  left: Blake3Input,
  right: Blake3Input,
  mode: Blake3Mode,
) => Blake3Input;

/**
 * Joins two neighbours. Costs two compressions for each node that finds its sibling.
 *
 * @param join How siblings are joined.
 */
export function mergePartials(
  left: Blake3Partial,
  right: Blake3Partial,
  join: Join = parentOf,
): Blake3Partial {
  requireNeighbours(left, right);
  const { byteOffset, mode } = left;
  const nodes = left.nodes.slice();
  for (const node of right.nodes) pushNode(nodes, node, mode, join);
  const byteLength = left.byteLength + right.byteLength;
  return { byteOffset, byteLength, mode, nodes };
}

/** Appends a node, and joins siblings as long as there are any. */
export function pushNode(
  nodes: Blake3Node[],
  node: Blake3Node,
  mode: Blake3Mode,
  join: Join = parentOf,
): void {
  let last = node;
  for (;;) {
    const sibling = nodes.at(-1);
    if (sibling === undefined || !areSiblings(sibling, last)) break;
    nodes.pop();
    last = {
      chunk: sibling.chunk,
      chunkCount: 2 * sibling.chunkCount,
      top: join(sibling.top, last.top, mode),
    };
  }
  nodes.push(last);
}

/**
 * Finds the root's compression, still without its ROOT flag.
 *
 * What is left of a whole file is its length in binary, largest subtree first. Folding
 * it from the right gives each left side the largest power of two that leaves something
 * for the right, which is the paper's rule.
 *
 * @param partial All of the file; `undefined` when the file is empty.
 * @param mode To be given where the file may be empty; that of the partial otherwise.
 */
export function rootInput(
  partial: Blake3Partial | undefined,
  byteLength: number,
  mode: Blake3Mode = partial?.mode ?? HASH_MODE,
): Blake3Input {
  requireWhole(partial, byteLength);
  const nodes = partial?.nodes ?? [];
  if (nodes.length === 0) return emptyInput(mode);
  return nodes.map((node) => node.top)
    .reduceRight((right, left) => parentOf(left, right, mode));
}

/** The one compression of an empty file: a chunk of nothing. */
function emptyInput({ key, flags }: Blake3Mode): Blake3Input {
  return {
    cv: key,
    block: new Array<number>(16).fill(0),
    blockLength: 0,
    counter: 0,
    flags: flags | Blake3Flag.ChunkStart | Blake3Flag.ChunkEnd,
  };
}

/** Joins siblings without an arena. */
export function parentOf(
  left: Blake3Input,
  right: Blake3Input,
  mode: Blake3Mode,
): Blake3Input {
  return parentInput([...chainingValue(left), ...chainingValue(right)], mode);
}

function areSiblings(left: Blake3Node, right: Blake3Node): boolean {
  return left.chunkCount === right.chunkCount &&
    left.chunk % (2 * left.chunkCount) === 0;
}

function requireNeighbours(left: Blake3Partial, right: Blake3Partial): void {
  const leftEnd = left.byteOffset + left.byteLength;
  if (leftEnd !== right.byteOffset || leftEnd % CHUNK_BYTES !== 0) {
    throw new Error(
      `Bug: BLAKE3 trees that do not touch between chunks were merged: ${leftEnd} and ${right.byteOffset}`,
    );
  }
}
