/**
 * The general path to groups: any fields, any numbers, any expressions.
 *
 * @module
 */
import { ErrorCode, groupDigits, SabmapError } from "../errors.ts";
import type { RangeView, WorkerContext } from "../job.ts";
import { sharedBuffer } from "../memory/arena.ts";
import { createInput, type Input, type ManyNumbers } from "./accumulate.ts";
import { COUNT_CELL, layOutCells } from "./cells.ts";
import { bindInputs, bindKey, bindQuery, shareScratch } from "./bind.ts";
import { ExactCells } from "./exact_sum.ts";
import { CELL_BYTES, GroupTable } from "./group_table.ts";
import type { Region } from "../kernels/kernels.ts";
import type { KeyBuilder } from "./keys.ts";
import type { GroupsQuery, RecordQuery } from "./query.ts";
import { kernelFieldEnds } from "./field_ends.ts";
import type { Row } from "./row.ts";
import type { GatheredGroups, Scan } from "./scan.ts";
import type { Tally } from "./tally.ts";
import { RecordWalker } from "./walk.ts";

/** Puts records into groups, one by one. */
export class GroupScan implements Scan {
  readonly #row: Row;
  readonly #where: (() => boolean) | undefined;
  readonly #key: KeyBuilder;
  /** What is aggregated, in the order of the query. */
  readonly inputs: readonly Input[];
  readonly #walker: RecordWalker;
  readonly #table: GroupTable;
  readonly #lends: boolean;
  readonly #cells: Float64Array;
  #full: Uint8Array[] = [];
  #matched = 0;
  /** The group whose key is empty, such as that of all records; -1 if it is not known. */
  #emptyKeyGroup = -1;

  /** @param table Where its table is to lie, if not in all of what there is for one. */
  constructor(
    query: RecordQuery,
    output: GroupsQuery,
    worker: WorkerContext,
    table?: Region,
  ) {
    const { memory, kernels } = worker;
    const buffer = sharedBuffer(memory);
    const scratch = shareScratch(query, worker.scratch);
    const { texts, key } = scratch;
    const region = table ?? scratch.table;
    const bound = bindQuery(
      query,
      buffer,
      texts,
      kernelFieldEnds(worker, scratch.ends),
    );
    const { source, onBad, seed } = query;
    const { row, fields, where } = bound;
    const operands = bindInputs(output, bound).map(({ operand }) => operand);
    const { inputs, initialCells } = layOutCells(
      output.aggregates,
      operands.map(({ type }) => type),
    );
    this.#table = new GroupTable(
      { memory, region, backend: kernels.backend },
      { initialCells: new Uint8Array(initialCells.buffer), seed },
    );
    this.#lends = query.lendsTables;
    this.#row = row;
    this.#where = where;
    this.#key = bindKey(output, bound, buffer, key);
    this.#cells = new Float64Array(buffer);
    const sums = new ExactCells(this.#table, memory);
    this.inputs = operands.map((operand, i) =>
      // `!`: there is a place for each.
      createInput(operand, inputs[i]!, this.#cells, sums)
    );
    const stops = onBad === "stop";
    this.#walker = new RecordWalker({ source, row, fields, stops });
  }

  scan(range: RangeView, tally: Tally): void {
    this.#matched = 0;
    this.#walker.walk(range, tally, () => this.#visit());
    tally.matched += this.#matched;
  }

  takeFull(): Uint8Array[] {
    const full = this.#full;
    this.#full = [];
    return full;
  }

  end(): GatheredGroups {
    const tables = this.takeFull();
    const table = this.#table;
    if (table.size > 0) {
      tables.push(this.#lends ? table.asPartial() : table.exportPartial());
    }
    const decimals = this.inputs.map((input) => input.decimals);
    return { tables, decimals };
  }

  #visit(): true {
    const row = this.#row, where = this.#where, inputs = this.inputs;
    if (where !== undefined && !where()) return true;
    if (row.failure !== undefined) return true;
    this.#key.build();
    for (let i = 0; i < inputs.length; i++) inputs[i]!.load();
    if (row.failure !== undefined) return true;
    const group = this.group(this.#key.address, this.#key.byteLength);
    this.addCount(group, 1);
    for (let i = 0; i < inputs.length; i++) inputs[i]!.add(group);
    this.#matched++;
    return true;
  }

  /** Counts records of a group. @param group What {@link GroupScan.group} gave. */
  addCount(group: number, count: number): void {
    // `!`: the group is inside of the table.
    this.#cells[group + COUNT_CELL] = this.#cells[group + COUNT_CELL]! + count;
  }

  /**
   * Adds many records, whose one aggregated number is known already.
   *
   * @param keyAddress Byte address in the arena of their key.
   */
  addGroup(
    keyAddress: number,
    keyBytes: number,
    numbers: ManyNumbers & { readonly count: number },
  ): void {
    const group = this.group(keyAddress, keyBytes);
    this.addCount(group, numbers.count);
    for (const input of this.inputs) input.addMany(group, numbers);
  }

  /**
   * Finds the group of a key that lies in the arena, or makes it. What was found before may be gone then, as a
   * table that is full is handed over.
   *
   * @returns Index of the group's first cell.
   */
  group(keyAddress: number, keyBytes: number): number {
    if (keyBytes === 0 && this.#emptyKeyGroup >= 0) return this.#emptyKeyGroup;
    const found = this.#table.upsert(keyAddress, keyBytes);
    if (found !== 0) return this.#remember(found / CELL_BYTES, keyBytes);
    this.#full.push(this.#table.exportPartial());
    this.#table.clear();
    this.#emptyKeyGroup = -1;
    const made = this.#table.upsert(keyAddress, keyBytes);
    if (made !== 0) return this.#remember(made / CELL_BYTES, keyBytes);
    throw new SabmapError(
      ErrorCode.RecordTooLong,
      `Cannot group records as a key must fit into a table: received ${
        groupDigits(keyBytes)
      } bytes`,
    );
  }

  /** Remembers the group of all: the table is asked through WASM, which takes longer than all else of a short record. */
  #remember(group: number, keyBytes: number): number {
    if (keyBytes === 0) this.#emptyKeyGroup = group;
    return group;
  }
}
