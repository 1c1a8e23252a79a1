/**
 * Framings among parameters.
 *
 * @module
 */
import {
  type FramingDescription,
  framingFrom,
} from "../../binary/framing/description.ts";
import { type Shape, wrongValue } from "../shape.ts";

const KINDS = ["fixed", "delimited", "lengthPrefixed"];

/** A framing's own maker checks what is in it; here it only has to be small and plain. */
export const FRAMING: Shape<FramingDescription> = (value, at) => {
  const json = jsonOf(value) ?? "";
  if (!json.startsWith("{") || json.length > 1024 ** 2) {
    throw wrongValue(at, "the description of a framing", value);
  }
  const description = JSON.parse(json) as FramingDescription;
  if (!KINDS.includes(description.kind)) {
    throw wrongValue(`${at}.kind`, "that of a framing", description.kind);
  }
  framingFrom(
    {
      ...description,
      options: description.options ?? {},
    } as FramingDescription,
  );
  return description;
};

/** @returns `undefined` for what JSON has no text for, such as a bigint. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
