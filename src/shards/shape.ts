/**
 * Checks of values that come from elsewhere: JSON of plans and queues, and what partials hold.
 *
 * A shape is a function that gives the value with its type, or throws. Objects come out with the known properties
 * only, so that nothing that was not checked goes on.
 *
 * @module
 */
import { ErrorCode, SabmapError } from "../errors.ts";

/** @param at Where the value stands, such as `source.size`, for messages. */
export type Shape<T> = (value: unknown, at: string) => T;

/** What a value is not. */
export function wrongValue(
  at: string,
  wanted: string,
  value: unknown,
): SabmapError {
  return new SabmapError(
    ErrorCode.BadShard,
    `Cannot read shards as "${at}" must be ${wanted}: received ${
      excerpt(value)
    }`,
  );
}

const EXCERPT_LENGTH = 60;

function excerpt(value: unknown): string {
  if (typeof value === "string") {
    const text = JSON.stringify(value.slice(0, EXCERPT_LENGTH));
    return value.length > EXCERPT_LENGTH ? `${text} ...` : text;
  }
  if (Array.isArray(value)) return "a list";
  if (value === null || value === undefined) return "none";
  return typeof value === "object" ? "an object" : String(value);
}

/** One value, and no other. */
export function exactly<const T extends string | number | boolean>(
  wanted: T,
): Shape<T> {
  return (value, at) => {
    if (value === wanted) return wanted;
    throw wrongValue(at, JSON.stringify(wanted), value);
  };
}

/** One of some texts. */
export function oneOf<const T extends string>(
  names: readonly T[],
): Shape<T> {
  return (value, at) => {
    const found = names.find((name) => name === value);
    if (found !== undefined) return found;
    throw wrongValue(at, `one of ${names.join(", ")}`, value);
  };
}

/** An integer that a double holds. */
export function integer(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): Shape<number> {
  return (value, at) => {
    if (
      typeof value === "number" && Number.isSafeInteger(value) &&
      value >= min && value <= max
    ) return value;
    throw wrongValue(at, `an integer from ${min} to ${max}`, value);
  };
}

/** Any number, NaN too. */
export const number: Shape<number> = (value, at) => {
  if (typeof value === "number") return value;
  throw wrongValue(at, "a number", value);
};

/** True or false. */
export const boolean: Shape<boolean> = (value, at) => {
  if (typeof value === "boolean") return value;
  throw wrongValue(at, "true or false", value);
};

/** Text of bounded length. */
export function text(lengthMax: number): Shape<string> {
  return (value, at) => {
    if (typeof value === "string" && value.length <= lengthMax) return value;
    throw wrongValue(at, `text of up to ${lengthMax} characters`, value);
  };
}

/** A list of values of one shape. */
export function list<T>(
  item: Shape<T>,
  countMax: number = Infinity,
): Shape<T[]> {
  return (value, at) => {
    if (Array.isArray(value) && value.length <= countMax) {
      return value.map((one, i) => item(one, `${at}[${i}]`));
    }
    throw wrongValue(
      at,
      countMax === Infinity ? "a list" : `a list of up to ${countMax}`,
      value,
    );
  };
}

/** A value that may be absent. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, at) => value === undefined ? undefined : shape(value, at);
}

/** The first shape that fits. */
export function either<A, B>(
  first: Shape<A>,
  second: Shape<B>,
  wanted: string,
): Shape<A | B> {
  return (value, at) => {
    for (const shape of [first, second]) {
      try {
        return shape(value, at);
      } catch {
        // The other may fit.
      }
    }
    throw wrongValue(at, wanted, value);
  };
}

/** A typed array of one class. */
export function array<
  T extends Uint8Array | Uint16Array | Uint32Array | Float64Array,
>(Class: { new (length: number): T; readonly name: string }): Shape<T> {
  return (value, at) => {
    if (value instanceof Class) return value;
    throw wrongValue(at, `a ${Class.name}`, value);
  };
}

type Shapes<T> = { readonly [Name in keyof T]-?: Shape<T[Name]> };

/** An object. Properties that are not named here are left out; absent ones stay absent. */
export function object<T>(shapes: Shapes<T>): Shape<T> {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw wrongValue(at, "an object", value);
    }
    const given = value as Record<string, unknown>;
    const entries: [string, unknown][] = [];
    for (const name of Object.keys(shapes) as (keyof T & string)[]) {
      const own = Object.hasOwn(given, name) ? given[name] : undefined;
      const checked = shapes[name](own, at === "" ? name : `${at}.${name}`);
      if (checked !== undefined) entries.push([name, checked]);
    }
    // The one cast: each property has been through its own shape.
    return Object.fromEntries(entries) as T;
  };
}

/** As {@link object}, and there must be no other properties. */
export function closed<T>(shapes: Shapes<T>): Shape<T> {
  const known = object(shapes);
  return (value, at) => {
    const checked = known(value, at);
    for (const [name, property] of Object.entries(value as object)) {
      if (property === undefined || Object.hasOwn(shapes, name)) continue;
      throw wrongValue(at || "it", `an object without "${name}"`, value);
    }
    return checked;
  };
}
