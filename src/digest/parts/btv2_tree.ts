/**
 * The part of a BitTorrent v2 tree that a range of a file settles, and how neighbours join.
 *
 * As in BLAKE3 (../blake3_tree.ts) a range is a short list of whole subtrees, joined as soon as both
 * halves are there. Where a piece layer is wanted, the hash of each subtree as long as a piece is kept as
 * well: 32 bytes for each piece.
 *
 * @see https://www.bittorrent.org/beps/bep_0052.html
 * @module
 */
import { joinedLength } from "../coverage.ts";
import type { HashOnce } from "./hash_once.ts";
import { appendPacked, joinPacked, type Packed } from "./packed.ts";

/** Bytes of a hash, SHA-256. */
export const HASH_BYTES = 32;

/** A whole subtree. */
export interface TreeNode {
  /** Index in the file of the first block. */
  readonly block: number;
  /** A power of two that divides `block`. */
  readonly blockCount: number;
  readonly hash: Uint8Array;
}

/** What a range of a file settles of its tree. */
export interface TreePartial {
  readonly byteOffset: number;
  readonly byteLength: number;
  /** In file order, without gaps; no two could be joined. */
  readonly nodes: readonly TreeNode[];
  /** Blocks of a piece whose layer is wanted; 0 if none is. */
  readonly pieceBlocks: number;
  /** Hashes of the whole pieces. */
  readonly layer: Packed;
}

/** Nodes that are being gathered, and the hashes of pieces among them. */
export interface TreeBuilder {
  readonly nodes: TreeNode[];
  readonly pieceBlocks: number;
  layer: Packed;
}

/** Joins two neighbours. Costs one hash for each node that finds its sibling. */
export function mergeTrees(
  left: TreePartial,
  right: TreePartial,
  hash: HashOnce,
): TreePartial {
  const byteLength = joinedLength(left, right);
  const { pieceBlocks } = left;
  const builder = { nodes: [...left.nodes], pieceBlocks, layer: left.layer };
  for (const node of right.nodes) joinNode(builder, node, hash);
  return {
    ...left,
    byteLength,
    nodes: builder.nodes,
    // Of a piece that lies across both, the hash has come between theirs.
    layer: joinPacked(builder.layer, right.layer),
  };
}

/** Appends a block, whose hash is in the layer if pieces are as short. */
export function pushBlock(
  builder: TreeBuilder,
  node: TreeNode,
  hash: HashOnce,
): void {
  if (builder.pieceBlocks === 1) keepPiece(builder, node);
  joinNode(builder, node, hash);
}

/** Appends a node that is in the layer, if it belongs there, and joins siblings as long as there are any. */
function joinNode(builder: TreeBuilder, node: TreeNode, hash: HashOnce): void {
  const { nodes, pieceBlocks } = builder;
  let last = node;
  for (;;) {
    const sibling = nodes.at(-1);
    if (sibling === undefined || !areSiblings(sibling, last)) break;
    nodes.pop();
    const { block, blockCount } = sibling;
    last = {
      block,
      blockCount: 2 * blockCount,
      hash: parentHash(sibling.hash, last.hash, hash),
    };
    if (last.blockCount === pieceBlocks) keepPiece(builder, last);
  }
  nodes.push(last);
}

function keepPiece(builder: TreeBuilder, { hash }: TreeNode): void {
  builder.layer = appendPacked(builder.layer, hash);
}

function areSiblings(left: TreeNode, right: TreeNode): boolean {
  return left.blockCount === right.blockCount &&
    left.block % (2 * left.blockCount) === 0;
}

/**
 * Completes the tree of a whole file with blocks whose hashes are zeros.
 *
 * @param nodes Those of the whole file, at least one: its length in binary, largest subtree first.
 * @param blockCount Length of the tree that is wanted, a power of two and no less than the file's.
 * @returns The root of the tree that `nodes` end in.
 */
export function paddedRoot(
  nodes: readonly TreeNode[],
  blockCount: number,
  hash: HashOnce,
): Uint8Array {
  const rest = [...nodes];
  let zeros: Uint8Array = new Uint8Array(HASH_BYTES);
  let root: Uint8Array | undefined;
  for (let count = 1; count < blockCount; count *= 2) {
    // A node is a left half: were it a right one, it would have been joined.
    const node = rest.at(-1)?.blockCount === count ? rest.pop() : undefined;
    if (node !== undefined) root = parentHash(node.hash, root ?? zeros, hash);
    else if (root !== undefined) root = parentHash(root, zeros, hash);
    zeros = parentHash(zeros, zeros, hash);
  }
  root ??= rest.pop()?.hash;
  if (root === undefined || rest.length > 0) {
    throw new Error(`Bug: no tree of ${blockCount} blocks has these nodes`);
  }
  return root;
}

function parentHash(
  left: Uint8Array,
  right: Uint8Array,
  hash: HashOnce,
): Uint8Array {
  const pair = new Uint8Array(2 * HASH_BYTES);
  pair.set(left);
  pair.set(right, HASH_BYTES);
  return hash(pair);
}
