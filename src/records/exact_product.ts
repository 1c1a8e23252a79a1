/**
 * Products of doubles without loss: `a * b = product + error`.
 *
 * @see T. J. Dekker, "A floating-point technique for extending the available precision", 1971.
 *
 * @module
 */

const SPLITTER = 2 ** 27 + 1;

/**
 * What `a * b` loses by rounding.
 *
 * Exact where the product is neither above about 1e300 nor so small that its error is below the least
 * double (about 1e-290); the factors must be below 1e300.
 *
 * @param product `a * b`.
 */
export function productError(a: number, b: number, product: number): number {
  const aScaled = SPLITTER * a;
  const aHigh = aScaled - (aScaled - a);
  const aLow = a - aHigh;
  const bScaled = SPLITTER * b;
  const bHigh = bScaled - (bScaled - b);
  const bLow = b - bHigh;
  return aLow * bLow -
    (((product - aHigh * bHigh) - aLow * bHigh) - aHigh * bLow);
}
