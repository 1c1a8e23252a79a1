/** Patches that cannot be carried out, and processes that are killed or fail in the middle. */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { patchFile, recoverFile } from "../src/patch_file.ts";
import { killLoop } from "./campaigns/kill_loop.ts";
import { listFaults, tryFaults } from "./campaigns/syscall_faults.ts";
import { CLI, runCli, runShell, startCli } from "./run_cli.ts";
import { RUNTIMES } from "./runtimes.ts";
import { fixture, runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();
const edits = [{ offset: 0, bytes: Uint8Array.of(0x78) }];
const isRoot = process.getuid?.() === 0;
const ours = RUNTIMES.find(({ name }) => name === runtime);
if (ours === undefined) throw new Error("no such runtime");

const canMount = spawnSync("unshare", ["-Urm", "true"]).status === 0;

function beside(path: string): string[] {
  return fs.readdirSync(dirname(path))
    .filter((name) => name.startsWith(`.${basename(path)}.sabmap`));
}

describe("a process that is killed", () => {
  // The long form is test/campaigns/kill_loop.ts.
  // Bun starts soonest; 200 on all three together.
  const kills = { bun: 120, deno: 45, node: 35 }[runtime];

  test(
    `leaves a file that ${kills} kills at random moments do not mix`,
    async () => {
      const wanted = { kills, applying: kills / 5 };
      const { wrong, ...report } = await killLoop(ours, wanted, 1);
      expect(wrong).toEqual([]);
      expect(report.kills).toBeGreaterThanOrEqual(wanted.kills);
      expect(report.applying).toBeGreaterThanOrEqual(wanted.applying);
    },
    600_000,
  );
});

describe.skipIf(!hasTool("strace"))("a call of the kernel that fails", () => {
  // Bun starts soonest under strace; the long form, of all calls, is test/campaigns/syscall_faults.ts.
  test.skipIf(runtime !== "bun")(
    "is reported, and the file is whole",
    async () => {
      const results = await tryFaults(ours, await listFaults(ours, "writes"));
      expect(results.length).toBeGreaterThan(40);
      expect(results.filter(({ wrong }) => wrong !== undefined)).toEqual([]);
      const interrupted = results.filter(({ fault }) =>
        fault.what === "error=EINTR"
      );
      expect(interrupted.every(({ done }) => done)).toBe(true);
    },
    600_000,
  );
});

/** What a script says that may mount file systems of its own. */
function linesOf(script: string): string[] {
  const { stdout } = spawnSync("unshare", ["-Urm", "bash", "-c", script], {
    encoding: "utf8",
  });
  return stdout.trim().split("\n");
}

describe("a disk that is full", () => {
  test.skipIf(!canMount)("leaves the file as it was", () => {
    // 400 KiB for a file of 300 KiB: neither its journal nor its copy has room.
    const script = `
      mount -t tmpfs -o size=400k none /mnt && cd /mnt
      head -c 300000 /dev/zero | tr '\\0' a > data
      md5sum data
      for mode in journal copy; do
        ${CLI.join(" ")} patch --replace aa=bb --durability $mode data; echo $?
      done
      md5sum data; ls -A`;
    const { stdout, status } = spawnSync(
      "unshare",
      ["-Urm", "bash", "-c", script],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    );
    const [before, journal, copy, after, ...names] = stdout.trim().split("\n");
    expect([status, journal, copy]).toEqual([0, "2", "2"]);
    expect(after).toBe(before);
    expect(names).toEqual(["data"]);
  });
});

describe("a copy that fails", () => {
  test.skipIf(!canMount)("leaves the patch that was kept before", () => {
    // 7 MiB for a file of 4 MiB.
    const script = `
      mount -t tmpfs -o size=7m none /mnt && cd /mnt
      head -c 4194304 /dev/zero > data
      ${CLI.join(" ")} patch --at 0=aa --keep-undo data; echo $?
      ${
      CLI.join(" ")
    } patch --replace hex:0000=0101 --durability copy --keep-undo data; echo $?
      ls -A
      ${CLI.join(" ")} undo data; echo $?
      cmp data <(head -c 4194304 /dev/zero); ls -A`;
    expect(linesOf(script)).toEqual([
      "data: 1 edit, 1 byte changed, durability journal; kept for process undo",
      "0",
      "2",
      ".data.sabmap-undo",
      "data",
      "data: the patch was taken back, 1 edit, 1 byte",
      "0",
      "data",
    ]);
  });
});

describe("a disk with room for a copy", () => {
  test.skipIf(!canMount)("has it too where a journal was begun before", () => {
    const job = fileURLToPath(fixture("fixtures/jobs/stamp_words.mjs"));
    const script = `
      mount -t tmpfs -o size=33768k none /mnt && cd /mnt
      head -c 16777216 /dev/zero > data
      ${CLI.join(" ")} run ${job} data; echo $?
      cmp <(tr '\\1' '\\0' < data) <(head -c 16777216 /dev/zero); ls -A`;
    expect(linesOf(script)).toEqual([
      "4194304",
      "data: 4,194,304 bytes changed, durability copy",
      "0",
      "data",
    ]);
  });
});

describe("a file that is mounted where it is", () => {
  test.skipIf(!canMount)("is changed in place, not by a copy", () => {
    const script = `
      mount -t tmpfs none /mnt && cd /mnt
      printf 0123456789 > data; touch 'a name'; mount --bind data 'a name'
      ${CLI.join(" ")} patch --at 0=6162636465 'a name'; echo $?
      ${CLI.join(" ")} patch --at 0=30 --durability copy 'a name' 2>&1; echo $?
      cat data; echo; ls -A`;
    expect(linesOf(script)).toEqual([
      "a name: 1 edit, 5 bytes changed, durability journal",
      "0",
      expect.stringMatching(/mounted where it is.*\(ERR_COPY_REFUSED\)$/),
      "2",
      "abcde56789",
      "a name",
      "data",
    ]);
  });
});

describe("a file that may not be written", () => {
  test.skipIf(!isRoot || !hasTool("setpriv"))(
    "read-only files and folders",
    async () => {
      const path = files.make("0123456789");
      fs.chmodSync(files.folder, 0o755);
      const asNobody = (file: string) =>
        runShell(
          `exec setpriv --reuid=65534 --clear-groups -- $PROCESS patch --at 0=78 '${file}'`,
          { env: { HOME: "/tmp" } },
        );
      fs.chmodSync(path, 0o444);
      const readOnly = await asNobody(path);
      expect(readOnly.code).not.toBe(0);
      fs.chmodSync(path, 0o666);
      const inFolder = await asNobody(path);
      expect(inFolder.code).not.toBe(0);
      expect(inFolder.stderr).toContain(".sabmap-journal");
      expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
      expect(beside(path)).toEqual([]);
      fs.chmodSync(files.folder, 0o700);
    },
  );

  test.skipIf(!isRoot || !hasTool("setpriv"))(
    "another user's file that may be written is not copied, as a copy would be given away",
    async () => {
      const folder = fs.mkdtempSync(join(files.folder, "shared-"));
      fs.chmodSync(files.folder, 0o755);
      fs.chmodSync(folder, 0o777);
      const path = join(folder, "data");
      fs.writeFileSync(path, "0".repeat(2_000_000));
      fs.chmodSync(path, 0o666);
      const records = `records '${path}' --struct B --names a --set a=50`;
      for (
        const command of [
          `patch --replace 00000000=11111111 '${path}'`,
          records,
        ]
      ) {
        const { stdout, code } = await runShell(
          `exec setpriv --reuid=65534 --clear-groups -- $PROCESS ${command}`,
          { env: { HOME: "/tmp" } },
        );
        expect(stdout).toContain("durability journal");
        expect(code).toBe(0);
      }
      expect(fs.readFileSync(path, "utf8")).toBe("2".repeat(2_000_000));
      expect(beside(path)).toEqual([]);
      fs.chmodSync(files.folder, 0o700);
    },
  );

  test("a file that cannot be changed at all", async () => {
    const path = files.make("0123456789");
    const { status } = spawnSync("chattr", ["+i", path]);
    if (status !== 0) return;
    try {
      await expect(patchFile(path, { edits })).rejects.toMatchObject({
        code: expect.stringMatching(/^E(PERM|ACCES)$/),
      });
    } finally {
      spawnSync("chattr", ["-i", path]);
    }
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(beside(path)).toEqual([]);
  });

  test("a program that is running", async () => {
    const path = files.make("");
    fs.copyFileSync("/bin/sleep", path);
    fs.chmodSync(path, 0o755);
    const child = spawn(path, ["60"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    try {
      await expect(patchFile(path, { edits }))
        .rejects.toMatchObject({ code: "ETXTBSY" });
    } finally {
      child.kill("SIGKILL");
    }
    expect(beside(path)).toEqual([]);
  });
});

describe("a file that others change meanwhile", () => {
  /** Patches, and disturbs when the edits are asked for: the file is open and locked then. */
  async function disturbed(path: string, disturb: () => void) {
    const late = (function* () {
      yield* edits;
      disturb();
    })();
    return await patchFile(path, { edits: late }).catch((error) => error.code);
  }

  test("truncated, replaced, removed: nothing is changed", async () => {
    const cut = files.make("0123456789");
    expect(await disturbed(cut, () => fs.truncateSync(cut, 3)))
      .toBe("ERR_CONFLICT");
    expect(fs.readFileSync(cut, "utf8")).toBe("012");
    const replaced = files.make("0123456789");
    expect(
      await disturbed(replaced, () => {
        fs.writeFileSync(`${replaced}-new`, "abcdefghij");
        fs.renameSync(`${replaced}-new`, replaced);
      }),
    ).toBe("ERR_CONFLICT");
    expect(fs.readFileSync(replaced, "utf8")).toBe("abcdefghij");
    const removed = files.make("0123456789");
    expect(await disturbed(removed, () => fs.unlinkSync(removed)))
      .toBe("ERR_CONFLICT");
    expect([cut, replaced, removed].flatMap(beside)).toEqual([]);
  });
});

describe("SIGINT", () => {
  test("before the seal leaves no trace", async () => {
    const path = files.makeSparse(1 << 20);
    // The script comes by a pipe that stays open: the command waits for more.
    const { child, outcome } = startCli(["patch", "--script", "-", path], {
      keepOpen: true,
    });
    child.stdin.write('{"offset":1,"bytes":"ff"}\n');
    await isLocked(path);
    child.kill("SIGINT");
    expect((await outcome).code).toBe(130);
    expect(fs.readFileSync(path).every((byte) => byte === 0)).toBe(true);
    expect(beside(path)).toEqual([]);
    expect((await recoverFile(path)).outcome).toBe("none");
  });

  test("with the end of the script, as Ctrl-C in a pipeline, leaves no trace", async () => {
    for (let turn = 0; turn < 5; turn++) {
      const path = files.makeSparse(1 << 20);
      const { child, outcome } = startCli(["patch", "--script", "-", path], {
        keepOpen: true,
      });
      child.stdin.write('{"offset":1,"bytes":"ff"}\n');
      await isLocked(path);
      child.stdin.end();
      child.kill("SIGINT");
      expect((await outcome).code).toBe(130);
      expect(fs.readFileSync(path).every((byte) => byte === 0)).toBe(true);
      expect(beside(path)).toEqual([]);
    }
  });

  /** Waits until another process has the file locked. */
  async function isLocked(path: string): Promise<void> {
    const lock = new RegExp(`FLOCK .*:${fs.statSync(path).ino} `);
    while (!lock.test(fs.readFileSync("/proc/locks", "utf8"))) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

test.skipIf(runtime !== "deno")(
  "Deno needs neither FFI nor more than the folder",
  async () => {
    const path = files.make("0123456789");
    const [deno = "", , , main = ""] = CLI;
    const folder = dirname(path);
    const source = join(main, "../../..");
    const { status, stderr } = spawnSync(deno, [
      "run",
      "--no-prompt",
      `--allow-read=${folder},${source}`,
      `--allow-write=${folder}`,
      ...["--allow-env", main, "patch", "--at", "0=78", path],
    ], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(fs.readFileSync(path, "utf8")).toBe("x123456789");
    expect(await runCli(["undo", path])).toMatchObject({ code: 2 });
  },
);
