/**
 * Patterns of file names, as shells have them.
 *
 * `*` and `?` stand for characters within one name, `[a-z]` and `[!a-z]` for one of some, `{a,b}` for either,
 * and two stars as a whole name for any number of folders. A backslash takes the meaning from what follows.
 *
 * @module
 */
import { UsageError } from "./io.ts";

/** Tells whether a path is meant: the name alone, or the path from the folder that was named. */
export type PathFilter = (path: string, name: string) => boolean;

/**
 * Makes a filter of patterns.
 *
 * A pattern with a slash, other than at its end, is about the path; one without is about the name, wherever it
 * is. A slash at the end changes nothing.
 *
 * @throws {UsageError} If a pattern has a brace that is not closed, or a range that runs backwards.
 */
export function pathFilter(patterns: readonly string[]): PathFilter {
  const filters = patterns.map(oneFilter);
  return (path, name) => filters.some((filter) => filter(path, name));
}

function oneFilter(pattern: string): PathFilter {
  const trimmed = pattern.replace(/\/+$/, "").replace(/^\.?\/+/, "");
  const isPath = pattern.replace(/\/+$/, "").includes("/");
  const matcher = globToRegExp(trimmed, pattern);
  return (path, name) => matcher.test(isPath ? path : name);
}

/** @param pattern As it was given, for the message. */
function globToRegExp(glob: string, pattern: string): RegExp {
  let source = "";
  let depth = 0;
  for (let at = 0; at < glob.length;) {
    const [token] = /^(?:\*\*\/|\/\*\*$|\*+|\\[^]|\[!?\]?[^\]]*\]|[^])/.exec(
      glob.slice(at),
    ) ?? [""];
    const isWhole = at === 0 || glob[at - 1] === "/";
    if (token === "{") depth++;
    if (token === "}" && depth === 0) source += "\\}";
    else source += translate(token, isWhole, depth);
    if (token === "}" && depth > 0) depth--;
    at += token.length;
  }
  if (depth > 0) throw patternError(pattern);
  try {
    return new RegExp(`^(?:${source})$`, "su");
  } catch {
    throw patternError(pattern);
  }
}

/** @param isWhole Whether the token stands at the beginning of a name. */
function translate(token: string, isWhole: boolean, depth: number): string {
  if (token === "**/") return isWhole ? "(?:[^/]+/)*" : "[^/]*/";
  if (token === "/**") return "/.+";
  if (token.startsWith("*")) return "[^/]*";
  if (token === "?") return "[^/]";
  if (token === "{") return "(?:";
  if (token === "}") return ")";
  if (token === "," && depth > 0) return "|";
  if (token.startsWith("[") && token.length > 2) return bracket(token);
  return quote(token.length > 1 && token[0] === "\\" ? token.slice(1) : token);
}

function bracket(token: string): string {
  const isNegated = token[1] === "!";
  const inner = token.slice(isNegated ? 2 : 1, -1);
  const escaped = inner.replace(/[\\\]\[^]/g, "\\$&");
  return isNegated ? `[^/${escaped}]` : `[${escaped}]`;
}

function quote(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

function patternError(pattern: string): UsageError {
  return new UsageError(
    `Cannot use --exclude as a pattern must be one of a shell: received "${pattern}"`,
  );
}
