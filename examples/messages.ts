// Reads length-prefixed messages with a checksum, as write_messages.ts makes them, and tells what is in them.
//
//     process run examples/messages.ts messages.bin
//     process run examples/messages.ts messages.bin --opt kind=2
import { defineJob, lengthPrefixed } from "sabmap";

// kind, length of the payload, sequence number; payload; CRC-16 of all in front of it
const messages = lengthPrefixed({
  header: ">BHI",
  names: ["kind", "length", "sequence"],
  length: "length",
  trailer: ">H",
  checksum: "crc16-ccitt-false",
});

interface Summary {
  count: number;
  payloadBytes: number;
  first: string;
  last: string;
}

export default defineJob({
  name: "messages",
  framing: () => messages,
  start: ({ kind }: { kind?: string } = {}) => ({
    wanted: kind === undefined ? undefined : Number(kind),
  }),
  scan: (range, { wanted }) => {
    let summary: Summary | undefined;
    for (const message of range.records(messages)) {
      if (wanted !== undefined && message.field("kind") !== wanted) continue;
      const text = message.text();
      summary ??= { count: 0, payloadBytes: 0, first: text, last: text };
      summary.count++;
      summary.payloadBytes += message.payloadByteLength;
      summary.last = text;
    }
    return summary;
  },
  merge: (left: Summary | undefined, right: Summary | undefined) =>
    left === undefined || right === undefined ? left ?? right : {
      count: left.count + right.count,
      payloadBytes: left.payloadBytes + right.payloadBytes,
      first: left.first,
      last: right.last,
    },
  finish: (summary) => summary ?? "no such message",
});
