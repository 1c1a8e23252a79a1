/**
 * Views whose elements are read through a typed array: contiguous, aligned, in the machine's byte order.
 *
 * ```text
 * at(index) = array[index], or array[index + length] if that is undefined, or an error
 * ```
 *
 * # Why it is fast
 *
 * Engines specialise a load on the kinds of arrays that its place in the source has seen. One `at()`
 * for all would see ten, and so would what it is inlined into; so each kind has a class, each class an
 * `at()` of its own, and the caller's loop sees one class. A typed array checks its bounds anyway and
 * gives `undefined` beyond them, which optimised code knows cannot be a number: no check is left but the
 * array's own. Values to store are compared with their bounds, rather than with what is left of them
 * when they are cut to size, because V8 knows the bounds of what comes from an array. A read-only view
 * has an empty array to store to; errors are left to the class that these extend.
 *
 * A loop over 64 KiB takes 1.0 times as long as over the array itself when it loads (1.25 for `B` on Node),
 * 0.4 to 1.2 times when it iterates, and at most 1.0 times when it stores what fits for sure: Node 20.20,
 * Deno 2.9, Bun 1.4; Intel Xeon, Sapphire Rapids, 2026-11-22.
 *
 * # Not done
 *
 * Comparing the index with 0 and the length first: with a loop body this small, 1.4 to 5 times as long.
 * On Bun that would pay once an index was negative or out of bounds, because JavaScriptCore then treats
 * all loads of that kind as such (2.5 to 6 times as long; V8: no difference).
 *
 * @module
 */
import type { ElementValue } from "../../binary/element.ts";
import type { AnyView, View } from "../view.ts";
import type { Extent } from "./extent.ts";
import type { TypedKind } from "./format.ts";
import { ElementIterator } from "./iterate.ts";

/** The least magnitude that rounds to infinity: halfway from the greatest float to the next step. */
const FLOAT32_OVERFLOW = 2 ** 128 - 2 ** 103;

/**
 * Whether a comparison with an `int32` comes before those with bounds of `u32`. JavaScriptCore knows of what comes from
 * an array whether it is an `int32`; such values then take no check at all, and 2.0 times the array's time without.
 * V8 knows the array's kind instead, and takes 2.5 times as long with it.
 */
const INT32_FIRST = "Bun" in globalThis;

/** A subclass of View, which takes extents in place of bytes. */
export type ViewClass = new (extent: Uint8Array) => AnyView;

/**
 * Makes the classes, which extend View without importing it, as it needs them.
 *
 * @param extentOf What a view shows, which View alone knows.
 * @returns One for each kind of typed array, to be made from an extent of one dimension over which
 * there is a typed array of that kind.
 */
export function typedViews(
  Base: typeof View,
  extentOf: (view: AnyView) => Extent,
): Record<TypedKind, ViewClass> {
  /** The error that an index deserves. */
  const refusal = (view: AnyView, index: number, extra?: number): unknown => {
    const indices = extra === undefined ? [index] : [index, extra];
    try {
      Base.prototype.at.apply(view, indices);
    } catch (error) {
      return error;
    }
    return new Error(`Bug: element ${index} of a view is not in its array`);
  };

  /** Arguments of a typed array's constructor. */
  const place = (view: AnyView): [ArrayBufferLike, number, number] => {
    const { data, byteOffset, count } = extentOf(view);
    return [data.buffer, byteOffset, count];
  };

  /** What the classes share. */
  class TypedView extends Base<string> {
    override release(): void {
      super.release();
      // Fields that are stored to only once are as good as constants to engines; so the array stays,
      // and the methods go that read it.
      Object.setPrototypeOf(this, Base.prototype);
    }
  }

  /** Elements through an `Int8Array`; the other classes differ in the kind only. */
  class Int8View extends TypedView {
    readonly #array = new Int8Array(...place(this));
    readonly #target = this.readonly ? new Int8Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || value < -0x80 || value > 0x7f ||
        Math.floor(value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Uint8View extends TypedView {
    readonly #array = new Uint8Array(...place(this));
    readonly #target = this.readonly ? new Uint8Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || value < 0 || value > 0xff ||
        Math.floor(value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Int16View extends TypedView {
    readonly #array = new Int16Array(...place(this));
    readonly #target = this.readonly ? new Int16Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || value < -0x8000 || value > 0x7fff ||
        Math.floor(value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Uint16View extends TypedView {
    readonly #array = new Uint16Array(...place(this));
    readonly #target = this.readonly ? new Uint16Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || value < 0 || value > 0xffff ||
        Math.floor(value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Int32View extends TypedView {
    readonly #array = new Int32Array(...place(this));
    readonly #target = this.readonly ? new Int32Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || value < -0x80000000 ||
        value > 0x7fffffff || Math.floor(value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Uint32View extends TypedView {
    readonly #array = new Uint32Array(...place(this));
    readonly #target = this.readonly ? new Uint32Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index === "number" && typeof value === "number" &&
        (INT32_FIRST && (value | 0) === value && value >= 0 ||
          value >= 0 && value <= 0xffffffff && Math.floor(value) === value)
      ) {
        // Ignored beyond the bounds.
        array[index] = value;
        if (array[index] !== undefined) return;
      }
      super.set(index, value);
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class BigInt64View extends TypedView {
    readonly #array = new BigInt64Array(...place(this));
    readonly #target = this.readonly ? new BigInt64Array() : this.#array;

    override at(index: number, extra?: number): bigint {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "bigint" || BigInt.asIntN(64, value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<bigint> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class BigUint64View extends TypedView {
    readonly #array = new BigUint64Array(...place(this));
    readonly #target = this.readonly ? new BigUint64Array() : this.#array;

    override at(index: number, extra?: number): bigint {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "bigint" || BigInt.asUintN(64, value) !== value
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<bigint> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Float32View extends TypedView {
    readonly #array = new Float32Array(...place(this));
    readonly #target = this.readonly ? new Float32Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number" || !(Math.abs(value) < FLOAT32_OVERFLOW)
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  class Float64View extends TypedView {
    readonly #array = new Float64Array(...place(this));
    readonly #target = this.readonly ? new Float64Array() : this.#array;

    override at(index: number, extra?: number): number {
      const array = this.#array;
      let value = array[index];
      if (
        value === undefined || extra !== undefined || typeof index !== "number"
      ) {
        value = array[index + array.length];
        if (
          value === undefined || extra !== undefined ||
          typeof index !== "number"
        ) {
          throw refusal(this, index, extra);
        }
      }
      return value;
    }

    override set(index: number | readonly number[], value: ElementValue): void {
      const array = this.#target;
      if (
        typeof index !== "number" || array[index] === undefined ||
        typeof value !== "number"
      ) {
        super.set(index, value);
      } else array[index] = value;
    }

    override [Symbol.iterator](): IterableIterator<number> {
      let index = 0;
      const { length } = this;
      return new ElementIterator(() =>
        index < length
          ? { value: this.at(index++), done: false }
          : { value: undefined, done: true }
      );
    }
  }

  return {
    Int8: Int8View,
    Uint8: Uint8View,
    Int16: Int16View,
    Uint16: Uint16View,
    Int32: Int32View,
    Uint32: Uint32View,
    BigInt64: BigInt64View,
    BigUint64: BigUint64View,
    Float32: Float32View,
    Float64: Float64View,
  };
}
