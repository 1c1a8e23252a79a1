/**
 * A program that does nothing: what starting the runtime costs.
 *
 * @module
 */
export {};
