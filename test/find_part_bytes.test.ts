import { describe, expect, it } from "vitest";
import {
  CONSOLE_PART_BYTES,
  likelyPartSizes,
} from "../src/digest/parts/part_sizes.ts";
import { findPartBytes } from "../src/find_part_bytes.ts";
import * as oracle from "./parts_oracle.ts";
import { seededBytes } from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

const MIB = 1024 ** 2;
const MB = 1000 ** 2;
const files = temporaryFiles();
const bytes = seededBytes(40 * MIB + 777, 20261121);

function etag(partBytes: number): string {
  return oracle.s3("s3-etag", bytes, partBytes);
}

describe("findPartBytes()", () => {
  it("finds defaults of tools, whole numbers and shares", async () => {
    const path = files.make(bytes);
    const share = Math.ceil(bytes.length / 7);
    const sizes = [8 * MIB, 5 * MIB, CONSOLE_PART_BYTES, 12 * MIB, 9 * MB];
    for (const partBytes of [...sizes, share]) {
      const count = Math.ceil(bytes.length / partBytes);
      expect(await findPartBytes(path, etag(partBytes), { workers: 2 }))
        .toEqual({ algorithm: "s3-etag", partBytes, count });
    }
  });

  it.each(["s3-sha256", "s3-sha1", "s3-crc32", "s3-crc32c"])(
    "finds the parts of the composite checksum %s, as S3 writes it",
    async (algorithm) => {
      const path = files.make(bytes);
      const count = Math.ceil(bytes.length / CONSOLE_PART_BYTES);
      const composite = oracle.s3(algorithm, bytes, CONSOLE_PART_BYTES);
      const [digits = ""] = composite.split("-");
      const base64 = Buffer.from(digits, "hex").toString("base64");
      const found = { algorithm, partBytes: CONSOLE_PART_BYTES, count };
      expect(await findPartBytes(path, composite)).toEqual(found);
      expect(await findPartBytes(path, `${base64}-${count}`)).toEqual(found);
      // GetObjectAttributes does not say how many.
      expect(await findPartBytes(path, base64, { parts: count })).toEqual(
        found,
      );
      expect(await findPartBytes(path, base64)).toBeUndefined();
    },
  );

  it("finds plain checksums, of uploads in one go", async () => {
    const path = files.make(bytes);
    const sha256 = Buffer.from(oracle.native("sha256")(bytes));
    for (const text of [sha256.toString("base64"), sha256.toString("hex")]) {
      expect(await findPartBytes(path, text)).toEqual({
        algorithm: "sha256",
        partBytes: undefined,
        count: 0,
      });
    }
  });

  it("finds the parts of an upload through S3's console", async () => {
    // multiformats/multicodec #342: 34,567,890 zero bytes, as S3 answered.
    const path = files.make(new Uint8Array(34_567_890));
    const value = "eS1aSUoSnbLv53dDOSSjmhilAUkzfJsEiZKg3+lCjBc=";
    expect(await findPartBytes(path, value, { parts: 3 })).toEqual({
      algorithm: "s3-sha256",
      partBytes: 17_179_870,
      count: 3,
    });
    const whole = "kcqYuUA3ieUC27HjC5ikS8/J5Av3dPbqjhqveNtOWXs=";
    expect((await findPartBytes(path, whole))?.algorithm).toBe("sha256");
  });

  it("refuses another count of parts than the value says", async () => {
    const path = files.make(bytes);
    await expect(findPartBytes(path, etag(8 * MIB), { parts: 5 }))
      .rejects.toThrow("says that there were 6: received 5");
  });

  it("takes quotes, capitals and space around an ETag", async () => {
    const path = files.make(bytes);
    const given = ` "${etag(8 * MIB).toUpperCase()}"\n`;
    expect(await findPartBytes(path, given)).toEqual({
      algorithm: "s3-etag",
      partBytes: 8 * MIB,
      count: 6,
    });
  });

  it("finds one part, and none", async () => {
    const path = files.make(bytes);
    const one = await findPartBytes(path, etag(2 ** 40));
    expect(one?.count).toBe(1);
    expect(etag(one!.partBytes!)).toBe(etag(2 ** 40));
    const md5 = oracle.hex(oracle.native("md5")(bytes));
    expect(await findPartBytes(path, md5)).toEqual({
      algorithm: "md5",
      partBytes: undefined,
      count: 0,
    });
  });

  it("takes the count of parts from the caller where the ETag has none", async () => {
    const path = files.make(bytes);
    const [digest] = etag(8 * MIB).split("-");
    expect(await findPartBytes(path, digest!, { parts: 6 })).toEqual({
      algorithm: "s3-etag",
      partBytes: 8 * MIB,
      count: 6,
    });
    expect(await findPartBytes(path, digest!)).toBeUndefined();
  });

  it("says that a file has not got an ETag", async () => {
    const path = files.make(bytes.subarray(0, 3 * MIB));
    expect(await findPartBytes(path, etag(8 * MIB))).toBeUndefined();
    expect(await findPartBytes(path, `${"0".repeat(32)}-2`)).toBeUndefined();
    // No file of that length has so many parts.
    expect(await findPartBytes(path, `${"0".repeat(32)}-${2 ** 40}`))
      .toBeUndefined();
  });

  it("finds the part of an empty file", async () => {
    const empty = oracle.s3("s3-etag", new Uint8Array(0), MIB);
    expect(await findPartBytes(files.make(""), empty)).toMatchObject({
      count: 1,
    });
  });

  it("refuses what is no ETag, before it looks at the file", async () => {
    const wrong = [
      "",
      "abc",
      "YWJj",
      "=",
      "0".repeat(31),
      `${"0".repeat(32)}-0`,
    ];
    for (const value of [...wrong, `${"0".repeat(32)}-1x`]) {
      await expect(findPartBytes("/no/file", value)).rejects.toThrow(
        RangeError,
      );
    }
    // @ts-expect-error No text
    await expect(findPartBytes("/no/file", 5)).rejects.toThrow(TypeError);
    for (const parts of [0, 1.5, -1]) {
      await expect(findPartBytes("/no/file", "0".repeat(32), { parts }))
        .rejects.toThrow(RangeError);
    }
  });

  it("names the file that is missing", async () => {
    await expect(findPartBytes("/no/file", etag(MIB))).rejects.toMatchObject({
      code: "ENOENT",
    });
  });
});

describe("likelyPartSizes()", () => {
  it("lists only lengths that give so many parts, each once", () => {
    const lengths = [1, 1000, 40 * MIB + 777, 5 * 1024 ** 4];
    for (const byteLength of lengths) {
      for (const count of [1, 2, 3, 7, 999, 10_000]) {
        const sizes = likelyPartSizes(byteLength, count);
        expect(new Set(sizes).size).toBe(sizes.length);
        expect(sizes.length).toBeLessThan(250);
        for (const size of sizes) {
          expect(Math.ceil(byteLength / size)).toBe(count);
        }
      }
    }
  });
});
