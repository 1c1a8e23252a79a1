/**
 * The result of a user's job as text.
 *
 * @module
 */

/** One line of JSON: u64 values as strings, maps as objects, sets and typed arrays as lists. */
export function resultJson(value: unknown): string {
  return JSON.stringify(value, (_key, item) => plain(item));
}

/** What a person wants to see: text as it is, anything else as JSON over several lines. */
export function formatResult(result: unknown): string {
  if (typeof result === "string") return result;
  if (typeof result === "bigint") return result.toString();
  if (result === undefined) return "undefined";
  return JSON.stringify(result, (_key, item) => plain(item), 2);
}

function plain(item: unknown): unknown {
  if (typeof item === "bigint") return item.toString();
  if (item instanceof Map) {
    return Object.fromEntries(
      [...item].map(([key, value]) => [String(key), value]),
    );
  }
  if (item instanceof Set) return [...item];
  // JSON would make objects with keys "0", "1" and so on of them.
  if (ArrayBuffer.isView(item) && !(item instanceof DataView)) {
    return Array.from(item as Uint8Array);
  }
  return item;
}
