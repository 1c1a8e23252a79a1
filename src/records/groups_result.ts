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
import { finishDeviation, finishMean, finishSum } from "./finish_number.ts";
import { type GroupReader, mergeGroups } from "./merge_groups.ts";
import { keyValues } from "./keys.ts";
import { FirstRows, type RecordRow, rowOrder } from "./order.ts";
import type {
  AggregateName,
  GroupsQuery,
  RecordColumn,
  RecordQuery,
  RecordValue,
} from "./query.ts";
import type { Tally } from "./tally.ts";

/** What the workers gave. */
export interface Gathered {
  /** Partials of group tables, in any order. */
  readonly tables: readonly Uint8Array[];
  /** Of each worker, the digits behind the point of each input. */
  readonly decimals: readonly (readonly number[])[];
  readonly tally: Tally;
}

/** The answer to a query with aggregates. */
export interface GroupsResult {
  readonly columns: readonly RecordColumn[];
  readonly rows: readonly RecordRow[];
  readonly tally: Tally;
}

/** A column of the output, and how its value is made of a group. */
interface OutputColumn extends RecordColumn {
  value(group: GroupReader): RecordValue;
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
}

/**
 * Looks at what a query names.
 *
 * @throws {TypeError} If the query names what is not there, or an expression is none.
 */
export function shapeOf(query: RecordQuery, output: GroupsQuery): GroupShape {
  // Nothing is loaded, so there need not be an arena.
  const bound = bindQuery(query, new SharedArrayBuffer(0));
  const inputs = bindInputs(output, bound);
  return {
    keyTypes: bindGroupFields(output, bound).map(({ type }) => type),
    inputNames: inputs.map(({ name }) => name),
    inputTypes: inputs.map(({ operand }) => operand.type),
  };
}

/** Makes the result. */
export function groupsResult(
  query: RecordQuery,
  { tables, decimals, tally }: Gathered,
): GroupsResult {
  const { output, sort, top } = query;
  if (output.kind !== "groups") {
    return { columns: [], rows: [], tally };
  }
  const shape = shapeOf(query, output);
  const layout = layOutCells(output.aggregates, shape.inputTypes);
  const inputs = layout.inputs.map((cells, i): FinishedInput => ({
    cells,
    decimals: Math.max(0, ...decimals.map((all) => all[i] ?? 0)),
  }));
  const columns = [
    ...keyColumns(output, shape.keyTypes),
    ...aggregateColumns(output, shape.inputNames, inputs),
  ];
  const keyCount = output.groupBy.length;
  const order = rowOrder(columns, sort, keyCount);
  const first = new FirstRows<RecordRow>(order, top);
  const hasGroups = mergeGroups(tables, layout, query.seed, (group) => {
    const key = keyValues(group, shape.keyTypes);
    for (let i = keyCount; i < columns.length; i++) {
      // `!`: there are as many.
      key.push(columns[i]!.value(group));
    }
    first.add(key);
  });
  if (!hasGroups && keyCount === 0) first.add(columns.map(valueOfNothing));
  const plain = columns.map(({ name, type, decimals }) => ({
    name,
    type,
    decimals,
  }));
  return { columns: plain, rows: first.finish(), tally };
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
          group.exact(cells.squares),
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
