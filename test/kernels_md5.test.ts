/** MD5 of four messages at once against that of the runtime, one after the other. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import {
  MD5_IN_STEP_BYTES,
  Md5InStep,
} from "../src/digest/parts/md5_in_step.ts";
import { seededBytes } from "./temporary.ts";

/** RFC 1321, A.5. */
const SUITE: readonly (readonly [string, string])[] = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  [
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    "d174ab98d277d9f5a5611c2c9f419d9f",
  ],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
];

const PAGES = 8;
const memory = new WebAssembly.Memory({
  initial: PAGES,
  maximum: PAGES,
  shared: true,
});
const bytes = new Uint8Array(memory.buffer as unknown as SharedArrayBuffer);
const SCRATCH = { byteOffset: 1024, byteLength: MD5_IN_STEP_BYTES };
/** Where the messages lie, not on any grid. */
const FIRST = 65_536 + 13;
const APART = 70_001;

function hash(message: Uint8Array): string {
  return createHash("md5").update(message).digest("hex");
}

/** Hashes four messages of equal length, cut at the same places. */
function hashFour(
  messages: readonly Uint8Array[],
  cuts: readonly number[],
): string[] {
  bytes.fill(0x55, SCRATCH.byteOffset, 65_536);
  const md5 = new Md5InStep(memory, SCRATCH);
  messages.forEach((message, k) => bytes.set(message, FIRST + k * APART));
  const ends = [...cuts, messages[0]!.length];
  let start = 0;
  for (const end of ends) {
    if (end === start) continue;
    md5.update(messages.map((_, k) => {
      const address = FIRST + k * APART + start;
      const byteLength = end - start;
      const piece = bytes.subarray(address, address + byteLength);
      return { address, byteLength, bytes: piece };
    }));
    start = end;
  }
  const hashes = Buffer.from(md5.end());
  expect(hashes).toHaveLength(64);
  // What lies behind the scratch is nobody's.
  const behind = SCRATCH.byteOffset + MD5_IN_STEP_BYTES;
  expect(bytes.subarray(behind, behind + 64).every((byte) => byte === 0x55))
    .toBe(true);
  return messages.map((_, k) => hashes.toString("hex", 16 * k, 16 * k + 16));
}

describe("Md5InStep gives", () => {
  test.each(SUITE)("the value of RFC 1321: %s", (text, expected) => {
    const message = Buffer.from(text);
    const messages = [0, 1, 2, 3].map(() => message);
    expect(hashFour(messages, [])).toEqual(messages.map(() => expected));
  });

  test("each message's own hash, for all lengths about the ends of blocks", () => {
    for (let length = 0; length <= 4 * 64 + 1; length++) {
      const messages = [1, 2, 3, 4].map((seed) => seededBytes(length, seed));
      expect(hashFour(messages, [])).toEqual(messages.map(hash));
    }
  });

  test("the same wherever messages are cut, at multiples of 64", () => {
    for (const length of [64, 128, 4096, 65_536, 65_599, 70_000]) {
      const messages = [5, 6, 7, 8].map((seed) => seededBytes(length, seed));
      const cuts = [64, 192, 4096, 32_768, 65_536].filter((at) => at < length);
      expect(hashFour(messages, cuts)).toEqual(messages.map(hash));
    }
  });
});

test("Md5InStep refuses to go on behind a block that is not whole", () => {
  const md5 = new Md5InStep(memory, SCRATCH);
  const piece = {
    address: FIRST,
    byteLength: 63,
    bytes: bytes.subarray(FIRST, FIRST + 63),
  };
  const pieces = [piece, piece, piece, piece];
  md5.update(pieces);
  expect(() => md5.update(pieces)).toThrow("Bug");
});
