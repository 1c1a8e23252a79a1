/**
 * The version of the command, kept here so that `--version` reads no file.
 *
 * @module
 */

/** Equal to `version` of package.json; a test holds them together. */
export const VERSION = "0.1.0";
