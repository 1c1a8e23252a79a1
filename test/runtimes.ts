/** The three runtimes as commands, for tests that start others than their own. */
import { fileURLToPath } from "node:url";

const CONFIG = fileURLToPath(new URL("../deno.json", import.meta.url));
const BIN = fileURLToPath(new URL("../node_modules/.bin/", import.meta.url));

/** How to run a JavaScript module, and where that runtime finds our modules. */
export interface Runtime {
  readonly name: "deno" | "bun" | "node";
  readonly command: string;
  readonly args: readonly string[];
  /** URL of `src/` as this runtime runs it, and the ending of modules there. */
  readonly src: string;
  readonly ending: ".ts" | ".js";
}

export const RUNTIMES: readonly Runtime[] = [
  {
    name: "deno",
    command: `${BIN}deno`,
    args: ["run", "-A", "--config", CONFIG],
    src: url("../src/"),
    ending: ".ts",
  },
  {
    name: "bun",
    command: `${BIN}bun`,
    args: [],
    src: url("../src/"),
    ending: ".ts",
  },
  {
    name: "node",
    command: "node",
    args: [],
    src: url("../build/internals/src/"),
    ending: ".js",
  },
];

function url(path: string): string {
  return new URL(path, import.meta.url).href;
}
