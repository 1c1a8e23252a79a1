/**
 * Seeded random words, the same on every machine and runtime.
 *
 * @module
 */

/** Rounds after which the state no longer shows the seed, as the author of sfc32 advises. */
const WARM_UP_ROUNDS = 16;

/**
 * The generator sfc32 ("small fast counting") of Chris Doty-Humphrey's PractRand.
 *
 * Its words are integer sums, shifts and rotations only, so that no engine's mathematics
 * library has a say in them. Not for secrets.
 */
export class RandomWords {
  #a: number;
  #b: number;
  #c = 0;
  #counter = 1;

  /**
   * @param seed `0 <= seed <= 2**53 - 1`.
   */
  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.fill(new Uint32Array(WARM_UP_ROUNDS));
  }

  /** Writes the next `target.length` words. Allocates nothing. */
  fill(target: Uint32Array): void {
    let a = this.#a;
    let b = this.#b;
    let c = this.#c;
    let counter = this.#counter;
    const length = target.length;
    for (let i = 0; i < length; i++) {
      const word = (a + b + counter) | 0;
      counter = (counter + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + word) | 0;
      target[i] = word;
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#counter = counter;
  }
}

/** Random words one at a time, drawn from {@link RandomWords} in batches. */
export class RandomPool {
  readonly #source: RandomWords;
  readonly #words = new Uint32Array(4096);
  #next = 4096;

  /**
   * @param seed `0 <= seed <= 2**53 - 1`.
   */
  constructor(seed: number) {
    this.#source = new RandomWords(seed);
  }

  /** The next word, `0 <= word < 2**32`. */
  next(): number {
    if (this.#next === this.#words.length) {
      this.#source.fill(this.#words);
      this.#next = 0;
    }
    // `#next` is below the length here, so there is a word.
    return this.#words[this.#next++] ?? 0;
  }
}
