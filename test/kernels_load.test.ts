import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { KERNEL_SCRATCH_BYTES } from "../src/kernels/kernels.ts";
import {
  BACKEND_VARIABLE,
  chooseBackend,
  compileKernels,
  createKernels,
} from "../src/kernels/load.ts";

const before = process.env[BACKEND_VARIABLE];

function force(backend: string | undefined): void {
  if (backend === undefined) delete process.env[BACKEND_VARIABLE];
  else process.env[BACKEND_VARIABLE] = backend;
}

afterEach(() => {
  force(before);
  vi.restoreAllMocks();
});

describe("chooseBackend()", () => {
  test("chooses simd by itself where the runtime has it", () => {
    force(undefined);
    expect(chooseBackend()).toBe("simd");
    force("");
    expect(chooseBackend()).toBe("simd");
  });

  test.each(["simd", "scalar"] as const)(
    "does as SABMAP_BACKEND=%s says",
    (backend) => {
      force(backend);
      expect(chooseBackend()).toBe(backend);
    },
  );

  test.each(["SIMD", "avx", " simd"])(
    "refuses SABMAP_BACKEND=%j",
    (backend) => {
      force(backend);
      const text =
        `Cannot choose a backend as SABMAP_BACKEND must be "simd" or "scalar": received "${backend}"`;
      expect(() => chooseBackend()).toThrow(new RangeError(text));
    },
  );
});

/** The module as it is loaded by a runtime whose WASM refuses the kernels. */
async function loadWithoutSimd(): Promise<
  typeof import("../src/kernels/load.ts")
> {
  vi.resetModules();
  vi.spyOn(WebAssembly, "Module").mockImplementation(function () {
    throw new WebAssembly.CompileError("no SIMD");
  });
  return await import("../src/kernels/load.ts");
}

describe("without WASM SIMD", () => {
  test("compileKernels() gives undefined", async () => {
    const load = await loadWithoutSimd();
    expect(load.compileKernels()).toBeUndefined();
  });

  test("chooseBackend() chooses scalar, and refuses simd", async () => {
    const load = await loadWithoutSimd();
    force(undefined);
    expect(load.chooseBackend()).toBe("scalar");
    force("simd");
    expect(() => load.chooseBackend()).toThrow(
      /^Cannot choose a backend as this runtime lacks WASM/,
    );
  });
});

describe("createKernels()", () => {
  const memory = new WebAssembly.Memory({
    initial: 1,
    maximum: 1,
    shared: true,
  });
  const scratch = { byteOffset: 1024, byteLength: KERNEL_SCRATCH_BYTES };

  test("binds simd where it is given the module, scalar where it is not", () => {
    expect(createKernels(memory, compileKernels(), scratch).backend).toBe(
      "simd",
    );
    expect(createKernels(memory, undefined, scratch).backend).toBe("scalar");
  });

  test("refuses scratch that is too small or misaligned", () => {
    const small = { ...scratch, byteLength: KERNEL_SCRATCH_BYTES - 1 };
    expect(() => createKernels(memory, undefined, small)).toThrow(RangeError);
    const misaligned = { ...scratch, byteOffset: 1025 };
    expect(() => createKernels(memory, undefined, misaligned)).toThrow(
      RangeError,
    );
  });

  test("binds to a memory of the largest size that wasm32 has", () => {
    const pages = 65536;
    const largest = new WebAssembly.Memory({
      initial: pages,
      maximum: pages,
      shared: true,
    });
    const end = pages * 65536;
    for (const module of [compileKernels(), undefined]) {
      const kernels = createKernels(largest, module, scratch);
      // The range ends at 2^32, which 32 bits cannot hold.
      new Uint8Array(largest.buffer, end - 100, 100).fill(7);
      expect(kernels.countByte(end - 100, 100, 7)).toBe(100);
      expect(kernels.countByte(end - 64, 64, 7)).toBe(64);
      kernels.histogram(end - 100, 100, 0);
      expect(new Uint32Array(largest.buffer, 7 * 4, 1)[0]).toBe(100);
      new Uint32Array(largest.buffer, 0, 256).fill(0);
      kernels.blake3Chunks(end - 4096, 4, 0, 32768, 0, 0);
      expect(new Uint8Array(largest.buffer, 0, 128).some((byte) => byte !== 0))
        .toBe(true);
      new Uint32Array(largest.buffer, 0, 256).fill(0);
    }
  });
});

test("simd: countByte() counts beyond 2^31", () => {
  const largest = new WebAssembly.Memory({
    initial: 65536,
    maximum: 65536,
    shared: true,
  });
  const scratch = { byteOffset: 0, byteLength: KERNEL_SCRATCH_BYTES };
  const kernels = createKernels(largest, compileKernels(), scratch);
  // Pages that were never written cost no memory.
  expect(kernels.countByte(65536, 2 ** 31 + 5, 0)).toBe(2 ** 31 + 5);
});

describe("on Deno", () => {
  const deno = fileURLToPath(
    new URL("../node_modules/.bin/deno", import.meta.url),
  );
  const loader = new URL("../src/kernels/load.ts", import.meta.url).href;

  function chooseOnDeno(...permissions: string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "sabmap-kernels-"));
    try {
      const script = join(folder, "choose.ts");
      writeFileSync(
        script,
        `import { chooseBackend } from "${loader}";\nconsole.log(chooseBackend());\n`,
      );
      const env = { ...process.env, [BACKEND_VARIABLE]: "scalar" };
      const { stdout, stderr } = spawnSync(deno, [
        "run",
        ...permissions,
        script,
      ], {
        env,
        encoding: "utf8",
      });
      return stdout.trim() + stderr.trim();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.skipIf(!existsSync(deno))(
    "chooseBackend() reads the variable where it may",
    () => {
      expect(chooseOnDeno(`--allow-env=${BACKEND_VARIABLE}`)).toBe("scalar");
    },
  );

  test.skipIf(!existsSync(deno))(
    "chooseBackend() takes it as unset, and asks nobody, where it may not",
    () => {
      expect(chooseOnDeno()).toBe("simd");
    },
  );
});
