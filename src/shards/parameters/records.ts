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
import { bounded } from "../../records/prepare_source.ts";
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
  text,
} from "../shape.ts";
import { FRAMING } from "./framing.ts";
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
  framing: optional(FRAMING),
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
    // Says now what is wrong with it.
    indexedFraming(parameters);
    return parameters;
  },
  framing: indexedFraming,
};

function refuseWrites(value: unknown): void {
  const { set } = (value ?? {}) as { set?: unknown };
  if (set === undefined) return;
  throw new SabmapError(
    ErrorCode.ShardMismatch,
    'Cannot change records shard by shard as it must be done on one machine, since a file that several write to is never wholly old or wholly new: received "set"',
  );
}

/**
 * How records are told apart, as far as the bytes of a shard do not tell where its first one starts: in quotes, behind
 * lengths, or with a delimiter that can overlap itself.
 */
function indexedFraming(
  parameters: RecordsParameters,
): FramingDescription | undefined {
  const framing = bounded(framingOf(parameters), parameters.maxRecordBytes);
  return framingFrom(framing).indexer === undefined ? undefined : framing;
}

/** The framing as far as it tells where records start. */
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
