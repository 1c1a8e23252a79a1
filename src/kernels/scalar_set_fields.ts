/**
 * The scalar twin of assembly/set_fields.ts.
 *
 * @module
 */
import { sharedBuffer } from "../memory/arena.ts";
import { FieldKind } from "./records.ts";
import {
  LITERAL_KIND,
  SetCondition,
  type SetKernel,
  SetOperator,
  SetPlanField,
} from "./set_fields.ts";

/** Makes the kernel over a memory. */
export function createScalarSetKernel(memory: WebAssembly.Memory): SetKernel {
  const view = new DataView(sharedBuffer(memory));
  const bytes = new Uint8Array(view.buffer);
  const staged = new DataView(new ArrayBuffer(8));
  return (plan, start, end) => {
    const word = (field: number) => view.getUint32(plan + field, true);
    const number = (field: number) => view.getFloat64(plan + field, true);
    const stride = word(SetPlanField.Stride);
    const little = word(SetPlanField.Swap) === 0;
    const target = word(SetPlanField.Target);
    const kind = word(SetPlanField.TargetKind);
    const operator = word(SetPlanField.Operator);
    const left = word(SetPlanField.Left), right = word(SetPlanField.Right);
    const leftKind = word(SetPlanField.LeftKind);
    const rightKind = word(SetPlanField.RightKind);
    const leftNumber = number(SetPlanField.LeftNumber);
    const rightNumber = number(SetPlanField.RightNumber);
    const condition = word(SetPlanField.Condition);
    const tested = word(SetPlanField.Tested);
    const testedKind = word(SetPlanField.TestedKind);
    const bound = number(SetPlanField.Bound);
    const byteLength = BYTES[kind] ?? 1;
    let matched = 0, changed = 0, bytesChanged = 0, at = start;
    for (; at < end; at += stride) {
      if (condition !== SetCondition.None) {
        const value = load(view, at + tested, testedKind, little, 0);
        if (!holds(condition, value, bound)) continue;
      }
      const a = load(view, at + left, leftKind, little, leftNumber);
      const b = load(view, at + right, rightKind, little, rightNumber);
      if (!encode(staged, kind, little, compute(operator, a, b))) break;
      matched++;
      let differing = 0;
      for (let i = 0, place = at + target; i < byteLength; i++, place++) {
        const byte = staged.getUint8(i);
        if (bytes[place] === byte) continue;
        // SAFETY: the record starts in the caller's own segment, so nobody else stores into it.
        bytes[place] = byte;
        differing++;
      }
      bytesChanged += differing;
      if (differing > 0) changed++;
    }
    view.setUint32(plan + SetPlanField.Matched, matched, true);
    view.setUint32(plan + SetPlanField.Changed, changed, true);
    view.setUint32(plan + SetPlanField.BytesChanged, bytesChanged, true);
    return at;
  };
}

/** By {@link FieldKind}. */
const BYTES = [8, 4, 4, 4, 2, 2, 1, 1];

function load(
  view: DataView,
  at: number,
  kind: number,
  little: boolean,
  number: number,
): number {
  switch (kind) {
    case LITERAL_KIND:
      return number;
    case FieldKind.F64:
      return view.getFloat64(at, little);
    case FieldKind.F32:
      return view.getFloat32(at, little);
    case FieldKind.I32:
      return view.getInt32(at, little);
    case FieldKind.U32:
      return view.getUint32(at, little);
    case FieldKind.I16:
      return view.getInt16(at, little);
    case FieldKind.U16:
      return view.getUint16(at, little);
    case FieldKind.I8:
      return view.getInt8(at);
    default:
      return view.getUint8(at);
  }
}

function compute(operator: number, a: number, b: number): number {
  switch (operator) {
    case SetOperator.Add:
      return a + b;
    case SetOperator.Subtract:
      return a - b;
    case SetOperator.Multiply:
      return a * b;
    case SetOperator.Divide:
      return a / b;
    default:
      return a;
  }
}

function holds(condition: number, a: number, b: number): boolean {
  switch (condition) {
    case SetCondition.Equal:
      return a === b;
    case SetCondition.NotEqual:
      return a !== b;
    case SetCondition.Less:
      return a < b;
    case SetCondition.AtMost:
      return a <= b;
    case SetCondition.Greater:
      return a > b;
    default:
      return a >= b;
  }
}

/** Encodes a value at the start of `staged`. @returns False if it does not fit, or is no number. */
function encode(
  staged: DataView,
  kind: number,
  little: boolean,
  value: number,
): boolean {
  switch (kind) {
    case FieldKind.F64:
      staged.setFloat64(0, value, little);
      return value === value;
    case FieldKind.F32:
      staged.setFloat32(0, value, little);
      return Math.abs(Math.fround(value)) < Infinity;
    case FieldKind.I32:
      staged.setInt32(0, value, little);
      return (value | 0) === value;
    case FieldKind.U32:
      staged.setUint32(0, value, little);
      return value >>> 0 === value;
    case FieldKind.I16:
      staged.setInt16(0, value, little);
      return value << 16 >> 16 === value;
    case FieldKind.U16:
      staged.setUint16(0, value, little);
      return (value & 0xffff) === value;
    case FieldKind.I8:
      staged.setInt8(0, value);
      return value << 24 >> 24 === value;
    default:
      staged.setUint8(0, value);
      return (value & 0xff) === value;
  }
}
