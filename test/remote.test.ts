/** Objects on web servers give what the same bytes in a file give. */
import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Engine, runOwnJob } from "../src/engine.ts";
import { findInFile } from "../src/find_in_file.ts";
import { hashFiles } from "../src/hash_files.ts";
import { hexdumpFile } from "../src/hexdump_file.ts";
import {
  countFile,
  hashFile,
  processFile,
  profileFile,
} from "../src/operations.ts";
import type { RunOptions } from "../src/options.ts";
import { SharedFile } from "../src/memory/shared_file.ts";
import { patchFile } from "../src/patch_file.ts";
import { recordRows, recordStats } from "../src/record_stats.ts";
import { isAllowedHost } from "../src/remote/hosts.ts";
import { remoteFingerprint } from "../src/remote/fingerprint.ts";
import { isRemote, remotePath, shownPath } from "../src/remote/is_remote.ts";
import { findPartBytes } from "../src/find_part_bytes.ts";
import { spread } from "./effort.ts";
import { startServer, type TestServer } from "./http_server.ts";
import { hasNginx, type Nginx, startNginx } from "./nginx.ts";
import { fixture, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const KIB = 1024;
/** Three chunks and a bit, none of them at a border of segments. */
const BYTES = seededBytes(700 * KIB + 12_345, 7);
/** Ways to run that must not matter. */
const WAYS_ALL: readonly RunOptions[] = [
  {},
  { workers: 1, inlineBytes: 0, remote: { chunkBytes: 64 * KIB } },
  { workers: 2, inlineBytes: 0, segmentBytes: 64 * KIB },
  {
    workers: 3,
    inlineBytes: 0,
    segmentBytes: 128 * KIB,
    remote: { chunkBytes: 100_001, requests: 3 },
  },
  { workers: 2, inlineBytes: 0, remote: { requests: 1 } },
  { workers: 2, io: "preload", inlineBytes: 0 },
];

const WAYS = spread(WAYS_ALL);

const files = temporaryFiles();
let path = "";
let server: TestServer;

/** Threads that all runs share, as starting them is what takes time. */
const engine = new Engine();

beforeAll(async () => {
  path = files.make(BYTES);
  server = await startServer(BYTES);
});
afterAll(async () => {
  await server.close();
  await engine.close();
});

function ways(): readonly RunOptions[] {
  return WAYS.map((way) => ({ ...way, engine }));
}

/** Without what tells how it was run, and the name. */
function plain<T extends { stats?: unknown; file?: unknown }>(result: T) {
  const { stats: _stats, file: _file, ...rest } = result;
  return rest;
}

async function both<T extends { stats?: unknown; file?: unknown }>(
  operation: (file: string, way: RunOptions) => Promise<T>,
): Promise<void> {
  const expected = plain(await operation(path, { engine }));
  for (const way of ways()) {
    const label = JSON.stringify({ ...way, engine: undefined });
    expect(plain(await operation(server.url, way)), label).toEqual(expected);
  }
}

/** The result of the job without the name of the file. */
function clean(result: unknown): object {
  return { result: { ...result as object, file: undefined } };
}

/** Pieces of text that are valid until the next is asked for. */
async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of pieces) text += Buffer.from(piece).toString();
  return text;
}

async function* bytesOf(
  pieces: AsyncIterable<{ bytes: Uint8Array }>,
): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of pieces) yield bytes;
}

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe("a run over an object", () => {
  it("hashFile() gives the digests of the file", async () => {
    const algorithms = ["blake3", "crc32c", "sha256", "s3-etag", "btv2"];
    await both((file, way) =>
      hashFile(file, { ...way, algorithms, partBytes: 100_000 })
    );
  });

  it("countFile() counts lines and matches", async () => {
    await both((file, way) => countFile(file, way));
    const match = ["a", { hex: "00 ?? 0a" }, "\n"];
    await both((file, way) =>
      countFile(file, { ...way, match, start: 70_001, end: 600_002 })
    );
  });

  it("profileFile() tells what it is made of", async () => {
    await both((file, way) => profileFile(file, way));
  });

  it("processFile() runs a job of the user's", async () => {
    const job = fixture("fixtures/jobs/neighbours.mjs");
    const options = { before: 100, after: 60_000, lane: true };
    await both((file, way) =>
      processFile(file, job, { ...way, segmentBytes: 128 * KIB, options })
        .then((run) => ({ ...run, ...clean(run.result) }))
    );
  });

  it("a part of it comes with the bytes in front of it and behind", async () => {
    const module = fixture("fixtures/jobs/neighbours.mjs").href;
    const scan = async (file: string, way: RunOptions, readOn: boolean) => {
      const { result } = await runOwnJob<object>({
        path: file,
        job: { module },
        jobOptions: { before: 70_000, after: 60_000, lane: true },
        options: { ...way, segmentBytes: 128 * KIB },
        internals: { range: { start: 200_000, end: 500_001 }, readOn },
      });
      return clean(result);
    };
    for (const readOn of [false, true]) {
      // On Deno, the threads that may open files read this one for themselves.
      const local = { permissions: "all", engine } as const;
      const expected = await scan(path, local, readOn);
      expect(await scan(path, {}, readOn)).toEqual(expected);
      for (const way of ways()) {
        expect(await scan(server.url, way, readOn)).toEqual(expected);
      }
    }
  });

  it("findInFile() finds in parts of it, and fetches no more than these", async () => {
    const where = { start: 200_001, end: 400_000 };
    const find = async (file: string, way: RunOptions) => ({
      stats: undefined,
      found: await collect(
        findInFile(file, [{ hex: "0a ??" }, "ab"], { ...way, ...where }),
      ),
    });
    const before = server.requests.length;
    await both(find);
    for (const { range } of server.requests.slice(before)) {
      const [, start = 0, last = 0] = /(\d+)-(\d+)/.exec(String(range))
        ?.map(Number) ?? [];
      if (last === 0) continue;
      expect(start).toBeGreaterThanOrEqual(200_001 - 64 * KIB - 16);
      expect(last).toBeLessThan(400_000);
    }
  });

  it("findInFile() stops early where it has enough", async () => {
    const expected = await collect(findInFile(path, "\n", { maxCount: 3 }));
    for (const way of ways()) {
      const options = { ...way, maxCount: 3 };
      const found = await collect(findInFile(server.url, "\n", options));
      expect(found).toEqual(expected);
    }
  });

  it("hexdumpFile() shows a part of it", async () => {
    const dump = async (file: string) =>
      await textOf(hexdumpFile(file, { start: 99_999, length: 300_000 }));
    expect(await dump(server.url)).toBe(await dump(path));
  });

  it("hashFiles() takes files and objects side by side", async () => {
    const [a, b, c] = await collect(
      hashFiles([path, server.url, new URL(server.url)]),
    );
    expect(a?.result?.digests).toBeDefined();
    expect(b?.result?.digests).toEqual(a?.result?.digests);
    expect(c?.result?.digests).toEqual(a?.result?.digests);
  });

  it("findPartBytes() reads one version in all its passes", async () => {
    const { digests } = await hashFile(path, {
      algorithms: ["s3-etag"],
      partBytes: 128 * KIB,
    });
    const found = await findPartBytes(server.url, digests["s3-etag"] ?? "");
    expect(found).toEqual(
      await findPartBytes(path, digests["s3-etag"] ?? ""),
    );
    expect(found?.partBytes).toBe(128 * KIB);
  });
});

describe("records of an object", () => {
  const lines = Array.from(
    { length: 30_000 },
    (_, i) => `s${i * 7919 % 13};${(i * 31 % 1999 - 999) / 10}`,
  );
  const text = `station;temp\n${lines.join("\n")}\n`;
  let table: TestServer;
  let file = "";

  beforeAll(async () => {
    table = await startServer(new TextEncoder().encode(text));
    file = files.make(text);
  });
  afterAll(() => table.close());

  it("recordStats() groups them, with the names of the first line", async () => {
    const asked = {
      header: true,
      delimiter: ";",
      aggregates: ["count", "mean", "max"] as const,
      of: "temp",
      groupBy: ["station"],
    };
    const expected = plain(await recordStats(file, asked));
    for (const way of ways()) {
      const found = await recordStats(table.url, { ...asked, ...way });
      expect(plain(found)).toEqual(expected);
    }
  });

  it("recordRows() gives those that match, in order", async () => {
    const asked = { header: true, delimiter: ";", where: "temp > 99" };
    const rows = (name: string, way: RunOptions) =>
      textOf(bytesOf(recordRows(name, "csv", { ...asked, ...way })));
    const expected = await rows(file, {});
    for (const way of ways()) {
      expect(await rows(table.url, way)).toBe(expected);
    }
  });
});

describe("servers without ranges or strong ETags", () => {
  const lies = {
    "no ranges": ({ bytes }: TestServer) => (exchange: Exchanged) => {
      exchange.status = 200;
      delete exchange.headers["content-range"];
      exchange.headers["content-length"] = String(bytes.length);
      Object.assign(exchange, { bytes });
    },
    "a weak ETag": () => ({ headers }: Exchanged) => {
      headers["etag"] = 'W/"one"';
    },
    "no ETag": () => ({ headers }: Exchanged) => {
      delete headers["etag"];
    },
    "no ranges and no length": ({ bytes }: TestServer) =>
    (
      exchange: Exchanged,
    ) => {
      exchange.status = 200;
      delete exchange.headers["content-range"];
      delete exchange.headers["content-length"];
      Object.assign(exchange, { bytes });
    },
  };
  type Exchanged = Parameters<TestServer["lie"]>[0];

  for (const [what, makeLie] of Object.entries(lies)) {
    it(`${what}: one request, the same results`, async () => {
      const own = await startServer(BYTES);
      own.lie = makeLie(own);
      const where = { match: "a", start: 70_001, end: 600_002 };
      for (const way of ways()) {
        const { digests } = await hashFile(own.url, way);
        expect(digests).toEqual((await hashFile(path)).digests);
        const { count } = await countFile(own.url, { ...way, ...where });
        expect(count).toBe((await countFile(path, where)).count);
      }
      await expect(remoteFingerprint(own.url)).rejects.toMatchObject({
        code: "ERR_REMOTE",
        message: expect.stringContaining("cannot be read in parts"),
      });
      await own.close();
    });
  }
});

describe.skipIf(!hasNginx)("nginx (skipped where it is not installed)", () => {
  let nginx: Nginx;

  beforeAll(async () => {
    for (
      const [name, bytes] of [
        ["a.bin", BYTES],
        ["text.txt", new TextEncoder().encode("line\n".repeat(50_000))],
        ["one.bin", BYTES.subarray(0, 1)],
        ["empty.bin", BYTES.subarray(0, 0)],
      ] as const
    ) fs.writeFileSync(join(files.folder, name), bytes);
    const home = join(files.folder, "nginx");
    fs.mkdirSync(home);
    nginx = await startNginx(files.folder, home);
  });
  afterAll(() => nginx.stop());

  it("gives files whole and in parts, packed by nobody", async () => {
    const options = { workers: 2, inlineBytes: 0 };
    const remote = { chunkBytes: 64 * KIB };
    for (const name of ["a.bin", "text.txt", "one.bin", "empty.bin"]) {
      const expected = await hashFile(join(files.folder, name));
      for (const place of ["", "weak/", "unranged/", "go/"]) {
        const url = `${nginx.url}${place}${name}`;
        const found = await hashFile(url, { ...options, remote });
        expect(found.digests, url).toEqual(expected.digests);
        expect(found.byteLength, url).toBe(expected.byteLength);
      }
    }
  });

  it("is asked for each byte once, and for the version of the first answer", async () => {
    const before = nginx.log().length;
    await hashFile(`${nginx.url}a.bin`, { remote: { chunkBytes: 100_000 } });
    const requests = nginx.log().slice(before);
    const [probe, ...rest] = requests;
    expect(probe).toBe("206 bytes=0-0 -");
    const { etag } = await remoteFingerprint(`${nginx.url}a.bin`);
    const ranges = rest.map((line) => {
      const [status, range, ifMatch] = line.split(" ");
      expect(status).toBe("206");
      expect(ifMatch?.replaceAll("\\x22", '"')).toBe(etag);
      return /(\d+)-(\d+)/.exec(range ?? "")?.slice(1).map(Number) ?? [];
    }).sort(([a = 0], [b = 0]) => a - b);
    let reached = 0;
    for (const [start, last = 0] of ranges) {
      expect(start).toBe(reached);
      reached = last + 1;
    }
    expect(reached).toBe(BYTES.length);
  });

  it("remoteFingerprint() tells size and ETag", async () => {
    expect(await remoteFingerprint(`${nginx.url}a.bin`)).toEqual({
      kind: "http",
      url: `${nginx.url}a.bin`,
      size: BYTES.length,
      etag: expect.stringMatching(/^"[0-9a-f-]+"$/),
    });
  });
});

describe("names", () => {
  it("isRemote() knows three prefixes, and leaves all else to files", () => {
    for (const name of ["https://h/x", "http://h/x", "s3://b/k"]) {
      expect(isRemote(name)).toBe(true);
    }
    const others = ["./http://h/x", "HTTP://h/x", "ftp://h", "http:/h", "-"];
    for (const name of [...others, "s3:", new TextEncoder()]) {
      expect(isRemote(name)).toBe(false);
    }
  });

  it("shownPath() has no secrets", () => {
    expect(shownPath("https://u:p%40w@host/a@b?x=1")).toBe(
      "https://host/a@b?x=1",
    );
    expect(
      shownPath("https://h/k?X-Amz-Date=1&X-Amz-Signature=abc&y=2#f"),
    ).toBe("https://h/k?X-Amz-Date=1&X-Amz-Signature=***&y=2#f");
    expect(shownPath("https://h/k?sig=a%2Bb")).toBe("https://h/k?sig=***");
    expect(shownPath("plain@file?sig=1")).toBe("plain@file?sig=1");
  });

  it("remotePath() gives keys of S3 as text", () => {
    expect(remotePath(new URL("s3://bucket/a%20b/%C3%A4"))).toBe(
      "s3://bucket/a b/ä",
    );
    expect(remotePath(new URL("file:///x"))).toBeUndefined();
  });

  it("isAllowedHost() allows what the list names", () => {
    const hosts = ["data.org", "*.cdn.net", "localhost:8080", "s3://bucket"];
    const allowed = [
      "https://data.org/x",
      "https://data.org:443/x",
      "https://u:p@data.org/x",
      "http://a.b.cdn.net/",
      "http://localhost:8080/x",
      "s3://bucket/key",
    ];
    const refused = [
      "https://data.org:444/x",
      "https://data.org.evil.com/",
      "https://evil.com/?data.org",
      "https://data.org@evil.com/",
      "https://cdn.net/",
      "https://evilcdn.net/",
      "s3://bucket2/key",
      "s3://",
      "file:///etc/passwd",
      "no url",
    ];
    for (const url of allowed) {
      expect(isAllowedHost(url, hosts), url).toBe(true);
    }
    for (const url of refused) {
      expect(isAllowedHost(url, hosts), url).toBe(false);
    }
    expect(isAllowedHost("https://data.org/", [])).toBe(false);
  });

  it("what changes or maps a file refuses objects", async () => {
    const refusal = expect.stringContaining("of this machine");
    await expect(SharedFile.open(server.url))
      .rejects.toMatchObject({ message: refusal });
    await expect(patchFile(new URL(server.url)))
      .rejects.toMatchObject({ message: refusal });
  });
});
