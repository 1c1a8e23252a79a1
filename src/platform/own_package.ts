/**
 * Lets a user's module import us by name where we are not installed beside it, as after `npx sabmap run`,
 * or from a clone. It then gets the same copy of the library that runs it.
 *
 * Deno has its import map for that.
 *
 * @module
 */
import { loadBuiltin } from "./builtin.ts";
import { ownModuleUrl } from "./own_modules.ts";

const NAME = "sabmap";

let isProvided = false;

/**
 * Makes `import ... from "sabmap"` lead to this library, in this thread.
 *
 * @param importer URL of the module that is about to be imported.
 */
export function provideOwnPackage(importer: string): void {
  if (isProvided) return;
  if ("Bun" in globalThis) provideOnBun();
  else if (!("Deno" in globalThis) && !provideOnNode(importer)) return;
  isProvided = true;
}

/** The part of Bun's namespace that is used, so that the others' checkers know it as well. */
interface BunPlugins {
  plugin(plugin: {
    name: string;
    setup(build: {
      module(
        name: string,
        load: () => Promise<{ exports: object; loader: "object" }>,
      ): void;
    }): void;
  }): void;
}

function provideOnBun(): void {
  const { href } = ownModuleUrl("src/mod");
  (globalThis as unknown as { Bun: BunPlugins }).Bun.plugin({
    name: NAME,
    setup: (build) =>
      build.module(NAME, async () => ({
        exports: await import(/* @vite-ignore */ href) as object,
        loader: "object",
      })),
  });
}

/** The part of `node:module` that is used; Node before 22.15 lacks the first. */
interface ModuleHooks {
  registerHooks?(hooks: {
    resolve(
      specifier: string,
      context: unknown,
      next: (specifier: string, context: unknown) => unknown,
    ): unknown;
  }): void;
  register(url: string): void;
  createRequire(url: string): { resolve(specifier: string): string };
}

/** @returns Whether it was done. */
function provideOnNode(importer: string): boolean {
  const hooks = loadBuiltin<ModuleHooks>("node:module");
  const { href } = ownModuleUrl("src/mod");
  const answer = { url: href, shortCircuit: true };
  if (hooks.registerHooks !== undefined) {
    hooks.registerHooks({
      resolve: (specifier, context, next) =>
        specifier === NAME ? answer : next(specifier, context),
    });
    return true;
  }
  // Such hooks have a thread of their own, which all imports go through: 25 ms, and 20 for the next ones (Node 20).
  if (findFrom(importer, hooks) === href) return false;
  const code = `export const resolve = (specifier, context, next) =>
  specifier === ${JSON.stringify(NAME)} ? ${
    JSON.stringify(answer)
  } : next(specifier, context);`;
  hooks.register(`data:text/javascript,${encodeURIComponent(code)}`);
  return true;
}

/** What a module that imports us by name gets without us. */
function findFrom(
  importer: string,
  { createRequire }: ModuleHooks,
): string | undefined {
  try {
    const { pathToFileURL } = loadBuiltin<typeof import("node:url")>(
      "node:url",
    );
    return pathToFileURL(createRequire(importer).resolve(NAME)).href;
  } catch {
    return undefined;
  }
}
