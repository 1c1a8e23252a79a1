/**
 * Errors of the operating system as the runtimes report them.
 *
 * @module
 */
import { loadBuiltin } from "./platform/builtin.ts";

/** An error of the operating system. */
export interface SystemError {
  /** The errno's name, such as `ENOSPC`. */
  readonly code: string;
  /** `no space left on device`. */
  readonly message: string;
}

/**
 * Finds the errno in an error of the runtime.
 *
 * Node and Bun write `ENOSPC: no space left on device, write` and have a `code`; Deno writes
 * `No space left on device (os error 28)`, and has a `code` for some of them.
 *
 * @returns `undefined` if it is no error of the operating system.
 */
export function asSystemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error)) return undefined;
  const [, text = "", number] =
    /^(.*) \(os error (\d+)\)/s.exec(error.message) ?? [];
  if (number !== undefined) {
    return {
      code: loadBuiltin<typeof import("node:util")>("node:util")
        .getSystemErrorName(-Number(number)),
      message: text.charAt(0).toLowerCase() + text.slice(1),
    };
  }
  // Deno's own refusal, which no errno stands behind: its text names the permission.
  if (error.name === "NotCapable") {
    return { code: "EACCES", message: error.message };
  }
  const { code } = error as Error & { code?: unknown };
  if (typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return undefined;
  const message = /^(?:write )?E[A-Z0-9]+(?:: (.*?)(?:, [a-z]+(?: '.*)?)?)?$/s
    .exec(error.message);
  return {
    code,
    message: message === null
      ? error.message
      : message[1] ?? "cannot be written",
  };
}
