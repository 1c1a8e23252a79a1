import { describe, expect, test } from "vitest";
import {
  algorithmOfTag,
  algorithmsOf,
  isDigest,
  LISTED_ALGORITHMS,
  parseDigest,
  tagName,
  toBase64,
} from "../src/cli/digest_forms.ts";
import { parseSumLine, sumLine, tagLine } from "../src/cli/sum_lines.ts";
import { ALGORITHMS } from "../src/runs.ts";

const HEX64 = "0123456789abcdef".repeat(4);
const HEX32 = "0123456789abcdef".repeat(2);
const HEX16 = "0123456789abcdef";
const HEX8 = "89abcdef";

test("LISTED_ALGORITHMS are those of the library", () => {
  expect(LISTED_ALGORITHMS).toEqual(ALGORITHMS);
});

test("tagName() is read back by algorithmOfTag(), whatever the case and dashes", () => {
  for (const name of LISTED_ALGORITHMS) {
    expect(algorithmOfTag(tagName(name))).toBe(name);
    expect(algorithmOfTag(name.replace("-", ""))).toBe(name);
  }
  expect(algorithmOfTag("SHA-256")).toBe("sha256");
  expect(algorithmOfTag("SHA2-256")).toBe("sha256");
  expect(algorithmOfTag("SHA3-256")).toBeUndefined();
});

describe("parseDigest()", () => {
  test("reads hexadecimal and base64, with a count of parts or without", () => {
    expect(parseDigest("89ABcdef")).toEqual({
      digits: "89abcdef",
      count: undefined,
    });
    expect(parseDigest(`${HEX32}-12`)).toEqual({ digits: HEX32, count: 12 });
    expect(parseDigest("4waSgw==")).toEqual({
      digits: "e3069283",
      count: undefined,
    });
    expect(parseDigest("4waSgw==-3")).toEqual({ digits: "e3069283", count: 3 });
  });

  test("reads what toBase64() writes, for every length", () => {
    for (let bytes = 1; bytes <= 64; bytes++) {
      const digits = Array.from(
        { length: bytes },
        (_, i) => ((i * 37 + bytes) & 255).toString(16).padStart(2, "0"),
      ).join("");
      const base64 = toBase64(digits);
      // Three bytes for four characters: those without padding may be hexadecimal as well.
      if (!base64.endsWith("=")) continue;
      expect(parseDigest(base64)?.digits).toBe(digits);
      expect(parseDigest(`${toBase64(`${digits}-7`)}`)).toEqual({
        digits,
        count: 7,
      });
    }
  });

  test.each([
    "",
    "abc",
    "xyz",
    "4waSgw=",
    "4waSgw===",
    "-3",
    "89abcdef-",
    "89abcdef-0",
    "89abcdef-x",
    "é",
  ])(
    "refuses %j",
    (text) => expect(parseDigest(text)).toBeUndefined(),
  );
});

describe("algorithmsOf()", () => {
  const of = (
    text: string,
    wanted?: readonly string[],
    blake3Bytes?: number,
  ) => {
    const digest = parseDigest(text);
    return digest && algorithmsOf(digest, wanted, blake3Bytes);
  };

  test("finds all that have the form, the most likely first", () => {
    expect(of(HEX64)).toEqual([
      "blake3",
      "sha256",
      "glacier",
      "dropbox",
      "btv2",
    ]);
    expect(of(HEX16)).toEqual(["xxh64", "crc64nvme", "crc64xz", "xxh3"]);
    expect(of(HEX8)?.[0]).toBe("crc32");
    expect(of(HEX32)).toEqual(["md5"]);
    expect(of(`${HEX32}-3`)).toEqual(["s3-etag"]);
    expect(of(`${HEX64}-3`)).toEqual(["s3-sha256"]);
  });

  test("keeps to those that were named, where the count of parts may be left out", () => {
    expect(of(HEX64, ["sha256", "md5"])).toEqual(["sha256"]);
    expect(of(HEX64, ["s3-sha256"])).toEqual(["s3-sha256"]);
    expect(of(`${HEX64}-3`, ["sha256"])).toEqual([]);
  });

  test("knows how long digests of BLAKE3 are to be", () => {
    expect(of(HEX16, undefined, 8)).toContain("blake3");
    expect(of(HEX64, undefined, 8)).not.toContain("blake3");
    // A list that was cut off must not pass for one of short digests.
    expect(of(HEX64.slice(2), ["blake3"])).toEqual([]);
  });
});

test("isDigest() compares the count of parts where there is one", () => {
  const digest = { digits: HEX32, count: undefined };
  expect(isDigest(HEX32, digest)).toBe(true);
  expect(isDigest(`${HEX32}-3`, digest)).toBe(true);
  expect(isDigest(`${HEX32}-3`, { ...digest, count: 3 })).toBe(true);
  expect(isDigest(`${HEX32}-4`, { ...digest, count: 3 })).toBe(false);
  expect(isDigest(HEX32, { ...digest, count: 3 })).toBe(false);
  expect(isDigest(HEX16, digest)).toBe(false);
});

describe("sumLine() and tagLine()", () => {
  test("escape names as GNU's tools do", () => {
    expect(sumLine("a b", "00")).toBe("00  a b\n");
    expect(sumLine("a\nb\\c\r", "00")).toBe("\\00  a\\nb\\\\c\\r\n");
    expect(tagLine("a", "sha256", "00")).toBe("SHA256 (a) = 00\n");
    expect(tagLine("\\", "blake3", "00")).toBe("\\BLAKE3 (\\\\) = 00\n");
  });

  test("escape nothing where lines end with NUL", () => {
    const zero = { zero: true };
    expect(sumLine("a\nb\\", "00", zero)).toBe("00  a\nb\\\0");
    expect(tagLine("a\nb\\", "md5", "00", zero)).toBe("MD5 (a\nb\\) = 00\0");
  });
});

describe("parseSumLine()", () => {
  /** What a line with one possible algorithm says. */
  const said = (file: string, algorithm: string, digits: string) => ({
    file,
    algorithms: [algorithm],
    digest: { digits, count: undefined },
  });
  const md5 = (file: string) => said(file, "md5", HEX32);

  test.each([
    ["binary", `${HEX32} *a`, md5("a")],
    ["reversed", `${HEX32} a`, md5("a")],
    ["a name with spaces", `${HEX32}  a  b `, md5("a  b ")],
    ["a name with a leading space", `${HEX32}   a`, md5(" a")],
    ["upper case", `${HEX32.toUpperCase()}  a`, md5("a")],
    [
      "tagged",
      `SHA256 (a (b) = c) = ${HEX64}`,
      said("a (b) = c", "sha256", HEX64),
    ],
    ["rhash", `MD5   (a) = ${HEX32}`, md5("a")],
    ["OpenSSL", `SHA-256(a)= ${HEX64}`, said("a", "sha256", HEX64)],
    ["OpenSSL 3", `SHA2-256(a)= ${HEX64}`, said("a", "sha256", HEX64)],
    ["xxhsum", `${HEX16}  a`, undefined],
    ["xxhsum, XXH3", `XXH3_${HEX16}  a`, said("a", "xxh3", HEX16)],
    ["xxhsum, tagged", `XXH3 (a) = ${HEX16}`, said("a", "xxh3", HEX16)],
    ["escaped", `\\${HEX32}  a\\nb\\\\n\\r`, md5("a\nb\\n\r")],
    ["escaped and tagged", `\\MD5 (\\\\) = ${HEX32}`, md5("\\")],
    ["CRLF", `${HEX32}  a\r`, md5("a")],
    ["leading blanks", ` \t${HEX32}  a`, md5("a")],
    ["a backslash that is no escape", `${HEX32}  a\\nb`, md5("a\\nb")],
    ["cksfv", `a b.bin  ${HEX8}`, said("a b.bin", "crc32", HEX8)],
    [
      "base64, tagged",
      "CRC32C (a) = 4waSgw==",
      said("a", "crc32c", "e3069283"),
    ],
    ["parts", `${HEX32}-3  a`, {
      file: "a",
      algorithms: ["s3-etag"],
      digest: { digits: HEX32, count: 3 },
    }],
    ["parts, tagged, base64", `S3-SHA256 (a) = ${toBase64(HEX64)}-3`, {
      file: "a",
      algorithms: ["s3-sha256"],
      digest: { digits: HEX64, count: 3 },
    }],
  ])("reads a line: %s", (_, line, expected) => {
    const found = parseSumLine(line);
    if (expected !== undefined) expect(found).toEqual(expected);
    else expect(found).toMatchObject({ file: "a" });
  });

  test.each([
    "hello",
    "hello world",
    HEX64,
    `${HEX64}a  x`,
    `${HEX32.slice(1)}  a`,
    `x${HEX32}  a`,
    `SHA256 (a) = ${HEX32}`,
    `SHA3-256 (a) = ${HEX64}`,
    `SHA256 () = ${HEX64}`,
    `\\${HEX32}  a\\tb`,
    `\\${HEX32}  a\\`,
    `\\\\${HEX32}  a`,
    // Base64, of which nobody has said what it is.
    "4waSgw==  a",
    `${HEX8}`,
    ` ${HEX8}`,
    `${HEX32}-0  a`,
    `${HEX32} `,
    `${HEX32}  `,
    `${HEX32} *`,
  ])("refuses %j", (line) => expect(parseSumLine(line)).toBeUndefined());

  test("passes over empty lines and comments", () => {
    for (const line of ["", "\r", "# SHA256", "  ", "; Generated by cksfv"]) {
      expect(parseSumLine(line)).toBe("empty");
    }
    expect(parseSumLine("# piece 0", { zero: true })).toBe("empty");
    expect(parseSumLine(` ${HEX32}  a`, { zero: true })).toBeUndefined();
  });

  test("takes plain lines for the algorithms asked for", () => {
    const asked = (line: string, ...algorithms: string[]) =>
      parseSumLine(line, { algorithms });
    expect(asked(`${HEX64}  a`, "md5", "sha256", "blake3")).toMatchObject({
      algorithms: ["sha256", "blake3"],
    });
    expect(asked(`${HEX64}  a`, "md5")).toBeUndefined();
    expect(asked(`BLAKE3 (a) = ${HEX64}`, "sha256")).toMatchObject({
      algorithms: ["blake3"],
    });
    expect(asked("4waSgw==  a", "crc32c")).toEqual(
      said("a", "crc32c", "e3069283"),
    );
    expect(asked(`a ${HEX8}`, "md5")).toBeUndefined();
  });

  test("takes the name first in a list of cksfv", () => {
    const line = `${HEX8} 01234567`;
    expect(parseSumLine(line, { isSfv: true })).toEqual(
      said(HEX8, "crc32", "01234567"),
    );
    expect(parseSumLine(line)).toMatchObject({ file: "01234567" });
  });

  test("reads back what sumLine() and tagLine() write", () => {
    const names = [
      "a",
      " a ",
      "*a",
      "\\",
      "\\n",
      "a\nb",
      "\r",
      "(a) = b",
      "\udcff",
      "#a",
      "-",
      `a ${HEX8}`,
    ];
    for (const file of names) {
      for (const zero of [false, true]) {
        const sum = sumLine(file, HEX32, { zero }).slice(0, -1);
        expect(parseSumLine(sum, { zero })).toEqual(md5(file));
        const tagged = tagLine(file, "md5", HEX32, { zero }).slice(0, -1);
        expect(parseSumLine(tagged, { zero })).toEqual(md5(file));
      }
    }
  });
});
