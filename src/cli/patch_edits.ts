/**
 * Edits as the options of `process patch` write them.
 *
 * @module
 */
import { parseBytes, splitKind } from "../patch/parse_bytes.ts";
import type { Addition, Expectation, Replacement } from "../runs.ts";
import { UsageError } from "./io.ts";
import { encodeName } from "./names.ts";
import { parseOffset } from "./parse_size.ts";

/**
 * Reads `OFFSET=HEX`, or `OFFSET=text:TEXT`.
 *
 * @param option The option, for messages.
 * @throws {UsageError} If it is neither.
 */
export function parsePlace(text: string, option: string): Expectation {
  const equals = text.indexOf("=");
  const bytes = equals < 0 ? undefined : bytesOf(text.slice(equals + 1), "hex");
  if (bytes === undefined || bytes.byteLength === 0) {
    throw new UsageError(
      `Cannot use ${option} as it must be OFFSET=HEX, with two digits a byte: received "${text}"`,
    );
  }
  return { offset: parseOffset(text.slice(0, equals), option), bytes };
}

function bytesOf(text: string, otherwise: "hex" | "text") {
  const { kind, body } = splitKind(text, otherwise);
  // Names and texts alike may hold bytes that are not UTF-8.
  return kind === "text" ? encodeName(body) : parseBytes(body, "hex");
}

/**
 * Reads `OLD=NEW`: text, or hexadecimal behind `hex:`. What NEW does not say it has from OLD.
 *
 * Text may hold `=`: the two are parted where both are equally long.
 *
 * @throws {UsageError} If there is no such place.
 */
export function parseReplacement(text: string): Replacement {
  for (let at = text.indexOf("="); at >= 0; at = text.indexOf("=", at + 1)) {
    const { kind } = splitKind(text, "text");
    const old = bytesOf(text.slice(0, at), "text");
    const next = bytesOf(text.slice(at + 1), kind);
    if (
      old !== undefined && old.byteLength > 0 &&
      old.byteLength === next?.byteLength
    ) return { old, new: next };
  }
  throw new UsageError(
    `Cannot use --replace as it must be OLD=NEW, both equally many bytes of text or hex: received "${text}"`,
  );
}

/**
 * Reads `TYPE@OFFSET=DELTA`.
 *
 * @param wrap Whether whole numbers may start again at the other end.
 * @throws {UsageError} If it is none.
 */
export function parseAddition(text: string, wrap: boolean): Addition {
  const [, type, ending, offset = "", delta = ""] =
    /^([ui](?:8|16|32|64)|f32|f64)(le|be)?@([^=]*)=(.*)$/.exec(text) ?? [];
  const amount = parseDelta(delta, type?.startsWith("f") === true);
  if (type === undefined || amount === undefined) {
    throw new UsageError(
      `Cannot use --add as it must be TYPE@OFFSET=DELTA, with TYPE one of u8 to u64, i8 to i64, f32, f64, and le or be behind it: received "${text}"`,
    );
  }
  return {
    // The expression above lets no other name through.
    type: type as Addition["type"],
    endian: ending === "be" ? "big" : "little",
    offset: parseOffset(offset, "--add"),
    delta: amount,
    wrap,
  };
}

function parseDelta(
  text: string,
  isFloat: boolean,
): bigint | number | undefined {
  if (isFloat) {
    const value = text.trim() === "" ? NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  const [, sign, digits] = /^([+-]?)([0-9]+|0[xX][0-9a-fA-F]+)$/.exec(text) ??
    [];
  if (digits === undefined) return undefined;
  return sign === "-" ? -BigInt(digits) : BigInt(digits);
}
