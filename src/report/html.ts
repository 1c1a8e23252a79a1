/**
 * Text and data inside of HTML.
 *
 * @module
 */

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands between tags and in attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}

/** Data as it stands in a script: valid JSON in which no tag can end or begin. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

/** Code as it stands in a script. @throws {Error} If it would end it. */
export function scriptCode(code: string): string {
  if (/<\/script|<!--/i.test(code)) {
    throw new Error("Bug: code for a report that holds a tag of HTML");
  }
  return code;
}
