/**
 * A rival: the lines of a file by chunked reading, as people write it in JavaScript.
 *
 *     bun bench/peers/chunked.ts FILE
 *
 * @module
 */
import { createReadStream } from "node:fs";
import process from "node:process";

const NEWLINE = 10;

let count = 0;
for await (const chunk of createReadStream(process.argv[2] ?? "")) {
  const bytes = chunk as Uint8Array;
  let at = bytes.indexOf(NEWLINE);
  while (at >= 0) {
    count++;
    at = bytes.indexOf(NEWLINE, at + 1);
  }
}
console.log(count);
