/**
 * What a run over part of a file tells of the records behind it.
 *
 * @module
 */

/** Under which name the results of lanes have the entry (binary/framing.ts) of what is behind a part of a file. */
export const FRAMING_EXIT = "framing exit";
