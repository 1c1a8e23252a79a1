/** The names of fields in the first line of a stream. */
import { describe, expect, test } from "vitest";
import { DescriptorStream } from "../src/engine/feed.ts";
import { recordColumns } from "../src/record_stats.ts";
import { runCli, runShell } from "./run_cli.ts";

/** Reads of so many bytes each, of a stream of 0, 1, 2 ... */
function streamOf(...counts: readonly number[]): DescriptorStream {
  let read = 0, next = 0;
  return new DescriptorStream((target) => {
    const count = Math.min(counts[read++] ?? 0, target.length);
    for (let i = 0; i < count; i++) target[i] = next++;
    return Promise.resolve(count);
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

describe("DescriptorStream", () => {
  test("lookAhead() reads no more often than it must, and takes nothing away", async () => {
    const stream = streamOf(3, 4, 5, 4, 2);
    const first = await stream.lookAhead(2);
    expect([[...first.bytes], first.isAll]).toEqual([upTo(3), false]);
    const second = await stream.lookAhead(7);
    expect([[...second.bytes], second.isAll]).toEqual([upTo(7), false]);
    expect((await stream.lookAhead(1)).bytes.length).toBe(7);
    const target = new Uint8Array(new SharedArrayBuffer(16));
    expect(await stream.readFully(target)).toBe(16);
    expect([...target]).toEqual(upTo(16));
    const all = await stream.lookAhead(100);
    expect([[...all.bytes], all.isAll]).toEqual([[16, 17], true]);
  });

  test("peek() after lookAhead() has all of a short stream, and none of a long one", async () => {
    const short = streamOf(3, 4);
    await short.lookAhead(1);
    expect([...await short.peek(20) ?? []]).toEqual(upTo(7));
    const long = streamOf(9, 4);
    await long.lookAhead(1);
    expect(await long.peek(5)).toBeUndefined();
    const rest = new Uint8Array(new SharedArrayBuffer(20));
    expect(await long.readFully(rest)).toBe(13);
    expect([...rest.subarray(0, 13)]).toEqual(upTo(13));
    const exact = streamOf(5);
    expect(await exact.peek(5)).toBeUndefined();
  });
});

/** Runs on standard input. */
async function records(stdin: string | Uint8Array, ...args: string[]) {
  const { code, stdout, stderr } = await runCli(
    ["records", "-", "--header", "--csv", ...args],
    { stdin },
  );
  return [code, stdout, stderr];
}

const NONE =
  "process: -: cannot read the names of fields as there must be a line that is not empty: received none (ERR_BAD_RECORD)\n";

describe("process records - --header", () => {
  test("has its names from the first line", async () => {
    expect(await records("k,v\na,1\nb,2\na,3\n"))
      .toEqual([0, "k,v\na,1\nb,2\na,3\n", ""]);
    const group = ["--of", "v", "--agg", "sum", "--group-by", "k"];
    expect(await records("k,v\na,1\nb,2\na,3\n", ...group))
      .toEqual([0, "k,sum\na,4\nb,2\n", ""]);
    expect(await records("k,v\na,1\nb,2\na,3\n", "--sort", "v:desc"))
      .toEqual([0, "k,v\na,3\nb,2\na,1\n", ""]);
    expect(await records("k,v\na,1\n", "--names", "x,y", "--select", "y"))
      .toEqual([0, "y\n1\n", ""]);
  });

  test("behind a byte order mark and empty lines, in quotes, alone", async () => {
    const odd = '\ufeff\n\r\n"k;1";"v\nw"\r\na;"1"\n';
    expect(await records(odd, "--delimiter", ";", "--quote"))
      .toEqual([0, 'k;1,"v\nw"\na,1\n', ""]);
    expect(await records("k,v\n")).toEqual([0, "k,v\n", ""]);
    expect(await records("k,v")).toEqual([0, "k,v\n", ""]);
  });

  test("which may be long, or come slowly, and the run goes on behind it", async () => {
    const names = Array.from({ length: 12_000 }, (_, i) => `name${i}`);
    const long = `${names.join(",")}\n${names.map((_, i) => i).join(",")}\n`;
    expect(await records(long, "--select", "name11999"))
      .toEqual([0, "name11999\n11999\n", ""]);
    const slow = await runShell(
      `(printf k,; printf 'v\\na,'; printf '1\\n') | process records - --header --csv`,
    );
    expect([slow.code, slow.stdout]).toEqual([0, "k,v\na,1\n"]);
    const lines = Array.from({ length: 700_000 }, (_, i) => `${i % 3},${i}\n`);
    const [code, stdout] = await records(
      `k,v\n${lines.join("")}`,
      ...["--of", "v", "--agg", "count,max", "--group-by", "k"],
      ...["--workers", "2"],
    );
    expect([code, stdout]).toEqual([
      0,
      "k,count,max\n0,233334,699999\n1,233333,699997\n2,233333,699998\n",
    ]);
  });

  test("of a FIFO, which is opened once", async () => {
    const { code, stdout, stderr } = await runShell(
      `d=$(mktemp -d); mkfifo $d/f; (printf 'k,v\\na,1\\n' > $d/f) & ` +
        `process records $d/f --header --csv; code=$?; rm -r $d; exit $code`,
    );
    expect([code, stdout, stderr]).toEqual([0, "k,v\na,1\n", ""]);
  });

  test("fails in one line where there is none", async () => {
    expect(await records("")).toEqual([2, "", NONE]);
    expect(await records("\n\r\n\n")).toEqual([2, "", NONE]);
    expect(await records("", "--agg", "count")).toEqual([2, "", NONE]);
    expect(await records("", "--names", "a,b")).toEqual([0, "a,b\n", ""]);
    const [code, , stderr] = await records(
      "x".repeat(5000),
      ...["--max-record", "1KiB"],
    );
    expect([code, stderr]).toEqual([
      2,
      "process: -: cannot read the names of fields as they must not exceed 1,024 bytes: received more (ERR_RECORD_TOO_LONG)\n",
    ]);
  });

  test("tells of wrong options before it waits for the stream", async () => {
    const [code, , stderr] = await records("", "--delimiter", "ab");
    expect([code, stderr]).toEqual([
      2,
      'process: -: cannot read records as "delimiter" must be one ASCII character: received "ab" (usage)\n',
    ]);
  });
});

test("recordColumns() of a stream needs names", async () => {
  await expect(recordColumns("-", { header: true }))
    .rejects.toThrow(/must not be read twice: received no "names"/);
  const columns = await recordColumns("-", { header: true, names: ["a"] });
  expect(columns.map(({ name }) => name)).toEqual(["a"]);
});
