/** What others do to a file while it is patched, and file systems that are not like most. */
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import {
  patchFile,
  type PatchOptions,
  recoverFile,
  SharedFile,
  undoPatch,
} from "../src/mod.ts";
import { patchByCopy } from "../src/patch/copied.ts";
import { mayKeepAttributes } from "../src/patch/copy_obstacle.ts";
import {
  machineFiles,
  type PatchFileSystem,
} from "../src/patch/file_system.ts";
import { EditList } from "../src/patch/edit_list.ts";
import { FrameMemory } from "../src/patch/frame_memory.ts";
import { machineCopyTools } from "../src/patch/machine_copy.ts";
import type { PatchFile } from "../src/patch/open_file.ts";
import { undoTarget } from "../src/patch/recover.ts";
import { drive } from "../src/patch/steps.ts";
import { Target } from "../src/patch/target.ts";
import { CopyLibc, type CopySymbols } from "../src/platform/copy_libc.ts";
import type { FileDetails } from "../src/platform/file_changes.ts";
import { type NativeStatus, toStatus } from "../src/platform/files.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();
const isRoot = process.getuid?.() === 0;
const utf8 = (text: string) => new TextEncoder().encode(text);
const text = (path: string) => fs.readFileSync(path, "latin1");

function beside(path: string, what: string): string {
  return join(dirname(path), `.${basename(path)}.sabmap-${what}`);
}

/** Patches, and does something when a phase begins. @returns What was thrown. */
async function disturbed(
  path: string,
  phase: string,
  action: () => void,
  options: PatchOptions = {},
): Promise<Error & { code?: string }> {
  let isDone = false;
  const patch = patchFile(path, {
    edits: [{ offset: 2, bytes: utf8("xx") }, { offset: 8, bytes: utf8("y") }],
    durability: "journal",
    ...options,
    onProgress: (progress) => {
      if (progress.phase !== phase || isDone) return;
      isDone = true;
      action();
    },
  });
  const error = await patch.then(() => undefined, (thrown) => thrown);
  expect(isDone).toBe(true);
  expect(error).toBeInstanceOf(Error);
  return error;
}

test("who fails in onProgress when the file is changed is told that it is", async () => {
  for (const phase of ["apply", "verify", "sync"]) {
    const path = files.make("0123456789");
    const notes: string[] = [];
    const error = await disturbed(path, phase, () => {
      throw new Error("not mine");
    }, { onNote: (note) => void notes.push(note) });
    expect(error.message).toBe("not mine");
    expect(text(path)).toBe("01xx4567y9");
    expect(notes.join()).toContain("is changed all the same");
  }
});

describe("a file that changes while a journal is applied", () => {
  test("is patched as a whole where it became longer", async () => {
    const path = files.make("0123456789");
    const { code, message } = await disturbed(
      path,
      "apply",
      () => fs.appendFileSync(path, "+"),
    );
    expect(code).toBe("ERR_CONFLICT");
    expect(message).toContain("was resized");
    expect(message).toContain("all changes are in the file");
    expect(text(path)).toBe("01xx4567y9+");
    expect(fs.existsSync(beside(path, "journal"))).toBe(false);
  });

  test("is left with its journal where it became shorter, which is said", async () => {
    const path = files.make("0123456789");
    const { code, message } = await disturbed(
      path,
      "apply",
      () => fs.truncateSync(path, 5),
    );
    expect(code).toBe("ERR_CONFLICT");
    expect(message).toContain('"process recover"');
    expect(fs.existsSync(beside(path, "journal"))).toBe(true);
  });

  test("is told to be patched where its path leads to another by then", async () => {
    const path = files.make("0123456789");
    const { code, message } = await disturbed(path, "verify", () => {
      fs.renameSync(path, `${path}.old`);
      fs.writeFileSync(path, "another");
    });
    expect(code).toBe("ERR_CONFLICT");
    expect(message).toContain("all changes are in the file that was opened");
    expect(text(`${path}.old`)).toBe("01xx4567y9");
    expect(text(path)).toBe("another");
  });

  test("can be recovered once what was added is cut off", async () => {
    const path = files.make("0123456789");
    await patchFile(path, {
      edits: [{ offset: 2, bytes: utf8("xx") }],
      durability: "journal",
      keepUndo: true,
    });
    fs.renameSync(beside(path, "undo"), beside(path, "journal"));
    fs.appendFileSync(path, "+");
    await expect(recoverFile(path)).rejects.toThrow("truncate -s 10");
    fs.truncateSync(path, 10);
    expect((await recoverFile(path, { undo: true })).outcome).toBe("undone");
    expect(text(path)).toBe("0123456789");
  });
});

/** Files of the machine, but for what `change` makes of the details and `read` and `remove` throw. */
function machineWith({ change = (details) => details, read, remove }: {
  change?: (details: FileDetails, path: string) => FileDetails;
  read?: (path: string) => void;
  remove?: (path: string) => void;
}): PatchFileSystem {
  const changed = (file: PatchFile): PatchFile => ({
    path: file.path,
    aheadBytes: file.aheadBytes,
    details: () => change(file.details(), String(file.path)),
    read: (...place) => {
      read?.(String(file.path));
      return file.read(...place);
    },
    write: (...place) => file.write(...place),
    sync: () => file.sync(),
    startSync: (extent) => file.startSync(extent),
    close: () => file.close(),
  });
  return {
    ...machineFiles,
    open: (path, access) => changed(machineFiles.open(path, access)),
    create: (path) => changed(machineFiles.create(path)),
    openOwn: (path) => changed(machineFiles.openOwn(path)),
    look: (path, follow) => {
      const details = machineFiles.look(path, follow);
      return details && change(details, String(path));
    },
    remove: (path) => {
      remove?.(String(path));
      machineFiles.remove(path);
    },
  };
}

/** A file with a patch that can be taken back. */
async function patched(): Promise<string> {
  const path = files.make("0123456789");
  await patchFile(path, {
    edits: [{ offset: 2, bytes: utf8("xx") }],
    durability: "journal",
    keepUndo: true,
  });
  return path;
}

/** Does something to a file of a machine that is not like most. */
async function onTarget<Result>(
  machine: PatchFileSystem,
  path: string,
  action: (target: Target) =>
    | Generator<never, Result, boolean>
    | ReturnType<
      typeof undoTarget
    >,
): Promise<Result> {
  const target = Target.open(machine, path, "write");
  try {
    return await drive(action(target) as never, {}) as Result;
  } finally {
    target.close();
  }
}

const user = process.getuid?.();
const takeBack = (target: Target) =>
  undoTarget(target, { kept: new FrameMemory(), own: new FrameMemory() }, {
    anyDevice: false,
    user,
  });

describe("a journal on a file system that gives all files one mode or owner", () => {
  const dictate = (details: FileDetails) => ({ ...details, mode: 0o755 });
  const squash = (details: FileDetails, path: string) =>
    path.includes(".sabmap-") ? { ...details, owner: 65534 } : details;

  test.each([["mode", dictate], ["owner", squash]])(
    "is trusted whatever its %s is",
    async (_, change) => {
      const path = await patched();
      await onTarget(machineWith({ change }), path, takeBack);
      expect(text(path)).toBe("0123456789");
      expect(fs.readdirSync(dirname(path))).not.toContain(
        basename(beside(path, "copy")),
      );
    },
  );

  test.each([["mode", dictate], ["owner", squash]])(
    "is not where others of its files have another %s",
    async (_, change) => {
      const path = await patched();
      const planted = machineWith({
        change: (details, at) =>
          at.endsWith("-undo") ? change(details, at) : details,
      });
      await expect(onTarget(planted, path, takeBack)).rejects.toMatchObject({
        code: "ERR_BAD_JOURNAL",
      });
      expect(text(path)).toBe("01xx456789");
    },
  );
});

describe("an inode of 64 bits", () => {
  const status = (ino: bigint, dev = 7n) =>
    ({
      size: 0n,
      ...{ dev, ino, mode: 0n, nlink: 1n, uid: 0n, gid: 0n },
      ...{ mtimeNs: 0n, ctimeNs: 0n },
      isFile: () => true,
      isDirectory: () => false,
    }) satisfies NativeStatus;

  test("is no negative number", () => {
    expect(toStatus(status(-9223372036854775806n)).inode)
      .toBe(9223372036854775810n);
    expect(toStatus(status(5n, -1n)).device).toBe(2n ** 64n - 1n);
  });

  test("is taken for that of a journal of Deno, which rounds it", async () => {
    const path = files.make("0123456789");
    const exact = 2n ** 63n + 1234n;
    const rounded = BigInt(Number(exact));
    expect(rounded).not.toBe(exact);
    const as = (inode: bigint) =>
      machineWith({
        change: (details, at) => at === path ? { ...details, inode } : details,
      });
    const changes = { memory: new FrameMemory(), commit: "keep-undo" } as const;
    const { patchJournaled } = await import("../src/patch/journaled.ts");
    await onTarget(as(rounded), path, (target) =>
      patchJournaled(target, {
        ...changes,
        *fill(journal) {
          journal.add(2, 2, utf8("23"), 0, utf8("xx"), 0);
          yield { phase: "journal", bytesDone: 2, byteLength: 2 };
        },
        *recheck() {},
      }) as never);
    expect(text(path)).toBe("01xx456789");
    await onTarget(as(exact), path, takeBack);
    expect(text(path)).toBe("0123456789");
  });
});

describe("a failure behind the first changed byte says what is left", () => {
  test("when what was written cannot be read back", async () => {
    const path = await patched();
    let reads = 0;
    const machine = machineWith({
      read: (at) => {
        // The check of the old bytes, and then of the new ones.
        if (at === path && ++reads === 2) {
          throw Object.assign(new Error("EIO: i/o error, read"), {
            code: "EIO",
          });
        }
      },
    });
    const { SabmapError } = await import("../src/mod.ts");
    const failing: PatchFileSystem = {
      ...machine,
      open: (at, access) => {
        const file = machine.open(at, access);
        return {
          ...file,
          read: (...place) => {
            try {
              return file.read(...place);
            } catch {
              throw new SabmapError("EIO", "input/output error");
            }
          },
        };
      },
    };
    await expect(onTarget(failing, path, takeBack)).rejects.toThrow(
      /input\/output error.*"process recover"/,
    );
    await recoverFile(path);
    expect(text(path)).toBe("0123456789");
  });

  test("when an undo cannot remove what it took back", async () => {
    const path = await patched();
    const { SabmapError } = await import("../src/mod.ts");
    const machine = machineWith({
      remove: (at) => {
        if (at === beside(path, "undo")) {
          throw new SabmapError("EIO", "input/output error");
        }
      },
    });
    await expect(onTarget(machine, path, takeBack)).rejects.toThrow(
      '"process recover"',
    );
    // Asked again, it has been done.
    expect((await undoPatch(path)).outcome).toBe("undone");
    expect(text(path)).toBe("0123456789");
    expect(fs.existsSync(beside(path, "undo"))).toBe(false);
    await expect(undoPatch(path)).rejects.toMatchObject({
      code: "ERR_NO_UNDO",
    });
  });
});

describe("a copy", () => {
  test.each(["edit", "expectation", "replacement"])(
    "that changes nothing leaves file and undo as they are: %s",
    async (kind) => {
      const path = await patched();
      const { ino } = fs.statSync(path);
      const same: PatchOptions = kind === "edit"
        ? { edits: [{ offset: 0, bytes: utf8("01") }] }
        : kind === "expectation"
        ? { expect: [{ offset: 0, bytes: utf8("01") }] }
        : { replacements: [{ old: utf8("zz"), new: utf8("yy") }] };
      const { bytesChanged } = await patchFile(path, {
        ...same,
        durability: "copy",
      });
      expect(bytesChanged).toBe(0);
      expect(fs.statSync(path).ino).toBe(ino);
      expect((await undoPatch(path)).outcome).toBe("undone");
    },
  );

  test("notices what is stored through a mapping meanwhile", async () => {
    const path = files.make(new Uint8Array(3_000_000));
    const shared = await SharedFile.open(path, { access: "write" });
    if (shared.io !== "map") return shared.close();
    shared.bytes[100] = 1;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const target = Target.open(machineFiles, path, "write");
    const plan = { edits: new EditList(), expected: new EditList() };
    plan.edits.add(2, utf8("xx"));
    plan.edits.settle();
    const steps = patchByCopy(target, {
      plan,
      tools: machineCopyTools(undefined),
      memory: new FrameMemory(),
      ...{ keepUndo: false, breakLinks: false, user },
    });
    let step = steps.next(false);
    while (!step.done && step.value.bytesDone === 0) {
      await step.value.wait;
      step = steps.next(false);
    }
    // The page is in the copy by now.
    shared.bytes[100] = 77;
    const rest = drive(steps, {}).finally(() => {
      target.close();
      shared.close();
    });
    await expect(rest).rejects.toMatchObject({ code: "ERR_CONFLICT" });
    expect(fs.readFileSync(path)[100]).toBe(77);
  });

  test("fails where attributes cannot be listed, and not where there are none", () => {
    const symbols = (errno: number) =>
      ({
        flistxattr: () => -1n,
        errno: () => errno,
        addressOf: () => 0n,
      }) as unknown as CopySymbols;
    expect(new CopyLibc(symbols(95)).attributeNames(3)).toEqual([]);
    for (const [errno, code] of [[5, "EIO"], [7, "E2BIG"]] as const) {
      expect(() => new CopyLibc(symbols(errno)).attributeNames(3)).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });

  test.skipIf(!isRoot || !hasTool("setfattr"))(
    "is not chosen by whoever may not keep an attribute",
    async () => {
      const path = files.make(new Uint8Array(2_000_000));
      fs.chownSync(path, 1000, 0);
      const { spawnSync } = await import("node:child_process");
      const target = () => Target.open(machineFiles, path, "write");
      const asked = async (asker: number) => {
        const opened = target();
        try {
          return await mayKeepAttributes(opened, asker);
        } finally {
          opened.close();
        }
      };
      if (!await asked(1000)) return; // There is no FFI.
      const set = ["-n", "security.sabmap", "-v", "1", path];
      expect(spawnSync("setfattr", set).status).toBe(0);
      expect(await asked(1000)).toBe(false);
      expect(await asked(0)).toBe(true);
    },
  );
});

test("durability none replaces only what is still there", async () => {
  const path = files.make("needle and thread, needle");
  const [old, next] = [utf8("needle"), utf8("NEEDLE")];
  function* replacements() {
    yield { old, new: next };
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, "foreign", 0);
    fs.closeSync(fd);
    yield { old: utf8("zz"), new: utf8("yy") };
  }
  for (const durability of ["none", "journal", "copy"] as const) {
    fs.writeFileSync(path, "needle and thread, needle");
    await expect(patchFile(path, { replacements: replacements(), durability }))
      .rejects.toMatchObject({ code: "ERR_CONFLICT" });
    expect(text(path)).toBe("foreignand thread, needle");
  }
});

test("a script with half of a character is refused", async () => {
  const path = files.make("0123456789");
  const script = files.make('{"offset": 0, "bytes": "text:\\ud800"}\n');
  await expect(patchFile(path, { script })).rejects.toMatchObject({
    code: "ERR_BAD_SCRIPT",
  });
  expect(text(path)).toBe("0123456789");
});

test.each<[string, object]>([
  ["dryRun", { dryRun: 1 }],
  ["keepUndo", { keepUndo: "yes" }],
  ["breakLinks", { breakLinks: 5 }],
  ["anyDevice", { anyDevice: 0 }],
  ["onProgress", { onProgress: 5 }],
  ["onNote", { onNote: "x" }],
  ["signal", { signal: {} }],
  ["workers", { workers: 0 }],
  ["io", { io: "x" }],
  ["segmentBytes", { segmentBytes: 1 }],
  ["edits", { edits: { 0: 1 } }],
  ["replacements", { replacements: 5 }],
  ["delta", { additions: [{ type: "f64", offset: 0, delta: [] }] }],
  ["wrap", { additions: [{ type: "u8", offset: 0, delta: 1, wrap: 1 }] }],
])("patchFile() refuses a wrong %s, and changes nothing", async (_, wrong) => {
  const path = files.make("0123456789");
  const edits = [{ offset: 0, bytes: utf8("x") }];
  const error = await patchFile(path, { edits, durability: "none", ...wrong })
    .then(() => undefined, (thrown) => thrown);
  expect([TypeError, RangeError]).toContain(error?.constructor);
  expect(error.message).toMatch(/^Cannot [^\n]*$/);
  expect(text(path)).toBe("0123456789");
});

test.each([[[]], ["x"], [null], [5]])(
  "patchFile() refuses %j in the place of options",
  async (options) => {
    const path = files.make("0123456789");
    await expect(patchFile(path, options as never)).rejects.toThrow(TypeError);
    expect(text(path)).toBe("0123456789");
  },
);
