import { expect, test } from "vitest";
import { SabmapError } from "../src/errors.ts";
import { deserializeError, serializeError } from "../src/protocol.ts";

function roundTrip(error: unknown): unknown {
  return deserializeError(structuredClone(serializeError(error)));
}

test("serializeError() keeps class, code, file, range and cause of a SabmapError", () => {
  const cause = new RangeError("why");
  const error = new SabmapError("ERR_SHORT_READ", "text", {
    file: "f",
    range: { start: 1, end: 9 },
    cause,
  });
  const copy = roundTrip(error) as SabmapError;
  expect(copy).toBeInstanceOf(SabmapError);
  expect(copy).toMatchObject({
    code: "ERR_SHORT_READ",
    message: "text",
    file: "f",
    range: { start: 1, end: 9 },
  });
  expect(copy.stack).toBe(error.stack);
  expect(copy.cause).toBeInstanceOf(RangeError);
  expect((copy.cause as Error).message).toBe("why");
});

for (
  const ErrorClass of [
    Error,
    EvalError,
    RangeError,
    ReferenceError,
    SyntaxError,
    TypeError,
    URIError,
  ]
) {
  test(`serializeError() keeps the class of a ${ErrorClass.name}`, () => {
    expect(roundTrip(new ErrorClass("x"))).toBeInstanceOf(ErrorClass);
  });
}

test("serializeError() keeps name and code of a class that it does not know", () => {
  const error = Object.assign(new Error("x"), {
    name: "MyError",
    code: "E_MINE",
  });
  expect(roundTrip(error)).toMatchObject({
    name: "MyError",
    code: "E_MINE",
    message: "x",
  });
});

test("serializeError() passes values that are no errors on, as text where they cannot be cloned", () => {
  expect(roundTrip({ a: 1 })).toEqual({ a: 1 });
  expect(roundTrip("text")).toBe("text");
  expect(roundTrip(() => 1)).toContain("=>");
});

test("serializeError() ends a chain of causes that has no end", () => {
  const error = new Error("loop");
  error.cause = error;
  let depth = 0;
  for (
    let copy = roundTrip(error) as Error | undefined;
    copy;
    copy = copy.cause as Error | undefined
  ) depth++;
  expect(depth).toBeLessThan(20);
});
