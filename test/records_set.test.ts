/** Fields of records that are set: in memory, against a naive model and Python's struct. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { ExpressionError } from "../src/records/expression/error.ts";
import { bindSet } from "../src/records/set_scan.ts";
import { rounds } from "./effort.ts";
import { seededRandom } from "./job_driver.ts";
import { queryOf, setInMemory, type SetRequest } from "./set_driver.ts";
import { setNaively, type SetTask } from "./set_oracle.ts";
import { Struct } from "../src/binary/struct.ts";
import { hasTool } from "./tools.ts";

const hasPython = hasTool("python3");

/** Sets one field of a record that is 0 otherwise. @returns Its bytes, or the text of the error. */
function setOne(
  format: string,
  expression: string,
  options: Partial<SetRequest> = {},
): number[] | string {
  const { size } = new Struct(format);
  try {
    const { bytes } = setInMemory(new Uint8Array(size), {
      struct: format,
      names: ["v"],
      set: [`v = ${expression}`],
      ...options,
    });
    return [...bytes];
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    return (error as Error).message;
  }
}

const BACKENDS = ["simd", "scalar"] as const;
const INTEGERS = "bBhHiIlLqQ";
const ORDERS = ["<", ">"];

/** Bits and sign of a code with standard sizes. */
function rangeOf(code: string): [min: bigint, max: bigint] {
  const bits = BigInt(8 * new Struct(`<${code}`).size);
  return code === code.toLowerCase()
    ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]
    : [0n, (1n << bits) - 1n];
}

const CODES = ORDERS.flatMap((order) =>
  [...INTEGERS].map((code) => order + code)
);

describe("setRecords stores integers", () => {
  test.each(CODES)(
    "of %s at the ends of their range, and no others",
    (code) => {
      const [min, max] = rangeOf(code.slice(1));
      const struct = new Struct(code);
      for (const value of [min, min + 1n, 0n, 1n, max - 1n, max]) {
        const packed = [...struct.pack(value)];
        expect(setOne(code, `${value}`), `${value}`).toEqual(packed);
      }
      for (const value of [min - 1n, max + 1n, max + 2n ** 64n]) {
        expect(setOne(code, `${value}`)).toBe(
          `Cannot set field "v" of the record at offset 0 as it must be an integer from ${min} to ${max}: received ${value}`,
        );
      }
    },
  );

  test.each(CODES)("of %s that start again at the other end", (code) => {
    const [min, max] = rangeOf(code.slice(1));
    const span = max - min + 1n;
    const struct = new Struct(code);
    for (const value of [min - 1n, max + 1n, max + 5n * span, -span, 1n]) {
      const wrapped = ((value - min) % span + span) % span + min;
      const packed = [...struct.pack(wrapped)];
      expect(setOne(code, `${value}`, { wraps: true })).toEqual(packed);
    }
  });

  test.each([
    ["1.5", "1.5"],
    ["0 / 0", "NaN"],
    ["1 / 0", "Infinity"],
    ["-1 / 0", "-Infinity"],
    ["1e300 * 1e300", "Infinity"],
  ])("but not %s", (expression, received) => {
    for (const code of ["<B", ">i", "<q", ">Q"]) {
      for (const wraps of [false, true]) {
        const text = setOne(code, expression, { wraps });
        expect(text).toContain("must be an integer from");
        expect(text).toContain(`received ${received}`);
      }
    }
  });

  test.each([
    ["round(2.5)", 3],
    ["round(-2.5)", -3],
    ["round(0.49999999999999994)", 0],
    ["round(-0.4)", 0],
    ["floor(-1.5)", -2],
    ["ceil(1.2)", 2],
    ["CEIL(-1.2)", -1],
    ["trunc(-1.9)", -1],
    ["round(7)", 7],
    ["floor(9007199254740993) - 9007199254740990", 3],
    ["6 / 2", 3],
    ["1 < 2", 1],
    ["not true", 0],
  ])("rounded by %s", (expression, value) => {
    expect(setOne("<h", expression)).toEqual([...new Struct("<h").pack(value)]);
    const long = [...new Struct(">q").pack(value)];
    expect(setOne(">q", expression)).toEqual(long);
  });

  test("of 64 bits from doubles beyond 2**53", () => {
    const packed = [...new Struct("<Q").pack(2n ** 63n)];
    expect(setOne("<Q", "9223372036854775808.0")).toEqual(packed);
    expect(setOne("<q", "9223372036854775808.0")).toContain("from -922337");
    const least = [...new Struct(">q").pack(-(2n ** 63n))];
    expect(setOne(">q", "-9223372036854775808.0")).toEqual(least);
  });
});

describe("setRecords stores floats", () => {
  test.each([
    ["<f", "0.1", 0.1],
    [">f", "-1e-46", -0],
    ["<f", "3.4028235677973362e38", 3.4028234663852886e38],
    ["<f", "1 / 0", Infinity],
    [">e", "65519.99", 65504],
    ["<e", "-1 / 0", -Infinity],
    ["<d", "1e308 * 10", Infinity],
    [">d", "18446744073709551617", 18446744073709551616],
    ["<d", "9007199254740993", 9007199254740992],
  ])("%s %s", (code, expression, value) => {
    expect(setOne(code, expression)).toEqual([...new Struct(code).pack(value)]);
  });

  test("that are NaN", () => {
    for (const code of ["<e", ">f", "<d"]) {
      const bytes = Uint8Array.from(setOne(code, "0 / 0") as number[]);
      expect([...bytes]).toEqual([...new Struct(code).pack(NaN)]);
    }
  });

  test.each([
    ["<f", "3.4028235677973366e38", "3.4028234663852886e+38"],
    ["<f", "-1e39", "3.4028234663852886e+38"],
    [">e", "65520", "65504"],
    ["<e", "9007199254740993", "65504"],
    ["<d", `1${"0".repeat(400)}`, "1.7976931348623157e+308"],
  ])("but not %s %s", (code, expression, max) => {
    const rule = `as it must be a number from -${max} to ${max}: received `;
    expect(setOne(code, expression)).toContain(rule);
  });
});

describe("setRecords stores truths and texts", () => {
  test.each([
    ["?", "1 < 2", [1]],
    ["?", "false", [0]],
    ["4s", '"ab"', [97, 98, 0, 0]],
    ["4s", '"Ä12"', [195, 132, 49, 50]],
    ["4s", '""', [0, 0, 0, 0]],
    ["c", '"x"', [120]],
    ["4p", '"abc"', [3, 97, 98, 99]],
    ["4p", '"a"', [1, 97, 0, 0]],
    ["1p", '""', [0]],
  ])("%s %s", (code, expression, bytes) => {
    const filled = new Uint8Array(new Struct(code).size).fill(0xee);
    const request = { struct: code, names: ["v"], set: [`v=${expression}`] };
    expect([...setInMemory(filled, request).bytes]).toEqual(bytes);
  });

  test.each([
    ["4s", '"abcde"', 'at most 4 bytes: received 5, "abcde"'],
    ["3s", '"Ä12"', "at most 3 bytes: received 4"],
    ["c", '""', "must have 1 byte: received 0, nothing"],
    ["c", '"ab"', 'must have 1 byte: received 2, "ab"'],
    ["4p", '"abcd"', "at most 3 bytes: received 4"],
    ["300p", `"${"x".repeat(256)}"`, "at most 255 bytes: received 256"],
  ])("but not %s %s", (code, expression, text) => {
    expect(setOne(code, expression)).toContain(text);
  });
});

test.runIf(hasPython)("setRecords stores what Python's struct packs", () => {
  const cases: [code: string, text: string][] = [];
  for (const order of ORDERS) {
    for (const code of INTEGERS) {
      const [min, max] = rangeOf(code);
      for (const value of [min, max, 0n, 77n]) {
        cases.push([order + code, `${value}`]);
      }
    }
    for (const code of "efd") {
      for (const value of ["0.1", "-2.5e-8", "65504", "1e-40", "3"]) {
        cases.push([order + code, value]);
      }
    }
  }
  const script = "import json,struct,sys\n" +
    "for code,text in json.load(sys.stdin):\n" +
    "  value=(int if '.' not in text and 'e' not in text else float)(text)\n" +
    "  print(struct.pack(code,value).hex())";
  const python = spawnSync("python3", ["-c", script], {
    input: JSON.stringify(cases.filter(fitsPython)),
    encoding: "utf8",
  });
  expect(python.stderr).toBe("");
  const lines = python.stdout.trim().split("\n");
  cases.filter(fitsPython).forEach(([code, text], i) => {
    const bytes = setOne(code, text);
    expect(Buffer.from(bytes as number[]).toString("hex"), `${code} ${text}`)
      .toBe(lines[i]);
  });
});

function fitsPython([code, text]: [string, string]): boolean {
  return code.slice(1) !== "e" || Math.abs(Number(text)) <= 65504;
}

describe("setRecords computes", () => {
  test("all values from what the record held before", () => {
    const struct = new Struct("<ii4s4s");
    const text = (value: string) => new TextEncoder().encode(value);
    const content = struct.pack(1, 2, text("ab"), text("xyz"));
    const { bytes, counts } = setInMemory(content, {
      struct: "<ii4s4s",
      names: ["a", "b", "s", "t"],
      set: ["a = b, b = a + b", "s = t", "t = s"],
    });
    expect([...bytes])
      .toEqual([...struct.pack(2, 3, text("xyz"), text("ab"))]);
    expect(counts).toMatchObject({ changed: 1, edits: 4 });
  });

  test("the condition from what the record held before", () => {
    const content = Uint8Array.of(1, 2, 3, 4);
    const { bytes, counts } = setInMemory(content, {
      struct: "B",
      names: ["v"],
      where: "v % 2 == 0",
      set: ["v = v + 1"],
    });
    expect([...bytes]).toEqual([1, 3, 3, 5]);
    expect(counts.tally).toMatchObject({ records: 4, matched: 2 });
  });

  test("fields of names with other letters", () => {
    const { bytes } = setInMemory(Uint8Array.of(7, 9), {
      struct: "BB",
      names: ["unit price", "and"],
      set: ["`unit price` = `and` - 1"],
    });
    expect([...bytes]).toEqual([8, 9]);
  });
});

describe("setRecords counts", () => {
  test("only what is another", () => {
    const content = Uint8Array.of(1, 0, 2, 0, 0xff, 0);
    const request = { struct: "<H", names: ["v"], set: ["v = 1"] };
    const { counts } = setInMemory(content, request);
    expect(counts).toMatchObject({ changed: 2, edits: 2, bytesChanged: 2 });
  });

  test.each([1, 2, 4, 8, 3])("bytes of fields of %d", (byteLength) => {
    const random = seededRandom(byteLength);
    const code = { 1: "B", 2: "H", 4: "I", 8: "Q", 3: "3s" }[byteLength]!;
    for (let round = 0; round < 200; round++) {
      const old = Uint8Array.from(
        { length: byteLength },
        () => random() < 0.3 ? 0 : 128 * Math.floor(3 * random() + 0.5) & 255,
      );
      const next = old.map((byte) => random() < 0.5 ? byte : byte ^ 0x10);
      const both = Uint8Array.of(...old, ...next);
      const { counts, bytes } = setInMemory(both, {
        struct: `<${code}${code}`,
        names: ["a", "b"],
        set: ["a = b"],
      });
      const differing = old.filter((byte, i) => byte !== next[i]).length;
      expect(counts.bytesChanged).toBe(differing);
      expect([...bytes]).toEqual([...next, ...next]);
    }
  });
});

describe("setRecords refuses", () => {
  test.each([
    ["v", 2, '"="'],
    ["v == 1", 3, '"="'],
    ["3 = v", 1, "a name"],
    ["x = 1", 1, '"v", "s", "t"'],
    ["v = ", 5, "a value"],
    ["v = x", 5, "one of the fields"],
    ["v = 1, v = 2", 8, "set once"],
    ["v = s", 5, "a number"],
    ['v = 1 + "a"', 9, "numbers"],
    ["s = v", 5, "text"],
    ["t = 1", 5, "a truth value"],
    ["v = sqrt(v)", 5, '"round", "floor", "ceil", "trunc"'],
    ["v = round(s)", 11, "round()"],
    ["v = 1,", 7, "a name"],
  ])("%s", (set, column, text) => {
    const query = queryOf({
      struct: "B4s?",
      names: ["v", "s", "t"],
      set: [set],
    });
    try {
      bindSet(query, new SharedArrayBuffer(0));
    } catch (error) {
      expect(error).toBeInstanceOf(ExpressionError);
      expect((error as ExpressionError).column).toBe(column);
      expect((error as Error).message).toContain(text);
      return;
    }
    throw new Error("nothing was thrown");
  });

  test("a field that is set in two texts", () => {
    const query = queryOf({
      struct: "B",
      names: ["v"],
      set: ["v = 1", "v = 1"],
    });
    expect(() => bindSet(query, new SharedArrayBuffer(0))).toThrow("set once");
  });
});

test("setRecords refuses texts that are no assignments, and says where", () => {
  const words = ["v", "s", "=", "==", ",", "+", "-", "*", "(", ")", "1", "0x"];
  words.push(
    "1.5",
    '"a"',
    "'",
    "`v`",
    "round",
    "not",
    "and",
    "as",
    " ",
    "\u{1f642}",
  );
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = seededRandom(seed);
  let fitting = 0;
  for (let round = 0; round < rounds(6000); round++) {
    const tail = Array.from(
      { length: 1 + Math.floor(random() * 9) },
      () => words[Math.floor(random() * words.length)],
    ).join("");
    const text = random() < 0.5 ? `v=${tail}` : tail;
    const query = queryOf({ struct: "d4s", names: ["v", "s"], set: [text] });
    try {
      bindSet(query, new SharedArrayBuffer(0));
      fitting++;
    } catch (error) {
      const told = `seed ${seed}: ${text}`;
      expect(error, told).toBeInstanceOf(ExpressionError);
      const { column } = error as ExpressionError;
      expect(column, told).toBeGreaterThan(0);
      expect(column, told).toBeLessThanOrEqual([...text].length + 1);
    }
  }
  expect(fitting).toBeGreaterThan(0);
});

describe("setRecords tells the first failure of the file", () => {
  test("whatever the order of segments", () => {
    const content = new Uint8Array(4096).fill(1);
    for (const at of [4000, 2000, 1234]) content[at] = 255;
    for (let seed = 0; seed < rounds(60); seed++) {
      const run = () =>
        setInMemory(content, {
          struct: "B",
          names: ["v"],
          set: ["v = v + 1"],
          segmentBytes: 256,
          random: seededRandom(seed),
        });
      expect(run).toThrow(
        'Cannot set field "v" of the record at offset 1,234 as it must be an integer from 0 to 255: received 256',
      );
    }
  });

  test("or the record in front of it that is cut off", () => {
    const content = new Uint8Array(1001);
    const options = { struct: "H", names: ["v"], set: ["v = v + 1"] };
    expect(() => setInMemory(content, options)).toThrow("offset 1,000");
    const { bytes, counts } = setInMemory(content, {
      ...options,
      onBad: "skip",
    });
    expect(counts.tally).toMatchObject({ records: 500, badCount: 1 });
    expect(bytes[1000]).toBe(0);
    expect(bytes.filter((byte) => byte === 1)).toHaveLength(500);
  });
});

describe("setRecords shows", () => {
  test("the first edits of the file, whatever the order of segments", () => {
    const content = Uint8Array.from({ length: 512 }, (_, i) => i & 7);
    for (let seed = 0; seed < rounds(30); seed++) {
      const { counts } = setInMemory(content, {
        struct: "BB",
        names: ["a", "b"],
        set: ["b = a", "a = 4"],
        shown: 5,
        segmentBytes: 64,
        random: seededRandom(seed),
      });
      const shown = counts.shown.map((edit) => [
        edit.offset,
        edit.field,
        edit.old[0],
        edit.new[0],
      ]);
      expect(shown).toEqual([
        [1, "b", 1, 0],
        [0, "a", 0, 4],
        [3, "b", 3, 2],
        [2, "a", 2, 4],
        [5, "b", 5, 4],
      ]);
      expect(counts.edits).toBe(256 + 192);
    }
  });
});

describe("setRecords leaves to the general path what the kernel does not do", () => {
  test.each(BACKENDS)("%s", (backend) => {
    for (const format of ["<d", ">d", "<f", ">f"]) {
      const struct = new Struct(format);
      const values = [1, NaN, Infinity, 2, -Infinity, NaN, NaN, 3, -0];
      const content = Buffer.concat(values.map((value) => struct.pack(value)));
      // Another NaN than that of Python.
      content.fill(0xff, 5 * struct.size, 6 * struct.size);
      const { bytes, counts } = setInMemory(content, {
        struct: format,
        names: ["v"],
        set: ["v = v * -2"],
        where: "v != 3",
        backend,
      });
      const expected = values.map((v) => struct.pack(v === 3 ? v : v * -2));
      expect([...bytes], format).toEqual([...Buffer.concat(expected)]);
      expect(counts.tally).toMatchObject({ records: 9, matched: 8 });
      expect(counts.changed).toBe(6);
    }
  });
});

describe("setRecords agrees with a naive model", () => {
  test("for random formats, values and expressions", () => {
    agree(rounds(1500), false);
  });

  test("for those of the fast loops", () => {
    agree(rounds(1500), true);
  });
});

function agree(cases: number, simple: boolean): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  let fitting = 0;
  for (let round = 0; round < cases; round++) {
    const task: SetTask = setNaively(seededRandom(seed + round), simple);
    const told = `seed ${seed + round}: ${JSON.stringify(task.request)}`;
    const random = seededRandom(round);
    const request = {
      ...task.request,
      segmentBytes: 1 + Math.floor(random() * task.content.length),
      random,
      backend: BACKENDS[round % 2]!,
    };
    if (task.failure !== undefined) {
      expect(() => setInMemory(task.content, request), told)
        .toThrow(task.failure);
      continue;
    }
    const { bytes, counts } = setInMemory(task.content, request);
    expect(Buffer.from(bytes).equals(task.expected), told).toBe(true);
    expect(counts.tally.matched, told).toBe(task.matched);
    expect(counts.changed, told).toBe(task.changed);
    expect(counts.bytesChanged, told).toBe(task.bytesChanged);
    fitting++;
  }
  expect(fitting).toBeGreaterThan(cases / 10);
}
