/**
 * BitTorrent v2: the `pieces root` of a file, and on request its piece layer.
 *
 * Blocks of 16 KiB are hashed with SHA-256, the last one as short as it is; zeros stand in for the hashes
 * of the blocks that are missing to a power of two; the rest is a binary tree. The root is the same for
 * every piece length. A torrent has no root for an empty file; it is 64 zeros here, a tree of one missing
 * block.
 *
 * @see https://www.bittorrent.org/beps/bep_0052.html
 * @module
 */
import { joinBytes } from "../../join_bytes.ts";
import type { RangeView } from "../../job.ts";
import { requireWhole } from "../coverage.ts";
import type { DigestExtra, ParallelDigest } from "../digest.ts";
import { toHex } from "../hex.ts";
import { BLOCK_BYTES, type DigestParameters } from "../parameters.ts";
import {
  HASH_BYTES,
  mergeTrees,
  paddedRoot,
  pushBlock,
  type TreeBuilder,
  type TreePartial,
} from "./btv2_tree.ts";
import { type HashOnce, hashOnce } from "./hash_once.ts";
import { appendPacked } from "./packed.ts";

/** The pieces root as a digest, with the piece layer where `pieceBytes` is given. */
export function btv2(
  { pieceBytes }: DigestParameters,
): ParallelDigest<HashOnce, TreePartial> {
  const pieceBlocks = (pieceBytes ?? 0) / BLOCK_BYTES;
  return {
    kind: "parallel",
    name: "btv2",
    scratchBytes: 0,
    alignBytes: BLOCK_BYTES,
    start: sha256,
    leaf: (range, hash) => hashBlocks(range, pieceBlocks, hash),
    merge: (left, right) => mergeTrees(left, right, sha256()),
    finish: (partial, byteLength) => toHex(piecesRoot(partial, byteLength)),
    extra: (partial, byteLength) =>
      pieceBlocks > 0
        ? { pieceLayer: pieceLayer(partial, pieceBlocks, byteLength) }
        : NO_EXTRA,
  };
}

const NO_EXTRA: DigestExtra = {};

let cached: HashOnce | undefined;

function sha256(): HashOnce {
  return cached ??= hashOnce("sha256");
}

function hashBlocks(
  { offset, byteLength, bytes }: RangeView,
  pieceBlocks: number,
  hash: HashOnce,
): TreePartial {
  const builder: TreeBuilder = { nodes: [], pieceBlocks, layer: [] };
  for (let at = 0; at < byteLength; at += BLOCK_BYTES) {
    const block = (offset + at) / BLOCK_BYTES;
    const blockHash = hash(bytes.subarray(at, at + BLOCK_BYTES));
    pushBlock(builder, { block, blockCount: 1, hash: blockHash }, hash);
  }
  const { nodes, layer } = builder;
  return { byteOffset: offset, byteLength, nodes, pieceBlocks, layer };
}

function piecesRoot(
  partial: TreePartial | undefined,
  byteLength: number,
): Uint8Array {
  requireWhole(partial, byteLength);
  if (partial === undefined) return new Uint8Array(HASH_BYTES);
  return paddedRoot(partial.nodes, treeBlocks(byteLength), sha256());
}

/** Blocks of the whole tree: a power of two. */
function treeBlocks(byteLength: number): number {
  let blocks = 1;
  while (blocks * BLOCK_BYTES < byteLength) blocks *= 2;
  return blocks;
}

/** @returns Nothing for a file of one piece or less, as torrents have it. */
function pieceLayer(
  partial: TreePartial | undefined,
  pieceBlocks: number,
  byteLength: number,
): Uint8Array {
  requireWhole(partial, byteLength);
  if (partial === undefined || byteLength <= pieceBlocks * BLOCK_BYTES) {
    return new Uint8Array(0);
  }
  const { nodes, layer } = partial;
  const rest = nodes.filter((node) => node.blockCount < pieceBlocks);
  if (rest.length === 0) return joinBytes(layer);
  const last = paddedRoot(rest, pieceBlocks, sha256());
  return joinBytes(appendPacked(layer, last));
}
