/**
 * The compiler of `FIELD = EXPRESSION`: what computes the values of a record, and what puts them into it.
 *
 * @module
 */
import { compileNode } from "./expression/compile.ts";
import { ExpressionError } from "./expression/error.ts";
import type { Operand } from "./expression/operand.ts";
import { parseAssignments } from "./expression/parse.ts";
import type { Assignment } from "./expression/syntax.ts";
import type { RecordSource } from "./query.ts";
import type { Row, RowFailure } from "./row.ts";
import type { BoundFields } from "./scope.ts";
import { type Encode, encoderOf, typeNameOf } from "./set_encode.ts";
import { stagedFor } from "./set_staged.ts";
import { type SetTarget, setTargets } from "./set_target.ts";
import { textSetter } from "./set_text.ts";

/** A field that gets a value. */
export interface FieldSetter {
  readonly name: string;
  /** Computes the value for the current record, and keeps it aside. */
  readonly encode: Encode;
  /** Puts it into the record. @returns How many bytes have another value now. */
  readonly store: () => number;
  /** A copy of the bytes that the field of the current record has. */
  readonly copy: () => Uint8Array;
  /** The field itself. */
  readonly operand: Operand;
  /** Where they are: byte offset in the arena. */
  readonly address: () => number;
}

/** A value that does not fit its field. */
export interface SetFailure extends RowFailure {
  /** Name of the field. */
  readonly field: string;
}

/** What assignments are compiled against. */
export interface SetScope {
  readonly source: RecordSource;
  readonly row: Row;
  readonly fields: BoundFields;
  /** Whether integers out of range start again at the other end. */
  readonly wraps: boolean;
}

/** Makes the setter of an assignment; a text says what its value must be instead. */
type MakeSetter = (operand: Operand) => MadeSetter | string;

/** A setter, but for the field itself. */
export type MadeSetter = Omit<FieldSetter, "operand">;

/** What can be set, by name, and how. */
type Makers = ReadonlyMap<string, MakeSetter | { readonly refusal: string }>;

/**
 * Compiles assignments.
 *
 * @param texts Each has one or more, with commas between them.
 * @returns A setter for each, in their order.
 * @throws {ExpressionError} If one is none, its types do not fit, or a field cannot be set, or is set twice.
 */
export function compileSetters(
  texts: readonly string[],
  scope: SetScope,
): FieldSetter[] {
  const makers = makersOf(scope);
  const taken = new Set<string>();
  return texts.flatMap((text) =>
    parseAssignments(text).map((assignment) => {
      const { name, index } = assignment;
      if (taken.has(name)) {
        const rule = `must be a field that is set once: received ${
          JSON.stringify(name)
        } again`;
        throw new ExpressionError(text, index, rule);
      }
      taken.add(name);
      return setterOf(assignment, text, makers, scope);
    })
  );
}

function makersOf(scope: SetScope): Makers {
  const { source, row, fields: { text } } = scope;
  const layout = source.fields;
  const targets = layout.kind === "struct"
    ? setTargets(source, layout)
    : setTargets(source);
  const makers = new Map<string, MakeSetter | { readonly refusal: string }>();
  for (const [name, target] of targets) {
    const { refusal } = target;
    makers.set(
      name,
      refusal === undefined
        ? (operand) => binarySetter(target, operand, scope)
        : { refusal },
    );
  }
  if (layout.kind === "delimited" && text !== undefined) {
    layout.names.forEach((name, index) =>
      makers.set(
        name,
        (operand) =>
          textSetter({ row, fields: text, layout, index, name, operand }),
      )
    );
  }
  return makers;
}

function binarySetter(
  target: SetTarget,
  operand: Operand,
  { row, wraps }: SetScope,
): MadeSetter | string {
  const { view, store } = stagedFor(row, target);
  const { name, base, offset, byteLength } = target;
  const address = () => row[base] + offset;
  const copy = () => row.bytes.slice(address(), address() + byteLength);
  const encode = encoderOf({ target, operand, view, wraps });
  if (typeof encode === "string") return encode;
  return { name, encode, store, copy, address };
}

function setterOf(
  { name, node, index }: Assignment,
  text: string,
  makers: Makers,
  { fields }: SetScope,
): FieldSetter {
  const quoted = JSON.stringify(name);
  const make = makers.get(name);
  if (make === undefined) {
    const names = [...makers.keys()].map((known) => JSON.stringify(known));
    const rule = `must be one of the fields ${
      names.join(", ")
    }: received ${quoted}`;
    throw new ExpressionError(text, index, rule);
  }
  if (typeof make !== "function") {
    const rule =
      `must be a field that can be set: received ${quoted}, ${make.refusal}`;
    throw new ExpressionError(text, index, rule);
  }
  const operand = compileNode(node, text, fields.scope);
  const setter = make(operand);
  const field = fields.scope.get(name);
  if (field === undefined) throw new Error("Bug: a field has no operand");
  if (typeof setter === "object") return { ...setter, operand: field };
  const rule = `must be ${setter}, which field ${quoted} takes: received ${
    typeNameOf(operand)
  }`;
  throw new ExpressionError(text, node.index, rule);
}

/** Sets the fields of one record after the other. */
export class RecordSetter {
  readonly setters: readonly FieldSetter[];
  /** Why the values of the last record did not fit. */
  failure: SetFailure | undefined = undefined;
  /** Fields that have got other bytes, since somebody set this to 0. */
  edits = 0;

  constructor(setters: readonly FieldSetter[]) {
    this.setters = setters;
  }

  /** Computes all values of the current record from what it holds. @returns Whether they fit. */
  compute(): boolean {
    const { setters } = this;
    for (let i = 0; i < setters.length; i++) {
      // `!` here and below: the index is below the length.
      const failure = setters[i]!.encode();
      if (failure === undefined) continue;
      this.failure = { ...failure, field: setters[i]!.name };
      return false;
    }
    return true;
  }

  /** Puts what was computed into the current record. @returns How many bytes have another value now. */
  store(): number {
    const { setters } = this;
    let changed = 0;
    for (let i = 0; i < setters.length; i++) {
      const bytes = setters[i]!.store();
      if (bytes === 0) continue;
      changed += bytes;
      this.edits++;
    }
    return changed;
  }
}
