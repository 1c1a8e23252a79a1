/** What an interrupted patch leaves, and others that come upon it; what a copy must not give away. */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import {
  patchFile,
  processFile,
  SharedFile,
  undoPatch,
  updateRecords,
} from "../src/mod.ts";
import { CLI, runCli, runShell } from "./run_cli.ts";
import { runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();
const isRoot = process.getuid?.() === 0;
const utf8 = (text: string) => new TextEncoder().encode(text);

/** Path of what stands beside a file. */
function beside(path: string, what: string): string {
  return join(dirname(path), `.${basename(path)}.sabmap-${what}`);
}

/** A file of which nothing of a patch is applied yet that was sealed: what is kept for an undo is a journal. */
async function begun(before: string, edit: [number, string]): Promise<string> {
  const path = files.make(before);
  const [offset, text] = edit;
  await patchFile(path, {
    edits: [{ offset, bytes: utf8(text) }],
    durability: "journal",
    keepUndo: true,
  });
  fs.renameSync(beside(path, "undo"), beside(path, "journal"));
  fs.writeFileSync(path, before);
  return path;
}

/** A job that puts a word at an offset, in a segment of 64 KiB, after a while. */
function job(offset: number, delayMs = 0): string {
  const path = join(files.folder, `job-${offset}-${delayMs}.mjs`);
  fs.writeFileSync(
    path,
    `export default {
      name: "put", access: "update", start: () => 0,
      scan: ({ bytes, offset }) => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${delayMs});
        if (offset === ${offset}) bytes.set([0x21, 0x21]);
        return 0;
      },
      merge: () => 0, finish: () => 0,
    };`,
  );
  return path;
}

describe("a patch that was begun", () => {
  test("is finished before the header of records is read", async () => {
    const path = await begun("a,b\n1,2\n3,4\n", [0, "b,a"]);
    const notes: string[] = [];
    const { recovered } = await updateRecords(path, {
      header: true,
      set: "a = 9",
      onNote: (note) => void notes.push(note),
    });
    expect(fs.readFileSync(path, "utf8")).toBe("b,a\n1,9\n3,9\n");
    expect(recovered).toBe("redone");
    expect(notes.join()).toContain("had not been finished");
  });

  test("keeps others from storing over a half of it", async () => {
    const path = await begun("0123456789", [2, "xx"]);
    await expect(SharedFile.open(path, { access: "write" })).rejects
      .toMatchObject({ code: "ERR_HOT_JOURNAL" });
    (await SharedFile.open(path)).close();
  });

  test("is told of by an undo that finishes it", async () => {
    const path = await begun("0123456789", [2, "xx"]);
    const notes: string[] = [];
    await undoPatch(path, { onNote: (note) => void notes.push(note) });
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(notes).toEqual([expect.stringContaining("it was redone first")]);
  });

  test("is discarded only with a word on what that leaves", async () => {
    const path = await begun("0123456789", [2, "xx"]);
    const { code, stdout } = await runCli(["recover", "--discard", path]);
    expect([code, stdout]).toEqual([
      0,
      `${path}: the journal was removed, and the file is as it was left, perhaps patched in part\n`,
    ]);
  });

  test("is noted by whoever only plans or measures", async () => {
    const path = await begun("0123456789", [2, "xx"]);
    const plan = ["plan", path, "--op=count", "--shards=1"];
    for (const args of [plan, ["bench", path, "--runs=1", "--workers=1"]]) {
      expect((await runCli(args)).stderr).toContain("was not finished");
    }
  });

  test("is noted where its file has other names", async () => {
    const path = files.make("0123456789");
    fs.linkSync(path, `${path}.2`);
    const { code, stderr } = await runCli(["patch", "--at=0=61", path]);
    expect(code).toBe(0);
    expect(stderr).toContain("has 2 names");
  });
});

describe("what a copy has left", () => {
  test("is settled before a job changes the file", async () => {
    const path = files.make(new Uint8Array(2_000_000));
    const copied = { durability: "copy", keepUndo: true } as const;
    await patchFile(path, {
      edits: [{ offset: 9, bytes: utf8("patch") }],
      ...copied,
    });
    // As if the machine had failed between both renames.
    fs.renameSync(beside(path, "undo"), beside(path, "next-undo"));
    fs.writeFileSync(beside(path, "copy"), "half", { mode: 0o600 });
    await processFile(path, job(65536), {
      keepUndo: true,
      workers: 2,
      segmentBytes: 65536,
      permissions: "all",
    });
    expect(fs.existsSync(beside(path, "copy"))).toBe(false);
    await undoPatch(path);
    const bytes = fs.readFileSync(path);
    // The job's change was the last one.
    expect(bytes.subarray(9, 14).toString()).toBe("patch");
    expect(bytes.readUInt16LE(65536)).toBe(0);
  });

  test.each(["a copy", "a journal"])(
    "that is no file is not removed with %s",
    async (what) => {
      const path = await begun("0123456789", [2, "xx"]);
      const name = beside(path, what === "a copy" ? "copy" : "journal");
      fs.rmSync(name, { force: true });
      fs.mkdirSync(name);
      await runCli(["recover", "--discard", path]);
      expect(fs.statSync(name).isDirectory()).toBe(true);
    },
  );
});

describe("a copy", () => {
  test.skipIf(!isRoot || !hasTool("python3"))(
    "has no access control list that its folder gives new files",
    async () => {
      const folder = fs.mkdtempSync(join(files.folder, "acl-"));
      const path = join(folder, "data");
      const acl = `import os,struct,sys
U = 2**32 - 1
entries = [(1, 7, U), (2, 7, 1234), (4, 5, U), (16, 7, U), (32, 5, U)]
value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries)
`;
      const python = (script: string, ...args: string[]) =>
        spawnSync("python3", ["-c", acl + script, ...args], {
          encoding: "utf8",
        });
      fs.writeFileSync(path, new Uint8Array(2_000_000), { mode: 0o660 });
      fs.chmodSync(path, 0o660);
      const set = 'os.setxattr(sys.argv[1], "system.posix_acl_default", value)';
      if (python(set, folder).status !== 0) return;
      await patchFile(path, {
        edits: [{ offset: 0, bytes: utf8("x") }],
        durability: "copy",
      });
      const list = python("print(os.listxattr(sys.argv[1]))", path).stdout;
      expect(list).toBe("[]\n");
      expect(fs.statSync(path).mode & 0o777).toBe(0o660);
    },
  );

  test("is not chosen where attributes are not known", async () => {
    const path = files.make(new Uint8Array(2_000_000));
    const edits = [{ offset: 0, bytes: new Uint8Array(1_000_000).fill(1) }];
    const { durability } = await patchFile(path, { edits });
    expect(durability).toBe("copy");
    if (runtime !== "deno") return;
    const script = files.make(
      JSON.stringify({ offset: 0, bytes: "02".repeat(1_000_000) }),
    );
    const command = CLI.flatMap((word) =>
      word === "-A" ? ["--allow-read", "--allow-write", "--no-prompt"] : word
    );
    const { stdout, stderr } = spawnSync(
      command[0] ?? "",
      [...command.slice(1), "patch", "--script", script, path],
      { encoding: "utf8" },
    );
    expect([stderr, stdout]).toEqual([
      "",
      expect.stringContaining("durability journal"),
    ]);
  });

  test("does not take the place of a file whose permissions change meanwhile", async () => {
    const path = files.make(new Uint8Array(1_500_000));
    const child = spawn(CLI[0] ?? "", [
      ...CLI.slice(1),
      ...["run", job(65536, 200), path, "--permissions"],
      ...["--durability=copy", "--segment=64KiB", "--workers=1"],
    ]);
    let stderr = "";
    child.stderr.on("data", (data) => stderr += data);
    const ended = new Promise<number | null>((resolve) =>
      child.on("close", resolve)
    );
    while (!fs.existsSync(beside(path, "copy"))) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // Whole seconds on Deno.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    fs.chmodSync(path, 0o600);
    expect(await ended).toBe(2);
    expect(stderr).toContain("ERR_CONFLICT");
    expect(fs.statSync(path).mode & 0o777).toBe(0o600);
  });

  test.skipIf(!hasTool("strace"))(
    "is locked from before it takes its place until all is settled",
    async () => {
      const path = files.make(new Uint8Array(1_500_000));
      const trace =
        "strace -f -qq -o /dev/null -e trace=rename -e inject=rename:delay_exit=6000000:when=1";
      const { stdout } = await runShell(
        `${trace} $PROCESS patch --durability copy --keep-undo --at 0=11 ${path} > ${path}.first & first=$!
        inode=$(stat -c %i ${path})
        for i in $(seq 3000); do [ "$(stat -c %i ${path})" != $inode ] && break; sleep 0.02; done
        process patch --at 5=22 ${path} 2>&1 | grep -o ERR_LOCKED
        wait $first; echo $?
        process undo ${path} | grep -o "taken back"`,
      );
      expect(stdout).toBe("ERR_LOCKED\n0\ntaken back\n");
    },
  );

  test("that is refused is refused in a dry run, too", async () => {
    const path = files.make("0123456789");
    fs.linkSync(path, `${path}.2`);
    const args = ["patch", "--durability=copy", "--dry-run", "--at=0=61", path];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toContain("ERR_COPY_REFUSED");
  });
});

test("a dry run says where it shows a part of an edit only", async () => {
  const path = files.make("0".repeat(200));
  const edit = (length: number) => `--at=0=${"31".repeat(length)}`;
  const shown = async (length: number, ...more: string[]) => {
    const args = ["patch", "--dry-run", edit(length), path, ...more];
    return (await runCli(args)).stdout.split("\n")[0];
  };
  expect(await shown(64)).toMatch(/ (30){64} -> (31){64}$/);
  expect(await shown(65)).toMatch(
    / (30){64} -> (31){64} \(the first 64 of 65 bytes\)$/,
  );
  const parsed = JSON.parse(await shown(65, "--json") ?? "");
  expect(parsed.shown).toEqual([{
    offset: 0,
    old: "30".repeat(64),
    new: "31".repeat(64),
    byteLength: 65,
  }]);
});

describe("a failure", () => {
  test.skipIf(!fs.existsSync("/dev/full"))(
    "to tell what was done says that it is done",
    async () => {
      const path = files.make("abc");
      const run = (command: string) =>
        runShell(`process ${command} > /dev/full`);
      const patch = `patch --at 0=58 --keep-undo ${path}`;
      for (const command of [patch, `undo ${path}`]) {
        const { code, stderr } = await run(command);
        expect(code).toBe(2);
        expect(stderr).toMatch(
          /^process: standard output: .*; the file is changed all the same/,
        );
      }
      expect(fs.readFileSync(path, "utf8")).toBe("abc");
      expect((await run(`patch --at 0=58 --dry-run ${path}`)).stderr).not
        .toContain("is changed");
    },
  );

  test("behind the last sync says that all is on the disk", async () => {
    const path = files.make("0123456789");
    fs.mkdirSync(beside(path, "undo"));
    const args = ["patch", "--keep-undo", "--at=0=61", path];
    const { code, stderr } = await runCli(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /all changes are on the disk, but their journal could not be kept \(.*\): "process recover" tries again \(E/,
    );
  });

  test.skipIf(!isRoot)(
    "in the middle says so where there is no journal",
    async () => {
      const { stdout } = await runShell(
        `unshare -m bash -c '
        mkdir -p disk && mount -t tmpfs -o size=1m none disk && truncate -s 8M disk/f || exit 77
        for i in $(seq 600); do echo "{\\"offset\\": $((i * 8192)), \\"bytes\\": \\"61\\"}"; done > edits
        ${
          CLI.join(" ")
        } patch --durability none --script edits disk/f 2>&1'; echo $?`,
        { cwd: files.folder },
      );
      if (stdout.endsWith("77\n")) return;
      expect(stdout).toMatch(
        /^process: .*some edits are written, and no journal was kept .* \(ENOSPC\)\n2\n$/,
      );
    },
  );

  test("of onProgress takes back what is not applied, and is thrown", async () => {
    const path = files.make(new Uint8Array(400_000));
    const edits = Array.from({ length: 20_000 }, (_, i) => ({
      offset: i * 20,
      bytes: utf8("x"),
    }));
    for (const durability of ["journal", "copy"] as const) {
      const patching = patchFile(path, {
        edits,
        durability,
        onProgress: () => {
          throw new Error("not mine");
        },
      });
      await expect(patching).rejects.toThrow("not mine");
      expect(fs.readFileSync(path).every((byte) => byte === 0)).toBe(true);
      const left = fs.readdirSync(dirname(path)).filter((name) =>
        name.startsWith(`.${basename(path)}.`)
      );
      expect(left).toEqual([]);
    }
  });

  test.runIf(process.platform === "linux")(
    "of a script leaves it closed",
    async () => {
      const path = files.make("0123456789");
      const script = files.make("no script\n");
      const count = () => fs.readdirSync("/proc/self/fd").length;
      const before = count();
      for (let i = 0; i < 20; i++) {
        await expect(patchFile(path, { script })).rejects.toThrow("line 1");
      }
      expect(count()).toBeLessThan(before + 10);
    },
  );
});

test.skipIf(runtime === "deno")(
  "files whose names are not UTF-8 are patched",
  async () => {
    const { stdout } = await runShell(
      `printf 0123 > $'bad\\xff'; process patch --at 0=text:y $'bad\\xff' > out; cat $'bad\\xff'`,
      { cwd: files.folder },
    );
    expect(stdout).toBe("y123");
  },
);
