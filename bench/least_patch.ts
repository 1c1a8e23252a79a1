/**
 * The least program of this runtime that changes bytes as `process patch` does, and loses none of them:
 * `bun bench/least_patch.ts SCRIPT FILE`.
 *
 * It writes old and new bytes beside the file, applies them and waits for the disk as often as the real one, by the
 * same functions. It takes no options, locks nothing, checks nothing and recovers nothing.
 *
 * @module
 */
import { machineFiles } from "../src/patch/file_system.ts";
import type { FileBytes } from "../src/patch/open_file.ts";
import { readText } from "./bare_thread.ts";

/** The arguments of a program, where the runtime has them soonest. */
interface ArgumentGlobals {
  readonly Deno?: { readonly args: readonly string[] };
  readonly process: { readonly argv: readonly string[] };
}

interface Edit {
  readonly offset: number;
  /** In hexadecimal. */
  readonly bytes: string;
}

const globals = globalThis as unknown as ArgumentGlobals;
const args = globals.Deno?.args ?? globals.process.argv.slice(2);
patch(args[0] ?? "", args[1] ?? "");

function patch(script: string, path: string): void {
  const edits = readText(script).split("\n")
    .map((line) => JSON.parse(line) as Edit);
  const folder = path.slice(0, path.lastIndexOf("/"));
  const journalPath = `${path}.least-journal`;
  const file = machineFiles.open(path, "write");
  const records = recordsOf(edits);
  for (const { bytes, offset, at, byteLength } of records) {
    file.read(bytes, at, byteLength, offset);
  }
  const journal = machineFiles.create(journalPath);
  const { bytes } = records[0]!;
  journal.write(bytes, 0, bytes.byteLength, 0);
  journal.sync();
  journal.write(bytes, 0, 8, bytes.byteLength);
  journal.sync();
  machineFiles.syncFolder(folder);
  for (const { bytes, offset, at, byteLength } of records) {
    file.write(bytes, at + byteLength, byteLength, offset);
  }
  file.sync();
  journal.close();
  machineFiles.remove(journalPath);
  machineFiles.syncFolder(folder);
  file.close();
  console.log(JSON.stringify({ bytesChanged: edits.length }));
}

/** Where old and new bytes of an edit lie: one behind the other. */
interface EditPlace {
  readonly bytes: FileBytes;
  readonly offset: number;
  readonly at: number;
  readonly byteLength: number;
}

function recordsOf(edits: readonly Edit[]): EditPlace[] {
  const total = edits.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const all = new Uint8Array(new SharedArrayBuffer(total));
  let at = 0;
  return edits.map(({ offset, bytes }) => {
    const byteLength = bytes.length / 2;
    const place = { bytes: all, offset, at, byteLength };
    for (let i = 0; i < byteLength; i++) {
      all[at + byteLength + i] = Number.parseInt(
        bytes.slice(2 * i, 2 * i + 2),
        16,
      );
    }
    at += 2 * byteLength;
    return place;
  });
}
