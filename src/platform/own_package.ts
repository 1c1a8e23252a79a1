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

/** Makes `import ... from "sabmap"` lead to this library, in this thread. */
export function provideOwnPackage(): void {
  if (isProvided) return;
  isProvided = true;
  if ("Bun" in globalThis) provideOnBun();
  else if (!("Deno" in globalThis)) provideOnNode();
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
}

function provideOnNode(): void {
  const hooks = loadBuiltin<ModuleHooks>("node:module");
  const { href } = ownModuleUrl("src/mod");
  const answer = { url: href, shortCircuit: true };
  if (hooks.registerHooks !== undefined) {
    hooks.registerHooks({
      resolve: (specifier, context, next) =>
        specifier === NAME ? answer : next(specifier, context),
    });
    return;
  }
  const code = `export const resolve = (specifier, context, next) =>
  specifier === ${JSON.stringify(NAME)} ? ${
    JSON.stringify(answer)
  } : next(specifier, context);`;
  hooks.register(`data:text/javascript,${encodeURIComponent(code)}`);
}
