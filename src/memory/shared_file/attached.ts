/**
 * A SharedFile that another thread has opened.
 *
 * @module
 */
import { received } from "../../received.ts";
import { ErrorCode, SabmapError } from "../../errors.ts";
import { statFile } from "../../platform/files.ts";
import { pathText } from "../../platform/file_path.ts";
import type { Backing } from "./backing.ts";
import { closedError, Control } from "./control.ts";
import type {
  SharedFileDescription,
  SharedFileIdentity,
  SharedFileIo,
} from "./types.ts";
import type { FileWindow } from "./window.ts";

/** Uses the memory; all that needs the file itself is left to the thread that opened it. */
export class AttachedBacking implements Backing {
  readonly io: SharedFileIo;
  readonly window: FileWindow;
  readonly file: SharedFileIdentity | undefined;

  /**
   * @throws {TypeError} If it is no description.
   * @throws {SabmapError} `ERR_CLOSED` if the file is closed by now.
   */
  constructor(description: SharedFileDescription) {
    if (description?.kind !== "sabmap.SharedFile") {
      throw new TypeError(
        `Cannot attach to a SharedFile as the description of one is expected: received ${
          received(description)
        }`,
      );
    }
    if (!new Control(description.memory).attach()) throw closedError();
    this.io = description.io;
    this.window = description;
    this.file = description.file;
  }

  /** @throws {SabmapError} `ERR_FILE_CHANGED` if the path leads to another file by now. */
  size(): number {
    if (this.file === undefined) return this.window.byteLength;
    const { path, device, inode } = this.file;
    const status = statFile(path, path);
    if (status.device === device && status.inode === inode) {
      return status.byteLength;
    }
    throw new SabmapError(
      ErrorCode.FileChanged,
      "the path leads to another file by now",
      { file: pathText(path) },
    );
  }

  guard(): void {
    // Threads that attach need not load the C library.
  }

  flush(): never {
    throw openerOnly("flush");
  }

  advise(): boolean {
    return false;
  }

  resize(): never {
    throw openerOnly("resize");
  }

  close(): void {
    new Control(this.window.memory).detach();
  }
}

/** The error of a method that needs the file itself. */
export function openerOnly(act: string): TypeError {
  return new TypeError(
    `Cannot ${act} a SharedFile here as only the thread that opened it can: received an attached one`,
  );
}
