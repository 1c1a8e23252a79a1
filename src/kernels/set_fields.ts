/**
 * The kernel that sets a field of records of a fixed length.
 *
 * @module
 */
import { bindFamily } from "./family.ts";
import type { Backend } from "./kernels.ts";
import { FieldKind } from "./records.ts";
import { createScalarSetKernel } from "./scalar_set_fields.ts";
import { SET_FIELDS_WASM_BASE64 } from "./set_fields_wasm.ts";

/** A number of the expression, beside those of {@link FieldKind}. */
export const LITERAL_KIND = 8;

/** What is made of the two numbers. */
export const SetOperator = {
  Add: 0,
  Subtract: 1,
  Multiply: 2,
  Divide: 3,
  /** The left one. */
  Copy: 4,
} as const;

/** How a field is compared with a number. */
export const SetCondition = {
  /** All records are set. */
  None: 0,
  Equal: 1,
  NotEqual: 2,
  Less: 3,
  AtMost: 4,
  Greater: 5,
  AtLeast: 6,
} as const;

/** A field of a record, or a number. */
export interface SetOperand {
  /** One of {@link FieldKind}, or {@link LITERAL_KIND}. */
  readonly kind: number;
  /** Of the field, in the record. */
  readonly offset: number;
  readonly number: number;
}

/** One field that gets what an operator makes of two numbers. */
export interface SetPlan {
  readonly recordBytes: number;
  readonly littleEndian: boolean;
  readonly target: SetOperand;
  /** One of {@link SetOperator}. */
  readonly operator: number;
  readonly left: SetOperand;
  readonly right: SetOperand;
  /** One of {@link SetCondition}. */
  readonly condition: number;
  /** The field that is compared. */
  readonly tested: SetOperand;
  /** What with. */
  readonly bound: number;
}

/** Where the kernel finds a plan: byte offsets from its address, a multiple of 8. Counts are what it leaves there. */
export const SetPlanField = {
  Stride: 0,
  Swap: 4,
  Target: 8,
  TargetKind: 12,
  Operator: 16,
  Left: 20,
  LeftKind: 24,
  Right: 28,
  RightKind: 32,
  Condition: 36,
  Tested: 40,
  TestedKind: 44,
  LeftNumber: 48,
  RightNumber: 56,
  Bound: 64,
  Matched: 72,
  Changed: 76,
  BytesChanged: 80,
} as const;

/** Bytes of a plan. */
export const SET_PLAN_BYTES = 88;

/**
 * Sets the target of the records from address `start` on.
 *
 * @param plan Address of the plan.
 * @param end Where the last whole record ends.
 * @returns Address of the first record whose value does not fit, or is no number; it is left as it was, and not
 * counted. `end` if there is none.
 */
export type SetKernel = (plan: number, start: number, end: number) => number;

/** Binds a backend to a memory: shared, and never grown. */
export function bindSetKernel(
  memory: WebAssembly.Memory,
  backend: Backend,
): SetKernel {
  if (backend === "scalar") return createScalarSetKernel(memory);
  const { setFields } = bindFamily<{ setFields: SetKernel }>(
    SET_FIELDS_WASM_BASE64,
    memory,
  );
  // WASM gives 32 bits as a signed number.
  return (plan, start, end) => setFields(plan, start, end) >>> 0;
}

/** Writes a plan to where the kernel finds it. */
export function writeSetPlan(view: DataView, at: number, plan: SetPlan): void {
  const { target, left, right, tested } = plan;
  const words: [offset: number, value: number][] = [
    [SetPlanField.Stride, plan.recordBytes],
    [SetPlanField.Swap, plan.littleEndian ? 0 : 1],
    [SetPlanField.Target, target.offset],
    [SetPlanField.TargetKind, target.kind],
    [SetPlanField.Operator, plan.operator],
    [SetPlanField.Left, left.offset],
    [SetPlanField.LeftKind, left.kind],
    [SetPlanField.Right, right.offset],
    [SetPlanField.RightKind, right.kind],
    [SetPlanField.Condition, plan.condition],
    [SetPlanField.Tested, tested.offset],
    [SetPlanField.TestedKind, tested.kind],
  ];
  for (const [offset, value] of words) view.setUint32(at + offset, value, true);
  view.setFloat64(at + SetPlanField.LeftNumber, left.number, true);
  view.setFloat64(at + SetPlanField.RightNumber, right.number, true);
  view.setFloat64(at + SetPlanField.Bound, plan.bound, true);
}

export { FieldKind };
