/** updateRecords(): fields of records that are set in files, however that is carried out. */
import * as fs from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { Engine } from "../src/engine.ts";
import { undoPatch } from "../src/patch_file.ts";
import { withSession } from "../src/patch/session.ts";
import { recordStats } from "../src/record_stats.ts";
import {
  updateRecords,
  type UpdateRecordsOptions,
} from "../src/update_records.ts";
import { spread } from "./effort.ts";
import { seededBytes, seededRandom } from "./job_driver.ts";
import { setInMemory, type SetRequest } from "./set_driver.ts";
import { temporaryFiles } from "./temporary_files.ts";

const files = temporaryFiles();
const KIB = 1024;

/** Workers that all tests share: to start them is what takes time. */
const engine = new Engine();
afterAll(() => engine.close());

const DURABILITIES = ["journal", "copy", "none"] as const;
const MODES = ["stream", "map", "preload"] as const;

/** Ways to run that must not matter. */
const WAYS: readonly Partial<UpdateRecordsOptions>[] = DURABILITIES.flatMap(
  (durability) =>
    MODES.flatMap((io) =>
      [1, 3].map((workers) => ({
        durability,
        io,
        workers,
        inlineBytes: workers === 1 ? undefined : 0,
      }))
    ),
);

/** Sets fields in a file. @returns What it then holds. */
async function setInFile(
  content: Uint8Array,
  options: UpdateRecordsOptions,
): Promise<{
  readonly bytes: Uint8Array;
  readonly result: Awaited<ReturnType<typeof updateRecords>>;
}> {
  const path = files.make(content);
  const result = await updateRecords(path, { ...options, engine });
  return { bytes: fs.readFileSync(path), result };
}

/** Names of the file's folder that begin as it does: what a patch leaves behind lies there. */
function leftovers(path: string): string[] {
  const name = path.slice(files.folder.length + 1);
  return fs.readdirSync(files.folder).filter((other) =>
    other !== name && other.includes(`${name}.`) || other.includes(`.${name}`)
  );
}

describe("updateRecords() gives the same", () => {
  const cases: [name: string, request: SetRequest, byteLength: number][] = [
    ["records of 32 bytes", {
      struct: "<IIdQ8x",
      names: ["id", "kind", "value", "ts"],
      set: ["kind = id % 7, ts = ts / 2 - ts / 2 + id"],
      where: "kind % 2 == 0",
    }, 300 * KIB],
    ["records that segments cut", {
      struct: ">HB7sI",
      names: ["a", "b", "c", "d"],
      set: ["a = b", "d = a", 'c = "new"'],
      where: "d % 3 == 1",
    }, 14 * 20_000],
    ["records longer than a segment", {
      struct: "<Q99992x",
      names: ["a"],
      set: ["a = 12345678901234567890"],
    }, 500_000],
  ];
  for (const [name, request, byteLength] of cases) {
    test.each(spread(WAYS))(`for ${name} with %o`, async (way) => {
      const content = seededBytes(byteLength, byteLength);
      const expected = setInMemory(content, request);
      const { bytes, result } = await setInFile(content, {
        ...request,
        segmentBytes: 64 * KIB,
        ...way,
      });
      expect(Buffer.compare(bytes, expected.bytes)).toBe(0);
      const { tally, changed, edits, bytesChanged } = expected.counts;
      expect(result).toMatchObject({
        records: tally.records,
        matched: tally.matched,
        changed,
        edits,
        bytesChanged,
        durability: way.durability,
        dryRun: false,
      });
    });
  }
});

const TRADES = { struct: "<Ii", names: ["id", "v"] };

function trades(count: number): Uint8Array {
  const words = Int32Array.from({ length: 2 * count }, (_, i) => i >> 1);
  return new Uint8Array(words.buffer);
}

describe("updateRecords() leaves the file as it was", () => {
  test.each(["journal", "copy", "auto"] as const)(
    "where a value does not fit, with %s",
    async (durability) => {
      const content = trades(50_000);
      const path = files.make(content);
      const { mtimeMs } = fs.statSync(path);
      const update = updateRecords(path, {
        ...TRADES,
        set: "v = 2147453647 + v",
        durability,
        workers: 3,
        inlineBytes: 0,
        engine,
        segmentBytes: 64 * KIB,
      });
      await expect(update).rejects.toMatchObject({
        code: "ERR_VALUE_RANGE",
        message: 'Cannot set field "v" of the record at offset 240,008 as ' +
          "it must be an integer from -2147483648 to 2147483647: received 2147483648",
        range: { start: 240_008, end: 240_016 },
      });
      expect(fs.statSync(path).mtimeMs).toBe(mtimeMs);
      expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
      expect(leftovers(path)).toEqual([]);
    },
  );

  test("in a dry run, which shows the first edits", async () => {
    const content = trades(20_000);
    const path = files.make(content);
    const options = {
      ...TRADES,
      set: "v = v * 2",
      dryRun: true,
      inlineBytes: 0,
      workers: 3,
      engine,
      segmentBytes: 64 * KIB,
    };
    const result = await updateRecords(path, { ...options, shown: 2 });
    expect(result).toMatchObject({
      records: 20_000,
      changed: 19_999,
      edits: 19_999,
      dryRun: true,
      undoKept: false,
    });
    expect(result.shown).toEqual([
      {
        offset: 12,
        field: "v",
        from: 1,
        to: 2,
        old: Uint8Array.of(1, 0, 0, 0),
        new: Uint8Array.of(2, 0, 0, 0),
      },
      {
        offset: 20,
        field: "v",
        from: 2,
        to: 4,
        old: Uint8Array.of(2, 0, 0, 0),
        new: Uint8Array.of(4, 0, 0, 0),
      },
    ]);
    expect((await updateRecords(path, options)).shown).toHaveLength(20);
    expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
    expect(leftovers(path)).toEqual([]);
  });

  test("where nothing matches, or nothing becomes another", async () => {
    const content = trades(1000);
    const path = files.make(content);
    const { mtimeMs } = fs.statSync(path);
    const options = { ...TRADES, set: "v = v", keepUndo: true };
    const same = await updateRecords(path, options);
    expect(same).toMatchObject({ matched: 1000, changed: 0, bytesChanged: 0 });
    expect(same.undoKept).toBe(false);
    const none = await updateRecords(path, { ...options, where: "v < 0" });
    expect(none).toMatchObject({ matched: 0, changed: 0 });
    expect(fs.statSync(path).mtimeMs).toBe(mtimeMs);
  });

  test("where another process has it locked", async () => {
    const path = files.make(trades(10));
    await withSession(path, "write", {}, async () => {
      const update = updateRecords(path, { ...TRADES, set: "v = 1" });
      await expect(update).rejects.toMatchObject({ code: "ERR_LOCKED" });
    });
  });
});

describe("updateRecords() keeps the file from being lost", () => {
  test("by a journal for few changes, by a copy for many", async () => {
    const content = trades(200_000);
    const options = { ...TRADES, set: "v = v + 1" };
    const few = await setInFile(content, { ...options, where: "id == 77" });
    expect(few.result).toMatchObject({ durability: "journal", changed: 1 });
    const many = await setInFile(content, options);
    expect(many.result).toMatchObject({ durability: "copy", changed: 200_000 });
    const { bytes } = setInMemory(content, { ...options, set: ["v = v + 1"] });
    expect(Buffer.compare(many.bytes, bytes)).toBe(0);
  });

  test.each(["journal", "copy"] as const)(
    "and takes it back after %s",
    async (durability) => {
      const content = trades(5000);
      const path = files.make(content);
      const { undoKept } = await updateRecords(path, {
        ...TRADES,
        set: "v = -v",
        durability,
        keepUndo: true,
      });
      expect(undoKept).toBe(true);
      expect(Buffer.compare(fs.readFileSync(path), content)).not.toBe(0);
      await undoPatch(path);
      expect(Buffer.compare(fs.readFileSync(path), content)).toBe(0);
    },
  );
});

describe("updateRecords() of text", () => {
  const lines = "name;temp\r\nOslo;12.5\r\n\r\nRome;31.0\r\nBari;-9.9";

  test.each(spread(WAYS))("takes what is as long, with %o", async (way) => {
    const { bytes, result } = await setInFile(new TextEncoder().encode(lines), {
      delimiter: ";",
      header: true,
      set: ['name = "Lima"', "temp = temp - 0.5"],
      where: 'name == "Rome" or temp > 20',
      ...way,
    });
    // 30.5 is as long as 31.0.
    expect(Buffer.from(bytes).toString()).toBe(
      lines.replace("Rome;31.0", "Lima;30.5"),
    );
    expect(result).toMatchObject({ records: 3, matched: 1, edits: 2 });
  });

  test.each([
    ["temp = temp - 1", "must have 4 bytes, as it has now: received 2"],
    ['name = "Paris"', 'received 5, "Paris"'],
    ['name = "a;bc"', "must hold no delimiter, quote or line end"],
    ["temp = temp / 0", "must be a finite number: received Infinity"],
  ])("but not %s", async (set, text) => {
    const path = files.make(lines);
    const options = { delimiter: ";", header: true, set, where: "temp > 20" };
    await expect(updateRecords(path, options)).rejects.toMatchObject({
      code: "ERR_VALUE_RANGE",
      message: expect.stringMatching(/at offset 24 as .*/),
    });
    await expect(updateRecords(path, options)).rejects.toThrow(text);
    expect(fs.readFileSync(path, "utf8")).toBe(lines);
  });

  test("in quotes, which stay", async () => {
    const text = '1,"a,b",x\n2,"c\nd",y\n3,"e""f",z\n';
    const options = { names: ["n", "t", "u"], quote: true };
    const { bytes } = await setInFile(new TextEncoder().encode(text), {
      ...options,
      set: 't = "###"',
      where: "n < 3",
    });
    expect(Buffer.from(bytes).toString())
      .toBe('1,"###",x\n2,"###",y\n3,"e""f",z\n');
    const path = files.make(text);
    for (const where of [undefined, 't == "e\\"f"']) {
      const update = updateRecords(path, {
        ...options,
        set: 't = "###"',
        where,
      });
      await expect(update).rejects.toThrow("no doubled quotes");
    }
  });

  test("leaves records that are no numbers as they are, or stops", async () => {
    const text = "1;2\nx;3\n4;5\n";
    const options = { delimiter: ";", names: ["a", "b"], set: "b = a" };
    const path = files.make(text);
    const update = updateRecords(path, { ...options, set: "b = a + 2" });
    await expect(update).rejects.toMatchObject({ code: "ERR_BAD_RECORD" });
    const result = await updateRecords(path, {
      ...options,
      set: "b = a + 2",
      onBad: "skip",
    });
    expect(result).toMatchObject({ records: 2, badCount: 1, changed: 2 });
    expect(fs.readFileSync(path, "utf8")).toBe("1;3\nx;3\n4;6\n");
  });
});

describe("updateRecords() of length-prefixed records", () => {
  const framing = {
    kind: "lengthPrefixed",
    options: { header: ">BH", names: ["kind", "size"], length: "size" },
  } as const;
  const random = seededRandom(5);
  const messages = Array.from({ length: 30_000 }, (_, i) => {
    const payload = 4 + Math.floor(random() * 20);
    const bytes = new Uint8Array(3 + payload);
    const view = new DataView(bytes.buffer);
    view.setUint8(0, i % 5);
    view.setUint16(1, payload);
    view.setInt32(3, i);
    return bytes;
  });
  const options = { struct: ">i", names: ["v"], framing };

  test.each(spread(WAYS))("sets header and payload with %o", async (way) => {
    const content = Buffer.concat(messages);
    const { bytes, result } = await setInFile(content, {
      ...options,
      set: ["v = -v", "kind = 9"],
      where: "kind == 3",
      segmentBytes: 64 * KIB,
      ...way,
    });
    const expected = Buffer.concat(messages.map((message) => {
      if (message[0] !== 3) return message;
      const next = Buffer.from(message);
      next[0] = 9;
      next.writeInt32BE(-next.readInt32BE(3), 3);
      return next;
    }));
    expect(Buffer.compare(bytes, expected)).toBe(0);
    expect(result).toMatchObject({ matched: 6000, edits: 12_000 });
  });

  test("but not their lengths, nor what a checksum covers", async () => {
    const path = files.make(messages[0]!);
    await expect(updateRecords(path, { ...options, set: "size = 1" })).rejects
      .toThrow("the length of its record");
    const checked = {
      ...framing,
      options: { ...framing.options, trailer: ">H", checksum: "crc16-arc" },
    } as const;
    const update = updateRecords(path, {
      ...options,
      framing: checked,
      set: "v = 1",
    });
    await expect(update).rejects.toThrow("must have no checksum");
  });
});

describe("updateRecords() refuses", () => {
  test("what is no file that can be written in place", async () => {
    const options = { ...TRADES, set: "v = 1" };
    await expect(updateRecords("-", options)).rejects.toThrow("a stream");
    await expect(updateRecords(files.folder, options)).rejects
      .toMatchObject({ code: "EISDIR" });
    await expect(updateRecords(`${files.folder}/none`, options)).rejects
      .toMatchObject({ code: "ENOENT" });
  });

  test("options that are none", async () => {
    const path = files.make(trades(1));
    // What types would tell at once.
    const wrong = (options: object) =>
      updateRecords(path, { ...TRADES, set: "v = 1", ...options });
    await expect(wrong({ set: 5 })).rejects.toThrow('"set" must be a text');
    await expect(wrong({ set: [] })).rejects.toThrow('"set" must be a text');
    await expect(wrong({ onBad: "so" })).rejects.toThrow('"onBad" must be');
    await expect(wrong({ durability: "so" })).rejects.toThrow("journal");
    await expect(wrong({ workers: 0 })).rejects.toThrow("workers");
    await expect(wrong({ where: "v" })).rejects.toThrow("comparison");
    await expect(wrong({ durability: "none", keepUndo: true })).rejects
      .toThrow("journal or copy");
  });

  test("nothing of an empty file", async () => {
    const { result } = await setInFile(new Uint8Array(0), {
      ...TRADES,
      set: "v = 1",
    });
    expect(result).toMatchObject({ records: 0, changed: 0, edits: 0 });
  });
});

test("updateRecords() of what recordStats() then reads", async () => {
  const path = files.make(trades(1000));
  await updateRecords(path, { ...TRADES, set: "v = round(v * 1.1)" });
  const { rows } = await recordStats(path, {
    ...TRADES,
    aggregates: ["sum"],
    of: "v",
  });
  const expected = Array.from({ length: 1000 }, (_, v) => Math.round(v * 1.1));
  expect(rows).toEqual([[expected.reduce((sum, v) => sum + v, 0)]]);
});
