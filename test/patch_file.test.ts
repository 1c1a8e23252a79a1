/** patchFile(), undoPatch() and recoverFile() on real files. */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { patchFile, recoverFile, undoPatch } from "../src/patch_file.ts";
import type { Durability, PatchOptions } from "../src/patch_file.ts";
import { hashFiles } from "../src/hash_files.ts";
import { countFile } from "../src/operations.ts";
import { hasTool } from "./tools.ts";
import { seededBytes } from "./temporary.ts";
import { contentOf, temporaryFiles } from "./temporary_files.ts";
import { rounds } from "./effort.ts";

const files = temporaryFiles();
const utf8 = (text: string) => new TextEncoder().encode(text);
const DURABILITIES: readonly Durability[] = ["journal", "copy", "none"];

/** What stands beside a file and is ours. */
function beside(path: string): string[] {
  return fs.readdirSync(dirname(path))
    .filter((name) => name.startsWith(`.${basename(path)}.sabmap`))
    .map((name) => name.slice(basename(path).length + 2));
}

const EDITS = 200_000;

describe("patchFile()", () => {
  test.each(DURABILITIES)(
    "%s: changes what it is asked to",
    async (durability) => {
      const path = files.make("0123456789");
      const result = await patchFile(path, {
        edits: [
          { offset: 8, bytes: utf8("yz") },
          { offset: 1, bytes: utf8("bc"), expect: utf8("12") },
        ],
        expect: [{ offset: 0, bytes: utf8("0") }],
        durability,
      });
      expect(result).toEqual({
        file: path,
        byteLength: 10,
        edits: 2,
        bytesChanged: 4,
        durability,
        dryRun: false,
        shown: [],
        recovered: "none",
        undoKept: false,
      });
      expect(fs.readFileSync(path, "utf8")).toBe("0bc34567yz");
      expect(beside(path)).toEqual([]);
    },
  );

  test("gives what a naive model gives, and changes nothing else", async () => {
    const edit = fc.record({
      offset: fc.nat(9000),
      length: fc.integer({ min: 1, max: 700 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 9000, max: 9700 }), fc.nat()),
        fc.uniqueArray(edit, { selector: ({ offset }) => offset >> 10 }),
        fc.constantFrom(...DURABILITIES),
        fc.boolean(),
        async ([byteLength, seed], edits, durability, keepUndo) => {
          const before = seededBytes(byteLength, seed);
          const apart = edits.filter(({ offset, length }) =>
            offset + length <= byteLength && (offset & 1023) + length <= 1024
          ).map((each) => ({
            offset: each.offset,
            bytes: seededBytes(each.length, each.seed),
          }));
          const path = files.make(before);
          const after = before.slice();
          for (const { offset, bytes } of apart) after.set(bytes, offset);
          const keeps = keepUndo && durability !== "none";
          const { bytesChanged } = await patchFile(path, {
            edits: apart,
            durability,
            keepUndo: keeps,
          });
          expect(fs.readFileSync(path).equals(after)).toBe(true);
          expect(bytesChanged)
            .toBe(before.filter((byte, at) => byte !== after[at]).length);
          if (keeps && bytesChanged > 0) {
            await undoPatch(path);
            expect(fs.readFileSync(path).equals(before)).toBe(true);
          }
          expect(beside(path)).toEqual([]);
        },
      ),
      { numRuns: rounds(60) },
    );
  });

  test("one byte that is not as expected keeps all as it is", async () => {
    const path = files.make("0123456789");
    for (const durability of DURABILITIES) {
      const patching = patchFile(path, {
        edits: [{ offset: 0, bytes: utf8("x") }],
        expect: [{ offset: 8, bytes: utf8("8") }, {
          offset: 9,
          bytes: utf8("8"),
        }],
        durability,
      });
      await expect(patching).rejects.toMatchObject({
        code: "ERR_CONFLICT",
        message:
          "the file does not hold what is expected at 9: expected 38, found 39",
        range: { start: 9, end: 10 },
      });
    }
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(beside(path)).toEqual([]);
  });

  test("adds to numbers of the file", async () => {
    const path = files.make(Uint8Array.of(255, 0, 0, 1, 7, 7));
    await patchFile(path, {
      additions: [
        { type: "u16", offset: 0, delta: 1 },
        { type: "u16", offset: 2, delta: -1n, endian: "big" },
      ],
    });
    expect(contentOf(path)).toEqual([0, 1, 0, 0, 7, 7]);
    const twice = patchFile(path, {
      additions: [
        { type: "u8", offset: 4, delta: 1 },
        { type: "u8", offset: 4, delta: 1 },
      ],
    });
    await expect(twice).rejects.toThrow(/must not overlap/);
    const over = patchFile(path, {
      additions: [{ type: "u8", offset: 4, delta: 300 }],
    });
    await expect(over).rejects.toThrow(/in its range: received 7 \+ 300/);
    expect(contentOf(path)).toEqual([0, 1, 0, 0, 7, 7]);
  });

  test("replaces occurrences that do not overlap, from the left", async () => {
    const text = "aaaaa-aab-" + "x".repeat(3 * 2 ** 20) + "aaa";
    const path = files.make(text);
    const { edits } = await patchFile(path, {
      replacements: [{ old: utf8("aa"), new: utf8("bc") }],
    });
    expect(edits).toBe(4);
    expect(fs.readFileSync(path, "utf8")).toBe(text.replaceAll("aa", "bc"));
  });

  test("finds occurrences wherever blocks end", async () => {
    const bytes = new Uint8Array(2 ** 21 + 50);
    const places = [2 ** 20 - 3, 2 ** 20 + 1, 2 ** 21 - 2, 2 ** 21 + 46];
    for (const at of places) bytes.set(utf8("abcd"), at);
    const path = files.make(bytes);
    const { shown } = await patchFile(path, {
      replacements: [{ old: utf8("abcd"), new: utf8("ABCD") }],
      dryRun: true,
    });
    expect(shown.map(({ offset }) => offset)).toEqual(places);
  });

  test("a dry run shows edits and writes nothing", async () => {
    const path = files.make("0123456789");
    fs.chmodSync(path, 0o444);
    const result = await patchFile(path, {
      edits: [{ offset: 5, bytes: utf8("x") }, {
        offset: 2,
        bytes: utf8("yz"),
      }],
      dryRun: true,
      shown: 1,
    });
    expect(result).toMatchObject({ edits: 2, bytesChanged: 3, dryRun: true });
    expect(result.shown)
      .toEqual([{ offset: 2, old: utf8("23"), new: utf8("yz") }]);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
  });

  test.each(
    [
      ["few", 10_000, 10, "journal"],
      ["over a quarter", 10_000, 2501, "copy"],
      ["one of a tiny file", 4, 1, "journal"],
      ["nothing", 100, 0, "journal"],
    ] as const,
  )(
    "chooses by how much changes: %s",
    async (_, byteLength, changed, expected) => {
      const path = files.make(new Uint8Array(byteLength));
      const edits = changed === 0
        ? []
        : [{ offset: 0, bytes: new Uint8Array(changed).fill(1) }];
      expect((await patchFile(path, { edits })).durability).toBe(expected);
      expect(contentOf(path).filter((byte) => byte === 1).length).toBe(changed);
    },
  );

  test("chooses a copy where the journal would be over a quarter of a large file", async () => {
    const path = files.makeSparse(2 ** 20);
    const edits = Array.from({ length: 2 ** 14 }, (_, i) => ({
      offset: 64 * i,
      bytes: Uint8Array.of(1),
    }));
    expect((await patchFile(path, { edits })).durability).toBe("copy");
  });

  test("takes many edits from a script", async () => {
    const path = files.makeSparse(3_200_000);
    const lines = function* () {
      for (let at = 0; at < EDITS; at += 10_000) {
        const part = Array.from(
          { length: 10_000 },
          (_, i) =>
            `{"offset":${16 * (at + i)},"bytes":"0${(at + i) % 9 + 1}"}\n`,
        );
        yield utf8(part.join(""));
      }
    };
    const script = (async function* () {
      yield* lines();
    })();
    const result = await patchFile(path, { script, durability: "journal" });
    expect(result).toMatchObject({ edits: EDITS, bytesChanged: EDITS });
    const bytes = fs.readFileSync(path);
    for (let i = 0; i < EDITS; i += 997) {
      expect(bytes[16 * i]).toBe(i % 9 + 1);
      expect(bytes[16 * i + 1]).toBe(0);
    }
  });

  test("edits longer than a record of the journal", async () => {
    const bytes = Uint8Array.from({ length: 700_001 }, (_, i) => i % 251 + 1);
    const path = files.makeSparse(1_000_000);
    const options: PatchOptions = {
      edits: [{ offset: 99_999, bytes }],
      durability: "journal",
      keepUndo: true,
    };
    expect((await patchFile(path, options)).undoKept).toBe(true);
    const found = fs.readFileSync(path);
    expect(found.subarray(99_999, 800_000).equals(bytes)).toBe(true);
    expect(found.subarray(800_000).every((byte) => byte === 0)).toBe(true);
    await undoPatch(path);
    expect(fs.readFileSync(path).every((byte) => byte === 0)).toBe(true);
  });

  test.each<[string, PatchOptions, RegExp]>([
    [
      "behind the end",
      { edits: [{ offset: 9, bytes: utf8("ab") }] },
      /lie within/,
    ],
    [
      "no bytes",
      { edits: [{ offset: 0, bytes: new Uint8Array(0) }] },
      /at least one/,
    ],
    [
      "a bad offset",
      { edits: [{ offset: -1, bytes: utf8("a") }] },
      /their offset/,
    ],
    [
      "unequal lengths",
      { replacements: [{ old: utf8("ab"), new: utf8("c") }] },
      /equally many/,
    ],
    [
      "an unknown durability",
      { durability: "safe" as Durability },
      /auto, journal, copy or none: received "safe"/,
    ],
    [
      "an undo of what is not kept",
      { durability: "none", keepUndo: true },
      /journal or copy/,
    ],
  ])("refuses %s", async (_, options, message) => {
    const path = files.make("0123456789");
    await expect(patchFile(path, options)).rejects.toThrow(message);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(beside(path)).toEqual([]);
  });

  test("refuses what is no regular file", async () => {
    await expect(patchFile(files.folder)).rejects.toMatchObject({
      code: "EISDIR",
    });
    await expect(patchFile("/dev/null")).rejects.toMatchObject({
      code: "EINVAL",
    });
    await expect(patchFile(join(files.folder, "none")))
      .rejects.toMatchObject({ code: "ENOENT" });
  });

  test("an abort before the file changes leaves no trace", async () => {
    const path = files.makeSparse(1_000_000);
    const controller = new AbortController();
    const edits = (function* () {
      for (let at = 0; at < 500_000; at++) {
        if (at === 100_000) controller.abort(new Error("enough"));
        yield { offset: at, bytes: Uint8Array.of(1) };
      }
    })();
    const patching = patchFile(path, { edits, signal: controller.signal });
    await expect(patching).rejects.toThrow("enough");
    expect(fs.readFileSync(path).every((byte) => byte === 0)).toBe(true);
    expect(beside(path)).toEqual([]);
  });
});

describe("a copy", () => {
  test("keeps permissions, and leaves no name of its own", async () => {
    const path = files.make("0123456789");
    fs.chmodSync(path, 0o750);
    await patchFile(path, {
      edits: [{ offset: 0, bytes: utf8("x") }],
      durability: "copy",
    });
    expect(fs.statSync(path).mode & 0o7777).toBe(0o750);
    expect(beside(path)).toEqual([]);
  });

  test("keeps holes, and bytes in between", async () => {
    const path = files.makeSparse(8 * 2 ** 20);
    const fd = fs.openSync(path, "r+");
    fs.writeSync(fd, utf8("middle"), 0, 6, 4 * 2 ** 20);
    fs.closeSync(fd);
    await patchFile(path, {
      edits: [{ offset: 7, bytes: utf8("x") }],
      durability: "copy",
    });
    const { size, blocks } = fs.statSync(path);
    expect(size).toBe(8 * 2 ** 20);
    expect(blocks * 512).toBeLessThan(4 * 2 ** 20);
    const expected = Buffer.alloc(size);
    expected.write("middle", 4 * 2 ** 20);
    expected.write("x", 7);
    expect(fs.readFileSync(path).equals(expected)).toBe(true);
  });

  test.skipIf(!hasTool("python3"))("keeps extended attributes", async () => {
    const path = files.make("0123456789");
    const python = (code: string) =>
      spawnSync("python3", ["-c", `import os, sys; ${code}`, path], {
        encoding: "utf8",
      });
    const set = python('os.setxattr(sys.argv[1], "user.colour", b"blue")');
    // A file system that has none.
    if (set.status !== 0) return;
    await patchFile(path, {
      edits: [{ offset: 0, bytes: utf8("x") }],
      durability: "copy",
    });
    const got = python('print(os.getxattr(sys.argv[1], "user.colour"))');
    expect(got.stdout).toBe("b'blue'\n");
    expect(fs.readFileSync(path, "utf8")).toBe("x123456789");
  });

  test("does not break links unless it is told to", async () => {
    const path = files.make("0123456789");
    const other = `${path}-other`;
    fs.linkSync(path, other);
    const edits = [{ offset: 0, bytes: utf8("xxxxxx") }];
    const copying = patchFile(path, { edits, durability: "copy" });
    await expect(copying).rejects.toMatchObject({ code: "ERR_COPY_REFUSED" });
    const chosen = await patchFile(path, { edits });
    expect(chosen.durability).toBe("journal");
    expect(fs.readFileSync(other, "utf8")).toBe("xxxxxx6789");
    await patchFile(path, {
      edits: [{ offset: 9, bytes: utf8("z") }],
      durability: "copy",
      breakLinks: true,
    });
    expect(fs.readFileSync(path, "utf8")).toBe("xxxxxx678z");
    expect(fs.readFileSync(other, "utf8")).toBe("xxxxxx6789");
  });

  test("takes the place of what a symbolic link leads to", async () => {
    const path = files.make("0123456789");
    const link = `${path}-link`;
    fs.symlinkSync(path, link);
    for (const durability of DURABILITIES) {
      await patchFile(link, {
        edits: [{ offset: 0, bytes: utf8(durability) }],
        durability,
        keepUndo: durability !== "none",
      });
      expect(fs.readFileSync(path, "utf8").startsWith(durability)).toBe(true);
      expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
      if (durability !== "none") await undoPatch(link);
    }
  });
});

describe("undoPatch()", () => {
  test("takes back the last patch that was kept, once", async () => {
    const path = files.make("0123456789");
    await patchFile(path, {
      edits: [{ offset: 0, bytes: utf8("ab") }],
      keepUndo: true,
    });
    await patchFile(path, {
      edits: [{ offset: 5, bytes: utf8("cd") }],
      keepUndo: true,
    });
    expect(beside(path)).toEqual(["sabmap-undo"]);
    expect(await undoPatch(path))
      .toEqual({ file: path, outcome: "undone", edits: 1, bytesWritten: 2 });
    expect(fs.readFileSync(path, "utf8")).toBe("ab23456789");
    await expect(undoPatch(path)).rejects.toMatchObject({
      code: "ERR_NO_UNDO",
    });
  });

  test("changes nothing where the file was changed since", async () => {
    const path = files.make("0123456789");
    await patchFile(path, {
      edits: [{ offset: 0, bytes: utf8("ab") }],
      keepUndo: true,
    });
    fs.writeFileSync(path, "aX23456789");
    await expect(undoPatch(path)).rejects.toMatchObject({
      code: "ERR_CONFLICT",
    });
    expect(fs.readFileSync(path, "utf8")).toBe("aX23456789");
    expect(beside(path)).toEqual(["sabmap-undo"]);
  });
});

describe("recoverFile()", () => {
  /** A file whose patch was sealed and applied in part: what was kept for an undo is a journal. */
  async function interrupted(partly = "ab23456789"): Promise<string> {
    const path = files.make("0123456789");
    await patchFile(path, {
      edits: [
        { offset: 0, bytes: utf8("ab") },
        { offset: 8, bytes: utf8("yz") },
      ],
      durability: "journal",
      keepUndo: true,
    });
    const folder = dirname(path);
    const name = basename(path);
    fs.renameSync(
      join(folder, `.${name}.sabmap-undo`),
      join(folder, `.${name}.sabmap-journal`),
    );
    fs.writeFileSync(path, partly);
    return path;
  }
  const journalOf = (path: string) =>
    join(dirname(path), `.${basename(path)}.sabmap-journal`);

  test("finishes, or takes back, what was begun", async () => {
    const path = await interrupted();
    expect(await recoverFile(path))
      .toEqual({ file: path, outcome: "redone", edits: 2, bytesWritten: 4 });
    expect(fs.readFileSync(path, "utf8")).toBe("ab234567yz");
    expect((await recoverFile(path)).outcome).toBe("none");
    const other = await interrupted("aX23456789".replace("X", "1"));
    expect((await recoverFile(other, { undo: true })).outcome).toBe("undone");
    expect(fs.readFileSync(other, "utf8")).toBe("0123456789");
    expect(beside(other)).toEqual([]);
  });

  test("keeps what undoes a copy where that has taken the file's place, and only there", async () => {
    const path = files.make("0123456789");
    const name = (what: string) =>
      join(dirname(path), `.${basename(path)}.sabmap-${what}`);
    const copied = { durability: "copy", keepUndo: true } as const;
    await patchFile(path, {
      ...copied,
      edits: [{ offset: 0, bytes: utf8("a") }],
    });
    // As a crash between the two renames leaves it.
    fs.renameSync(name("undo"), name("next-undo"));
    fs.writeFileSync(name("undo"), "of the file that was before");
    expect((await undoPatch(path)).edits).toBe(1);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(beside(path)).toEqual([]);
    // As a crash before them leaves it.
    await patchFile(path, {
      ...copied,
      edits: [{ offset: 1, bytes: utf8("b") }],
    });
    fs.copyFileSync(name("undo"), name("next-undo"));
    fs.chmodSync(name("next-undo"), 0o600);
    fs.rmSync(name("undo"));
    fs.renameSync(path, name("copy"));
    fs.writeFileSync(path, "0123456789");
    expect((await recoverFile(path)).outcome).toBe("none");
    expect(beside(path)).toEqual([]);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
  });

  test("keeps for an undo what was to be kept, and not the patch before it", async () => {
    const path = await interrupted();
    // Kept before, of other places.
    fs.copyFileSync(journalOf(path), `${path}-second`);
    fs.chmodSync(`${path}-second`, 0o600);
    fs.rmSync(journalOf(path));
    fs.writeFileSync(path, "0123456789");
    const edits = [{ offset: 4, bytes: utf8("!") }];
    await patchFile(path, { edits, keepUndo: true });
    fs.renameSync(`${path}-second`, journalOf(path));
    expect((await recoverFile(path)).outcome).toBe("redone");
    expect(fs.readFileSync(path, "utf8")).toBe("ab23!567yz");
    expect((await undoPatch(path)).edits).toBe(2);
    expect(fs.readFileSync(path, "utf8")).toBe("0123!56789");
    expect(beside(path)).toEqual([]);
  });

  test.each(DURABILITIES)(
    "is done by the next patch, with %s, which says so",
    async (durability) => {
      const path = await interrupted();
      const notes: string[] = [];
      const { recovered } = await patchFile(path, {
        edits: [{ offset: 4, bytes: utf8("!") }],
        durability,
        onNote: (note) => notes.push(note),
      });
      expect(recovered).toBe("redone");
      expect(notes.join()).toMatch(/had not been finished: it was redone/);
      expect(fs.readFileSync(path, "utf8")).toBe("ab23!567yz");
    },
  );

  test("readers are told, and not held up", async () => {
    const path = await interrupted();
    const notes: string[] = [];
    const onNote = (note: string) => void notes.push(note);
    expect((await countFile(path, { onNote })).count).toBe(0);
    expect(notes.join()).toMatch(/patch of .* was not finished/);
    const link = `${path}-link`;
    fs.symlinkSync(path, link);
    await countFile(link, { onNote });
    await patchFile(path, {
      edits: [{ offset: 4, bytes: utf8("!") }],
      dryRun: true,
      onNote,
    });
    for await (const { error } of hashFiles([path], { onNote })) {
      expect(error).toBeUndefined();
    }
    expect(notes.length).toBe(4);
    await recoverFile(path);
    await countFile(path, { onNote });
    expect(notes.length).toBe(4);
  });

  test("discards what was not sealed", async () => {
    const path = await interrupted("0123456789");
    const journal = journalOf(path);
    for (const byteLength of [0, 1, 4095, 4096, 8192]) {
      const whole = fs.readFileSync(journal);
      fs.truncateSync(journal, byteLength);
      expect((await recoverFile(path)).outcome).toBe("discarded");
      expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
      fs.writeFileSync(journal, whole, { mode: 0o600 });
    }
  });

  test("no journal with a bit that was changed changes the file, or keeps it from being recovered", async () => {
    const path = await interrupted();
    const journal = journalOf(path);
    const whole = fs.readFileSync(journal);
    const end = whole.length;
    const places = [
      0,
      8,
      20,
      40,
      508,
      4096,
      4100,
      4104,
      4120,
      4128,
      4144,
      4146,
      4150,
    ];
    for (
      const at of [...places, end - 4096, end - 4090, end - 4000, end - 3588]
    ) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 4;
      fs.writeFileSync(journal, changed);
      const { outcome } = await recoverFile(path)
        .catch((error) => ({ outcome: error.code }));
      const isSealLost = at >= end - 4096 && at < end - 4088;
      expect([at, outcome])
        .toEqual([at, isSealLost ? "discarded" : "ERR_BAD_JOURNAL"]);
      expect(fs.readFileSync(path, "utf8")).toBe("ab23456789");
      fs.writeFileSync(journal, whole, { mode: 0o600 });
    }
    for (const behind of ["\n", "x".repeat(4096), "\0".repeat(8192)]) {
      fs.writeFileSync(journal, Buffer.concat([whole, Buffer.from(behind)]));
      await expect(recoverFile(path)).rejects.toThrow(
        "something stands behind its seal",
      );
    }
    fs.writeFileSync(journal, whole);
    expect((await recoverFile(path)).outcome).toBe("redone");
  });

  test("takes anything for a journal, and breaks at nothing", async () => {
    const path = await interrupted();
    const journal = journalOf(path);
    const whole = fs.readFileSync(journal);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), {
          maxLength: 5,
        }),
        fc.option(fc.nat(whole.length)),
        async (changes, cut) => {
          const bytes = Buffer.from(whole);
          for (const [at, byte] of changes) bytes[at] = byte;
          fs.writeFileSync(path, "ab23456789");
          fs.writeFileSync(journal, bytes.subarray(0, cut ?? bytes.length), {
            mode: 0o600,
          });
          const outcome = await recoverFile(path).then(
            (result) => result.outcome,
            (error) => error.code,
          );
          const isWhole = bytes.equals(whole) &&
            (cut ?? whole.length) === whole.length;
          expect(isWhole ? ["redone"] : ["discarded", "ERR_BAD_JOURNAL"])
            .toContain(outcome);
          expect(fs.readFileSync(path, "utf8"))
            .toBe(isWhole ? "ab234567yz" : "ab23456789");
        },
      ),
      { numRuns: rounds(200) },
    );
  });

  test("an unfit journal changes nothing, and can be discarded", async () => {
    const unfit: [string, (journal: string, path: string) => void][] = [
      ["others may write it", (journal) => fs.chmodSync(journal, 0o620)],
      ["two names", (journal) => fs.linkSync(journal, `${journal}2`)],
      ["a link", (journal) => {
        fs.renameSync(journal, `${journal}3`);
        fs.symlinkSync(`${journal}3`, journal);
      }],
      ["a folder", (journal) => {
        fs.unlinkSync(journal);
        fs.mkdirSync(journal);
      }],
      ["another length", (_, path) => fs.appendFileSync(path, "!")],
      ["another file", (_, path) => {
        fs.writeFileSync(`${path}4`, fs.readFileSync(path));
        fs.renameSync(`${path}4`, path);
      }],
    ];
    for (const [what, spoil] of unfit) {
      const path = await interrupted();
      spoil(journalOf(path), path);
      const before = contentOf(path);
      await expect(recoverFile(path), what)
        .rejects.toMatchObject({ code: "ERR_BAD_JOURNAL" });
      const patching = patchFile(path, {
        edits: [{ offset: 0, bytes: utf8("x") }],
      });
      await expect(patching, what).rejects.toMatchObject({
        code: "ERR_BAD_JOURNAL",
      });
      expect(contentOf(path), what).toEqual(before);
      if (what === "a folder") continue;
      expect((await recoverFile(path, { discard: true })).outcome).toBe(
        "discarded",
      );
      expect(contentOf(path), what).toEqual(before);
    }
  });

  test("bytes that are neither old nor new keep all as it is", async () => {
    const path = await interrupted("ab2345678?");
    await expect(recoverFile(path)).rejects.toMatchObject({
      code: "ERR_CONFLICT",
    });
    expect(fs.readFileSync(path, "utf8")).toBe("ab2345678?");
    expect(beside(path)).toEqual(["sabmap-journal"]);
  });
});

test.skipIf(!hasTool("flock"))("a second writer fails at once", async () => {
  const path = files.make("0123456789");
  // The lock of another process, which says when it has it.
  const holder = spawn("flock", [
    "-x",
    path,
    "sh",
    "-c",
    "echo locked; read line",
  ]);
  await new Promise((resolve) => holder.stdout.once("data", resolve));
  const edits = [{ offset: 0, bytes: utf8("x") }];
  await expect(patchFile(path, { edits }))
    .rejects.toMatchObject({ code: "ERR_LOCKED" });
  await expect(recoverFile(path)).rejects.toMatchObject({ code: "ERR_LOCKED" });
  expect((await patchFile(path, { edits, dryRun: true })).edits).toBe(1);
  const ended = new Promise((resolve) => holder.once("exit", resolve));
  holder.stdin.end("\n");
  await ended;
  await patchFile(path, { edits });
  expect(fs.readFileSync(path, "utf8")).toBe("x123456789");
});
