import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { statFile } from "../src/platform/files.ts";
import {
  openMappable,
  openMappableHere,
} from "../src/platform/mappable_file.ts";
import { runtime } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();

describe.each([
  ["openMappable()", openMappable],
  ["openMappableHere()", openMappableHere],
])("%s", (_, open) => {
  test("tells size and identity as statFile() does, and follows the file", async () => {
    // What a path must pass through unharmed.
    const path = join(files.folder, "a naïve \u{1f600} name");
    fs.writeFileSync(path, "12345");
    const file = await open(path, "read");
    const { device, inode } = statFile(path, path);
    expect(file.status()).toMatchObject({ byteLength: 5, device, inode });
    fs.appendFileSync(path, "678");
    expect(file.status().byteLength).toBe(8);
    fs.truncateSync(path);
    expect(file.status().byteLength).toBe(0);
    file.close();
  });

  test("knows files of more than 4 GiB", async () => {
    const path = files.make("");
    fs.truncateSync(path, 5 * 2 ** 30 + 1);
    const file = await open(path, "read");
    expect(file.status().byteLength).toBe(5 * 2 ** 30 + 1);
    file.close();
    fs.truncateSync(path);
  });

  test("opens for what is asked", async () => {
    const path = files.make("12345");
    const flags = async (access: "read" | "write") => {
      const file = await open(path, access);
      const info = fs.readFileSync(`/proc/self/fdinfo/${file.fd}`, "utf8");
      file.close();
      return parseInt(/^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? "", 8);
    };
    const CLOSE_ON_EXEC = 0o2000000;
    expect(await flags("read") & (CLOSE_ON_EXEC | 3)).toBe(CLOSE_ON_EXEC);
    expect(await flags("write") & (CLOSE_ON_EXEC | 3)).toBe(CLOSE_ON_EXEC | 2);
  });

  test("closes its descriptor", async () => {
    const count = () => fs.readdirSync("/proc/self/fd").length;
    const path = files.make("12345");
    const before = count();
    const file = await open(path, "read");
    expect(count()).toBe(before + 1);
    file.close();
    expect(count()).toBe(before);
  });

  test("says what is wrong as all do who open files", async () => {
    const path = join(files.folder, "none");
    const opening = Promise.resolve().then(() => open(path, "read"));
    await expect(opening).rejects.toMatchObject({ code: "ENOENT", file: path });
  });
});

describe.runIf(runtime === "deno")("openMappable() on Deno", () => {
  const { href } = new URL("../src/platform/mappable_file.ts", import.meta.url);
  /** What a process of its own prints which opens the file, with these permissions. */
  function opened(...permissions: string[]): string {
    const path = files.make("12345");
    const script = `
      const { get } = Object.getOwnPropertyDescriptor(globalThis, "process");
      let touched = false;
      Object.defineProperty(globalThis, "process", {
        get() { touched = true; return get.call(globalThis); },
      });
      const { openMappable } = await import("${href}");
      const file = await openMappable(${JSON.stringify(path)}, "read");
      console.log(file.status().byteLength, touched);
    `;
    const module = join(files.folder, "open.ts");
    fs.writeFileSync(module, script);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ["run", "--no-config", ...permissions, module],
      { encoding: "utf8" },
    );
    return stdout.trim() || stderr;
  }

  test("leaves process and node:fs alone, which take 20 ms a thread", () => {
    expect(opened("-A")).toBe("5 false");
  });

  test("does without FFI", () => {
    expect(opened("--allow-read", "--no-prompt")).toBe("5 true");
  });
});
