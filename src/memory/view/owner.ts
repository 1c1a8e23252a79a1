/**
 * Who is told of views: the owner of bytes that must not go away under them.
 *
 * @module
 */

/** What an owner sees of a view. */
export interface OwnedView {
  /** Ends the view. Does nothing when called again. */
  release(): void;
}

/** Owner of the bytes of views, who has to know whether there are any. */
export interface ViewOwner {
  /** Called once for each view that is made: first ones, slices, casts and all others. May throw. */
  retain(view: OwnedView): void;
  /** Called once for each view that is released. */
  release(view: OwnedView): void;
}

/**
 * The views that an owner has given away and that are still there.
 *
 * Holds them weakly. `file.view().cast("d")` makes a view that nobody can release: it counts until
 * the garbage collector has found it, which may be late.
 */
export class ViewGroup implements ViewOwner {
  readonly #references = new Set<WeakRef<OwnedView>>();
  readonly #referenceOf = new WeakMap<OwnedView, WeakRef<OwnedView>>();
  /** Size at which those that were collected are thrown out. */
  #sweepAt = SWEEP_MIN;

  /** How many views have been neither released nor collected. */
  get count(): number {
    this.#sweep();
    return this.#references.size;
  }

  /** Counts a view. */
  retain(view: OwnedView): void {
    if (this.#references.size >= this.#sweepAt) this.#sweep();
    const reference = new WeakRef(view);
    this.#references.add(reference);
    this.#referenceOf.set(view, reference);
  }

  /** Counts a view no longer. */
  release(view: OwnedView): void {
    const reference = this.#referenceOf.get(view);
    if (reference !== undefined) this.#references.delete(reference);
  }

  /** Releases all views. */
  releaseAll(): void {
    for (const reference of [...this.#references]) reference.deref()?.release();
    this.#references.clear();
  }

  #sweep(): void {
    for (const reference of this.#references) {
      if (reference.deref() === undefined) this.#references.delete(reference);
    }
    // Each view is looked at a constant number of times on average.
    this.#sweepAt = Math.max(SWEEP_MIN, 2 * this.#references.size);
  }
}

const SWEEP_MIN = 64;
