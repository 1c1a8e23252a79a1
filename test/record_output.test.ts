/** How numbers of results are written. */
import { describe, expect, test } from "vitest";
import type { CliOutput } from "../src/cli/io.ts";
import { rowPrinter } from "../src/cli/record_output.ts";
import type { RecordRow } from "../src/records/order.ts";
import type { RecordColumn } from "../src/records/query.ts";
import { rounds } from "./effort.ts";
import { seededRandom } from "./job_driver.ts";

async function print(
  format: "csv" | "json" | "table",
  columns: readonly RecordColumn[],
  rows: readonly RecordRow[],
): Promise<string> {
  let text = "";
  const output = {
    write: (part: string) => {
      text += part;
      return Promise.resolve();
    },
  } as unknown as CliOutput;
  const printer = rowPrinter(format, columns, output);
  await printer.begin();
  for (const row of rows) await printer.row(row);
  await printer.end();
  return text;
}

function column(name: string, decimals?: number): RecordColumn {
  return { name, type: "number", decimals };
}

describe("rowPrinter()", () => {
  test("writes decimals as toFixed does", async () => {
    const random = seededRandom(Math.floor(Math.random() * 2 ** 31));
    for (const decimals of [0, 1, 2, 5, 9, 12, 20]) {
      const values = [0, 0.05, -0.05, 0.5, -0.5, 1e20, 1e22, 123456789.125];
      for (let i = 0; i < rounds(300); i++) {
        const digits = Math.floor(random() * 17);
        const scaled = Math.round((random() - 0.5) * 10 ** digits);
        values.push(scaled / 10 ** decimals + 0, random() * 10 ** digits);
      }
      const rows = values.map((value) => [value]);
      const text = await print("csv", [column("x", decimals)], rows);
      const expected = values.map((value) => value.toFixed(decimals));
      expect(text.trimEnd().split("\n")).toEqual(["x", ...expected]);
    }
  });

  test("writes what is no finite number, and what there is none of", async () => {
    const columns = [column("a", 1), column('b"c'), column("d", 2)];
    const rows = [[NaN, null, 7], [-Infinity, 2n ** 64n, -0.25]];
    expect(await print("csv", columns, rows))
      .toBe('a,"b""c",d\nNaN,,7.00\n-Infinity,18446744073709551616,-0.25\n');
    expect(await print("json", columns, rows)).toBe(
      '{"a":"NaN","b\\"c":null,"d":7}\n' +
        '{"a":"-Infinity","b\\"c":"18446744073709551616","d":-0.25}\n',
    );
  });

  test("puts texts in quotes that need them, and writes a line of nothing", async () => {
    const columns = [{ ...column("a"), type: "text" as const }];
    const rows = [["a,b"], ['"'], ["x\ny"], [""], [true], [" "]];
    expect(await print("csv", columns, rows))
      .toBe('a\n"a,b"\n""""\n"x\ny"\n""\ntrue\n \n');
  });
});
