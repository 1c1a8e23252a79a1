/** Patches by copy where the file system shares blocks between files. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { CLI } from "./run_cli.ts";
import { runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();
const isRoot = process.getuid?.() === 0;

/** How to make a file system of a kind; XFS needs 300 MiB. */
const MAKE: Readonly<Record<string, string>> = {
  xfs: "mkfs.xfs -q -m reflink=1",
  btrfs: "mkfs.btrfs -q",
};

/** Runs a script of bash in a folder `mounted` that is a new file system; mounts end with the script. */
function inFileSystem(kind: string, script: string): string[] | undefined {
  const { status, stdout } = spawnSync("unshare", [
    "-m",
    "bash",
    "-c",
    `set -e; PROCESS="${CLI.join(" ")}"
    rm -f image && truncate -s 320M image && ${MAKE[kind]} image >/dev/null 2>&1
    mkdir -p mounted && mount -o loop image mounted || exit 77
    cd mounted; ${script}`,
  ], { encoding: "utf8", cwd: files.folder });
  if (status === 77) return undefined;
  return [`exit ${status}`, ...stdout.trim().split("\n")];
}

describe.each(Object.keys(MAKE))("%s", (kind) => {
  const canMake = isRoot && hasTool(`mkfs.${kind}`) && hasTool("filefrag");

  test.skipIf(!canMake)(
    "a copy shares its blocks with the file, all but those that change",
    (context) => {
      const lines = inFileSystem(
        kind,
        `head -c 8000000 /dev/urandom > data
        chmod 640 data && cp --reflink=always data kept
        $PROCESS patch --at 5000000=00112233 --durability copy --keep-undo data
        filefrag -v data | grep -c shared
        cmp -l data kept | wc -l; stat -c %a data; ls -A
        $PROCESS undo data; cmp data kept && echo same`,
      );
      if (lines === undefined) return context.skip("no loop devices here");
      const [exit, patched, shared, different, mode, ...rest] = lines;
      expect([exit, mode]).toEqual(["exit 0", "640"]);
      expect(patched).toMatch(/^data: 1 edit, \d bytes changed, durability co/);
      expect(Number(shared)).toBeGreaterThan(0);
      expect(Number(different)).toBeGreaterThan(0);
      expect(Number(different)).toBeLessThanOrEqual(4);
      expect(rest).toEqual([
        ".data.sabmap-undo",
        "data",
        "kept",
        expect.stringContaining("the patch was taken back"),
        "same",
      ]);
    },
  );

  // To fill a disk takes seconds.
  test.skipIf(!canMake || runtime !== "bun")(
    "a disk that is full where blocks are shared leaves the file whole",
    (context) => {
      // Shared blocks cannot be written over: to change one takes room for another.
      const lines = inFileSystem(
        kind,
        `head -c 60000000 /dev/urandom > data && cp --reflink=always data kept
        dd if=/dev/zero of=filler bs=1M >/dev/null 2>&1 || true; sync
        for ((at = 0; at < 60000000; at += 20000)); do
          echo "{\\"offset\\":$at,\\"bytes\\":\\"0011223344556677\\"}"
        done > ../edits
        $PROCESS patch --script ../edits --durability journal data >/dev/null 2>&1 || echo failed
        rm -f filler; sync
        $PROCESS recover --undo data >/dev/null; cmp data kept && echo old; ls -A`,
      );
      if (lines === undefined) return context.skip("no loop devices here");
      expect(lines).toEqual(["exit 0", "failed", "old", "data", "kept"]);
    },
  );
});
