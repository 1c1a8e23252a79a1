import * as fs from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countFile, hashFile, profileFile } from "../src/operations.ts";
import { removeFolder, seededBytes, temporaryFolder } from "./temporary.ts";
import * as reference from "./reference.ts";
import { toHex } from "../src/digest/hex.ts";
import { ALGORITHMS } from "../src/digest/algorithms.ts";

const folder = temporaryFolder();
const path = join(folder, "some bytes");
const missing = join(folder, "missing");
const bytes = seededBytes(150_001, 20261121);
const blake3 = toHex(reference.blake3(bytes));

beforeAll(() => fs.writeFileSync(path, bytes));
afterAll(() => removeFolder(folder));

describe("hashFile()", () => {
  it("gives BLAKE3 where nothing else is asked for", async () => {
    const { file, byteLength, digests, stats } = await hashFile(path);
    expect({ file, byteLength, digests }).toEqual({
      file: path,
      byteLength: bytes.length,
      digests: { blake3 },
    });
    expect(stats.byteLength).toBe(bytes.length);
  });

  it("gives every digest that is asked for, once", async () => {
    const { digests } = await hashFile(path, {
      algorithms: [...ALGORITHMS, "md5"],
    });
    expect(Object.keys(digests)).toEqual(ALGORITHMS);
  });

  it("takes a path as text, as bytes and as a URL", async () => {
    for (
      const given of [path, new TextEncoder().encode(path), pathToFileURL(path)]
    ) {
      const { file, digests } = await hashFile(given);
      expect([file, digests["blake3"]]).toEqual([path, blake3]);
    }
  });

  it("names the file that is missing", async () => {
    await expect(hashFile(missing)).rejects.toMatchObject({
      code: "ENOENT",
      file: missing,
    });
  });

  it("refuses wrong algorithms before it looks at the file", async () => {
    await expect(hashFile(missing, { algorithms: ["sha3"] })).rejects.toThrow(
      RangeError,
    );
    await expect(hashFile(missing, { algorithms: [] })).rejects.toThrow(
      RangeError,
    );
    // @ts-expect-error A name where a list is wanted
    await expect(hashFile(missing, { algorithms: "md5" })).rejects.toThrow(
      TypeError,
    );
  });
});

describe("countFile()", () => {
  it("counts newlines", async () => {
    const { file, byteLength, count } = await countFile(path);
    expect({ file, byteLength, count }).toEqual({
      file: path,
      byteLength: bytes.length,
      count: reference.countByte(bytes, 10),
    });
  });
});

describe("profileFile()", () => {
  it("tells what the file is made of", async () => {
    const profile = await profileFile(path);
    const { lines, classes, regionBytes } = reference.profile(bytes);
    expect(profile).toMatchObject({
      file: path,
      byteLength: bytes.length,
      blake3,
      lines,
      classes,
      regionBytes,
    });
    expect(profile.regions).toHaveLength(3);
  });
});

describe.each([["hashFile()", hashFile], ["countFile()", countFile], [
  "profileFile()",
  profileFile,
]])(
  "%s",
  (_name, operation) => {
    it.each([undefined, null, 3, {}, ["a"]])(
      "refuses %j as a path",
      async (given) => {
        // @ts-expect-error No path
        await expect(operation(given)).rejects.toThrow(TypeError);
      },
    );

    it("refuses a URL of something else than a file", async () => {
      await expect(operation(new URL("ftp://example.com/a"))).rejects.toThrow(
        TypeError,
      );
    });

    it("refuses options out of bounds before it looks at the file", async () => {
      await expect(operation(missing, { workers: 0 })).rejects.toThrow(
        RangeError,
      );
      await expect(operation(missing, { segmentBytes: 3 })).rejects.toThrow(
        RangeError,
      );
    });
  },
);
