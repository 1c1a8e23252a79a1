/**
 * The parser of arguments, Commander, without the modules of Node's that it would load at once
 * (scripts/build_commander.mjs).
 *
 * @module
 */
import type * as Commander from "commander";
import { commander } from "./commander_bundle.ts";

// SAFETY of the cast: the bundle is made of the package that the types are those of.
const bundled = commander as typeof Commander;

/** A command, or the program as a whole. */
export type Command = Commander.Command;
export type Option = Commander.Option;
export const Command: typeof Commander.Command = bundled.Command;
/** What the parser throws, help included. */
export const CommanderError: typeof Commander.CommanderError =
  bundled.CommanderError;
