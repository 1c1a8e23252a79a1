/**
 * Requests and answers, by `node:http` and `node:https`, which all three runtimes have.
 *
 * `fetch` would do the same for more: 256 MiB in one answer of nginx took it 0.6 s of processor time on Bun, 2.8 on
 * Deno and over 30 on Node 20, all of it for streams, where this takes 0.3, 0.4 and 0.2 (Xeon 2.6 GHz, 2026-11-21). It
 * also unpacks bodies, and has headers of its own, another set on each runtime.
 *
 * @module
 */
import type * as NodeHttp from "node:http";
import type * as NodeHttps from "node:https";
import { loadBuiltin } from "../platform/builtin.ts";

/** What is used of `http.IncomingMessage`, which would ask users for the types of Node. */
interface Message {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "data", listener: (piece: Uint8Array) => void): unknown;
  removeAllListeners(event: "data"): unknown;
  pause(): unknown;
  resume(): unknown;
  destroy(): unknown;
}

/** An answer whose body is still to be read. */
export interface HttpAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Whether `status` says that it went well. */
  readonly ok: boolean;
  /** @returns The value of a header, named in lower case; `null` if there is none. */
  header(name: string): string | null;
  readonly body: HttpBody;
}

/** The rest of an answer of so many bytes is there sooner than another connection would be. */
const DRAINED_BYTES_MAX = 16 * 1024;

/** Pieces of a body that wait to be read, before the server has to. */
const PIECES_MAX = 64;

/** A body, piece by piece, as it comes. */
export class HttpBody {
  readonly #message: Message;
  readonly #pieces: Uint8Array[] = [];
  #isRead = false;
  #hasEnded = false;
  #failure: Error | undefined;
  #wake: () => void = () => {};

  constructor(message: Message) {
    this.#message = message;
    message.on("end", () => {
      this.#hasEnded = true;
      this.#wake();
    });
    message.on("error", (error) => this.#fail(error));
    message.on("close", () => this.#fail(new Error("connection reset")));
  }

  /**
   * Reads what comes next; one at a time.
   *
   * @returns `undefined` at the end.
   * @throws {Error} If the connection is lost before that.
   */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.#isRead) this.#begin();
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        if (this.#pieces.length === 0) this.#message.resume();
        return piece;
      }
      if (this.#hasEnded) return undefined;
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  #begin(): void {
    this.#isRead = true;
    this.#message.on("data", (piece: Uint8Array) => {
      if (this.#pieces.push(piece) >= PIECES_MAX) this.#message.pause();
      this.#wake();
    });
  }

  #fail(error: Error): void {
    if (this.#hasEnded) return;
    this.#failure ??= error;
    this.#wake();
  }

  /** Gives the rest up. Safe to repeat. A short one is taken in, as that keeps the connection for the next request. */
  cancel(): void {
    if (this.#hasEnded) return;
    const byteLength = Number(this.#message.headers["content-length"]);
    if (byteLength <= DRAINED_BYTES_MAX) {
      this.#pieces.length = 0;
      this.#message.removeAllListeners("data");
      this.#message.resume();
    } else this.#message.destroy();
  }
}

/** Connections that are kept for the next request. */
export class Connections {
  readonly #agents = new Map<string, NodeHttp.Agent>();

  /**
   * Sends a request without a body.
   *
   * @param signal Gives the request up.
   * @throws {Error} What the runtime says, if no answer comes.
   */
  get(
    url: URL,
    headers: Headers,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const agent = this.#agent(url.protocol);
    const options = { agent, headers: Object.fromEntries(headers) };
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      let answer: HttpAnswer | undefined;
      const request = moduleOf(url.protocol).request(
        url,
        options,
        (message) => resolve(answer = answerOf(message)),
      );
      const giveUp = () => {
        if (answer === undefined) request.destroy(new Error("given up"));
        else answer.body.cancel();
      };
      signal.addEventListener("abort", giveUp, { once: true });
      request.on("error", reject);
      request.end();
    });
  }

  #agent(protocol: string): NodeHttp.Agent {
    const known = this.#agents.get(protocol);
    if (known !== undefined) return known;
    const agent = new (moduleOf(protocol).Agent)({ keepAlive: true });
    this.#agents.set(protocol, agent);
    return agent;
  }

  /** Ends all connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }
}

function moduleOf(protocol: string): typeof NodeHttp | typeof NodeHttps {
  return protocol === "https:"
    ? loadBuiltin<typeof NodeHttps>("node:https")
    : loadBuiltin<typeof NodeHttp>("node:http");
}

function answerOf(message: NodeHttp.IncomingMessage): HttpAnswer {
  const { statusCode: status = 0, statusMessage = "", headers } = message;
  return {
    status,
    statusText: statusMessage,
    ok: status >= 200 && status < 300,
    header: (name) => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value ?? null;
    },
    body: new HttpBody(message),
  };
}
