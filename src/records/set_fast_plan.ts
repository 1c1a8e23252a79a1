/**
 * Which updates the kernel carries out: one field of fixed records that gets a field or a number, or what one
 * operator makes of two, where a field compares with a number.
 *
 * The results are those of the general path. What whole numbers come to is exact there, and rounded once where it
 * becomes a double, as doubles do in the kernel; what no double holds exactly fits no field of 32 bits.
 *
 * @module
 */
import {
  FieldKind,
  LITERAL_KIND,
  SetCondition,
  type SetOperand,
  SetOperator,
  type SetPlan,
} from "../kernels/set_fields.ts";
import { parseAssignments, parseExpression } from "./expression/parse.ts";
import type { Node } from "./expression/syntax.ts";
import type { SetQuery } from "./set_query.ts";
import { type SetTarget, setTargets } from "./set_target.ts";

const OPERATORS: ReadonlyMap<string, number> = new Map([
  ["+", SetOperator.Add],
  ["-", SetOperator.Subtract],
  ["*", SetOperator.Multiply],
  ["/", SetOperator.Divide],
]);

const CONDITIONS: ReadonlyMap<string, number> = new Map([
  ["==", SetCondition.Equal],
  ["!=", SetCondition.NotEqual],
  ["<", SetCondition.Less],
  ["<=", SetCondition.AtMost],
  [">", SetCondition.Greater],
  [">=", SetCondition.AtLeast],
]);

const KINDS: ReadonlyMap<string, number> = new Map([
  ["f8", FieldKind.F64],
  ["f4", FieldKind.F32],
  ["i4", FieldKind.I32],
  ["u4", FieldKind.U32],
  ["i2", FieldKind.I16],
  ["u2", FieldKind.U16],
  ["i1", FieldKind.I8],
  ["u1", FieldKind.U8],
]);

/** Makes the plan of an update. @returns `undefined` if it is another. */
export function fastPlan(
  { set, where, source }: Pick<SetQuery, "set" | "where" | "source">,
): SetPlan | undefined {
  const [assignment, ...others] = set.flatMap(parseAssignments);
  const { fields, framing } = source;
  const isOne = assignment !== undefined && others.length === 0;
  if (!isOne || fields.kind !== "struct" || framing.kind !== "fixed") {
    return undefined;
  }
  const targets = setTargets(source, fields);
  const target = fieldOf(targets.get(assignment.name));
  const value = valueOf(assignment.node, targets);
  const condition = conditionOf(where, targets);
  if (!target || !value || !condition) return undefined;
  const { recordBytes } = framing;
  // Of a struct, all fields have one byte order.
  const littleEndian = targets.get(assignment.name)?.littleEndian ?? true;
  return { recordBytes, littleEndian, target, ...value, ...condition };
}

type Targets = ReadonlyMap<string, SetTarget>;

const ZERO = literal(0);

function literal(number: number): SetOperand {
  return { kind: LITERAL_KIND, offset: 0, number };
}

function valueOf(
  node: Node,
  targets: Targets,
): Pick<SetPlan, "operator" | "left" | "right"> | undefined {
  if (node.kind !== "binary") {
    const left = operandOf(node, targets);
    return left && { operator: SetOperator.Copy, left, right: ZERO };
  }
  const operator = OPERATORS.get(node.operator);
  const left = operandOf(node.left, targets);
  const right = operandOf(node.right, targets);
  if (operator === undefined || !left || !right) return undefined;
  return { operator, left, right };
}

function conditionOf(
  where: string | undefined,
  targets: Targets,
): Pick<SetPlan, "condition" | "tested" | "bound"> | undefined {
  if (where === undefined) {
    return { condition: SetCondition.None, tested: ZERO, bound: 0 };
  }
  const node = parseExpression(where);
  if (node.kind !== "binary") return undefined;
  const condition = CONDITIONS.get(node.operator);
  const tested = operandOf(node.left, targets);
  const bound = operandOf(node.right, targets);
  if (condition === undefined || bound?.kind !== LITERAL_KIND) return undefined;
  return tested === undefined || tested.kind === LITERAL_KIND
    ? undefined
    : { condition, tested, bound: bound.number };
}

function operandOf(node: Node, targets: Targets): SetOperand | undefined {
  switch (node.kind) {
    case "number":
      return typeof node.value === "number" ? literal(node.value) : undefined;
    case "unary": {
      const operand = operandOf(node.operand, targets);
      const isNumber = node.operator === "-" && operand?.kind === LITERAL_KIND;
      return isNumber ? literal(-operand.number) : undefined;
    }
    case "name":
      return fieldOf(targets.get(node.name));
  }
  return undefined;
}

/** @returns `undefined` for what doubles do not hold, or is no number. */
function fieldOf(target: SetTarget | undefined): SetOperand | undefined {
  if (target === undefined) return undefined;
  const { code, offset, byteLength } = target;
  const letter = "fd".includes(code)
    ? "f"
    : "bhilqn".includes(code)
    ? "i"
    : "BHILQNP".includes(code)
    ? "u"
    : "";
  const kind = KINDS.get(`${letter}${byteLength}`);
  return kind === undefined ? undefined : { kind, offset, number: 0 };
}
