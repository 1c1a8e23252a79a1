/**
 * Iterators over elements.
 *
 * @module
 */

/** What arrays' iterators inherit: `map()`, `take()` and others, where the runtime has them. */
const ITERATOR: object = Object.getPrototypeOf(
  Object.getPrototypeOf([][Symbol.iterator]()),
);

/** An iterator whose steps are a function. */
export class ElementIterator<Value> implements IterableIterator<Value> {
  readonly next: () => IteratorResult<Value, undefined>;

  static {
    Object.setPrototypeOf(ElementIterator.prototype, ITERATOR);
  }

  constructor(next: () => IteratorResult<Value, undefined>) {
    this.next = next;
  }

  [Symbol.iterator](): this {
    return this;
  }
}
