/** Dumps in the plainest way, as `hexdump -C` is documented to write them. */

export interface NaiveOptions {
  readonly offset?: number;
  readonly columns?: number;
  readonly squeeze?: boolean;
}

/** All of the dump, row by row, through strings. */
export function naiveHexdump(
  bytes: Uint8Array,
  { offset = 0, columns = 16, squeeze = true }: NaiveOptions = {},
): string {
  const width = hexOf(new Uint8Array(columns)).length;
  const lines: string[] = [];
  let previous = "";
  for (let at = 0; at < bytes.length; at += columns) {
    const row = bytes.slice(at, at + columns);
    const hex = hexOf(row);
    if (squeeze && row.length === columns && hex === previous) {
      if (lines.at(-1) !== "*") lines.push("*");
      continue;
    }
    previous = hex;
    const picture = Array.from(
      row,
      (byte) => byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".",
    ).join("");
    lines.push(
      `${offsetText(offset + at)}  ${hex.padEnd(width)}  |${picture}|`,
    );
  }
  const end = offset + bytes.length;
  if (end > 0) lines.push(offsetText(end));
  return lines.map((line) => `${line}\n`).join("");
}

function hexOf(row: Uint8Array): string {
  const pairs = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  const groups: string[] = [];
  for (let i = 0; i < pairs.length; i += 8) {
    groups.push(pairs.slice(i, i + 8).join(" "));
  }
  return groups.join("  ");
}

function offsetText(offset: number): string {
  return offset.toString(16).padStart(8, "0");
}

/** Bytes with stretches that repeat, as files have them: zeros, rows of a pattern, and noise. */
export function patchyBytes(
  byteLength: number,
  random: () => number,
): Uint8Array<SharedArrayBuffer> {
  const bytes = new Uint8Array(new SharedArrayBuffer(byteLength));
  for (let at = 0; at < byteLength;) {
    const end = Math.min(byteLength, at + 1 + Math.floor(random() * 100));
    const kind = Math.floor(random() * 3);
    const period = 1 + Math.floor(random() * 20);
    for (; at < end; at++) {
      if (kind === 1) bytes[at] = random() * 256;
      if (kind === 2) bytes[at] = 0x60 + at % period;
    }
  }
  return bytes;
}
