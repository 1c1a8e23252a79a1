/** Redis servers of the tests: Debian's, each on a port of its own, that end with the tests. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import { join } from "node:path";
import { freePort } from "./free_port.ts";
import { removeFolder, temporaryFolder } from "./temporary.ts";

/** Whether there is one; tests that need it are skipped visibly where there is not. */
export const hasRedis: boolean =
  spawnSync("redis-server", ["--version"], { stdio: "ignore" }).error ===
    undefined;

/** Runs a server until it has been told to end, or nobody is there any more who could: then its input ends. */
const KEEPER = `
redis-server "$@" <&- &
read -r
kill -KILL $!
wait
`;

/** A server that can be killed and started again. */
export class RedisServer {
  readonly folder: string;
  readonly port: number;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.folder = temporaryFolder();
    this.port = port;
    this.#args = args;
  }

  /** Starts one. @param args Further words of its configuration, such as `--appendonly yes`. */
  static async start(...args: readonly string[]): Promise<RedisServer> {
    for (let tries = 0;; tries++) {
      const server = new RedisServer(await freePort(), args);
      try {
        await server.launch();
        return server;
      } catch (error) {
        // Somebody else may have taken the port meanwhile.
        await server.stop();
        if (tries === 3) throw error;
      }
    }
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts the process, and waits until it takes connections. */
  async launch(): Promise<void> {
    const child = spawn("bash", [
      ...["-c", KEEPER, "redis-server"],
      ...["--port", String(this.port), "--bind", "127.0.0.1"],
      ...["--dir", this.folder, "--save", "", "--daemonize", "no"],
      ...this.#args,
    ]);
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      let log = "";
      child.stdout.on("data", (chunk) => {
        log += chunk;
        if (log.includes("Ready to accept connections")) resolve();
      });
      child.on("error", reject);
      child.on("exit", () => reject(new Error(`Redis ended: ${log}`)));
      // A server that ends by itself has its keeper wait for us.
      child.stdout.on("end", () => child.stdin.end());
    });
  }

  /** Ends the process as a crash of its machine would. */
  async kill(): Promise<void> {
    await this.#end();
  }

  async stop(): Promise<void> {
    await this.#end();
    removeFolder(this.folder);
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin?.end();
    await ended;
  }

  /** Writes a file into the server's folder, such as its list of users. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    fs.writeFileSync(path, content);
    return path;
  }
}

/** A link between a client and a server that can be cut: nothing comes through, and nobody is told. */
export class CuttableLink {
  readonly port: number;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #isCut = false;

  private constructor(server: net.Server) {
    this.#server = server;
    this.port = (server.address() as net.AddressInfo).port;
  }

  /** Opens one to a port of this machine. */
  static async open(target: number): Promise<CuttableLink> {
    const server = net.createServer();
    await new Promise<void>((resolve) =>
      server.listen(0, "127.0.0.1", () => resolve())
    );
    const link = new CuttableLink(server);
    server.on("connection", (client) => link.#join(client, target));
    return link;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  #join(client: net.Socket, target: number): void {
    const server = net.connect(target, "127.0.0.1");
    this.#forward(client, server);
    this.#forward(server, client);
  }

  #forward(from: net.Socket, to: net.Socket): void {
    this.#sockets.add(from);
    from.on("error", () => {});
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
    from.on("data", (bytes) => to.write(bytes));
    if (this.#isCut) from.pause();
  }

  /** Lets nothing through from now on. What is sent meanwhile arrives when it is mended, as TCP would have it. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.pause();
  }

  mend(): void {
    this.#isCut = false;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
