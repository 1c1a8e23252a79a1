/** Files of one test file, in a folder that is there while its tests run. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { removeFolder, temporaryFolder } from "./temporary.ts";

/** What makes the files. */
export interface TemporaryFiles {
  /** The folder. */
  readonly folder: string;
  /** Makes a file of its own for each call. @returns Its path. */
  make(content: Uint8Array | string): string;
  /** As {@link TemporaryFiles.make}, without blocks on the disk. */
  makeSparse(byteLength: number): string;
}

/** Makes a folder before all tests of the file that calls this, and removes it after them. */
export function temporaryFiles(): TemporaryFiles {
  let folder = "";
  let count = 0;
  beforeAll(() => {
    folder = temporaryFolder();
  });
  afterAll(() => removeFolder(folder));
  const make = (content: Uint8Array | string) => {
    if (folder === "") throw new Error("a file is made before all tests");
    const path = join(folder, `file-${count++}`);
    fs.writeFileSync(path, content);
    return path;
  };
  return {
    get folder() {
      return folder;
    },
    make,
    makeSparse: (byteLength) => {
      const path = make("");
      fs.truncateSync(path, byteLength);
      return path;
    },
  };
}

/** Bytes of a file from `position` on, as far as it has them. */
export function bytesAt(
  path: string,
  position: number,
  byteLength: number,
): number[] {
  const fd = fs.openSync(path, "r");
  const bytes = new Uint8Array(byteLength);
  const count = fs.readSync(fd, bytes, 0, byteLength, position);
  fs.closeSync(fd);
  return [...bytes.subarray(0, count)];
}

/** The bytes of a file. */
export function contentOf(path: string): number[] {
  return [...fs.readFileSync(path)];
}
