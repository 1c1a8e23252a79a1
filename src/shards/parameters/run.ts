/**
 * Parameters of a user's job on shards.
 *
 * @module
 */
import type { FramingDescription } from "../../binary/framing/description.ts";
import { object, optional, type Shape, text, wrongValue } from "../shape.ts";
import { FRAMING } from "./framing.ts";
import type { OperationParameters } from "./types.ts";

/** Which job, and its options. Plain data. */
export interface RunParameters {
  /** BLAKE3 of the module's source: shards of another are of another run. */
  readonly source: string;
  /** What the job's functions get as `options`. */
  readonly options: Readonly<Record<string, string>>;
  /** How it tells records apart, where the bytes of a shard do not tell where its first one starts. */
  readonly framing?: FramingDescription | undefined;
}

const OPTIONS: Shape<RunParameters["options"]> = (value, at) => {
  if (typeof value !== "object" || value === null) {
    throw wrongValue(at, "an object", value);
  }
  const entries = Object.entries(value).map(([key, option]) =>
    [key, text(2 ** 20)(option, `${at}.${key}`)] as const
  );
  return Object.fromEntries(entries);
};

/** Checks. */
export const RUN: OperationParameters<RunParameters> = {
  check: object<RunParameters>({
    source: text(64),
    options: OPTIONS,
    framing: optional(FRAMING),
  }),
  framing: ({ framing }) => framing,
};
