/**
 * The result of a query with aggregates: from the tables of all workers to rows.
 *
 * @module
 */
import {
  COUNT_CELL,
  DECIMALS_MAX,
  type InputCells,
  layOutCells,
} from "./cells.ts";
import { bindGroupFields, bindInputs, bindQuery } from "./bind.ts";
import { normal } from "./expression/arithmetic.ts";
import type { Operand } from "./expression/operand.ts";
import {
  finishDeviation,
  finishMean,
  finishSum,
  squaresOf,
} from "./finish_number.ts";
import {
  type GroupReader,
  type GroupTables,
  mergeGroups,
} from "./merge_groups.ts";
import {
  GroupRows,
  makeRow,
  type OutputColumn,
  type RowList,
  type RowMaker,
} from "./group_rows.ts";
import { FirstRows, type RecordRow, rowOrder } from "./order.ts";
import type {
  AggregateName,
  GroupsQuery,
  RecordColumn,
  RecordQuery,
  RecordValue,
  SortKey,
} from "./query.ts";
import type { Tally } from "./tally.ts";

/** What the workers gave. */
export interface Gathered extends GroupTables {
  /** Of each worker, the digits behind the point of each input. */
  readonly decimals: readonly (readonly number[])[];
  readonly tally: Tally;
}

/** The answer to a query with aggregates. */
export interface GroupsResult {
  readonly columns: readonly RecordColumn[];
  readonly rows: RowList;
  readonly tally: Tally;
}

/** One input: where it lies in the cells, and how many digits its numbers have. */
interface FinishedInput {
  readonly cells: InputCells;
  readonly decimals: number;
}

/** What a query's groups are made of. */
export interface GroupShape {
  readonly keyTypes: readonly Operand["type"][];
  readonly inputNames: readonly string[];
  readonly inputTypes: readonly Operand["type"][];
  /** Names of the columns whose values JSON has as text, as they are of 64 bits. */
  readonly wideColumns: ReadonlySet<string>;
}

/** Aggregates that are integers where their input is one. */
const WHOLE_AGGREGATES: readonly AggregateName[] = ["min", "max", "sum"];

/**
 * Looks at what a query names.
 *
 * @throws {TypeError} If the query names what is not there, or an expression is none.
 */
export function shapeOf(query: RecordQuery, output: GroupsQuery): GroupShape {
  // Nothing is loaded, so there need not be an arena.
  const bound = bindQuery(query, new SharedArrayBuffer(0));
  const inputs = bindInputs(output, bound);
  const keys = bindGroupFields(output, bound);
  const inputNames = inputs.map(({ name }) => name);
  const wideKeys = output.groupBy.filter((_, i) => isWide(keys[i]));
  const wideAggregates = aggregatesOf(output, inputNames).filter((
    { aggregate, input },
  ) => WHOLE_AGGREGATES.includes(aggregate) && isWide(inputs[input]?.operand));
  return {
    keyTypes: keys.map(({ type }) => type),
    inputNames,
    inputTypes: inputs.map(({ operand }) => operand.type),
    wideColumns: new Set([
      ...wideKeys,
      ...wideAggregates.map(({ name }) => name),
    ]),
  };
}

function isWide(operand: Operand | undefined): boolean {
  return operand?.type === "number" && operand.wide === true;
}

/** Makes the result, with all of its rows. */
export function groupsResult(
  query: RecordQuery,
  gathered: Gathered,
): Omit<GroupsResult, "rows"> & { readonly rows: readonly RecordRow[] } {
  const result = lazyGroupsResult(query, gathered);
  return { ...result, rows: [...result.rows] };
}

/** Makes the result, whose rows are made when somebody goes through them. */
export function lazyGroupsResult(
  query: RecordQuery,
  { decimals, tally, ...tables }: Gathered,
): GroupsResult {
  const { output, sort, top } = query;
  if (output.kind !== "groups") {
    return { columns: [], rows: [], tally };
  }
  const shape = shapeOf(query, output);
  const { keyTypes } = shape;
  const layout = layOutCells(output.aggregates, shape.inputTypes);
  const inputs = layout.inputs.map((cells, i): FinishedInput => ({
    cells,
    decimals: Math.max(0, ...decimals.map((all) => all[i] ?? 0)),
  }));
  const columns = [
    ...keyColumns(output, keyTypes),
    ...aggregateColumns(output, shape.inputNames, inputs),
  ];
  const wide = columns.flatMap(({ name }, i) =>
    shape.wideColumns.has(name) ? [i] : []
  );
  const maker = { columns, keyTypes, wide, sort };
  const merge = (visit: (group: GroupReader) => void) =>
    mergeGroups(tables, layout, query.seed, visit);
  const plain = columns.map(({ name, type, decimals }) => ({
    name,
    type,
    decimals,
    ...(shape.wideColumns.has(name) ? { wide: true } : {}),
  }));
  const nothing = keyTypes.length === 0 ? [columns.map(valueOfNothing)] : [];
  const rows = top === undefined
    ? allRows(maker, merge)
    : firstRows(maker, top, merge);
  return {
    columns: plain,
    rows: rows ?? nothing.slice(0, top),
    tally,
  };
}

/** Joins tables and shows their groups. @returns Whether there is one. */
type Merge = (visit: (group: GroupReader) => void) => boolean;

/** @returns `undefined` if there are none. */
function allRows(maker: RowMaker, merge: Merge): RowList | undefined {
  const rows = new GroupRows(maker);
  return merge((group) => rows.add(group)) ? rows : undefined;
}

/** @returns `undefined` if there are none. */
function firstRows(
  maker: RowMaker,
  top: number,
  merge: Merge,
): RowList | undefined {
  const { columns, keyTypes, sort } = maker;
  const order = rowOrder(columns, sort, keyTypes.length);
  const first = new FirstRows<RecordRow>(order, top);
  const column = columns.findIndex(({ name }) => name === sort?.column);
  const isKey = column < keyTypes.length;
  return merge((group) => {
      // Most are not among the first, which their value tells before there is a row.
      const last = isKey ? undefined : first.last?.[column];
      // `!`: it is a column of the result.
      const isBehind = last !== undefined &&
        comesBehind(columns[column]!.value(group), last, sort);
      if (!isBehind) first.add(makeRow(group, maker));
    })
    ? first.finish()
    : undefined;
}

/** Whether a number certainly comes behind another. */
function comesBehind(
  value: RecordValue,
  last: RecordValue,
  sort: SortKey | undefined,
): boolean {
  if (typeof value !== "number" || typeof last !== "number") return false;
  return sort?.descending === true ? value < last : value > last;
}

/** The columns of a result, before anything is known of its numbers: for checks of what a query names. */
export function columnNames(
  output: GroupsQuery,
  { inputNames }: GroupShape,
): string[] {
  return [
    ...output.groupBy,
    ...aggregatesOf(output, inputNames).map(({ name }) => name),
  ];
}

function keyColumns(
  { groupBy }: GroupsQuery,
  types: readonly Operand["type"][],
): OutputColumn[] {
  return groupBy.map((name, i) => ({
    name,
    type: columnType(types[i] ?? "text"),
    decimals: undefined,
    value: () => null,
  }));
}

/** The type of a column of the result. */
export function columnType(type: Operand["type"]): RecordColumn["type"] {
  if (type === "boolean") return "boolean";
  return type === "text" || type === "field" ? "text" : "number";
}

/** One aggregate of one input, and what its column is called. */
interface NamedAggregate {
  readonly name: string;
  readonly aggregate: AggregateName;
  readonly input: number;
}

/** With several inputs, all but the count are called by both names. */
function aggregatesOf(
  { aggregates }: GroupsQuery,
  inputNames: readonly string[],
): NamedAggregate[] {
  const inputs = inputNames.length === 0 ? [""] : inputNames;
  return inputs.flatMap((inputName, input) =>
    aggregates
      .filter((aggregate) => aggregate !== "count" || input === 0)
      .map((aggregate) => ({
        name: aggregate === "count" || inputs.length === 1
          ? aggregate
          : `${aggregate}_${inputName}`,
        aggregate,
        input,
      }))
  );
}

function aggregateColumns(
  output: GroupsQuery,
  inputNames: readonly string[],
  inputs: readonly FinishedInput[],
): OutputColumn[] {
  return aggregatesOf(output, inputNames).map(({ name, aggregate, input }) => {
    const value = aggregate === "count"
      ? (group: GroupReader) => group.cell(COUNT_CELL)
      // `!`: only a count does without.
      : valueOf(aggregate, inputs[input]!, output);
    const decimals = aggregate === "count"
      ? undefined
      : shownDecimals(aggregate, inputs[input]!, output);
    return { name, type: "number", decimals, value };
  });
}

/** Digits behind the point that all numbers of a column have. */
function shownDecimals(
  aggregate: AggregateName,
  { decimals }: FinishedInput,
  output: GroupsQuery,
): number | undefined {
  const isDecimal = decimals > 0 && decimals <= DECIMALS_MAX;
  const own = isDecimal ? decimals : undefined;
  if (aggregate === "stddev") return fixedPlaces(output);
  return aggregate === "mean" ? meanPlaces(output, own) : own;
}

function fixedPlaces({ decimals }: GroupsQuery): number | undefined {
  return decimals === "all" ? undefined : decimals;
}

function meanPlaces(
  output: GroupsQuery,
  own: number | undefined,
): number | undefined {
  return output.decimals === undefined ? own : fixedPlaces(output);
}

function valueOf(
  aggregate: Exclude<AggregateName, "count">,
  input: FinishedInput,
  output: GroupsQuery,
): (group: GroupReader) => RecordValue {
  const { cells, decimals } = input;
  switch (aggregate) {
    case "sum":
      return (group) => finishSum(group, cells, decimals);
    case "mean": {
      const places = shownDecimals("mean", input, output);
      return (group) =>
        finishMean(group, cells, group.cell(COUNT_CELL), places);
    }
    case "min":
      return (group) => extreme(group, cells.min, input);
    case "max":
      return (group) => extreme(group, cells.max, input);
    case "stddev": {
      const places = fixedPlaces(output);
      return (group) => {
        const deviation = finishDeviation(
          group.exact(cells.doubles),
          squaresOf(group, cells),
          group.cell(COUNT_CELL),
        );
        return places === undefined || typeof deviation !== "number"
          ? deviation
          : Number(deviation.toFixed(places));
      };
    }
  }
}

function extreme(
  group: GroupReader,
  cell: number,
  { cells: { wide }, decimals }: FinishedInput,
): RecordValue {
  const value = group.cell(cell);
  const rest = wide ? group.cell(cell + 1) : 0;
  if (rest === 0 && Number.isSafeInteger(value)) return value;
  // Of integers, also those that doubles do hold are bigints beyond 2**53.
  const isInteger = decimals === 0 && Number.isFinite(value);
  return isInteger ? normal(BigInt(value) + BigInt(rest)) : value;
}

/** The value of a column where no record matched: there is one row only if nothing is grouped. */
function valueOfNothing({ name }: RecordColumn): RecordValue {
  return name === "count" || name === "sum" || name.startsWith("sum_")
    ? 0
    : null;
}
