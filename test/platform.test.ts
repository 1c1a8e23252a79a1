import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  closeFile,
  openFile,
  readAt,
  statFile,
  syncFile,
  writeAt,
} from "../src/platform/files.ts";
import { Lock } from "../src/platform/libc.ts";
import { cpuCount, loadLibc, platform } from "../src/platform/platform.ts";
import { stubPlatform } from "../src/platform/stub.ts";
import {
  removeFolder,
  runtime,
  seededBytes,
  temporaryFolder,
} from "./temporary.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

function shared(bytes: Uint8Array): Uint8Array<SharedArrayBuffer> {
  const view = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  view.set(bytes);
  return view;
}

function makeFile(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  fs.writeFileSync(path, bytes);
  return path;
}

test("platform is the runtime that the tests run on", () => {
  expect(platform.name).toBe(runtime);
  expect(cpuCount()).toBeGreaterThan(0);
});

test("openFile() opens with O_CLOEXEC, so that no child inherits the file", () => {
  const path = makeFile("cloexec", seededBytes(10, 1));
  const fd = openFile(path, "read");
  const flags = fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").match(
    /^flags:\s*(\d+)/m,
  )?.[1];
  expect(parseInt(flags ?? "0", 8) & 0o2000000).toBe(0o2000000);
  closeFile(fd, path);
});

test("readAt() fills a shared view and says where the file ends", () => {
  const bytes = seededBytes(1000, 2);
  const path = makeFile("read", bytes);
  const fd = openFile(path, "read");
  const target = shared(new Uint8Array(400));
  expect(readAt(fd, target, 300, path)).toBe(400);
  expect([...target]).toEqual([...bytes.subarray(300, 700)]);
  expect(readAt(fd, target, 900, path)).toBe(100);
  expect(readAt(fd, target, 1000, path)).toBe(0);
  expect(readAt(fd, target, 5000, path)).toBe(0);
  closeFile(fd, path);
});

test("readAt() reads beyond 4 GiB at exact offsets", () => {
  const path = join(folder, "sparse");
  fs.writeFileSync(path, "");
  fs.truncateSync(path, 2 ** 33);
  const fd = openFile(path, "write");
  for (const at of [2 ** 31 - 1, 2 ** 32 - 1, 2 ** 32, 2 ** 33 - 2]) {
    writeAt(fd, shared(new Uint8Array([at % 251 + 1])), at, path);
    const target = shared(new Uint8Array(2));
    expect(readAt(fd, target, at, path)).toBe(2);
    expect(target[0]).toBe(at % 251 + 1);
  }
  closeFile(fd, path);
});

test("writeAt() writes at a position and leaves the rest", () => {
  const bytes = seededBytes(100, 3);
  const path = makeFile("write", bytes);
  const fd = openFile(path, "write");
  writeAt(fd, shared(new Uint8Array([1, 2, 3])), 50, path);
  syncFile(fd, path);
  closeFile(fd, path);
  bytes.set([1, 2, 3], 50);
  expect([...fs.readFileSync(path)]).toEqual([...bytes]);
});

test.skipIf(!fs.existsSync("/dev/full"))("writeAt() names a full disk", () => {
  const fd = openFile("/dev/full", "write");
  expect(() => writeAt(fd, shared(new Uint8Array(10)), 0, "/dev/full"))
    .toThrow(expect.objectContaining({ code: "ENOSPC", file: "/dev/full" }));
  closeFile(fd, "/dev/full");
});

test("writeAt() names a file that is open for reading only", () => {
  const path = makeFile("read-only", seededBytes(10, 4));
  const fd = openFile(path, "read");
  expect(() => writeAt(fd, shared(new Uint8Array(1)), 0, path))
    .toThrow(expect.objectContaining({ code: "EBADF" }));
  closeFile(fd, path);
});

test("statFile() tells kinds apart", () => {
  const path = makeFile("kind", seededBytes(77, 5));
  expect(statFile(path, path)).toMatchObject({
    kind: "regular",
    byteLength: 77,
  });
  expect(statFile(folder, folder).kind).toBe("directory");
  expect(statFile("/dev/null", "/dev/null").kind).toBe("stream");
});

test("openFile() takes a name as bytes", () => {
  const path = makeFile("ünïcode", seededBytes(7, 6));
  const fd = openFile(Buffer.from(path), "read");
  expect(statFile(fd, path).byteLength).toBe(7);
  closeFile(fd, path);
});

test("Libc.tryLock() lets one open file have the lock", async () => {
  const libc = await loadLibc();
  const path = makeFile("locked", seededBytes(10, 7));
  const first = openFile(path, "write");
  const second = openFile(path, "write");
  expect(libc.tryLock(first, Lock.Exclusive)).toBe(true);
  expect(libc.tryLock(second, Lock.Exclusive)).toBe(false);
  expect(libc.tryLock(second, Lock.Shared)).toBe(false);
  expect(libc.tryLock(first, Lock.Release)).toBe(true);
  expect(libc.tryLock(second, Lock.Exclusive)).toBe(true);
  closeFile(first, path);
  closeFile(second, path);
});

test("Libc.pageBytes is a page of this system", async () => {
  const { pageBytes } = await loadLibc();
  expect([4096, 16384, 65536]).toContain(pageBytes);
});

test("stubPlatform refuses with one clear error each", async () => {
  await expect(stubPlatform.bindLibc()).rejects.toMatchObject({
    code: "ERR_MAP_REFUSED",
  });
  expect(() =>
    stubPlatform.startWorker({
      url: new URL("file:///none"),
      heapMebibytes: undefined,
      onCrash: () => {},
    })
  ).toThrow(expect.objectContaining({ code: "ERR_WORKER_CRASHED" }));
});
