/**
 * Parameters of `records` on shards.
 *
 * @module
 */
import {
  type FramingDescription,
  framingFrom,
} from "../../binary/framing/description.ts";
import { ErrorCode, SabmapError } from "../../errors.ts";
import type { RecordOptions } from "../../records/options.ts";
import type { RunOptions } from "../../options.ts";
import { AGGREGATES } from "../../records/query.ts";
import {
  boolean,
  closed,
  either,
  exactly,
  integer,
  list,
  oneOf,
  optional,
  type Shape,
  text,
  wrongValue,
} from "../shape.ts";
import type { OperationParameters } from "./types.ts";

/** What is asked of records. Plain data. */
export interface RecordsParameters
  extends Omit<RecordOptions, keyof RunOptions> {
  /** How rows are written, where there are no aggregates. */
  readonly format: "csv" | "json";
}

const NAME = text(65_536);
const NAMES = list(NAME, 65_536);
const EXPRESSION = text(1024 ** 2);
const EXPRESSIONS = either<string, string[]>(
  EXPRESSION,
  list(EXPRESSION, 4096),
  "an expression, or a list of them",
);

const SHAPE = closed<RecordsParameters>({
  format: oneOf(["csv", "json"]),
  struct: optional(EXPRESSION),
  structOffset: optional(integer(0)),
  delimiter: optional(text(16)),
  names: optional(NAMES),
  header: optional(boolean),
  quote: optional(either(boolean, text(16), "a character, true or false")),
  framing: optional(framing()),
  maxRecordBytes: optional(integer(1)),
  where: optional(EXPRESSION),
  select: optional(EXPRESSIONS),
  aggregates: optional(list(oneOf(AGGREGATES), AGGREGATES.length)),
  of: optional(EXPRESSIONS),
  groupBy: optional(NAMES),
  sort: optional(either(
    NAME,
    closed<{ column: string; descending: boolean }>({
      column: NAME,
      descending: boolean,
    }),
    "a column",
  )),
  top: optional(integer(0)),
  head: optional(integer(0)),
  onBad: optional(oneOf(["stop", "skip", "report"])),
  decimals: optional(either(integer(0, 100), exactly("all"), "digits, or all")),
});

/** Checks. */
export const RECORDS: OperationParameters<RecordsParameters> = {
  check: (value, at) => {
    refuseWrites(value);
    const parameters = SHAPE(value, at);
    refuseIndexed(parameters);
    return parameters;
  },
};

/** A framing's own maker checks what is in it; here it only has to be small and plain. */
function framing(): Shape<FramingDescription> {
  return (value, at) => {
    const json = JSON.stringify(value) ?? "";
    if (!json.startsWith("{") || json.length > 1024 ** 2) {
      throw wrongValue(at, "the description of a framing", value);
    }
    const description = JSON.parse(json) as FramingDescription;
    if (!["fixed", "delimited", "lengthPrefixed"].includes(description.kind)) {
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
}

function refuseWrites(value: unknown): void {
  const { set } = (value ?? {}) as { set?: unknown };
  if (set === undefined) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    "Cannot change records shard by shard as a file that several machines write to is never wholly old or wholly new: change it on one machine",
  );
}

/** Where a record starts that is in quotes, or behind a length, depends on all bytes in front of it. */
function refuseIndexed(parameters: RecordsParameters): void {
  const { indexer, description } = framingFrom(framingOf(parameters));
  if (indexer === undefined) return;
  const what = description.kind === "lengthPrefixed"
    ? "behind their lengths"
    : parameters.quote
    ? "with quotes"
    : "with such a delimiter";
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    `Cannot read records ${what} shard by shard as all bytes in front of a shard tell where its first record starts: read the file on one machine`,
  );
}

/** The framing as far as it tells whether shards can be read by themselves. */
function framingOf(
  { framing, struct, quote }: RecordsParameters,
): FramingDescription {
  if (framing !== undefined) return framing;
  if (struct !== undefined) {
    return { kind: "fixed", recordBytes: 1, options: {} };
  }
  const character = quote === true ? '"' : quote;
  return {
    kind: "delimited",
    delimiter: 0x0a,
    options: { quote: character === false ? undefined : character },
  };
}
