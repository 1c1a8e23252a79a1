/**
 * The kinds of generated files, apart from what makes them, so that naming them loads nothing.
 *
 * @module
 */

/** The kinds of files that can be generated. */
export const GENERATE_KINDS = [
  "random",
  "lines",
  "measurements",
  "records",
] as const;

/** What a generated file holds. */
export type GenerateKind = (typeof GENERATE_KINDS)[number];
