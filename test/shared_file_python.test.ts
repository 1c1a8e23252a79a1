/** A SharedFile against CPython's mmap: `fixtures/mmap_cases.py`. */
import * as fs from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SharedFile } from "../src/memory/shared_file.ts";
import type { View } from "../src/memory/view.ts";
import {
  committedCases,
  committedText,
  decode,
  type Decoded,
  type Encoded,
  freshCases,
  fromHex,
  generate,
} from "./python_oracle.ts";
import {} from "./temporary.ts";
import { temporaryFiles } from "./temporary_files.ts";

/** The numbers that the committed cases were made with. */
const SEED = 1;
const COUNT = 300;

/** A line of the generator, whose text says what is in it. */
interface MmapCase {
  readonly access: "read" | "write" | "copy";
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly steps: readonly (readonly Encoded[])[];
  readonly memory: string;
  readonly after: string;
}

const files = temporaryFiles();

/** What stands for Python's exceptions here. */
const EXCEPTIONS: Readonly<Record<string, unknown>> = {
  ValueError: expect.any(RangeError),
  IndexError: expect.any(RangeError),
  TypeError: expect.any(TypeError),
  BufferError: expect.objectContaining({ code: "ERR_BYTES_HELD" }),
};

type Arguments = readonly (number & Uint8Array)[];

/** Does to a SharedFile what the steps of a case say. */
class Player {
  readonly #file: SharedFile;
  #held: View | undefined;

  constructor(file: SharedFile) {
    this.#file = file;
  }

  /** @returns What Python returns. */
  play(name: string, args: Arguments): unknown {
    const file = this.#file;
    const [first, second, third, fourth] = args;
    switch (name) {
      case "find":
        return file.find(first!, second, third);
      case "rfind":
        return file.rfind(first!, second, third);
      case "read":
        return file.read(first);
      case "read_byte":
        return file.readByte();
      case "readline":
        return file.readLine();
      case "seek":
        return file.seek(first!, second as 0 | 1 | 2 | undefined);
      case "tell":
        return file.tell();
      case "write":
        return file.write(first!);
      case "write_byte":
        return file.writeByte(first!);
      case "move":
        return file.move(first!, second!, third!);
      case "size":
        return file.size();
      case "flush":
        return file.flush(first, second);
      case "resize":
        file.resize(first!);
        return void file.seek(0);
      case "hold":
        this.#held ??= file.view();
        return undefined;
      case "drop":
        this.#held?.release();
        this.#held = undefined;
        return undefined;
      default:
        return this.#playView(name, [first, second, third, fourth]);
    }
  }

  /** What Python does with brackets, a view does here. */
  #playView(
    name: string,
    [first, second, third, fourth]: readonly (Arguments[number] | undefined)[],
  ): unknown {
    using view = this.#file.view();
    switch (name) {
      case "get":
        return view.at(first!);
      case "put":
        return view.set(first!, second!);
      case "slice": {
        using slice = view.slice(first, second, third);
        return slice.toBytes();
      }
      case "put_slice":
        return view.setSlice(first!, second, third, fourth);
      default:
        throw new Error(`there is no step "${name}"`);
    }
  }
}

/** Numbers of Python as ours, which counts and bytes are. */
function plain(value: Decoded): unknown {
  if (typeof value === "bigint") return Number(value);
  return value === null ? undefined : value;
}

function outcomeOf(
  action: () => unknown,
): { value: unknown } | { error: unknown } {
  try {
    return { value: action() };
  } catch (error) {
    return { error };
  }
}

function expectedOf(result: Encoded): object {
  return typeof result === "string" && result.startsWith("!")
    ? { error: EXCEPTIONS[result.slice(1)] }
    : { value: plain(decode(result)) };
}

async function check(
  one: MmapCase,
  io: "map" | "preload",
  what: string,
): Promise<void> {
  const { access, offset, length } = one;
  const path = join(files.folder, "file");
  const start = new Uint8Array(offset);
  fs.writeFileSync(path, Buffer.concat([start, fromHex(one.file.slice(1))]));
  const options = length === 0 ? {} : { length };
  const file = await SharedFile.open(path, { access, io, offset, ...options });
  const player = new Player(file);
  one.steps.forEach(([name, ...rest], i) => {
    const args = rest.slice(0, -1).map((value) => plain(decode(value)));
    const outcome = outcomeOf(() =>
      player.play(String(name), args as unknown as Arguments)
    );
    expect(outcome, `${what}, step ${i}: ${name}(${rest.slice(0, -1)})`)
      .toEqual(expectedOf(rest.at(-1)!));
  });
  expect(Buffer.from(file.bytes.slice()).toString("hex"), what).toBe(
    one.memory.slice(1),
  );
  file.close();
  const after = fs.readFileSync(path).subarray(offset);
  expect(after.toString("hex"), what).toBe(one.after.slice(1));
}

for (const io of ["map", "preload"] as const) {
  test(`${io}: a SharedFile does what Python's mmap does, in the committed cases`, async () => {
    const cases = committedCases<MmapCase>("mmap_cases");
    expect(cases).toHaveLength(COUNT);
    for (const [i, one] of cases.entries()) await check(one, io, `case ${i}`);
  });
}

const fresh = freshCases<MmapCase>("mmap_cases", 100);

test.skipIf(fresh === undefined)(
  "a SharedFile does what Python's mmap does, in fresh cases",
  async () => {
    const { seed, cases } = fresh!;
    for (const [i, one] of cases.entries()) {
      const io = i % 2 === 0 ? "map" : "preload";
      await check(one, io, `seed ${seed}, case ${i}`);
    }
  },
);

test.skipIf(fresh === undefined)(
  "the committed cases are those that the generator makes",
  () => {
    expect(generate("mmap_cases", SEED, COUNT)).toBe(
      committedText("mmap_cases"),
    );
  },
);
