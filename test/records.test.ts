/** recordStats() and recordRows(): records of all kinds, good and bad. */
import { describe, expect, test } from "vitest";
import {
  recordColumns,
  type RecordOptions,
  recordRows,
  recordStats,
  type RecordValue,
} from "../src/record_stats.ts";
import { Struct } from "../src/binary/struct.ts";
import { lengthPrefixed } from "../src/binary/length_prefixed.ts";
import { checksum } from "../src/binary/checksums.ts";
import { SabmapError } from "../src/errors.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const decoder = new TextDecoder();

/** Rows of a file with this content. */
async function ask(
  content: string | Uint8Array,
  options: RecordOptions,
): Promise<RecordValue[][]> {
  const { rows } = await recordStats(files.make(content), options);
  return rows.map((row) => [...row]);
}

async function textOf(
  content: string | Uint8Array,
  format: "csv" | "json",
  options: RecordOptions,
): Promise<string> {
  let text = "";
  for await (
    const { bytes } of recordRows(files.make(content), format, options)
  ) {
    text += decoder.decode(bytes);
  }
  return text;
}

async function errorOf(promise: Promise<unknown>): Promise<SabmapError> {
  const error = await promise.then(
    () => new Error("nothing was thrown"),
    (error: unknown) => error,
  );
  if (error instanceof SabmapError) return error;
  throw error;
}

const AB: RecordOptions = { delimiter: ";", names: ["a", "b"] };

describe("recordStats() of text", () => {
  test("gives all fields of all records in file order", async () => {
    expect(await ask("x;1\ny;2\n", AB)).toEqual([["x", "1"], ["y", "2"]]);
  });

  test("takes a last line without a newline, CRLF, empty lines and a byte order mark", async () => {
    const content = "\ufeffx;1\r\n\r\n\ny;2\r\n\nz;3";
    const rows = [["x", "1"], ["y", "2"], ["z", "3"]];
    expect(await ask(content, AB)).toEqual(rows);
    expect(await ask(content, { ...AB, quote: true })).toEqual(rows);
  });

  test("reads fields in quotes, with delimiters, quotes and newlines", async () => {
    const content = '"a;b";1\n"say ""hi""";2\n"two\nlines";"3"\n"";4\n';
    const options = { ...AB, quote: '"' };
    expect(await ask(content, options)).toEqual([
      ["a;b", "1"],
      ['say "hi"', "2"],
      ["two\nlines", "3"],
      ["", "4"],
    ]);
    const where = 'a == "say \\"hi\\"" or b == 3';
    expect(await ask(content, { ...options, where, select: "a, b + 0 as n" }))
      .toEqual([['say "hi"', 2], ["two\nlines", 3]]);
    const grouped = {
      ...options,
      groupBy: ["a"],
      of: "b",
      aggregates: ["sum"],
    };
    expect(await ask(content + content, grouped as RecordOptions)).toEqual([
      ["", 8],
      ["a;b", 2],
      ['say "hi"', 4],
      ["two\nlines", 6],
    ]);
  });

  test("has the names of a header, which may be in quotes and behind empty lines", async () => {
    const content = '\n\r\n"first ""one""";b\n1;2\n';
    const options = { delimiter: ";", header: true, quote: true };
    expect(await recordColumns(files.make(content), options)).toEqual([
      { name: 'first "one"', type: "text", decimals: undefined },
      { name: "b", type: "text", decimals: undefined },
    ]);
    expect(await ask(content, { ...options, select: '`first "one"` + b as s' }))
      .toEqual([[3]]);
    expect(await ask(content, { ...options, names: ["x", "y"], select: "y" }))
      .toEqual([["2"]]);
    expect(await ask("a;b", { delimiter: ";", header: true })).toEqual([]);
  });

  test("knows tabs and names of any letters", async () => {
    const options = { delimiter: "\t", names: ["größe", "b"] };
    expect(await ask("1\t2\n", { ...options, select: "größe * b as p" }))
      .toEqual([[2]]);
  });

  test("of an empty file has no rows, but a count", async () => {
    expect(await ask("", AB)).toEqual([]);
    expect(await ask("", { ...AB, aggregates: ["count"], groupBy: ["a"] }))
      .toEqual([]);
    const aggregates: RecordOptions["aggregates"] = [
      "count",
      "sum",
      "min",
      "max",
      "mean",
      "stddev",
    ];
    expect(await ask("", { ...AB, aggregates, of: "b" }))
      .toEqual([[0, 0, null, null, null, null]]);
    expect(await ask("x;1\n", { ...AB, where: "b > 1", aggregates, of: "b" }))
      .toEqual([[0, 0, null, null, null, null]]);
  });

  test("adds up integers and decimals exactly", async () => {
    const sum = (lines: string[]) =>
      ask(lines.map((line) => `x;${line}\n`).join(""), {
        ...AB,
        aggregates: ["sum", "mean"],
        of: "b",
      });
    expect(await sum(["0.1", "0.2"])).toEqual([[0.3, 0.2]]);
    expect(await sum(Array(10).fill("0.1"))).toEqual([[1, 0.1]]);
    expect(await sum(["18446744073709551615", "1"]))
      .toEqual([[2n ** 64n, 2 ** 63]]);
    expect(await sum(["9007199254740992", "1", "-9007199254740992"]))
      .toEqual([[1, 1 / 3]]);
    expect(await sum(["123456789012345.25", "0.5"]))
      .toEqual([["123456789012345.75", 61728394506172.88]]);
    expect(await sum(["1e16", "1", "-1e16"])).toEqual([[1, 1 / 3]]);
    expect(await sum(["1e308", "1e308", "-1e308"])).toEqual([[
      1e308,
      1e308 / 3,
    ]]);
    expect(await sum(["inf", "1"])).toEqual([[Infinity, Infinity]]);
    expect(await sum(["inf", "-inf"])).toEqual([[NaN, NaN]]);
  });

  test("rounds means of decimals half up, and has no negative zero", async () => {
    const mean = async (...lines: string[]) =>
      (await ask(lines.map((line) => `x;${line}\n`).join(""), {
        ...AB,
        aggregates: ["min", "mean", "max"],
        of: "b",
      }))[0];
    expect(await mean("0.1", "0.0")).toEqual([0, 0.1, 0.1]);
    expect(await mean("-0.1", "0.0")).toEqual([-0.1, 0, 0]);
    expect(await mean("-0.0", "-0.0")).toEqual([0, 0, 0]);
    expect(await mean("0.2", "0.3")).toEqual([0.2, 0.3, 0.3]);
    expect(await mean("-0.2", "-0.3")).toEqual([-0.3, -0.2, -0.2]);
    expect(await mean("12.3", "12.4")).toEqual([12.3, 12.4, 12.4]);
    expect(await mean("1", "2")).toEqual([1, 1.5, 2]);
  });

  test("rounds to other digits if it is asked to", async () => {
    const options: RecordOptions = { ...AB, aggregates: ["mean"], of: "b" };
    const content = "x;0.1\nx;0.2\nx;0.2\n";
    const exact = 0.5 / 3;
    expect(await ask(content, options)).toEqual([[0.2]]);
    expect(await ask(content, { ...options, decimals: 4 })).toEqual([[0.1667]]);
    expect(await ask(content, { ...options, decimals: "all" }))
      .toEqual([[exact]]);
  });

  test("groups by several fields, whose bytes cannot be mixed up", async () => {
    const names = ["a", "b"];
    const content = "ab;c\na;bc\nab;c\n;abc\n";
    const options = { delimiter: ";", names, groupBy: ["a", "b"] };
    expect(await ask(content, options)).toEqual([
      ["", "abc", 1],
      ["a", "bc", 1],
      ["ab", "c", 2],
    ]);
  });

  test("names columns by the aggregate, and by the field where there are several", async () => {
    const path = files.make("1;2\n3;4\n");
    const options: RecordOptions = {
      ...AB,
      aggregates: ["count", "sum", "max"],
      of: "a, a * b as product",
    };
    const { columns, rows } = await recordStats(path, options);
    expect(columns.map(({ name }) => name)).toEqual([
      "count",
      "sum_a",
      "max_a",
      "sum_product",
      "max_product",
    ]);
    expect(rows).toEqual([[2, 4, 3, 14, 12]]);
  });

  test("counts by default, and computes all but the deviation of a field", async () => {
    expect(await ask("x;1\nx;2\n", { ...AB, groupBy: ["a"] }))
      .toEqual([["x", 2]]);
    expect(await ask("x;1\nx;2\n", { ...AB, of: "b" }))
      .toEqual([[2, 3, 1, 2, 1.5]]);
  });

  test("has the deviation of a sample", async () => {
    const options: RecordOptions = { ...AB, aggregates: ["stddev"], of: "b" };
    const lines = [2, 4, 4, 4, 5, 5, 7, 9].map((n) => `x;${n}\n`).join("");
    expect(await ask(lines, options)).toEqual([[Math.sqrt(32 / 7)]]);
    expect(await ask("x;1\n", options)).toEqual([[null]]);
    expect(await ask("x;1000000000000.1\nx;1000000000000.1\n", options))
      .toEqual([[0]]);
  });

  test.each([
    // By Python's statistics.stdev, which computes with fractions.
    [[1e200, -1e200, 1e200], 1.1547005383792515e200],
    [[1e300, 1e300, 1e300], 0],
    [[1e-200, 2e-200, 4e-200], 1.5275252316519466e-200],
    [[-1, 0.1, -1e300, 1e16], 5e299],
    [[5e-324, 1e-323, 0], 5e-324],
    [[1e-300, 3, 1e-200, 5], 2.449489742783178],
    [[2 ** 400, 2 ** 400 * (1 + 2 ** -52)], 4.054371060021353e104],
    [[2 ** -400, 2 ** -400 * (1 - 2 ** -53)], 3.0401636805323375e-137],
    [[1.2e308, -0.7e308], 1.3435028842544403e308],
    [[1.7e308, -1.7e308], Infinity],
    [[1, Infinity], NaN],
    [[1e200, Infinity], NaN],
  ])(
    "has the deviation of %j, whose squares may be no doubles",
    async (values, expected) => {
      const options: RecordOptions = { ...AB, aggregates: ["stddev"], of: "b" };
      const text = values.map((value) => `x;${value}\n`).join("");
      const [[asText]] = await ask(text, options) as [[number]];
      const bytes = new Uint8Array(Float64Array.from(values).buffer);
      const { rows } = await recordStats(files.make(bytes), {
        struct: "<d",
        names: ["b"],
        aggregates: ["stddev"],
        of: "b",
      });
      for (const found of [asText, rows[0]?.[0] as number]) {
        if (Number.isFinite(expected)) {
          expect(Math.abs(found - expected))
            .toBeLessThanOrEqual(expected * 2 ** -50);
        } else expect(found).toBe(expected);
      }
    },
  );
});

describe("recordStats() of structs", () => {
  const layout = new Struct("<IQq3sxd?");
  const options: RecordOptions = {
    struct: layout.format,
    names: ["id", "u", "i", "name", "value", "on"],
  };
  const values = [
    [1, 2n ** 64n - 1n, -(2n ** 63n), "ab", 0.5, true],
    [2, 2n ** 53n, 2n ** 63n - 1n, "abc", -0, false],
    [3, 2n ** 53n + 1n, -1n, "", 1e300, true],
  ] as const;
  const content = new Uint8Array(
    values.flatMap(([id, u, i, name, value, on]) => [
      ...layout.pack(id, u, i, new TextEncoder().encode(name), value, on),
    ]),
  );

  test("gives exact integers of 64 bits, text without the zeros at its end, and no -0", async () => {
    expect(await ask(content, options)).toEqual([
      [1, 2n ** 64n - 1n, -(2n ** 63n), "ab", 0.5, true],
      [2, 2n ** 53n, 2n ** 63n - 1n, "abc", 0, false],
      [3, 2n ** 53n + 1n, -1n, "", 1e300, true],
    ]);
  });

  test("adds up and compares integers of 64 bits exactly", async () => {
    const aggregates = ["sum", "min", "max"] as const;
    expect(await ask(content, { ...options, aggregates, of: "u" }))
      .toEqual([[2n ** 64n + 2n ** 54n, 2n ** 53n, 2n ** 64n - 1n]]);
    expect(await ask(content, { ...options, aggregates, of: "i" }))
      .toEqual([[-2n, -(2n ** 63n), 2n ** 63n - 1n]]);
    const where = "u > 9007199254740992 and on";
    expect(await ask(content, { ...options, where, select: "id, u - 1 as v" }))
      .toEqual([[1, 2n ** 64n - 2n], [3, 2n ** 53n]]);
  });

  test("groups by integers, truths and text", async () => {
    const group = (name: string) =>
      ask(content, { ...options, groupBy: [name], aggregates: ["count"] });
    expect(await group("u")).toEqual([
      [2n ** 53n, 1],
      [2n ** 53n + 1n, 1],
      [2n ** 64n - 1n, 1],
    ]);
    expect(await group("i")).toEqual([
      [-(2n ** 63n), 1],
      [-1n, 1],
      [2n ** 63n - 1n, 1],
    ]);
    expect(await group("on")).toEqual([[false, 1], [true, 2]]);
    expect(await group("name")).toEqual([["", 1], ["ab", 1], ["abc", 1]]);
  });

  test("lets NaN be the result of its group only", async () => {
    const pairs = new Struct("<Hd");
    const bytes = new Uint8Array(
      [[1, NaN], [1, 5], [2, Infinity], [2, 1], [3, 1], [3, -0]].flatMap(
        ([key = 0, value = 0]) => [...pairs.pack(key, value)],
      ),
    );
    const aggregates = ["sum", "min", "max", "mean"] as const;
    expect(
      await ask(bytes, {
        struct: "<Hd",
        names: ["k", "v"],
        aggregates,
        of: "v",
        groupBy: ["k"],
      }),
    ).toEqual([
      [1, NaN, NaN, NaN, NaN],
      [2, Infinity, 1, Infinity, Infinity],
      [3, 1, 0, 1, 0.5],
    ]);
  });

  test("skips what is in front of the format", async () => {
    expect(
      await ask(content, {
        struct: "<Q",
        names: ["u"],
        structOffset: 4,
        framing: { kind: "fixed", recordBytes: layout.size, options: {} },
      }),
    ).toEqual(values.map(([, u]) => [u]));
  });

  test("names a record that the end of the file cuts off", async () => {
    const cut = content.subarray(0, content.length - 1);
    const error = await errorOf(ask(cut, options));
    expect(error.code).toBe("ERR_RECORD_TRUNCATED");
    expect(error.range?.start).toBe(2 * layout.size);
    const { rows, bad } = await recordStats(files.make(cut), {
      ...options,
      onBad: "skip",
    });
    expect(rows.length).toBe(2);
    expect(bad.map(({ offset }) => offset)).toEqual([2 * layout.size]);
  });
});

describe("recordStats() of length-prefixed records", () => {
  const header = new Struct(">BH");
  const body = new Struct(">iH");
  const trailer = new Struct(">I");
  const description = {
    kind: "lengthPrefixed",
    options: {
      header: ">BH",
      names: ["kind", "length"],
      length: "length",
      trailer: ">I",
      checksum: "crc32",
    },
  } as const;

  function message(kind: number, value: number, extra = 0): Uint8Array {
    const payload = [...body.pack(value, kind), ...Array(extra).fill(0xee)];
    const front = [...header.pack(kind, payload.length), ...payload];
    const sum = checksum("crc32")(Uint8Array.from(front));
    return Uint8Array.from([...front, ...trailer.pack(sum)]);
  }

  const messages = [message(1, 10), message(2, -20, 5), message(1, 30)];
  const content = new Uint8Array(messages.flatMap((bytes) => [...bytes]));
  const options: RecordOptions = {
    framing: description,
    struct: ">iH",
    names: ["value", "again"],
  };

  test("has the fields of the header and of the payload", async () => {
    expect(lengthPrefixed(description.options).indexer?.kind).toBe("serial");
    expect(await ask(content, options)).toEqual([
      [1, 6, 10, 1],
      [2, 11, -20, 2],
      [1, 6, 30, 1],
    ]);
    expect(
      await ask(content, { ...options, groupBy: ["kind"], of: "value" }),
    ).toEqual([[1, 2, 40, 10, 30, 20], [2, 1, -20, -20, -20, -20]]);
    expect(await ask(content, { framing: description, select: "length" }))
      .toEqual([[6], [11], [6]]);
  });

  test("goes on behind a wrong checksum and a payload that is too short", async () => {
    const short = Uint8Array.from([...header.pack(9, 2), 1, 2]);
    const sum = checksum("crc32")(short);
    const wrong = message(7, 7);
    wrong[5] = 99;
    const bytes = Uint8Array.from([
      ...wrong,
      ...content,
      ...short,
      ...trailer.pack(sum),
      ...content,
    ]);
    const { rows, bad, badCount } = await recordStats(files.make(bytes), {
      ...options,
      onBad: "report",
    });
    expect(rows.map(([, , value]) => value)).toEqual([
      10,
      -20,
      30,
      10,
      -20,
      30,
    ]);
    expect(badCount).toBe(2);
    expect(bad.map(({ offset, code }) => [offset, code])).toEqual([
      [0, "ERR_CHECKSUM"],
      [wrong.length + content.length, "ERR_BAD_RECORD"],
    ]);
    expect(bad[1]?.reason).toContain("6 bytes: received 2");
  });

  test("ends at a length that cannot be, whatever is to be done about bad records", async () => {
    const framing = {
      ...description,
      options: { ...description.options, maxRecordBytes: content.length },
    };
    const hostile = Uint8Array.from([...content, 1, 0xff, 0xff, ...content]);
    const error = await errorOf(
      ask(hostile, { ...options, framing, onBad: "skip" }),
    );
    expect(error.code).toBe("ERR_RECORD_TOO_LONG");
    expect(error.range?.start).toBe(content.length);
  });

  test.each([1, 2, 12])(
    "counts a last record as bad that lacks %i bytes, wherever segments end",
    async (missing) => {
      // Longer than some segments, so that the cut is not in the first.
      const many = new Uint8Array(9000 * content.length);
      for (let i = 0; i < 9000; i++) many.set(content, i * content.length);
      const file = files.make(many.subarray(0, many.length - missing));
      const error = await errorOf(recordStats(file, options));
      expect(error.code).toBe("ERR_RECORD_TRUNCATED");
      const cut = many.length - message(1, 30).length;
      for (const workers of [1, 2]) {
        const { bad, records } = await recordStats(file, {
          ...options,
          aggregates: ["count"],
          onBad: "skip",
          workers,
          segmentBytes: 64 * 1024,
          inlineBytes: 0,
        });
        expect(records).toBe(3 * 9000 - 1);
        expect(bad.map(({ code, offset }) => [code, offset]))
          .toEqual([["ERR_RECORD_TRUNCATED", cut]]);
      }
    },
  );
});

describe("records that cannot be read", () => {
  test.each([
    ["x;1\ny\n", 4, "2 fields: received 1"],
    ["x;1\ny;2;3\n", 4, "2 fields: received 3"],
    ["x;1\ny;abc\n", 4, 'field "b" must be a number: received "abc"'],
    ["x;1\ny;\n", 4, 'field "b" must be a number: received nothing'],
    ["x;1\ny;1 \n", 4, 'must be a number: received "1 "'],
    ["x;1\ny;0x10\n", 4, 'must be a number: received "0x10"'],
  ])("stop the run: %j", async (content, offset, reason) => {
    const error = await errorOf(ask(content, { ...AB, where: "b > 0" }));
    expect(error.code).toBe("ERR_BAD_RECORD");
    expect(error.message).toContain(reason);
    expect(error.range?.start).toBe(offset);
    const summed = errorOf(ask(content, { ...AB, of: "b" }));
    expect((await summed).message).toBe(error.message);
    const { rows, bad, badCount, records } = await recordStats(
      files.make(`${content}z;3\n`),
      { ...AB, where: "b > 0", onBad: "skip" },
    );
    expect(rows).toEqual([["x", "1"], ["z", "3"]]);
    expect([badCount, records]).toEqual([1, 2]);
    expect(bad[0]).toMatchObject({ offset, reason: error.message });
  });

  test.each([
    ['"x";1\n"y"z;2\n', 6],
    ['x;1\ny"z";2\n', 4],
    ['x;1\n"y;2\n', 4],
    ['x;1\n"y";"2\n"\n', 4],
  ])("in quotes: %j", async (content, offset) => {
    const options = { ...AB, quote: true, where: "b > 0" };
    const error = await errorOf(ask(content, options));
    expect(error.range?.start).toBe(offset);
  });

  test("are looked at only where their fields are needed", async () => {
    expect(await ask("x;abc\n", { ...AB, select: "a" })).toEqual([["x"]]);
    expect(await ask("x;abc\n", { ...AB, where: 'a == "y" and b > 0' }))
      .toEqual([]);
  });

  test("that are too long are passed, or end the run", async () => {
    const long = "y".repeat(3000);
    const content = `x;1\n${long};2\nz;3\n`;
    const options = { ...AB, maxRecordBytes: 1000 };
    const error = await errorOf(ask(content, options));
    expect(error.code).toBe("ERR_RECORD_TOO_LONG");
    expect(error.range?.start).toBe(4);
    for (const quote of [undefined, true]) {
      const { rows, bad } = await recordStats(files.make(content), {
        ...options,
        quote,
        onBad: "skip",
      });
      expect(rows).toEqual([["x", "1"], ["z", "3"]]);
      expect(bad.map(({ offset, code }) => [offset, code]))
        .toEqual([[4, "ERR_RECORD_TOO_LONG"]]);
    }
    const quoted = `x;1\n"${long}\n";2\nz;3\n`;
    const { rows } = await recordStats(files.make(quoted), {
      ...options,
      quote: true,
      onBad: "skip",
    });
    expect(rows).toEqual([["x", "1"], ["z", "3"]]);
  });

  test("are kept up to a thousand, and all counted", async () => {
    const content = "bad\n".repeat(2500) + "x;1\n";
    const options = { ...AB, onBad: "report", aggregates: ["count"] } as const;
    const { bad, badCount, rows } = await recordStats(
      files.make(content),
      options,
    );
    expect([bad.length, badCount, rows]).toEqual([1000, 2500, [[1]]]);
    expect(bad.at(-1)?.offset).toBe(999 * 4);
  });
});

describe("rows", () => {
  const content = "b;2\na;10\nc;9\nd;x\n";

  test("are sorted by number where text is one, else by code points", async () => {
    const sorted = async (sort: string, top?: number) =>
      (await ask(content, { ...AB, sort, top })).map(([a]) => a).join("");
    expect(await sorted("a")).toBe("abcd");
    expect(await sorted("a:desc")).toBe("dcba");
    expect(await sorted("b")).toBe("bcad");
    expect(await sorted("b:desc", 2)).toBe("da");
    expect(await sorted("b:asc", 3)).toBe("bca");
  });

  test("of groups are sorted by keys, or by any column", async () => {
    const group = (more: RecordOptions) =>
      ask("b;2\na;1\nb;3\nc;4\n\uff5e;1\n🙂;1\n", {
        ...AB,
        of: "b",
        aggregates: ["count", "sum"],
        groupBy: ["a"],
        ...more,
      }).then((rows) => rows.map((row) => row[0]).join(""));
    expect(await group({})).toBe("abc\uff5e🙂");
    expect(await group({ sort: "a:desc" })).toBe("🙂\uff5ecba");
    expect(await group({ sort: "sum:desc", top: 2 })).toBe("bc");
    expect(await group({ top: 1 })).toBe("b");
    expect(await group({ top: 0 })).toBe("");
  });

  test("are the first of the file, and nothing behind them counts", async () => {
    const { rows, records, badCount, matched } = await recordStats(
      files.make("a;1\nb;0\nc;2\nbad\n"),
      { ...AB, where: "b > 0", head: 2 },
    );
    expect(rows).toEqual([["a", "1"], ["c", "2"]]);
    expect([records, badCount, matched]).toEqual([3, 0, 2]);
    expect(await ask(content, { ...AB, head: 0 })).toEqual([]);
    expect(await ask(content, { ...AB, head: 100 })).toHaveLength(4);
  });

  test("in CSV have quotes where they need them, and bytes as they were", async () => {
    const odd = Uint8Array.of(0x78, 0xff, 0x3b, 0x31, 0x0a);
    let bytes: number[] = [];
    for await (const rows of recordRows(files.make(odd), "csv", AB)) {
      bytes = [...bytes, ...rows.bytes];
    }
    expect(bytes).toEqual([0x78, 0xff, 0x2c, 0x31, 0x0a]);
    const quoted = '"a,b";1\n"c""d";2\n"e\nf";3\n;4\n';
    const text = await textOf(quoted, "csv", { ...AB, quote: true });
    expect(text).toBe('"a,b",1\n"c""d",2\n"e\nf",3\n,4\n');
    expect(await textOf(";1\n", "csv", { ...AB, select: "a" })).toBe('""\n');
  });

  test("in JSON are objects, with large integers as text", async () => {
    const text = await textOf('"q"";1\nü🙂;18446744073709551615\n', "json", {
      ...AB,
      select: "a, b, b + 0 as n, b / 0 as x, b > 5 as big",
    });
    expect(text.trimEnd().split("\n").map((line) => JSON.parse(line))).toEqual([
      { a: '"q""', b: "1", n: 1, x: "Infinity", big: false },
      {
        a: "ü🙂",
        b: "18446744073709551615",
        n: "18446744073709551615",
        x: "Infinity",
        big: true,
      },
    ]);
  });
});

describe("recordStats() refuses", () => {
  const wrong: [RecordOptions, string][] = [
    [{}, '"names" or a "header"'],
    [{ names: [] }, '"names" or a "header"'],
    [{ names: ["a", "a"] }, '"a" twice'],
    [{ names: ["a"], delimiter: "ab" }, "one ASCII character"],
    [{ names: ["a"], delimiter: "é" }, "one ASCII character"],
    [{ names: ["a"], delimiter: "\n" }, "no newline"],
    [{ names: ["a"], delimiter: '"', quote: true }, "must differ"],
    [{ struct: "<I", names: [] }, "1 name: received 0"],
    [{ struct: "<I", names: ["a"], quote: true }, 'beside "struct"'],
    [{ struct: "<5", names: [] }, "column 3"],
    [{ struct: "", names: [] }, "recordBytes"],
    [{ names: ["a"], structOffset: 1 }, 'beside "text"'],
    [{ names: ["a"], groupBy: ["b"] }, 'one of "a": received "b"'],
    [{ names: ["a"], aggregates: [] }, "received none"],
    [{ names: ["a"], aggregates: ["sum"] }, '"of" must name fields'],
    [{ names: ["a"], aggregates: ["count", "count"] }, "each once"],
    [{ names: ["a"], aggregates: ["median" as "mean"] }, "received median"],
    [{ names: ["a"], of: 'a == "x"' }, "list of numbers"],
    [{ names: ["a"], of: "a, a" }, '"a" twice'],
    [{ names: ["a"], select: "a, a" }, '"a" twice'],
    [{ names: ["a"], where: "b > 1" }, "column 1"],
    [{ names: ["a"], sort: "b" }, 'one of "a": received "b"'],
    [{ names: ["a"], top: 3 }, '"sort" must say'],
    [{ names: ["a"], head: -1 }, '"head" must be an integer'],
    [{ names: ["a"], top: 1.5, sort: "a" }, '"top" must be an integer'],
    [{ names: ["a"], of: "a", head: 1 }, '"head" must be left out'],
    [{ names: ["a"], of: "a", select: "a" }, '"select" must be left out'],
    [{ names: ["a"], onBad: "no" as "skip" }, "stop, skip or report"],
    [{ names: ["a"], of: "a", decimals: -1 }, '"decimals"'],
    [{ names: ["a"], maxRecordBytes: 0 }, "maxRecordBytes"],
  ];
  test.each(wrong)("%j", async (options, reason) => {
    const error = await ask("1\n", options).catch((error: unknown) => error);
    expect(
      error instanceof TypeError || error instanceof RangeError,
      `${error}`,
    )
      .toBe(true);
    expect(String(error)).toContain(reason);
    expect(String(error)).toMatch(/Cannot [^]*: received /);
  });
});
