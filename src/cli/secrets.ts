/**
 * URLs with passwords, signatures or tokens in them: the command opens them, and shows them without.
 *
 * @module
 */
import { shownPath } from "../remote/is_remote.ts";
import { UsageError } from "./io.ts";

/** What the files of this command are, by how they are shown. */
let hidden: ReadonlyMap<string, string> = new Map();

/**
 * Takes the secrets out of the names of the files that a command works on.
 *
 * @returns The names as they may be shown; {@link revealName} turns them back.
 * @throws {UsageError} If two differ in their secrets only.
 */
export function hideSecrets(names: readonly string[]): readonly string[] {
  const known = new Map<string, string>();
  const shown = names.map((given) => {
    const name = shownPath(given);
    if ((known.get(name) ?? given) !== given) {
      throw new UsageError(
        `Cannot tell files apart as they differ in their secrets only: received "${name}" twice`,
      );
    }
    known.set(name, given);
    return name;
  });
  hidden = known;
  return shown;
}

/** The name of a file as it was given. */
export function revealName(name: string): string {
  return hidden.get(name) ?? name;
}
