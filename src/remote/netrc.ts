/**
 * Users and passwords of hosts from `~/.netrc`, as curl, wget and git know it. Of use where a URL goes to other
 * machines or into a list, and must have no password in it.
 *
 * @module
 */
import { readEnvironment, readUserFile } from "./environment.ts";

/** Who asks a host. */
export interface NetrcEntry {
  readonly login: string;
  readonly password: string;
}

/** Looks a host up in the file that `NETRC` names, or in `~/.netrc`. @returns `undefined` if it is not there by name. */
export function readNetrc(host: string): NetrcEntry | undefined {
  const home = readEnvironment("HOME") ?? readEnvironment("USERPROFILE");
  const path = readEnvironment("NETRC") ??
    (home === undefined ? undefined : `${home}/.netrc`);
  const text = path === undefined ? undefined : readUserFile(path);
  return text === undefined ? undefined : findEntry(text, host);
}

/** An entry `default` is good for every host, and so is not used: a URL must not choose who gets a password. */
function findEntry(text: string, host: string): NetrcEntry | undefined {
  const words = withoutMacros(text).split(/\s+/);
  let isHere = false;
  let login = "";
  let password: string | undefined;
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === "machine" || word === "default") {
      if (isHere && password !== undefined) break;
      isHere = word === "machine" && words[++at] === host;
    } else if (word === "login" || word === "password" || word === "account") {
      const value = words[++at];
      if (isHere && word === "login") login = value ?? "";
      if (isHere && word === "password") password = value;
    }
  }
  return password === undefined ? undefined : { login, password };
}

/** Macros go on to an empty line; comments to the end of theirs. */
function withoutMacros(text: string): string {
  return text
    .replace(/^\s*macdef\s[^]*?(?:\n\s*\n|$(?![^]))/gm, "\n")
    .replace(/^\s*#.*$/gm, "");
}
