/** URLs where the command line takes files. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "./http_server.ts";
import { run, runCli } from "./run_cli.ts";
import { runtime, seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";
import { RUNTIMES } from "./runtimes.ts";

const TEXT = Array.from({ length: 2000 }, (_, i) => `${i},${i % 7}\n`).join("");
const files = temporaryFiles();
let server: TestServer;
let url = "";
let file = "";

beforeAll(async () => {
  const bytes = new TextEncoder().encode(`id,kind\n${TEXT}`);
  server = await startServer(bytes);
  url = server.url;
  file = files.make(bytes);
});
afterAll(() => server.close());

/** What a command prints of the object, and of the file in its place. */
async function both(...args: string[]) {
  const [remote, local] = await Promise.all([
    runCli(args.map((arg) => arg === "FILE" ? url : arg)),
    runCli(args.map((arg) => arg === "FILE" ? file : arg)),
  ]);
  expect(remote.stderr.replaceAll(url, file)).toBe(local.stderr);
  expect(remote.code).toBe(local.code);
  return { remote: remote.stdout.replaceAll(url, file), local: local.stdout };
}

describe("process COMMAND https://...", () => {
  const commands = [
    ["hash", "FILE"],
    ["hash", "--algo", "sha256,crc32", "--tag", "FILE"],
    ["hash", "--json", "FILE", "FILE"],
    ["hash", "-r", "--no-names", "FILE"],
    ["hash", "--s3", "d41d8cd98f00b204e9800998ecf8427e-2", "FILE"],
    ["count", "FILE", "FILE"],
    ["count", "--json", "--match", "1,", "FILE"],
    ["find", "FILE", "999", "--start", "1000", "--json"],
    ["find", "--count", "FILE", "nowhere"],
    ["records", "FILE", "--header", "--group-by", "kind", "--agg", "count"],
    ["records", "FILE", "--header", "--where", "id < 3", "--csv"],
    ["hexdump", "FILE", "--start", "9", "--length", "40"],
  ];
  for (const args of commands) {
    it(`${args.join(" ")}: prints what it prints of a file`, async () => {
      const { remote, local } = await both(...args);
      expect(remote).toBe(local);
    });
  }

  it("profiles it where no command is named", async () => {
    const { remote, local } = await both("--json", "FILE");
    const { seconds: _s, bytesPerSecond: _b, ...found } = JSON.parse(remote);
    expect(JSON.parse(local)).toMatchObject(found);
  });

  it("hash --check takes the list that hash has printed", async () => {
    const printed = await runCli(["hash", url, file]);
    const list = files.make(printed.stdout);
    const checked = await runCli(["hash", "--check", list]);
    expect(checked).toMatchObject({
      code: 0,
      stdout: `${url}: OK\n${file}: OK\n`,
    });
  });

  it("patch, undo, recover, generate and bench refuse it in one line", async () => {
    for (
      const args of [
        ["patch", url, "--at", "0=00"],
        ["undo", url],
        ["recover", url],
        ["generate", "random", url, "--size", "1KiB"],
        ["bench", url],
      ]
    ) {
      const { code, stderr } = await runCli(args);
      expect(code, args[0]).toBe(2);
      expect(stderr, args[0]).toMatch(
        /^process: .*must be a file of this machine: received "http.*\n$/,
      );
      expect(stderr.split("\n")).toHaveLength(2);
    }
  });

  it("find --context refuses it, as it would read at each match", async () => {
    const { code, stderr } = await runCli(["find", url, "9", "--context", "2"]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^process: cannot use --context with an object/);
  });

  it("names are files where they only look like URLs", async () => {
    mkdirSync(join(files.folder, "http:"));
    writeFileSync(join(files.folder, "http:", "x"), "a\nb\n");
    const cwd = files.folder;
    const { stdout } = await runCli(["count", "./http://x", "http:/x"], {
      cwd,
    });
    expect(stdout).toBe("2 ./http://x\n2 http:/x\n4 total\n");
  });
});

describe("secrets in URLs", () => {
  const secret = (text: string) => text.replace("://", "://user:s3cret@");

  it("are used and not shown", async () => {
    const found = await runCli(["hash", "--json", secret(url)]);
    expect(JSON.parse(found.stdout)).toMatchObject({ file: url });
    const { authorization = "" } = server.requests.at(-1) ?? {};
    expect(authorization).toBe(`Basic ${btoa("user:s3cret")}`);
    const signed = await runCli(["count", `${url}?X-Amz-Signature=s3cret`]);
    expect(signed.stdout).toBe(`2001 ${url}?X-Amz-Signature=***\n`);
  });

  it("are taken from files only: a pattern stays as it is", async () => {
    const text = files.make("see https://user:s3cret@host/ for more\n");
    const { stdout } = await runCli(["find", text, "https://user:s3cret@host"]);
    expect(stdout).toBe("4\n");
  });

  it("are not shown where a list has them", async () => {
    const printed = await runCli(["hash", url]);
    const list = files.make(printed.stdout.replace("://", "://user:s3cret@"));
    for (const json of [[], ["--json"]]) {
      const checked = await runCli(["hash", "--check", list, ...json]);
      expect(checked.code).toBe(0);
      expect(checked.stdout).toContain(url);
    }
    expect(server.requests.at(-1)?.authorization).toBeDefined();
  });

  it("are not shown in errors", async () => {
    const gone = "http://user:s3cret@127.0.0.1:9/x?sig=s3cret";
    for (const command of ["hash", "count", "records", "hexdump", "patch"]) {
      const { code, stderr } = await runCli([command, gone, "--quiet"]);
      expect(code).toBe(2);
      expect(stderr).not.toContain("s3cret");
    }
  });

  it("must not be all that two operands differ in", async () => {
    const { code, stderr } = await runCli([
      "hash",
      secret(url),
      url.replace("://", "://other@"),
    ]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `process: cannot tell files apart as they differ in their secrets only: received "${url}" twice (usage)\n`,
    );
  });
});

it.skipIf(runtime !== "deno")(
  "Deno without --allow-net says what to do (on Deno only)",
  async () => {
    const deno = RUNTIMES.find(({ name }) => name === "deno");
    const main = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
    const { code, stderr } = await run([
      deno?.command ?? "deno",
      ...["run", "--no-prompt", "--allow-read", "--allow-env", main],
      ...["hash", url],
    ]);
    const { host } = new URL(url);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `process: ${url}: cannot reach ${host} as Deno was not permitted to: run it with --allow-net=${host} (EACCES)\n`,
    );
  },
);

it("progress and plans know the size of an object", async () => {
  const { countFile } = await import("../src/operations.ts");
  const large = await startServer(seededBytes(600_000, 5));
  const seen: (number | undefined)[] = [];
  const { stats } = await countFile(large.url, {
    inlineBytes: 0,
    workers: 2,
    onProgress: ({ byteLength }) => seen.push(byteLength),
  });
  await large.close();
  expect(stats).toMatchObject({ byteLength: 600_000, io: "stream" });
  expect(seen.at(-1)).toBe(600_000);
});
