/**
 * The modules of the patch protocol, as they are or with a change made to their text.
 */
import * as fs from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

type Import<Name extends string> = Name extends "journaled"
  ? typeof import("../../src/patch/journaled.ts")
  : Name extends "copied" ? typeof import("../../src/patch/copied.ts")
  : Name extends "recover" ? typeof import("../../src/patch/recover.ts")
  : Name extends "plan" ? typeof import("../../src/patch/plan.ts")
  : Name extends "edit_list" ? typeof import("../../src/patch/edit_list.ts")
  : Name extends "target" ? typeof import("../../src/patch/target.ts")
  : Name extends "frame_memory"
    ? typeof import("../../src/patch/frame_memory.ts")
  : Name extends "machine_copy"
    ? typeof import("../../src/patch/machine_copy.ts")
  : never;

/** What the explorer runs. */
export interface Protocol {
  readonly SabmapError: typeof import("../../src/errors.ts").SabmapError;
  readonly patchJournaled: Import<"journaled">["patchJournaled"];
  readonly patchByCopy: Import<"copied">["patchByCopy"];
  readonly recoverTarget: Import<"recover">["recoverTarget"];
  readonly undoTarget: Import<"recover">["undoTarget"];
  readonly goThroughChanges: Import<"plan">["goThroughChanges"];
  readonly checkExpected: Import<"plan">["checkExpected"];
  readonly EditList: Import<"edit_list">["EditList"];
  readonly Target: Import<"target">["Target"];
  readonly FrameMemory: Import<"frame_memory">["FrameMemory"];
  readonly readAndWrite: Import<"machine_copy">["readAndWrite"];
}

const SOURCE = fileURLToPath(new URL("../../src/", import.meta.url));

/** Loads the protocol from a folder that has the sources. */
export async function loadProtocol(source: string = SOURCE): Promise<Protocol> {
  const errors = pathToFileURL(join(source, "errors.ts")).href;
  const { SabmapError } = await import(/* @vite-ignore */ errors) as {
    SabmapError: Protocol["SabmapError"];
  };
  const load = async <Name extends string>(name: Name) => {
    const url = pathToFileURL(join(source, "patch", `${name}.ts`)).href;
    return await import(/* @vite-ignore */ url) as Import<Name>;
  };
  const { patchJournaled } = await load("journaled");
  const { patchByCopy } = await load("copied");
  const { recoverTarget, undoTarget } = await load("recover");
  const { goThroughChanges, checkExpected } = await load("plan");
  const { EditList } = await load("edit_list");
  const { Target } = await load("target");
  const { FrameMemory } = await load("frame_memory");
  const { readAndWrite } = await load("machine_copy");
  return {
    SabmapError,
    patchJournaled,
    patchByCopy,
    recoverTarget,
    undoTarget,
    goThroughChanges,
    checkExpected,
    EditList,
    Target,
    FrameMemory,
    readAndWrite,
  };
}

/** A change of the source, that tests must notice. */
export interface Mutant {
  readonly name: string;
  /** In `src/patch/`, without its ending. */
  readonly file: string;
  /** Text that is there once. */
  readonly find: string;
  readonly replace: string;
  /** More of it, where one check stands behind another. */
  readonly also?: { readonly find: string; readonly replace: string };
}

const COPY_ALL = { recursive: true };

/** Copies the protocol into a folder, with one change; what it stands on is that of all others, and loaded once. */
export function writeMutant(folder: string, mutant: Mutant): string {
  const source = join(folder, mutant.name.replaceAll(/\W+/g, "-"), "src");
  fs.mkdirSync(source, { recursive: true });
  for (const name of fs.readdirSync(SOURCE)) {
    const path = join(SOURCE, name);
    if (name === "patch") fs.cpSync(path, join(source, name), COPY_ALL);
    else fs.symlinkSync(path, join(source, name));
  }
  const path = join(source, "patch", `${mutant.file}.ts`);
  let text = fs.readFileSync(path, "utf8");
  for (const { find, replace } of [mutant, mutant.also ?? []].flat()) {
    const parts = text.split(find);
    if (parts.length !== 2) {
      throw new Error(
        `${mutant.name}: the text is there ${parts.length - 1} times`,
      );
    }
    text = parts.join(replace);
  }
  fs.writeFileSync(path, text);
  return source;
}
