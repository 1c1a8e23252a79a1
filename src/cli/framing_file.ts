/**
 * Files that describe how records are told apart.
 *
 * ```json
 * { "kind": "lengthPrefixed", "options": { "header": ">BHI", "names": ["kind", "length", "id"], "length": "length" } }
 * ```
 *
 * @module
 */
import type { RecordOptions } from "../runs.ts";
import { UsageError } from "./io.ts";
import { readChunks } from "./list_file.ts";
import { toPath } from "./names.ts";

const KINDS: readonly unknown[] = ["fixed", "delimited", "lengthPrefixed"];

/** A description has a few hundred bytes. */
const BYTES_MAX = 1024 ** 2;

/**
 * Reads a description. The options of length-prefixed records may stand alone.
 *
 * @throws {UsageError} If the file holds none.
 */
export async function readFramingFile(
  name: string,
): Promise<RecordOptions["framing"]> {
  const value = parse(name, await readText(name));
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw notOne(name, "an object", JSON.stringify(value));
  }
  if (!("kind" in value) && "header" in value) {
    return described({ kind: "lengthPrefixed", options: value });
  }
  const { kind, options = {} } = value as Record<string, unknown>;
  if (!KINDS.includes(kind)) {
    const wanted = `of the kind ${KINDS.join(", ")}`;
    throw notOne(name, wanted, String(JSON.stringify(kind)));
  }
  return described({ ...value, options });
}

/** The library checks what is in it. */
function described(value: object): RecordOptions["framing"] {
  return value as unknown as RecordOptions["framing"];
}

async function readText(name: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of readChunks(toPath(name))) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BYTES_MAX) throw notOne(name, "short", "more than 1 MiB");
  }
  return text;
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw notOne(name, "JSON", what);
  }
}

function notOne(name: string, wanted: string, received: string): UsageError {
  return new UsageError(
    `Cannot use --framing ${name} as it must be ${wanted}: received ${received}`,
  );
}
