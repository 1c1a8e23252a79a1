/**
 * The error of an expression that cannot be read.
 *
 * @module
 */

/** An expression is none, or its types do not fit. It says where. */
export class ExpressionError extends TypeError {
  /** Tells it from other errors, also where there are two copies of the class. */
  override readonly name = "ExpressionError";
  /** The text that cannot be read. */
  readonly expression: string;
  /** The character that is at fault, counted from 1; one more than there are for the end. */
  readonly column: number;

  /**
   * Makes an error.
   *
   * @param expression All of the text.
   * @param index Of the UTF-16 unit at fault, `0 <= index <= expression.length`.
   * @param rule What must hold there, and what was found: `must be a value: received its end`.
   */
  constructor(expression: string, index: number, rule: string) {
    const column = [...expression.slice(0, index)].length + 1;
    super(
      `Cannot read expression ${
        JSON.stringify(expression)
      } as column ${column} ${rule}`,
    );
    this.expression = expression;
    this.column = column;
  }
}
