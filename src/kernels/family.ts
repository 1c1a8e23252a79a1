/**
 * Kernels that only some runs need: a family has a WASM module of its own, which the thread that needs
 * it compiles, so that it costs other runs nothing.
 *
 * @module
 */

/** Compiles a module that scripts/build_kernels.mjs made. */
export function compileBase64(text: string): WebAssembly.Module {
  return new WebAssembly.Module(decodeBase64(text));
}

/** What runtimes have for it: the standard's function, or, where that is missing (Node before 25), Node's own. */
interface Base64Globals {
  readonly Uint8Array: {
    readonly fromBase64?: (text: string) => Uint8Array<ArrayBuffer>;
  };
  readonly Buffer: {
    from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer>;
  };
}

/** A loop over characters takes 2 ms for the kernels of every run, before it is compiled. */
function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const globals = globalThis as unknown as Base64Globals;
  return globals.Uint8Array.fromBase64?.(text) ??
    globals.Buffer.from(text, "base64");
}

/** Modules that this thread has compiled, by their text. */
const compiled = new Map<string, WebAssembly.Module>();

/**
 * Binds a family's module to an arena. Compiles it at the first call in a thread.
 *
 * @param base64 The constant of `src/kernels/NAME_wasm.ts`.
 * @param memory The arena: shared, and never grown.
 * @returns The exported functions, with the type that the caller knows them to have.
 */
export function bindFamily<Exports>(
  base64: string,
  memory: WebAssembly.Memory,
): Exports {
  let module = compiled.get(base64);
  if (module === undefined) {
    module = compileBase64(base64);
    compiled.set(base64, module);
  }
  const instance = new WebAssembly.Instance(module, { env: { memory } });
  // SAFETY: modules are built from our own sources, and tests call each of their functions.
  return instance.exports as unknown as Exports;
}
