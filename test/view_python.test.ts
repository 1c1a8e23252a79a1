/** A View against CPython's memoryview: `fixtures/memoryview_cases.py`. */
import { describe, expect } from "vitest";
import type { ElementValue } from "../src/binary/element.ts";
import { nativeSizes } from "../src/binary/native_sizes.ts";
import { type AnyView, type ElementOrder, View } from "../src/memory/view.ts";
import {
  decode,
  type Decoded,
  type Encoded,
  fromHex,
  testAgainstPython,
} from "./python_oracle.ts";

/** How many committed cases there are. */
const COUNT = 2200;

/** [operation, argument..., result] */
type Step = readonly Encoded[];

/** [bytes, whether they are read-only, step..., bytes afterwards] */
type ViewCase = readonly [string, boolean, ...Step[], string];

/** Whether formats have the sizes of the machine that made the committed cases. */
const asCommitted = nativeSizes().long === 8;

describe.runIf(asCommitted)("View agrees with Python's memoryview", () => {
  testAgainstPython<ViewCase>(
    { name: "memoryview_cases", committed: COUNT, fresh: 1500 },
    (one, i, where) => expectAsPython(one, i, where || "committed"),
  );
});

/** What stands for Python's exceptions. A wrong format is a wrong type here, as it is a string there. */
const CLASSES: Readonly<Record<string, readonly unknown[]>> = {
  "!TypeError": [TypeError],
  "!NotImplementedError": [TypeError],
  "!IndexError": [RangeError],
  "!ValueError": [RangeError],
  "cast!ValueError": [TypeError, RangeError],
  "setSlice!ValueError": [TypeError, RangeError],
  "setOwn!ValueError": [TypeError, RangeError],
};

function expectAsPython(one: ViewCase, index: number, where: string): void {
  const before = fromHex(one[0].slice(1));
  const memory = place(before, index);
  const player = new Player(
    View.over(memory, { readonly: one[1] }),
    index % 2 === 0,
  );
  for (const step of one.slice(2, -1) as Step[]) {
    const received = outcome(() => player.play(step));
    if (isAsExpected(step, received)) continue;
    expect.fail(
      `${where}, case ${index}, ${JSON.stringify(one)}:\n${
        JSON.stringify(step)
      } gives ${show(received)}`,
    );
  }
  const after = `x${new View(memory).hex()}`;
  expect(after, `${where}, case ${index}: memory`).toBe(one.at(-1));
}

/** Bytes in memory that is shared or not, aligned or not. */
function place(bytes: Uint8Array, index: number): Uint8Array {
  const offset = [0, 8, 1, 4][index % 4] ?? 0;
  const length = offset + bytes.length + 8;
  const buffer = index % 3 === 0
    ? new SharedArrayBuffer(length)
    : new ArrayBuffer(length);
  const memory = new Uint8Array(buffer, offset, bytes.length);
  memory.set(bytes);
  return memory;
}

function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}

function isAsExpected(step: Step, received: unknown): boolean {
  const expected = step.at(-1) ?? null;
  if (typeof expected === "string" && expected.startsWith("!")) {
    const classes = CLASSES[`${step[0]}${expected}`] ?? CLASSES[expected];
    return classes?.includes((received as Error | undefined)?.constructor) ??
      false;
  }
  const attributes = step[0] === "attributes" ? step.slice(1) : expected;
  return isSame(received ?? null, decode(attributes as Encoded));
}

/** Whether a value is the one that Python has: 8-byte integers are bigints, others numbers. */
function isSame(received: unknown, expected: Decoded): boolean {
  if (Array.isArray(expected)) {
    return Array.isArray(received) && received.length === expected.length &&
      expected.every((one, i) => isSame(received[i], one));
  }
  if (expected instanceof Uint8Array) {
    return received instanceof Uint8Array &&
      new View(received).hex() === new View(expected).hex();
  }
  if (typeof expected === "bigint" && typeof received === "number") {
    return received === Number(expected);
  }
  return Object.is(received, expected);
}

function show(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === "bigint" ? `${value}n` : JSON.stringify(
    value,
    (_, one) => typeof one === "bigint" ? `${one}n` : one,
  ) ?? String(value);
}

type Bounds = [number?, number?, number?];

/** Does to a view what the steps of a case say. */
class Player {
  #view: AnyView;
  readonly #asNumbers: boolean;

  /** @param asNumbers Whether integers are given as numbers where they are exact, or as bigints. */
  constructor(view: AnyView, asNumbers: boolean) {
    this.#view = view;
    this.#asNumbers = asNumbers;
  }

  /** @returns What Python returns. */
  play([name, ...rest]: Step): unknown {
    const args = rest.slice(0, -1);
    switch (name) {
      case "cast":
        return this.#replace(() => this.#cast(args));
      case "slice":
        return this.#replace(() => this.#view.slice(...bounds(args)));
      case "toReadonly":
        return this.#replace(() => this.#view.toReadonly());
      case "attributes":
        return this.#attributes();
      case "set":
        return this.#view.set(
          index(args[0]),
          this.#value(decode(args[1] ?? null)),
        );
      case "setSlice":
        return this.#setSlice(args);
      case "setOwn":
        return this.#view.setSlice(
          this.#view.slice(...bounds(args.slice(0, 3))),
          ...bounds(args.slice(3)),
        );
      default:
        return this.#ask(name, args);
    }
  }

  #ask(name: Encoded | undefined, args: Step): unknown {
    const view = this.#view;
    switch (name) {
      case "toArray":
        return view.toArray();
      case "toBytes":
        return view.toBytes(decode(args[0] ?? null) as ElementOrder);
      case "hex": {
        const [separator, count] = decode(args[0] ?? null) as [string, bigint?];
        return count === undefined
          ? view.hex(separator)
          : view.hex(separator, Number(count));
      }
      case "at":
        return view.at(...[index(args[0])].flat());
      case "equals":
        return this.#equals(args);
      case "indexOf": {
        const [start, end] = bounds(args.slice(1));
        return view.indexOf(this.#value(decode(args[0] ?? null)), start, end);
      }
      case "count":
        return view.count(this.#value(decode(args[0] ?? null)));
      default:
        throw new Error(`unknown step ${name}`);
    }
  }

  /** A view that is replaced is released, which must not matter to the new one. */
  #replace(action: () => AnyView): void {
    const before = this.#view;
    this.#view = action();
    before.release();
  }

  #cast([format, shape]: Step): AnyView {
    const lengths = decode(shape ?? null) as bigint[] | null;
    return lengths === null
      ? this.#view.cast(String(format))
      : this.#view.cast(String(format), lengths.map(Number));
  }

  #attributes(): unknown[] {
    const view = this.#view;
    return [
      view.format,
      view.itemSize,
      view.ndim,
      view.shape,
      view.strides,
      view.byteLength,
      view.readonly,
      view.contiguous,
      view.cContiguous,
      view.fContiguous,
    ];
  }

  #setSlice(args: Step): void {
    const [bytes, format] = [args[3], args[4]];
    const source = new View(
      decode(bytes ?? null) as Uint8Array,
      String(format),
    );
    this.#view.setSlice(source, ...bounds(args.slice(0, 3)));
  }

  #equals([bytes, format, shape]: Step): boolean {
    const lengths = (decode(shape ?? null) as bigint[]).map(Number);
    const flat = new View(decode(bytes ?? null) as Uint8Array, String(format));
    const other = lengths.length === 1
      ? flat
      : flat.cast("B").cast(String(format), lengths);
    const equal = this.#view.equals(other);
    expect(other.equals(this.#view)).toBe(equal);
    return equal;
  }

  #value(value: Decoded): ElementValue {
    const exact = typeof value === "bigint" &&
      Number.isFinite(Number(value)) && BigInt(Number(value)) === value;
    // Among the cases are values that are no elements.
    return (exact && this.#asNumbers ? Number(value) : value) as ElementValue;
  }
}

function bounds(args: Step): Bounds {
  return args.map((one) =>
    one === null ? undefined : Number(decode(one))
  ) as Bounds;
}

/** One index, or a list of them. */
function index(encoded: Encoded | undefined): number | number[] {
  const key = decode(encoded ?? null) as bigint | bigint[];
  return Array.isArray(key) ? key.map(Number) : Number(key);
}
