import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { hashFile, type HashOptions } from "../src/operations.ts";
import * as reference from "./reference.ts";
import { hex } from "./parts_oracle.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { hasTool } from "./tools.ts";

const KEY = new TextEncoder().encode("whats the Elvish word for friend");
const CONTEXT = "sabmap 2026-11-21 a test of derived keys";
const files = temporaryFiles();
const bytes = seededBytes(5 * 1024 ** 2 + 33, 20261121);

async function digest(
  content: Uint8Array,
  blake3: HashOptions["blake3"],
  run: HashOptions = {},
) {
  const path = files.make(content);
  const { digests } = await hashFile(path, { ...run, blake3 });
  return digests["blake3"];
}

describe("hashFile() gives BLAKE3", () => {
  it("with a key, in a context, longer, and from further on", async () => {
    for (const length of [0, 1, 5000]) {
      const content = bytes.subarray(0, length);
      expect(await digest(content, { key: KEY })).toBe(
        hex(reference.blake3Keyed(KEY, content)),
      );
      expect(await digest(content, { context: CONTEXT })).toBe(
        hex(reference.blake3DeriveKey(CONTEXT, content)),
      );
      const long = hex(reference.blake3(content, 200));
      expect(await digest(content, { outputBytes: 200 })).toBe(long);
      expect(await digest(content, { outputBytes: 100, seek: 77 })).toBe(
        long.slice(2 * 77, 2 * 177),
      );
    }
  });

  it("with a key that is a view of shared memory, which is taken as it is then", async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(64)).subarray(7, 39);
    shared.set(KEY);
    const content = bytes.subarray(0, 100);
    const hashing = digest(content, { key: shared }, {
      inlineBytes: 0,
      workers: 2,
    });
    shared.fill(0);
    expect(await hashing).toBe(hex(reference.blake3Keyed(KEY, content)));
  });
});

describe.skipIf(!hasTool("b3sum"))("hashFile() agrees with b3sum", () => {
  const b3sum = (path: string, ...args: string[]) => {
    const { stdout } = spawnSync("b3sum", ["--no-names", ...args, path], {
      // Who does not read it may have ended before it is written, which Deno fails on.
      input: args.includes("--keyed") ? KEY : undefined,
      encoding: "utf8",
    });
    return stdout.trim();
  };

  it.each([
    [{ key: KEY }, ["--keyed"]],
    [{ context: CONTEXT }, ["--derive-key", CONTEXT]],
    [{ outputBytes: 1000 }, ["--length", "1000"]],
    [{ key: KEY, outputBytes: 5 }, ["--keyed", "--length", "5"]],
  ])("about %o", async (blake3, args) => {
    const path = files.make(bytes);
    for (const workers of [1, 2]) {
      const { digests } = await hashFile(path, { blake3, workers });
      expect(digests["blake3"]).toBe(b3sum(path, ...args));
    }
  });
});
