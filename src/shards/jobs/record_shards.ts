/**
 * What the kinds of questions about records have in common. Types only.
 *
 * @module
 */
import type { ByteRange } from "../../errors.ts";
import type { RecordCounts } from "../../record_stats.ts";
import type { Header } from "../../records/header.ts";
import type { RecordRow } from "../../records/order.ts";
import type { PreparedRun } from "../../records/prepare_stream.ts";
import type { RecordColumn } from "../../records/query.ts";
import type { ShardWork } from "../sharded_job.ts";

/** Groups; rows in file order; rows in another order. */
export type RecordKind = "groups" | "rows" | "sorted";

/** A question that can be asked. */
export interface ShardQuery extends PreparedRun {
  readonly kind: RecordKind;
  readonly header: Header | undefined;
}

/** The answer to a question about records. */
export interface RecordsResult {
  /** In the order of the values of a row. */
  readonly columns: readonly RecordColumn[];
  /** Records that were read, and those that were bad. */
  readonly counts: RecordCounts;
  /** Rows as values, where there are aggregates, or the first rows in another order. */
  readonly rows?: readonly RecordRow[] | undefined;
  /** Other rows, as the parameters' format has them, each with a newline at its end. */
  readonly pieces?: readonly Uint8Array[] | undefined;
  /** The bad record behind these rows, where one ends the run. */
  readonly failure?: Error | undefined;
}

/** What answers one kind of question: as `ShardedJob`, with the query at hand. */
export interface RecordShards<Found> {
  run(work: ShardWork, query: ShardQuery): Promise<Found>;
  empty(range: ByteRange): Found;
  write(found: Found, query: ShardQuery): unknown;
  read(body: unknown, query: ShardQuery): Found;
  join(founds: readonly Found[]): Found;
  finish(found: Found, query: ShardQuery): RecordsResult;
}
