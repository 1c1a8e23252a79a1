import { spawn } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sharedBuffer } from "../src/memory/arena.ts";
import { type MapAccess, Mapper } from "../src/memory/mapping.ts";
import { loadLibc } from "../src/platform/platform.ts";
import { RUNTIMES } from "./runtimes.ts";
import {
  fixture,
  removeFolder,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

const GRANULE = 65_536;
let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

async function arena(
  pages: number,
): Promise<{ bytes: Uint8Array; mapper: Mapper }> {
  const memory = new WebAssembly.Memory({
    initial: pages,
    maximum: pages,
    shared: true,
  });
  const buffer = sharedBuffer(memory);
  return {
    bytes: new Uint8Array(buffer),
    mapper: new Mapper(await loadLibc(), buffer),
  };
}

function makeFile(
  name: string,
  byteLength: number,
): { path: string; bytes: Uint8Array } {
  const path = join(folder, name);
  const bytes = seededBytes(byteLength, byteLength);
  fs.writeFileSync(path, bytes);
  return { path, bytes };
}

function source(path: string, access: MapAccess, offset = 0) {
  return {
    fd: fs.openSync(path, access === "write" ? "r+" : "r"),
    offset,
    access,
    file: path,
  };
}

test("Mapper.map() shows the bytes of the file in the shared buffer, at any 64 KiB offset", async () => {
  const { bytes, mapper } = await arena(4);
  const file = makeFile("shown", 3 * GRANULE + 77);
  for (const offset of [0, GRANULE, 2 * GRANULE, 3 * GRANULE]) {
    const byteLength = Math.min(2 * GRANULE, file.bytes.length - offset);
    mapper.map(
      { byteOffset: GRANULE, byteLength },
      source(file.path, "read", offset),
    );
    expect(bytes.slice(GRANULE, GRANULE + byteLength))
      .toEqual(file.bytes.slice(offset, offset + byteLength));
  }
});

for (const access of ["read", "copy"] as const) {
  test(`Mapper.map() keeps stores of a ${access} mapping from the file`, async () => {
    const { bytes, mapper } = await arena(2);
    const file = makeFile(access, 100);
    mapper.map(
      { byteOffset: GRANULE, byteLength: 100 },
      source(file.path, access),
    );
    bytes[GRANULE] = file.bytes[0]! ^ 0xff;
    expect(fs.readFileSync(file.path)).toEqual(Buffer.from(file.bytes));
  });
}

test("Mapper.map() stores into the file when access is write", async () => {
  const { bytes, mapper } = await arena(2);
  const file = makeFile("written", 100);
  const region = { byteOffset: GRANULE, byteLength: 100 };
  mapper.map(region, source(file.path, "write"));
  bytes[GRANULE + 99] = 0xab;
  mapper.flush(region, file.path);
  expect(fs.readFileSync(file.path)[99]).toBe(0xab);
});

test("Mapper.unmap() leaves memory that reads zero and outlives a truncated file", async () => {
  const { bytes, mapper } = await arena(2);
  const file = makeFile("unmapped", GRANULE);
  const region = { byteOffset: GRANULE, byteLength: GRANULE };
  mapper.map(region, source(file.path, "read"));
  mapper.unmap(region);
  fs.truncateSync(file.path, 0);
  expect(bytes.slice(GRANULE).every((byte) => byte === 0)).toBe(true);
  bytes[GRANULE] = 1;
  expect(bytes[GRANULE]).toBe(1);
});

test("Mapper.map() throws ERR_FILE_SHRANK when the file ends before the region", async () => {
  const { mapper } = await arena(4);
  const file = makeFile("short", GRANULE);
  const region = { byteOffset: GRANULE, byteLength: 3 * GRANULE };
  expect(() => mapper.map(region, source(file.path, "read")))
    .toThrow(expect.objectContaining({ code: "ERR_FILE_SHRANK" }));
});

test("Mapper.hugeAddress() puts address and offset at one place of the grid of huge pages", async () => {
  const { mapper } = await arena(80);
  const file = makeFile("huge", 5 * GRANULE);
  for (const [from, offset] of [[0, 0], [GRANULE, 0], [0, 3 * GRANULE]]) {
    const byteOffset = mapper.hugeAddress(from!, offset!);
    expect(byteOffset).toBeGreaterThanOrEqual(from!);
    expect(byteOffset).toBeLessThan(from! + 2 * 1024 ** 2);
    const region = { byteOffset, byteLength: GRANULE };
    mapper.map(region, source(file.path, "read", offset));
    const line = fs.readFileSync("/proc/self/maps", "utf8").split("\n")
      .find((line) => line.endsWith(file.path));
    const [start = ""] = line?.split("-") ?? [];
    const distance = BigInt(`0x${start}`) - BigInt(offset!);
    expect(distance % BigInt(2 * 1024 ** 2)).toBe(0n);
    mapper.unmap(region);
  }
});

test("Mapper.map() refuses regions outside the arena and off the grid", async () => {
  const { mapper } = await arena(2);
  const { path } = makeFile("grid", 10);
  for (
    const region of [
      { byteOffset: GRANULE, byteLength: GRANULE + 1 },
      { byteOffset: 64, byteLength: 10 },
      { byteOffset: 0, byteLength: 0 },
      { byteOffset: -GRANULE, byteLength: 10 },
    ]
  ) expect(() => mapper.map(region, source(path, "read"))).toThrow("Bug:");
  const region = { byteOffset: 0, byteLength: 10 };
  expect(() => mapper.map(region, source(path, "read", 4096))).toThrow(
    RangeError,
  );
});

test("Mapper.map() leaves no mapping and no address space behind", async () => {
  const { mapper } = await arena(2);
  const file = makeFile("again", GRANULE);
  const region = { byteOffset: GRANULE, byteLength: GRANULE };
  const one = source(file.path, "read");
  const count = () =>
    fs.readFileSync("/proc/self/maps", "utf8").split("\n").length;
  mapper.map(region, one);
  mapper.unmap(region);
  const before = count();
  for (let turn = 0; turn < 1000; turn++) {
    mapper.map(region, one);
    mapper.unmap(region);
  }
  // Other threads of the runtime map memory of their own meanwhile.
  expect(count()).toBeLessThan(before + 100);
});

async function addFromAllRuntimes(
  path: string,
  times: number,
  kind: string,
): Promise<void> {
  const script = fixture("fixtures/add_to_counters.mjs").pathname;
  await Promise.all(
    RUNTIMES.map(({ command, args, src, ending }) =>
      new Promise<void>((resolve, reject) => {
        const child = spawn(command, [
          ...args,
          script,
          path,
          String(times),
          kind,
          src,
          ending,
        ], {
          stdio: ["ignore", "inherit", "inherit"],
        });
        child.on("error", reject);
        child.on(
          "exit",
          (code) =>
            code === 0
              ? resolve()
              : reject(new Error(`${command}: exit ${code}`)),
        );
      })
    ),
  );
}

function counters(path: string): { int: number; long: bigint } {
  const bytes = fs.readFileSync(path);
  return { int: bytes.readInt32LE(0), long: bytes.readBigInt64LE(64) };
}

test("a Deno, a Bun and a Node process add to the counters of one mapped file and lose no update", async () => {
  const path = join(folder, "counters");
  fs.writeFileSync(path, new Uint8Array(4096));
  const times = 300_000;
  await addFromAllRuntimes(path, times, "atomic");
  expect(counters(path)).toEqual({ int: 3 * times, long: BigInt(9 * times) });
});

test("plain stores from three processes do lose updates, so the test above can fail", async () => {
  const path = join(folder, "plain-counters");
  fs.writeFileSync(path, new Uint8Array(4096));
  await addFromAllRuntimes(path, 1, "plain");
  expect(counters(path).int).toBe(1);
});
