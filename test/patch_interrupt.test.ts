/** What the exit code of a patch says that is interrupted while the disk takes its time. */
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { recoverFile } from "../src/patch_file.ts";
import { CLI } from "./run_cli.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const files = temporaryFiles();

/** Longer than an interrupted process has to wind up. */
const SYNC_MICROSECONDS = 1_300_000;

/**
 * Starts a patch of the first byte whose file a sync takes long to bring to the disk, and interrupts it when the byte
 * is there.
 *
 * @param watched The file whose sync takes long, and whose first byte is looked at.
 * @param until What it has to say to be interrupted once more.
 */
async function interrupted(
  path: string,
  durability: string,
  watched: string,
  until?: string,
): Promise<{ code: number | null; stderr: string }> {
  // As a grandchild, strace leaves the process to us.
  const child = spawn("strace", [
    ...["-D", "-f", "-qq", "-o", `${path}.trace`, "-P", watched],
    ...["-e", "trace=fdatasync,fsync"],
    ...["-e", `inject=fdatasync,fsync:delay_enter=${SYNC_MICROSECONDS}`],
    ...[...CLI, "patch", "--at", "0=78", "--durability", durability, path],
  ], { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (data: Uint8Array) => {
    stderr += new TextDecoder().decode(data);
  });
  let hasEnded = false;
  const code = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status) => {
      hasEnded = true;
      resolve(status);
    });
  });
  while (!hasEnded && firstByte(watched) !== 0x78) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  // Deno's `child.kill()` would have the signal for the end, whatever the exit code is.
  process.kill(child.pid ?? 0, "SIGINT");
  if (until !== undefined) {
    while (!hasEnded && !stderr.includes(until)) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    process.kill(child.pid ?? 0, "SIGINT");
  }
  return { code: await code, stderr };
}

function firstByte(path: string): number | undefined {
  return fs.existsSync(path) ? fs.readFileSync(path)[0] : undefined;
}

function beside(path: string, what: string): string {
  return join(dirname(path), `.${basename(path)}.sabmap-${what}`);
}

describe.skipIf(!hasTool("strace"))("SIGINT while the disk is slow", {
  concurrent: true,
}, () => {
  test("journal: 2, and the journal finishes the patch", async () => {
    const path = files.make("0123456789");
    const { code, stderr } = await interrupted(path, "journal", path);
    expect(stderr).toContain(
      "is being changed: that is finished now, or soon",
    );
    expect(stderr).toContain(
      `interrupted; all changes are written, but may not all be on the disk, and "process recover" finishes or undoes them (ERR_HOT_JOURNAL)`,
    );
    expect(code).toBe(2);
    expect(fs.existsSync(beside(path, "journal"))).toBe(true);
    expect((await recoverFile(path, { undo: true })).outcome).toBe("undone");
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
  });

  test("twice: 2 at once, and the journal finishes the patch", async () => {
    const path = files.make("0123456789");
    const said = "is being changed";
    const { code, stderr } = await interrupted(path, "journal", path, said);
    expect(stderr).toContain(
      'interrupted while it was changed: "process recover" finishes or undoes',
    );
    expect(code).toBe(2);
    expect((await recoverFile(path)).outcome).toBe("redone");
    expect(fs.readFileSync(path, "utf8")).toBe("x123456789");
  });

  test("copy: 130, and nothing was changed", async () => {
    const path = files.make("0123456789");
    const { code } = await interrupted(path, "copy", beside(path, "copy"));
    expect(code).toBe(130);
    expect(fs.readFileSync(path, "utf8")).toBe("0123456789");
    expect(fs.existsSync(beside(path, "copy"))).toBe(false);
  });

  test("none: 2, and the text says that a part may be there", async () => {
    const path = files.make("0123456789");
    const { code, stderr } = await interrupted(path, "none", path);
    expect(stderr).toContain("(ERR_ABORTED)");
    expect(code).toBe(2);
  });
});
