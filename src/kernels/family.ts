/**
 * Kernels that only some runs need: a family has a WASM module of its own, which the thread that needs
 * it compiles, so that it costs other runs nothing.
 *
 * @module
 */

/** Compiles a module that scripts/build_kernels.mjs made. */
export function compileBase64(text: string): WebAssembly.Module {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = characters.charCodeAt(i);
  return new WebAssembly.Module(bytes);
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
