/**
 * The order of groups by their keys, where these lie: that of order.ts for their values.
 *
 * @module
 */
import type { Operand } from "./expression/operand.ts";
import { keyParts, type KeyPlace, keyValue } from "./keys.ts";
import { compareValues } from "./order.ts";

/** Bytes of a text that one double has room for: each is ASCII, or counts as what comes behind it. */
const PREFIX_BYTES = 7;

/** Bytes that are looked at for what all texts begin with. */
const SHARED_BYTES_MAX = 256;

/**
 * Numbers by which the first field of keys is ordered: greater if the field comes later, and equal for some that
 * differ. Texts are looked at behind what all of them begin with.
 */
export class KeyNumbers {
  readonly #type: Operand["type"];
  readonly #isOnly: boolean;
  /** ASCII that all texts begin with. */
  #shared: Uint8Array | undefined;

  /**
   * @param type Of the first field.
   * @param isOnly Whether keys are nothing else.
   */
  constructor(type: Operand["type"], isOnly: boolean) {
    this.#type = type;
    this.#isOnly = isOnly;
  }

  /** Looks at a key. To be called for all of them, before a number is asked for. */
  see(place: KeyPlace): void {
    const shared = this.#shared;
    if (!isText(this.#type) || shared?.length === 0) return;
    const { start, byteLength } = this.#first(place);
    const { bytes } = place;
    const most = Math.min(byteLength, shared?.length ?? SHARED_BYTES_MAX);
    let length = 0;
    for (; length < most; length++) {
      // `!`: the text is inside of its memory.
      const byte = bytes[start + length]!;
      const isShared = shared === undefined || shared[length] === byte;
      if (!isShared || byte >= ASCII_END) break;
    }
    if (length === shared?.length) return;
    this.#shared = bytes.slice(start, start + length);
  }

  /** The number of a key. */
  of(place: KeyPlace): number {
    const { bytes, view } = place;
    const { start, byteLength } = this.#first(place);
    const type = this.#type;
    if (isText(type)) {
      const { length } = this.#shared ?? [];
      return textPrefix(bytes, start + length, byteLength - length);
    }
    const number = Number(keyValue(bytes, view, start, byteLength, type));
    // What is no number comes behind all that are.
    return number === number ? number : Infinity;
  }

  #first({ view, keyAddress, keyBytes }: KeyPlace): KeyPart {
    return this.#isOnly
      ? { start: keyAddress, byteLength: keyBytes }
      : { start: keyAddress + 4, byteLength: view.getUint32(keyAddress, true) };
  }
}

/** Whether values of a type are text. */
export function isText(type: Operand["type"]): boolean {
  return type === "text" || type === "field";
}

/** Other bytes are characters, or no characters, that all come behind ASCII. */
const ASCII_END = 0x80;

function textPrefix(
  bytes: Uint8Array,
  start: number,
  byteLength: number,
): number {
  let prefix = 0;
  let isAscii = true;
  for (let i = 0; i < PREFIX_BYTES; i++) {
    // `!`: the text is inside of its memory.
    const byte: number = isAscii && i < byteLength ? bytes[start + i]! : 0;
    isAscii &&= byte < ASCII_END;
    prefix = prefix * (ASCII_END + 1) + Math.min(byte, ASCII_END);
  }
  return prefix;
}

/** A field of a key, in a memory. */
type KeyPart = ReturnType<typeof keyParts>[number];

/**
 * Compares keys by their fields.
 *
 * @param left Where one lies in the memory of the other.
 * @returns 0 also for texts that are read the same, though their bytes differ.
 */
export function compareKeys(
  left: Pick<KeyPlace, "keyAddress" | "keyBytes">,
  right: KeyPlace,
  types: readonly Operand["type"][],
): number {
  const { bytes, view } = right;
  const only = types.length === 1 ? types[0] : undefined;
  if (only !== undefined) {
    const a = { start: left.keyAddress, byteLength: left.keyBytes };
    const b = { start: right.keyAddress, byteLength: right.keyBytes };
    return comparePart(a, b, right, only);
  }
  const first = keyParts({ bytes, view, ...left }, types.length);
  const second = keyParts(right, types.length);
  for (let i = 0; i < types.length; i++) {
    // `!`: a key has a part for each of its fields.
    const difference = comparePart(first[i]!, second[i]!, right, types[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

function comparePart(
  a: KeyPart,
  b: KeyPart,
  { bytes, view }: KeyPlace,
  type: Operand["type"],
): number {
  if (isText(type)) {
    const quick = compareAscii(bytes, a, b);
    if (quick !== undefined) return quick;
  }
  return compareValues(
    keyValue(bytes, view, a.start, a.byteLength, type),
    keyValue(bytes, view, b.start, b.byteLength, type),
    false,
  );
}

/** @returns `undefined` if the texts differ in what has to be decoded first. */
function compareAscii(
  bytes: Uint8Array,
  a: KeyPart,
  b: KeyPart,
): number | undefined {
  const length = Math.max(a.byteLength, b.byteLength);
  for (let i = 0; i < length; i++) {
    // One that has ended comes first; `!`: texts are inside of their memory.
    const first = i < a.byteLength ? bytes[a.start + i]! : -1;
    const second = i < b.byteLength ? bytes[b.start + i]! : -1;
    if (first === second) continue;
    const isAscii = first < ASCII_END && second < ASCII_END;
    return isAscii ? first - second : undefined;
  }
  return 0;
}
