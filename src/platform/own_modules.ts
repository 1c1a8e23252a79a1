/**
 * Where our own modules lie: as sources, or compiled.
 *
 * @module
 */

/**
 * URL of a module of ours that is not imported but named, such as the entry of a thread.
 *
 * @param name Path from the root of the package, without extension.
 */
export function ownModuleUrl(name: string): URL {
  const here = import.meta.url;
  // The bundle lies in dist/src/; compiled one by one, modules lie as their sources do.
  if (here.endsWith("/platform/own_modules.js")) {
    return new URL(`../../${name}.js`, here);
  }
  if (!here.endsWith(".ts")) return new URL(`../${name}.js`, here);
  // Node cannot run TypeScript in a worker: a run from the sources (the tests) uses the build.
  return "Deno" in globalThis || "Bun" in globalThis
    ? new URL(`../../${name}.ts`, here)
    : new URL(`../../dist/${name}.js`, here);
}
