// Writes a file of messages for messages.ts: one for each line of a text, its kind being its length modulo 4.
//
//     bun examples/write_messages.ts notes.txt messages.bin
import { readFileSync, writeFileSync } from "node:fs";
import { crc16, Struct } from "sabmap";

const header = new Struct(">BHI");
const trailer = new Struct(">H");

const [source = "", target = ""] = process.argv.slice(2);
const lines = readFileSync(source, "utf8").split("\n").slice(0, -1);
writeFileSync(target, Buffer.concat(lines.map(message)));

function message(line: string, sequence: number): Uint8Array {
  const payload = new TextEncoder().encode(line);
  const bytes = new Uint8Array(header.size + payload.length + trailer.size);
  header.packInto(bytes, 0, line.length % 4, payload.length, sequence);
  bytes.set(payload, header.size);
  const end = header.size + payload.length;
  trailer.packInto(
    bytes,
    end,
    crc16(bytes.subarray(0, end), "crc16-ccitt-false"),
  );
  return bytes;
}
