/**
 * What a shard settles of a BLAKE3 tree, as part of a body.
 *
 * The mode is left out: whoever joins knows it, and no key is written down.
 *
 * @module
 */
import type { Blake3Input } from "../../digest/blake3_compress.ts";
import type {
  Blake3Mode,
  Blake3Node,
  Blake3Partial,
} from "../../digest/blake3_tree.ts";
import type { ByteRange } from "../../errors.ts";
import {
  array,
  integer,
  list,
  object,
  type Shape,
  wrongValue,
} from "../shape.ts";

/** A subtree, its words in one array: chaining value, then block. */
interface NodeBody {
  readonly chunk: number;
  readonly chunkCount: number;
  readonly words: Uint32Array;
  readonly blockLength: number;
  readonly counter: number;
  readonly flags: number;
}

/** Subtrees in file order. */
export type Blake3Body = readonly NodeBody[];

const CV_WORDS = 8;
const BLOCK_WORDS = 16;

/** Two of each size. */
const NODES_MAX = 128;

const BODY: Shape<NodeBody[]> = list(
  object<NodeBody>({
    chunk: integer(0),
    chunkCount: integer(1),
    words: array(Uint32Array),
    blockLength: integer(0, 64),
    counter: integer(0),
    flags: integer(0, 255),
  }),
  NODES_MAX,
);

/** From the partial of the job to a body. */
export function blake3Body({ nodes }: Blake3Partial): Blake3Body {
  return nodes.map(({ chunk, chunkCount, top }) => ({
    chunk,
    chunkCount,
    words: Uint32Array.of(...top.cv, ...top.block),
    blockLength: top.blockLength,
    counter: top.counter,
    flags: top.flags,
  }));
}

/** Checks a body and makes a partial of it. */
export function blake3Partial(
  value: unknown,
  mode: Blake3Mode,
  { start, end }: ByteRange,
  at: string,
): Blake3Partial {
  const nodes = BODY(value, at).map((node) => toNode(node, at));
  return { byteOffset: start, byteLength: end - start, mode, nodes };
}

function toNode(
  { chunk, chunkCount, words, ...rest }: NodeBody,
  at: string,
): Blake3Node {
  if (words.length !== CV_WORDS + BLOCK_WORDS) {
    throw wrongValue(`${at}.words`, "24 words", `${words.length} of them`);
  }
  const top: Blake3Input = {
    cv: Array.from(words.subarray(0, CV_WORDS)),
    block: Array.from(words.subarray(CV_WORDS)),
    ...rest,
  };
  return { chunk, chunkCount, top };
}
