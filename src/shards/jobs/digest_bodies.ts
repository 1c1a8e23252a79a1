/**
 * Partials of the digests over ranges, as parts of a body and back.
 *
 * @module
 */
import type { AdlerPartial } from "../../digest/adler32.ts";
import { deriveKeyMode } from "../../digest/blake3_modes.ts";
import {
  type Blake3Mode,
  type Blake3Partial,
  HASH_MODE,
} from "../../digest/blake3_tree.ts";
import type { CrcPartial } from "../../digest/crc.ts";
import {
  HASH_BYTES,
  type TreeNode,
  type TreePartial,
} from "../../digest/parts/btv2_tree.ts";
import { joinBytes } from "../../join_bytes.ts";
import { BLOCK_BYTES } from "../../digest/parameters.ts";
import type { ByteRange } from "../../errors.ts";
import { CRC_CONSTANTS, type CrcName } from "../../kernels/checksums.ts";
import type { HashParameters } from "../parameters/hash.ts";
import {
  array,
  integer,
  list,
  object,
  type Shape,
  text,
  wrongValue,
} from "../shape.ts";
import { blake3Body, blake3Partial } from "./blake3_body.ts";

/** As plain data, in one form. Where the range lies is left out: whoever reads it knows. */
export function writeDigest(name: string, partial: unknown): unknown {
  // The casts here: the partials are those that the digests of these names have made.
  switch (name) {
    case "blake3":
      return blake3Body(partial as Blake3Partial);
    case "btv2": {
      const { nodes, layer } = partial as TreePartial;
      return { nodes, layer: joinBytes(layer) };
    }
    case "adler32":
      return (partial as AdlerPartial).adler;
    default:
      return (partial as CrcPartial).crc;
  }
}

/** @throws {SabmapError} `ERR_BAD_SHARD` if it is no such partial. */
export function readDigest(
  name: string,
  value: unknown,
  parameters: HashParameters,
  range: ByteRange,
): unknown {
  const at = `body.ranges.${name}`;
  const { start, end } = range;
  const covered = { byteOffset: start, byteLength: end - start };
  switch (name) {
    case "blake3":
      return blake3Partial(value, modeOf(parameters), range, at);
    case "btv2":
      return { ...covered, ...readTree(value, parameters, at) };
    case "adler32":
      return { ...covered, adler: integer(0, 2 ** 32 - 1)(value, at) };
    default:
      return { ...covered, crc: readCrc(name, value, at) };
  }
}

/** The mode of the last parameters that were asked for: deriving a key hashes its context. */
let derived: { context: string; mode: Blake3Mode } | undefined;

function modeOf({ blake3 }: HashParameters): Blake3Mode {
  const context = blake3?.context;
  if (context === undefined) return HASH_MODE;
  if (derived?.context !== context) {
    derived = { context, mode: deriveKeyMode(context) };
  }
  return derived.mode;
}

function readCrc(name: string, value: unknown, at: string): string {
  const digits = CRC_CONSTANTS[name as CrcName].bits / 4;
  const crc = text(digits)(value, at);
  if (crc.length === digits && /^[0-9a-f]*$/.test(crc)) return crc;
  throw wrongValue(at, `${digits} hexadecimal digits`, value);
}

const HASH: Shape<Uint8Array> = (value, at) => {
  const bytes = array(Uint8Array)(value, at);
  if (bytes.length === HASH_BYTES) return bytes;
  throw wrongValue(at, `${HASH_BYTES} bytes`, `${bytes.length} of them`);
};

/** Two nodes of each size. */
const NODES_MAX = 128;

const TREE = object<{ nodes: TreeNode[]; layer: Uint8Array }>({
  nodes: list(
    object<TreeNode>({
      block: integer(0),
      blockCount: integer(1),
      hash: HASH,
    }),
    NODES_MAX,
  ),
  layer: array(Uint8Array),
});

function readTree(
  value: unknown,
  { pieceBytes = 0 }: HashParameters,
  at: string,
): Pick<TreePartial, "nodes" | "pieceBlocks" | "layer"> {
  const { nodes, layer } = TREE(value, at);
  return {
    nodes,
    pieceBlocks: pieceBytes / BLOCK_BYTES,
    layer: layer.length === 0 ? [] : [layer],
  };
}
