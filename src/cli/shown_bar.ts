/**
 * The progress bar that is shown, and other output on its terminal: the bar has the last line, and leaves it first.
 *
 * @module
 */
import type { CliIo, CliOutput } from "./io.ts";

/** A bar on the terminal's last line. */
export interface ShownBar {
  /** Leaves the line empty, until it is drawn again. @returns What is fulfilled when the terminal has been told. */
  clear(): Promise<void>;
}

let shown: ShownBar | undefined;
let isDrawing = false;

/** Says which bar is shown from now on: there is one at most. */
export function setShownBar(bar: ShownBar | undefined): void {
  shown = bar;
}

/** Writes what is the bar itself. */
export function draw(terminal: CliOutput, text: string): Promise<void> {
  isDrawing = true;
  try {
    return terminal.write(text);
  } finally {
    isDrawing = false;
  }
}

/** The same world, whose outputs take the bar out of the way where they go to its terminal. */
export function besideBar(io: CliIo): CliIo {
  return { ...io, stdout: tidy(io.stdout), stderr: tidy(io.stderr) };
}

function tidy(output: CliOutput): CliOutput {
  const { isTty, columns } = output;
  if (!isTty) return output;
  return {
    isTty,
    columns,
    async write(data) {
      if (!isDrawing) await shown?.clear();
      await output.write(data);
    },
  };
}
