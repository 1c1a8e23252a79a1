import * as fs from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findFiles } from "../src/cli/found_files.ts";
import { pathFilter } from "../src/cli/glob.ts";
import { UsageError } from "../src/cli/io.ts";
import { runShell } from "./run_cli.ts";
import { hasTool } from "./tools.ts";
import { removeFolder, runtime, temporaryFolder } from "./temporary.ts";

describe("pathFilter()", () => {
  const cases: readonly [
    glob: string,
    matches: readonly string[],
    others: readonly string[],
  ][] = [
    ["*.o", ["a.o", "x/y/b.o", ".o"], ["a.os", "o", "a.o/b"]],
    ["node_modules", ["node_modules", "a/node_modules"], ["node_modules2"]],
    ["node_modules/", ["a/node_modules"], ["anode_modules"]],
    ["a/*.o", ["a/b.o"], ["b.o", "a/b/c.o", "x/a/b.o"]],
    ["/a.o", ["a.o"], ["x/a.o"]],
    ["./a.o", ["a.o"], ["x/a.o"]],
    ["**/a/b", ["a/b", "x/a/b", "x/y/a/b"], ["xa/b", "a/b/c"]],
    ["a/**", ["a/b", "a/b/c"], ["a", "b/a/c"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/xb", "ab"]],
    ["?", ["a", "x/ü", "é"], ["ab", ""]],
    ["[a-c]x", ["ax", "cx"], ["dx", "x", "-x"]],
    ["[!a-c]x", ["dx", "]x"], ["ax"]],
    ["[]]x", ["]x"], ["ax"]],
    ["[]", ["[]"], ["[", "]"]],
    ["[", ["["], ["]"]],
    ["*.{jpg,png}", ["a.jpg", "b.png"], ["a.gif", "a.{jpg,png}"]],
    ["{a,b{c,d}}e", ["ae", "bce", "bde"], ["be"]],
    ["a,b", ["a,b"], ["a", "b"]],
    ["a}", ["a}"], ["a"]],
    ["\\*", ["*"], ["a", "\\*"]],
    ["a.c", ["a.c"], ["abc"]],
    ["(a|b)+$^", ["(a|b)+$^"], ["a", "ab"]],
    ["[.^$]", [".", "^", "$"], ["a"]],
    ["*a*b*", ["ab", "xaybz"], ["ba"]],
    ["\udcfe*", ["\udcfe1"], ["1"]],
  ];
  test.each(cases)("%j", (glob, matches, others) => {
    const filter = pathFilter([glob]);
    const tells = (path: string) =>
      filter(path, path.slice(path.lastIndexOf("/") + 1));
    for (const path of matches) expect(tells(path), path).toBe(true);
    for (const path of others) expect(tells(path), path).toBe(false);
  });

  test("matches what any of several patterns does, and nothing without any", () => {
    const filter = pathFilter(["*.a", "*.b"]);
    expect([filter("x.a", "x.a"), filter("x.b", "x.b"), filter("x", "x")])
      .toEqual([true, true, false]);
    expect(pathFilter([])("x", "x")).toBe(false);
  });

  test.each(["{a", "a{b,c", "[z-a]"])("refuses %j", (glob) => {
    expect(() => pathFilter([glob])).toThrow(UsageError);
  });
});

describe("findFiles()", () => {
  let folder: string;
  beforeAll(() => {
    folder = temporaryFolder();
    for (
      const name of [
        "b/2",
        "b/10",
        "b.txt",
        "B",
        "a/x/y/z",
        "a/w",
        "é",
        "z",
        ".hidden/h",
        "\u{1f600}",
        "\uff5e",
      ]
    ) {
      fs.mkdirSync(join(folder, name, ".."), { recursive: true });
      fs.writeFileSync(join(folder, name), name);
    }
    fs.mkdirSync(join(folder, "empty"));
    fs.symlinkSync("b", join(folder, "link-folder"));
    fs.symlinkSync("z", join(folder, "link-file"));
    fs.symlinkSync("nowhere", join(folder, "link-broken"));
  });
  afterAll(() => removeFolder(folder));

  async function found(
    operands: readonly string[],
    excludes: readonly string[] = [],
  ): Promise<string[]> {
    const names: string[] = [];
    const settings = { recursive: true, excludes: pathFilter(excludes) };
    for await (const one of findFiles(operands, settings)) {
      names.push(`${one.kind} ${one.name.replace(folder, "F")}`);
    }
    return names;
  }

  test("goes through folders by name, in the order of their bytes", async () => {
    expect(await found([folder])).toEqual([
      "file F/.hidden/h",
      "file F/B",
      "file F/a/w",
      "file F/a/x/y/z",
      "file F/b/10",
      "file F/b/2",
      "file F/b.txt",
      "link F/link-broken",
      "link F/link-file",
      "link F/link-folder",
      "file F/z",
      "file F/é",
      "file F/\uff5e",
      "file F/\u{1f600}",
    ]);
  });

  test("keeps the order of operands, and follows links among them", async () => {
    const names = ["z", "b/", "link-folder", "link-file", "gone"];
    expect(await found(names.map((name) => join(folder, name)))).toEqual([
      "file F/z",
      "file F/b/10",
      "file F/b/2",
      "file F/link-folder/10",
      "file F/link-folder/2",
      "file F/link-file",
      "file F/gone",
    ]);
  });

  test("leaves out what is excluded, and what is in it, but no operand", async () => {
    const excludes = ["b", "link-*", ".*", "a/x/**", "z"];
    expect(await found([folder, join(folder, "z")], excludes)).toEqual([
      "file F/B",
      "file F/a/w",
      "file F/b.txt",
      "file F/é",
      "file F/\uff5e",
      "file F/\u{1f600}",
      "file F/z",
    ]);
  });

  test("leaves folders to whoever opens them, where it is not recursive", async () => {
    const settings = { recursive: false, excludes: pathFilter([]) };
    const all = [];
    for await (const one of findFiles([folder], settings)) all.push(one);
    expect(all).toEqual([{ kind: "file", name: folder }]);
  });

  test.skipIf(!hasTool("mkfifo"))("finds what is no file", async () => {
    const own = temporaryFolder();
    await runShell("mkfifo pipe", { cwd: own });
    fs.mkdirSync(join(own, "sub"));
    const names = (await found([own])).map((name) => name.replace(own, "O"));
    expect(names).toEqual(["special O/pipe"]);
    removeFolder(own);
  });

  test.skipIf(runtime === "deno" || !hasTool("bash"))(
    "finds names that are not UTF-8, folders among them",
    async () => {
      const own = temporaryFolder();
      await runShell(
        "mkdir $'d\\xfe'; touch $'d\\xfe/f\\xff' $'x\\xfe' $'x\\xc3\\xa9' x",
        { cwd: own },
      );
      const names = (await found([own])).map((name) => name.replace(own, "O"));
      expect(names).toEqual([
        "file O/d\udcfe/f\udcff",
        "file O/x",
        "file O/xé",
        "file O/x\udcfe",
      ]);
      removeFolder(own);
    },
  );
});
