/** What `process bench` must find, by the plainest means. */
import type { BenchOperation } from "../src/bench/types.ts";
import { blake3 } from "./reference.ts";

/** @param pattern What `find` looks for. */
export function naiveFound(
  operation: BenchOperation,
  bytes: Uint8Array,
  pattern: Uint8Array,
): string {
  switch (operation) {
    case "count":
      return String(bytes.filter((byte) => byte === 10).length);
    case "blake3":
      return toHex(blake3(bytes));
    case "crc32":
      return naiveCrc32(bytes);
    case "find":
      return String(countMatches(bytes, pattern));
    case "records":
      return String(sumKinds(bytes));
  }
}

function naiveCrc32(bytes: Uint8Array): string {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) {
      crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}

function countMatches(bytes: Uint8Array, pattern: Uint8Array): number {
  let count = 0;
  for (let at = 0; at + pattern.length <= bytes.length; at++) {
    if (!pattern.every((byte, i) => bytes[at + i] === byte)) continue;
    count++;
    at += pattern.length - 1;
  }
  return count;
}

function sumKinds(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 32) {
    for (let i = 0; i < 4; i++) sum += (bytes[at + 4 + i] ?? 0) * 2 ** (8 * i);
  }
  return sum;
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
