/**
 * The sandbox: worker threads of Deno that run a user's module without the permissions of the process.
 *
 * Deno (2.9) gives permissions to a Web Worker only, bounds the heap of a `node:worker_threads` worker
 * only, and lets a thread give up permissions only together with the thread that started it. So a Web
 * Worker with permissions of its own, the keeper (workers/sandbox_keeper.ts), starts each thread, which
 * gives the permissions up before the first line of the module runs; the keeper loses them with it:
 *
 * ```text
 * coordinator -- start, crash --> keeper (Web Worker) -- starts --> thread (worker_threads, bounded heap)
 *      \_________________ calls over a MessageChannel _________________/
 * ```
 *
 * @module
 */
import type { Endpoint } from "comlink";
import { ErrorCode, SabmapError } from "../errors.ts";
import { ownModuleUrl } from "./own_modules.ts";
import { PERMISSION_NAMES, type PermissionName } from "./permissions.ts";
import type {
  StartWorker,
  WorkerHandle,
  WorkerOptions,
} from "./worker_handle.ts";

/** What runs in a sandbox. */
export interface SandboxSettings {
  /** URL of the only module that can be loaded besides ours. */
  readonly module: string;
  /** What the module keeps of the permissions that the process has. */
  readonly permissions: readonly PermissionName[];
}

/** Asks a keeper for its thread. */
export interface KeeperRequest {
  /** URL of the thread's program. */
  readonly entry: string;
  readonly heapMebibytes: number | undefined;
  /** Whether `process.env` is the environment: a thread gets a copy, which no permission guards. */
  readonly seesEnvironment: boolean;
  /** Where the coordinator calls the thread. */
  readonly port: MessagePort;
}

/** A message of a keeper: its thread has died. */
export interface KeeperReport {
  readonly crashed: string;
}

/**
 * Makes a place where threads start in a sandbox.
 *
 * @throws {SabmapError} `ERR_SANDBOX_REFUSED` if this process may not start workers with other permissions.
 */
export function openSandbox(settings: SandboxSettings): StartWorker {
  checkAvailable();
  const thread = {
    entry: program(settings),
    seesEnvironment: settings.permissions.includes("env"),
  };
  return (options) => startKept(thread, options);
}

/** Starts a keeper and its thread. */
function startKept(
  thread: Pick<KeeperRequest, "entry" | "seesEnvironment">,
  { heapMebibytes, onCrash }: WorkerOptions,
): WorkerHandle {
  const keeper = startKeeper();
  let ended = false;
  const crash = (what: string) => {
    if (!ended) onCrash(what);
  };
  keeper.addEventListener("message", (event) => {
    crash((event as MessageEvent<KeeperReport>).data.crashed);
  });
  keeper.addEventListener("error", (event) => {
    event.preventDefault();
    crash(event.message);
  });
  const { port1, port2 } = new MessageChannel();
  const request: KeeperRequest = { ...thread, heapMebibytes, port: port2 };
  keeper.postMessage(request, [port2]);
  port1.start();
  return {
    endpoint: port1 as Endpoint,
    terminate: () => {
      ended = true;
      port1.close();
      // Its thread ends with it.
      keeper.terminate();
      return Promise.resolve();
    },
  };
}

/** What the module throws that only loads another. */
export const LOADED = "sabmap: the module is loaded";

function startKeeper(): Worker {
  // "inherit" one by one gives the keeper a set of its own, which it can lose without our losing ours.
  const permissions = Object.fromEntries(
    PERMISSION_NAMES.map((name) => [name, "inherit"]),
  );
  // The option is unstable in Deno, and unknown to the types of the others.
  const options = { type: "module", deno: { permissions } } as const;
  return new Worker(ownModuleUrl("workers/sandbox_keeper").href, options);
}

/**
 * The program of a thread.
 *
 * The user's module and all that it imports are loaded with the keeper's permissions, and run when these
 * are gone: a module that throws before they would run is what loads them (see workers/sandboxed.ts).
 */
function program({ module, permissions }: SandboxSettings): string {
  const ours = ownModuleUrl("workers/sandboxed").href;
  const user = JSON.stringify(module);
  const stop = dataUrl(`throw ${JSON.stringify(LOADED)};`);
  const load = dataUrl(`import ${JSON.stringify(stop)};\nimport ${user};`);
  return dataUrl(
    `import { loadOnly, renounce, serveModule } from ${JSON.stringify(ours)};
const failed = await loadOnly(() => import(${JSON.stringify(load)}));
renounce(${JSON.stringify(permissions)});
serveModule(() => failed?.failure ?? import(${user}));`,
  );
}

function dataUrl(code: string): string {
  return `data:application/javascript,${encodeURIComponent(code)}`;
}

/** The parts of Deno's namespace that tell how it was started. */
interface DenoStart {
  readTextFileSync(path: string): string;
  mainModule: string;
  cwd(): string;
}

/**
 * Deno ends the process when the option is missing, instead of throwing, so that has to be found out before.
 *
 * @throws {SabmapError} `ERR_SANDBOX_REFUSED`
 */
function checkAvailable(): void {
  const deno = (globalThis as unknown as { Deno: DenoStart }).Deno;
  const flags = tryRead(deno, "/proc/self/cmdline")?.split("\0") ?? [];
  if (flags.includes("--unstable-worker-options")) return;
  if (configuration(deno, flags)?.includes(`"worker-options"`)) return;
  throw new SabmapError(
    ErrorCode.SandboxRefused,
    `Deno takes permissions from a job's workers only with --unstable-worker-options (or "unstable": ["worker-options"] in deno.json): ` +
      `give it, or grant the job all permissions`,
  );
}

/** Finds the configuration as Deno does: the one it is told, or the one beside the main module (or working folder) or above. */
function configuration(
  deno: DenoStart,
  flags: readonly string[],
): string | undefined {
  const flag = flags.findIndex((text) => /^(-c|--config)(=|$)/.test(text));
  if (flag < 0) {
    return configurationAbove(deno, deno.mainModule) ??
      configurationAbove(deno, `file://${deno.cwd()}/`);
  }
  return tryRead(deno, flags[flag]?.split("=")[1] ?? flags[flag + 1] ?? "");
}

function configurationAbove(
  deno: DenoStart,
  start: string,
): string | undefined {
  if (!start.startsWith("file:")) return undefined;
  for (let folder = new URL(".", start);;) {
    for (const name of ["deno.json", "deno.jsonc"]) {
      const text = tryRead(
        deno,
        decodeURIComponent(new URL(name, folder).pathname),
      );
      if (text !== undefined) return text;
    }
    const above = new URL("..", folder);
    if (above.href === folder.href) return undefined;
    folder = above;
  }
}

function tryRead(deno: DenoStart, path: string): string | undefined {
  try {
    return deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
