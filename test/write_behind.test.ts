import { describe, expect, test } from "vitest";
import { WriteBehind } from "../src/cli/write_behind.ts";

/** An output whose writes end when they are let go. */
class HeldOutput {
  readonly texts: string[] = [];
  #letGo: ((error?: Error) => void)[] = [];

  write(data: string | Uint8Array): Promise<void> {
    this.texts.push(String(data));
    return new Promise((resolve, reject) => {
      this.#letGo.push((error) => error ? reject(error) : resolve());
    });
  }

  async letGo(error?: Error): Promise<void> {
    this.#letGo.shift()?.(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Whether a promise has settled by now. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.catch(() => {}).finally(() => settled = true);
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe("WriteBehind", () => {
  test("writes at once, and then what has gathered, in order", async () => {
    const output = new HeldOutput();
    const behind = new WriteBehind(output);
    await behind.write("");
    for (const text of ["a", "b", "c"]) await behind.write(text);
    expect(output.texts).toEqual(["a"]);
    await output.letGo();
    expect(output.texts).toEqual(["a", "bc"]);
    await output.letGo();
    await behind.write("d");
    expect(output.texts).toEqual(["a", "bc", "d"]);
    const end = behind.end();
    expect(await isSettled(end)).toBe(false);
    await output.letGo();
    await end;
  });

  test("waits where much is to be written", async () => {
    const output = new HeldOutput();
    const behind = new WriteBehind(output);
    await behind.write("a");
    await behind.write("b".repeat(65_535));
    const full = behind.write("c");
    expect(await isSettled(full)).toBe(false);
    await output.letGo();
    expect(await isSettled(full)).toBe(false);
    await output.letGo();
    await full;
    expect(output.texts.join("")).toBe(`a${"b".repeat(65_535)}c`);
  });

  test("throws what a write has thrown, whenever it is asked next", async () => {
    const output = new HeldOutput();
    const behind = new WriteBehind(output);
    await behind.write("a");
    await behind.write("b");
    await output.letGo(new Error("nobody reads"));
    await expect(behind.write("c")).rejects.toThrow("nobody reads");
    await expect(behind.end()).rejects.toThrow("nobody reads");
    expect(output.texts).toEqual(["a"]);
  });

  test("has nothing to wait for where nothing was written", async () => {
    await new WriteBehind(new HeldOutput()).end();
  });
});
