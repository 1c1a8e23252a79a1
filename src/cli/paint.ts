/**
 * The little colour there is.
 *
 * @module
 */
import type { CliIo } from "./io.ts";

/** Ways to make text stand out. */
export interface Paint {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
}

/** Colours for standard output: none unless it is a terminal and nothing forbids them. */
export function painter(
  io: CliIo,
  options: { readonly color: boolean },
): Paint {
  // https://no-color.org: any value but an empty one.
  const on = io.stdout.isTty && options.color && !io.env["NO_COLOR"];
  const style = (code: number) => (text: string): string =>
    on ? `\x1b[${code}m${text}\x1b[0m` : text;
  return { bold: style(1), dim: style(2), red: style(31) };
}
