import { execFileSync, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import { isNetworkFile } from "../src/platform/file_system.ts";
import { type Runtime, RUNTIMES } from "./runtimes.ts";
import { fixture, runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const MEBIBYTE = 2 ** 20;
const IO = ["auto", "map", "preload"] as const;

const files = temporaryFiles();

/** Expects a failure of the machine, with its code and the file. */
function failure(code: string | RegExp, file: string): unknown {
  return expect.objectContaining({
    name: "SabmapError",
    code: expect.stringMatching(code),
    file,
  });
}

for (const io of IO) {
  test(`${io}: SharedFile.open() names what is no file to share`, async () => {
    const fifo = join(files.folder, `fifo-${io}`);
    execFileSync("mkfifo", [fifo]);
    const wrong: [string, RegExp][] = [
      [join(files.folder, "missing"), /^ENOENT$/],
      [join(files.make("abc"), "below"), /^ENOTDIR$/],
      [files.folder, /^EISDIR$/],
      [fifo, /^ERR_MAP_REFUSED$/],
      ["/dev/null", /^ERR_MAP_REFUSED$/],
      ["/dev/zero", /^ERR_MAP_REFUSED$/],
      // It has bytes and says that it has none.
      ["/proc/self/status", /^ERR_MAP_REFUSED$/],
      ["a\0b", /^ERR_FILE_NAME$/],
    ];
    for (const [path, code] of wrong) {
      await expect(SharedFile.open(path, { io }), path)
        .rejects.toThrow(failure(code, path) as Error);
    }
    await expect(SharedFile.open(fifo, { io })).rejects.toThrow(
      "is no regular file: pipes, sockets and devices have no bytes to share",
    );
  });

  test(`${io}: SharedFile.open() says why a file cannot be stored into`, async () => {
    // The program that runs this test: not even root may change it now.
    const path = fs.realpathSync(process.execPath);
    await expect(SharedFile.open(path, { io, access: "write", length: 1 }))
      .rejects.toThrow(
        failure(/^(ETXTBSY|EACCES|EPERM|EROFS)$/, path) as Error,
      );
    using file = await SharedFile.open(path, { io, access: "copy", length: 4 });
    file.bytes[0] = 0;
    expect([...file.bytes]).toEqual([0, 0x45, 0x4c, 0x46]);
  });
}

test.skipIf(process.getuid?.() === 0)(
  "SharedFile.open() says EACCES where the mode forbids to write",
  async () => {
    const path = files.make("abc");
    fs.chmodSync(path, 0o444);
    await expect(SharedFile.open(path, { access: "write" }))
      .rejects.toThrow(failure("EACCES", path) as Error);
  },
);

test("isNetworkFile() is false for a file of this machine", () => {
  expect(isNetworkFile(files.make("abc"))).toBe(false);
  expect(() => isNetworkFile(join(files.folder, "missing")))
    .toThrow(failure("ENOENT", join(files.folder, "missing")) as Error);
});

// Short files are brought into memory as a whole when they are mapped, long ones are not.
describe.each([1, 100])(
  "a mapped file of %i MiB that is cut off",
  (mebibytes) => {
    const byteLength = mebibytes * MEBIBYTE;
    const uses: [string, (file: SharedFile<"write">) => unknown][] = [
      ["find", (file) => file.find("nothing like this")],
      ["rfind", (file) => file.rfind("nothing like this")],
      ["findAll", (file) => [...file.findAll("nothing like this")]],
      ["read", (file) => file.read()],
      ["readByte", (file) => file.seek(-1, "end") && file.readByte()],
      ["readLine", (file) => file.readLine()],
      ["write", (file) => file.seek(-1, "end") && file.write(Uint8Array.of(1))],
      ["writeByte", (file) => file.seek(-1, "end") && file.writeByte(1)],
      ["move to the end", (file) => file.move(byteLength - 1, 0, 1)],
      ["move from the end", (file) => file.move(0, byteLength - 1, 1)],
      ["resize", (file) => file.resize(2 * byteLength)],
      ["flush", (file) => file.flush()],
      ["flush of a part", (file) => file.flush(4, 2)],
    ];
    test.each(uses)(
      "%s() is ERR_FILE_SHRANK, and the process goes on",
      async (_name, use) => {
        const path = files.make("");
        fs.truncateSync(path, byteLength);
        using file = await SharedFile.open(path, {
          access: "write",
          io: "map",
        });
        fs.truncateSync(path, 5);
        expect(() => use(file)).toThrow(
          failure("ERR_FILE_SHRANK", path) as Error,
        );
        expect(() => use(file)).toThrow(
          /expected at least [\d,]+ bytes, found 5$/,
        );
        expect(file.size()).toBe(5);
        // What is left can be used.
        file.seek(0);
        file.write(Uint8Array.of(0x61));
        expect(file.find("a", 0, 4096)).toBe(0);
        file.flush(0, 5);
        expect([...fs.readFileSync(path)]).toEqual([0x61, 0, 0, 0, 0]);
      },
    );

    test("find() is ERR_FILE_SHRANK also where it has been before", async () => {
      const path = files.make("");
      fs.truncateSync(path, byteLength);
      using file = await SharedFile.open(path, { io: "map" });
      for (const length of [byteLength - 8192, 5]) {
        expect(file.find("nothing like this")).toBe(-1);
        fs.truncateSync(path, length);
        expect(() => file.find("nothing like this"))
          .toThrow(failure("ERR_FILE_SHRANK", path) as Error);
        fs.truncateSync(path, byteLength);
      }
      expect(file.rfind("nothing like this")).toBe(-1);
    });

    test("close() ends it, and the bytes of before are memory", async () => {
      const path = files.make("");
      fs.truncateSync(path, byteLength);
      const file = await SharedFile.open(path, { io: "map" });
      const { bytes } = file;
      fs.truncateSync(path, 0);
      file.close();
      expect([bytes[0], bytes[byteLength - 1]]).toEqual([0, 0]);
    });
  },
);

test("a preloaded file that is cut off keeps its bytes, and is not made longer again", async () => {
  const bytes = seededBytes(100_000, 1);
  const path = files.make(bytes);
  const file = await SharedFile.open(path, { access: "write", io: "preload" });
  fs.truncateSync(path, 50_000);
  expect([...file.bytes]).toEqual([...bytes]);
  expect(file.find(bytes.subarray(-20))).toBe(99_980);
  // Nothing to write, nothing to complain about.
  file.flush();
  file.bytes[0]! ^= 1;
  expect(() => file.flush()).toThrow(failure("ERR_FILE_SHRANK", path) as Error);
  expect(() => file.close()).toThrow(failure("ERR_FILE_SHRANK", path) as Error);
  expect(file.closed).toBe(true);
  file.close();
  expect([...fs.readFileSync(path)]).toEqual([...bytes.subarray(0, 50_000)]);
});

/** Runs a task of `fixtures/shared_file_process.mjs`. */
function runTask(
  { command, args, src, ending }: Runtime,
  task: string,
  path: string,
  wrap: readonly string[] = [],
) {
  const script = fixture("fixtures/shared_file_process.mjs").pathname;
  const line = [...wrap, command, ...args, script, task, path, src, ending];
  return spawnSync(line[0]!, line.slice(1), { encoding: "utf8" });
}

/** Runs a command where `folder` is an empty disk of 256 KiB. */
const ON_SMALL_DISK = [
  ...["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"],
  'mount -t tmpfs -o size=256k none "$0" && truncate -s 1M "$0/file" && exec "$@"',
];
const canMount = spawnSync(
  ON_SMALL_DISK[0]!,
  [...ON_SMALL_DISK.slice(1), "/mnt", "true"],
).status === 0;

for (const other of RUNTIMES) {
  test.skipIf(!canMount)(
    `${other.name}: methods that store into holes of a full disk throw ENOSPC`,
    () => {
      const disk = fs.mkdtempSync(join(files.folder, "disk-"));
      const wrap = [...ON_SMALL_DISK, disk];
      const { stdout, stderr, status } = runTask(
        other,
        "fill",
        join(disk, "file"),
        wrap,
      );
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(JSON.parse(stdout)).toEqual({
        codes: ["ENOSPC", "ENOSPC"],
        start: [1, 2, 3, 0],
      });
    },
  );
}

/** How each runtime goes without FFI; Bun has it always, also where it is called node (`bun --bun`). */
const WITHOUT_FFI: Partial<Record<Runtime["name"], readonly string[]>> = {
  deno: ["run", "--allow-read", "--allow-write", "--allow-env"],
  node: [
    "--import",
    'data:text/javascript,import module from"node:module";const load=module._load;' +
    "module._load=(name,...more)=>{if(name==='koffi')throw new Error('no koffi');" +
    "return load(name,...more)}",
  ],
};

for (const other of RUNTIMES) {
  const args = WITHOUT_FFI[other.name];
  const isBun = args === undefined ||
    (runtime === "bun" && other.name === "node");
  test.skipIf(isBun)(
    `${other.name}: without FFI a file is read ahead, and asking for a mapping says why`,
    () => {
      const path = files.make("hello");
      const { stdout, stderr, status } = runTask(
        { ...other, args: args! },
        "open",
        path,
      );
      expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
      expect(JSON.parse(stdout)).toEqual({
        io: "preload",
        before: "hello",
        after: "Hello",
        refusal: {
          code: "ERR_MAP_REFUSED",
          message: expect.stringMatching(
            /needs (--allow-ffi|the package koffi)/,
          ),
        },
      });
    },
  );
}

test("a Deno, a Bun and a Node process add to the counters of one file and lose no update", async () => {
  const path = files.make(new Uint8Array(4096));
  const script = fixture("fixtures/shared_file_process.mjs").pathname;
  const codes = await Promise.all(
    RUNTIMES.map(({ command, args, src, ending }) =>
      new Promise((resolve) =>
        spawn(command, [...args, script, "add", path, src, ending], {
          stdio: ["ignore", "inherit", "inherit"],
        }).on("exit", resolve)
      )
    ),
  );
  expect(codes).toEqual([0, 0, 0]);
  const bytes = fs.readFileSync(path);
  expect(bytes.readInt32LE(0)).toBe(900_000);
  expect(bytes.readBigInt64LE(64)).toBe(2_700_000n);
});

test("SharedFile.open() shows the stores of another process at once, and it those of ours", async () => {
  const path = files.make(new Uint8Array(4096));
  using file = await SharedFile.open(path, { access: "write" });
  using other = await SharedFile.open(path, { access: "write" });
  using reader = await SharedFile.open(path);
  file.bytes[9] = 7;
  expect([other.bytes[9], reader.bytes[9]]).toEqual([7, 7]);
  execFileSync("dd", [
    ...[`of=${path}`, "conv=notrunc", "bs=1", "seek=10", "count=1"],
    ...["if=/proc/self/comm", "status=none"],
  ]);
  expect([file.bytes[10], other.bytes[10], reader.bytes[10]]).toEqual([
    0x64,
    0x64,
    0x64,
  ]);
});
